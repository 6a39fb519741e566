"""Consent is a state with a history, never a boolean and never the lawful basis."""

from dataclasses import dataclass
from datetime import datetime

from broker.domain.ids import AgencyKind, Category, PractitionerId
from broker.domain.words import ConsentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One statement of consent, as it was taken.

    Args:
        excluded_agencies: kinds of agency that must not receive ("not housing").
        excluded_categories: kinds of information that must not be shared.
        perpetrator_present: whether the taker believes the alleged abuser was there; None: unknown.
        expires_at: after this moment the statement counts as `unknown`.

    """

    status: ConsentStatus
    taken_at: datetime
    taken_by: PractitionerId
    method: str
    expires_at: datetime | None = None
    excluded_agencies: tuple[AgencyKind, ...] = ()
    excluded_categories: tuple[Category, ...] = ()
    interpreter_used: bool = False
    perpetrator_present: bool | None = None

    def status_at(self, moment: datetime) -> ConsentStatus:
        """Return the status that counts at `moment`: expired or future statements say nothing."""
        if moment < self.taken_at or (self.expires_at is not None and moment >= self.expires_at):
            return ConsentStatus.UNKNOWN
        if self.perpetrator_present and self.status in _FREELY_GIVEN:
            return ConsentStatus.GIVEN_SUSPECTED_COERCED
        if self.perpetrator_present and self.status in _REFUSED:
            return ConsentStatus.REFUSED_SUSPECTED_COERCED
        return self.status


_FREELY_GIVEN = (
    ConsentStatus.GIVEN_EXPLICIT,
    ConsentStatus.GIVEN_VERBAL,
    ConsentStatus.GIVEN_LIMITED,
)
_REFUSED = (ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN)


def status_now(history: tuple[Consent, ...], moment: datetime) -> ConsentStatus:
    """Return what the newest statement says at `moment`; no statement is `unknown`."""
    newest = current(history, moment)
    return ConsentStatus.UNKNOWN if newest is None else newest.status_at(moment)


def current(history: tuple[Consent, ...], moment: datetime) -> Consent | None:
    """Return the newest statement taken at or before `moment`, expired or not."""
    taken = [one for one in history if one.taken_at <= moment]
    return max(taken, key=lambda one: one.taken_at, default=None)

"""Alerts, and how far the log was watched (alert.Alerts). None is sealed: it names nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, bindparam, insert, select

from broker.domain.alert import Alert, AlertChange, AlertId, Audience, PutAlert, SeeAlert, Watch
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyKind, CaseTag
from broker.storage.engine import read_rows
from broker.storage.policy_rows import DoneAlreadyError
from broker.storage.sealing import Values, row_digest
from broker.storage.searching import advance
from broker.storage.sequencer import Sequencer
from broker.storage.tables import AnyRow, alerts, alerts_seen, log_followers

NAME = "alerts"
MAX_ALERTS = 500
"""In one answer, the newest."""

_NEXT = select(log_followers.c.next).where(log_followers.c.name == NAME)
_ALL = select(alerts, alerts_seen.c.at.label("seen_at")).outerjoin(
    alerts_seen, alerts_seen.c.ref == alerts.c.ref
)
_NEWEST = (alerts.c.raised_at.desc(), alerts.c.ref)
_OPEN = _ALL.where(alerts_seen.c.ref.is_(None)).order_by(*_NEWEST).limit(MAX_ALERTS)
_SEEN = _ALL.where(alerts_seen.c.ref.is_not(None)).order_by(*_NEWEST).limit(MAX_ALERTS)
_ONE = _ALL.where(alerts.c.ref == bindparam("ref"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlerts:
    """Reads what is committed, every time."""

    sequencer: Sequencer
    readers: Engine

    def unwatched(self) -> int:
        """Return the first entry that was not looked at yet."""
        rows = read_rows(self.readers, _NEXT)
        return int(rows[0].next) if rows else 0

    def watched(self, start: int, end: int) -> bool:
        """Note how far the log was looked at; False when another broker did it first."""
        return self.sequencer.aside(lambda connection: advance(connection, NAME, start, end))

    def listed(self, *, seen: bool) -> Sequence[Alert]:
        """Return alerts, newest first."""
        return tuple(_alert(row) for row in read_rows(self.readers, _SEEN if seen else _OPEN))

    def alert(self, alert_id: AlertId) -> Alert | None:
        """Return one, or None."""
        return next((_alert(row) for row in read_rows(self.readers, _ONE, ref=alert_id)), None)


def _alert(row: AnyRow) -> Alert:
    found = row._mapping  # noqa: SLF001  SQLAlchemy's API
    tag, kind = found["case_tag"], found["agency_kind"]
    return Alert(
        alert_id=AlertId(found["ref"]),
        rule_id=found["rule"],
        watch=Watch(found["watch"]),
        count=found["counted"],
        tell=tuple(Audience(one) for one in found["tell"].split()),
        case_tag=None if tag is None else CaseTag(tag),
        agency_kind=None if kind is None else AgencyKind(kind),
        trigger=found["trigger"],
        raised_at=found["raised_at"],
        entry=found["entry"],
        seen_at=found["seen_at"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAlertRow:
    """A new alert."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest(alerts.name, self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Add it; DoneAlreadyError when another broker, or this one before a crash, raised it."""
        there = select(alerts.c.ref).where(alerts.c.ref == self.values["ref"])
        if connection.scalar(there) is not None:
            raise DoneAlreadyError("This alert was raised before.")
        connection.execute(insert(alerts), {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeAlertRow:
    """The mark that somebody looked."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest(alerts_seen.name, self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Add it; InvalidRequestError when somebody was first."""
        there = select(alerts_seen.c.ref).where(alerts_seen.c.ref == self.values["ref"])
        if connection.scalar(there) is not None:
            raise InvalidRequestError("Somebody has seen to this alert: read the alerts again.")
        connection.execute(insert(alerts_seen), {**self.values, "entry": entry})


def prepare(change: AlertChange) -> PutAlertRow | SeeAlertRow:
    """Return the write of a change."""
    match change:
        case PutAlert(alert=one):
            return PutAlertRow(
                values={
                    "ref": one.alert_id,
                    "rule": one.rule_id,
                    "watch": one.watch.value,
                    "counted": one.count,
                    "tell": " ".join(one.tell),
                    "case_tag": one.case_tag,
                    "agency_kind": one.agency_kind,
                    "trigger": one.trigger,
                    "raised_at": one.raised_at,
                }
            )
        case SeeAlert(alert_id=alert_id, at=at):
            return SeeAlertRow(values={"ref": alert_id, "at": at})

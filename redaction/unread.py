"""What becomes of a text that could not be read: the record waits for a person, without it.

A time-out, a warning of the engine or a cap means that nobody knows what is in a text. The rest of
the record is read by itself, so that there is something to look at; of the text nothing is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from broker.domain.errors import RedactionError
from redaction.findings import Finding
from redaction.minimise import MinimalItem, Unit

MOST_COSTLY = 2
"""Texts of one record that may cost a worker one by one; no more of it is read after them."""
SINGLY = 0.25
"""Share of a record's time that each of its texts gets when they are read one by one."""


class Why(StrEnum):
    """Why a text was not read. Kinds of flags, kept with held records: add, never rename."""

    TIMED_OUT = "timed-out"
    WARNED = "warned"
    OVER_CAP = "over-cap"
    CONTROL_CHARACTERS = "control-characters"
    FAILED = "failed"


_COSTLY = frozenset((Why.TIMED_OUT, Why.FAILED))
Read = Callable[[Sequence[MinimalItem]], list[tuple[Finding, ...]]]


class UnreadError(RedactionError):
    """A text could not be read, and nothing of it may leave."""

    def __init__(self, message: str, why: Why) -> None:
        """Say what to do, and why it was."""
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was found in the texts of a record, and why some were not read.

    Args:
        halted: what went wrong on the way, also where every text was read in the end.

    """

    found: Mapping[Unit, tuple[Finding, ...]] = field(repr=False)
    unread: Mapping[Unit, Why]
    halted: frozenset[Why]


def read_all(
    items: Sequence[MinimalItem], unread: Mapping[Unit, Why], together: Read, singly: Read
) -> Readings:
    """Return what is in the texts that may be read: at one go, or else one by one.

    Args:
        items: the entries of one record.
        unread: texts that are not to be read at all.
        together: reads entries within a record's time.
        singly: reads an entry of one text within SINGLY of it.

    Raises:
        RedactionError: nothing can be read now; it says nothing of the texts.

    """
    fit = [_without(item, unread) for item in items]
    units = [unit for item in fit for unit in item.units]
    try:
        found = together(fit)
    except UnreadError as error:
        return _one_by_one(fit, unread, singly, error.why)
    return Readings(found=dict(zip(units, found, strict=True)), unread=unread, halted=frozenset())


def _without(item: MinimalItem, unread: Mapping[Unit, Why]) -> MinimalItem:
    return replace(item, units=tuple(unit for unit in item.units if unit not in unread))


def _one_by_one(
    items: Sequence[MinimalItem], unread: Mapping[Unit, Why], singly: Read, first: Why
) -> Readings:
    found: dict[Unit, tuple[Finding, ...]] = {}
    left = dict(unread)
    late = 0
    for item in items:
        for unit in item.units:
            if late == MOST_COSTLY:
                left[unit] = Why.TIMED_OUT
                continue
            try:
                (found[unit],) = singly([replace(item, units=(unit,))])
            except UnreadError as error:
                left[unit] = error.why
                late += error.why in _COSTLY
    # A crash that does not come again was not the text's doing, and nothing of it was lost.
    halted = frozenset((first,)) - {Why.FAILED}
    return Readings(found=found, unread=left, halted=halted)


def flags_of(readings: Readings) -> tuple[str, ...]:
    """Return the flags that hold the record, each once; a kind and a place, as the verifier's."""
    places = {
        f"{why} item {unit.item} {'text' if unit.field_name is None else 'field'}"
        for unit, why in readings.unread.items()
    }
    return tuple(sorted(places | {f"{why} record" for why in readings.halted}))

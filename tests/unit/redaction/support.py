"""What the redaction tests share. All people and places are invented."""

import re
from collections.abc import Sequence
from functools import cache

from broker.domain.people import Person
from broker.domain.record import HeldRecord, RecordItem, RedactedRecord, SourceRecord
from redaction.apply import Change
from redaction.detect import Detector
from redaction.findings import Finding
from redaction.profiles import Action, profile_for
from redaction.propagate import propagate
from redaction.resolve import resolve
from redaction.service import RedactionService
from tests.builders import item, permit, ruling, share_request, source_record


class MemorySpans:
    """The span store as a dictionary."""

    def __init__(self) -> None:
        """Start empty."""
        self.kept: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return what was kept."""
        return self.kept.get(key)

    def put(self, key: bytes, spans: bytes) -> None:
        """Keep."""
        self.kept[key] = spans


def record_of(
    *items: RecordItem, profile: str | None = "P-VICTIM-SAFE", request_id: str = "request-0001"
) -> SourceRecord:
    """A record granted under one profile."""
    request = share_request(request_id)
    granted = permit(request, ruling(profile=profile))
    return source_record(*items, permit=granted)


def released(result: RedactedRecord | HeldRecord) -> RedactedRecord:
    """The record, which the verifier must have let through."""
    assert isinstance(result, RedactedRecord), result.flags
    return result


def redacted_text(service: RedactionService, text: str, profile: str = "P-VICTIM-SAFE") -> str:
    """What one free text becomes."""
    result = released(
        service.redact(record_of(item(text, title="Note", fields=()), profile=profile))
    )
    return result.items[0].text or ""


def covered(text: str, found: Sequence[Finding], wanted: str) -> bool:
    """Whether every letter and digit of the first `wanted` lies in some finding."""
    start = text.index(wanted)
    inside = {at for one in found for at in range(one.start, one.end)}
    return all(at in inside for at in range(start, start + len(wanted)) if text[at].isalnum())


def missed(detector: Detector, text: str, wanted: str, *people: Person) -> bool:
    """Whether detection leaves any part of `wanted` uncovered."""
    return not covered(text, detector.detect(text, people), wanted)


@cache
def shared_detector() -> Detector:
    """The engine inside the test's own process, loaded once for all tests of it."""
    return Detector()


def glued(text: str, made: Sequence[Change]) -> list[int]:
    """Where a replacement touches a letter, a digit or another replacement."""
    shown = [one for one in made if one.replacement]
    ends = {one.span.end for one in shown}
    return [
        one.span.start
        for one in shown
        if one.span.start in ends
        or text[max(0, one.span.start - 1) : one.span.start].isalnum()
        or text[one.span.end : one.span.end + 1].isalnum()
    ]


def repeated(text: str) -> list[str]:
    """Plain words that stand twice in a row."""
    return re.findall(r"\b(someone|a place|a number|a date)[ ,;]+\1\b", text)


def left_of(line: str, *people: Person) -> str:
    """Letters and digits between << and >> that the strictest profile lets through."""
    text, wanted = _unmarked(line)
    (found,) = propagate([text], [shared_detector().detect(text, people)])
    gone = {
        at
        for span in resolve(text, found, profile_for("STRICTEST"))
        if span.cell.action is not Action.KEEP
        for at in range(span.start, span.end)
    }
    return "".join(text[at] for at in wanted if text[at].isalnum() and at not in gone)


def _unmarked(line: str) -> tuple[str, list[int]]:
    text = ""
    wanted: list[int] = []
    for number, piece in enumerate(re.split("<<|>>", line)):
        if number % 2:
            wanted += range(len(text), len(text) + len(piece))
        text += piece
    return text, wanted

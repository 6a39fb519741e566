"""What anybody can check afterwards, with the files alone."""

import base64
import sqlite3
from contextlib import closing
from datetime import date
from typing import Any

from broker.bootstrap import store_of
from broker.demo.county.model import County
from broker.demo.result import Before, TimelineLine
from broker.demo.round import Asked
from broker.domain.errors import LedgerVerificationError
from broker.ledger.checkpoint import parse_checkpoint
from broker.ledger.tree import check_inclusion, leaf_hash
from broker.settings import Settings

_SHOWN_LENGTHS = range(400, 8_000)


def before_and_after(people: County, asked: tuple[Asked, ...]) -> Before | None:
    """Pick the opened package with the most removals to a recipient who works with perpetrators."""
    opened = [one for one in asked if one.opened and any(i.text for i in one.opened.content.items)]
    if not opened:
        return None

    def weight(one: Asked) -> tuple[bool, int]:
        recipient = people.practitioner(one.planned.recipient).agency_id
        removed = one.opened.content.removed if one.opened else ()
        return people.agency(recipient).perpetrator_facing, sum(r.count for r in removed)

    chosen = max(opened, key=weight)
    return _pair(people, chosen)


def _pair(people: County, asked: Asked) -> Before | None:
    """Set the holder's own text beside the one that left."""
    opened, planned = asked.opened, asked.planned
    case = people.case(planned.case_id)
    subject = case.person(planned.subject_id) if case else None
    if opened is None or subject is None:
        return None
    reference = subject.reference_at(planned.holder)
    texts = [one for one in opened.content.items if one.text]
    released = next((one for one in texts if len(one.text or "") in _SHOWN_LENGTHS), texts[0])
    originals = [
        one
        for one in people.records[planned.holder]
        if one.subject_ref == reference
        and one.category == released.category
        and one.text
        and _same_month(one.recorded_on, released.recorded_on)
    ]
    if not originals:
        return None
    return Before(
        holder=people.agency(planned.holder).name,
        recipient=people.agency(people.practitioner(planned.recipient).agency_id).name,
        profile=opened.content.profile,
        original=originals[0].text or "",
        redacted=released.text or "",
        removed=tuple((one.reason, one.count) for one in opened.content.removed),
        terms=opened.content.terms,
    )


def _same_month(held: date | None, left: date | None) -> bool:
    """Some profiles let only the month go."""
    return held is not None and left is not None and held.replace(day=1) == left.replace(day=1)


def timeline_lines(timeline: dict[str, Any]) -> tuple[TimelineLine, ...]:
    """Check each entry of a timeline against its checkpoint, as an advocate's own tool would."""
    checkpoint = parse_checkpoint(timeline["checkpoint"]["note"])
    lines = []
    for event in timeline["events"]:
        proof = event["proof"]
        path = [base64.b64decode(one) for one in proof["path"]]
        leaf = leaf_hash(event["entry"]["canonical"].encode())
        proved = proof["size"] == checkpoint.size and check_inclusion(
            leaf, proof["index"], proof["size"], path, checkpoint.root
        )
        lines.append(
            TimelineLine(
                number=event["case_number"],
                at=event["at"][:19].replace("T", " "),
                sentence=event["sentence"],
                proved=proved,
            )
        )
    return tuple(lines)


def tamper(settings: Settings, entry: int) -> tuple[str, int | None]:
    """Change one byte of one entry in the database; return what verification says, and of which."""
    path = settings.database_url.removeprefix("sqlite+pysqlite:///")
    with sqlite3.connect(path) as database:
        (found,) = database.execute(
            'SELECT canonical FROM log_entries WHERE "index" = ?', (entry,)
        ).fetchone()
        changed = bytearray(found)
        # One letter of one word, so that what is left is still valid JSON.
        place = found.index(b'"kind":"') + len(b'"kind":"')
        changed[place] ^= 0x01
        database.execute(
            'UPDATE log_entries SET canonical = ? WHERE "index" = ?', (bytes(changed), entry)
        )
    with closing(store_of(settings)) as store:
        try:
            store.log.verify()
        except LedgerVerificationError as finding:
            return str(finding), finding.entry
    return "", None

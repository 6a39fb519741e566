"""Exported logs for tests: as many decisions as wanted, made as the broker makes them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from broker.domain.context import Facts
from broker.domain.ids import CaseId, Category, PolicyVersion
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.ledger import events
from broker.ledger.checkpoint import LogKey, sign_checkpoint
from broker.ledger.entry import place_entry
from broker.ledger.export import Head, entry_line, head_line
from broker.ledger.tokens import case_tag
from broker.ledger.tree import Frontier
from policies import PolicySet
from tests import builders as a
from tests.simulators import MemoryCustody

CUSTODY = MemoryCustody()
KEY = LogKey(origin="ashmere.example/test", public_key=CUSTODY.public_key("log"))


def decision(policy: PolicySet, *asked: Facts, case: str = "MR-0417", day: int = 0) -> EntryDraft:
    """What the log says of one request with these facts, one for each category."""
    request = a.share_request(
        case_id=CaseId(case), categories=tuple(Category(one.category) for one in asked)
    )
    context = a.context(
        request, facts=tuple((Category(one.category), one) for one in asked), case=a.case(case)
    )
    decided = policy.decide(a.requester(), request, context)
    return events.decision(decided, a.NOW + timedelta(days=day))


def without_case(policy: PolicySet, asked: Facts) -> EntryDraft:
    """The same for a case that the requester may not know of."""
    request = a.share_request(categories=(Category(asked.category),))
    context = a.context(request, facts=((Category(asked.category), asked),), case=None)
    return events.decision(policy.decide(a.requester(), request, context), a.NOW)


def other_event() -> EntryDraft:
    """An entry that is no decision."""
    return events.policy_loaded(PolicyVersion("0" * 64), a.NOW)


def placed(drafts: Iterable[EntryDraft]) -> Iterator[LedgerEntry]:
    """Put the drafts in their places, as the sequencer does."""
    heads: dict[str, tuple[int, str]] = {}
    for index, draft in enumerate(drafts):
        number, previous = heads.get(draft.case_tag or "", (0, ""))
        number = number + 1 if draft.case_tag else 0
        entry = place_entry(draft, index=index, case_number=number, case_previous=previous)
        if draft.case_tag:
            heads[draft.case_tag] = (number, entry.leaf_hash.hex())
        yield entry


def head_of(entries: Iterable[LedgerEntry]) -> Head:
    """The head of an export of these entries."""
    frontier, newest = Frontier(), a.NOW
    for one in entries:
        frontier, newest = frontier.append(one.leaf_hash)[0], one.at
    root = frontier.root()
    note = sign_checkpoint(KEY, lambda said: CUSTODY.sign("log", said), frontier.size, root)
    return Head(checkpoint=note, newest_at=newest)


def export(*drafts: EntryDraft) -> bytes:
    """An export of a log of these entries."""
    entries = list(placed(drafts))
    return head_line(head_of(entries)) + b"".join(entry_line(one) for one in entries)


def write_large(path: Path, drafts: Iterable[EntryDraft], cases: int) -> None:
    """Write an export with the drafts spread over as many cases, without keeping them."""
    body = path.with_suffix(".body")
    tags = [case_tag(a.SALT, CaseId(f"MR-{number}")) for number in range(cases)]
    spread = (replace(one, case_tag=tags[at % cases]) for at, one in enumerate(drafts))
    with body.open("wb") as file:

        def written() -> Iterator[LedgerEntry]:
            for entry in placed(spread):
                file.write(entry_line(entry))
                yield entry

        head = head_of(written())
    with path.open("wb") as file:
        file.write(head_line(head))
        with body.open("rb") as rest:
            while block := rest.read(1 << 20):
                file.write(block)
    body.unlink()

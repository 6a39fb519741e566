"""What an advocate reads: everything the log holds about one client, with the means to check it."""

from dataclasses import dataclass

from broker.domain.case import Case
from broker.domain.ids import CaseId, CaseTag
from broker.domain.ledger import Checkpoint, InclusionProof, LedgerEntry
from broker.domain.request import Requester
from broker.ledger import events
from broker.ledger.tokens import case_tag
from broker.service.desk import Desk
from broker.service.reject import tag_of, turn_away
from broker.service.telling import Attention, Told, policies_of, tell

MIN_PAGE = 10
"""Each page that is read is a further entry: whoever turned pages of one would never come to the
end."""
MAX_PAGE = 200
"""Entries on one page; about 600 kB with their proofs and what is said of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a timeline: up to `limit` entries after the one with the number `after`."""

    after: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One entry, what it says, and the proof that it is in the tree."""

    entry: LedgerEntry
    told: Told
    proof: InclusionProof

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        return self.told.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The entries of one case, numbered from 1 without gaps, under one checkpoint.

    Args:
        next: the number after which the following page begins; None after the last entry.

    """

    case_id: CaseId
    case_tag: CaseTag
    events: tuple[TimelineEvent, ...]
    checkpoint: Checkpoint
    next: int | None = None

    @property
    def first(self) -> tuple[TimelineEvent, ...]:
        """What to read before the rest: emergencies, then overrides; of one kind the newest."""
        order = tuple(Attention)
        marked = [
            (order.index(one.told.attention), -one.entry.case_number, one)
            for one in self.events
            if one.told.attention is not None
        ]
        return tuple(one for _, _, one in sorted(marked, key=lambda each: each[:2]))


def timeline(
    desk: Desk, requester: Requester, case_id: CaseId, page: Page | None = None
) -> Timeline | None:
    """Return the timeline of one of the advocate's own clients; reading it is its last entry.

    Anybody else gets None, as for a case that does not exist. Without a page it is the whole.
    """
    case = desk.cases.case(case_id)
    if case is None or case.advocate != requester.practitioner_id:
        turn_away(desk, requester, "reading a timeline", tag_of(desk, case_id, case))
        return None
    desk.ledger.record(events.timeline_read(case, requester, desk.clock.now()))
    return read_case(desk, case, page)


def read_case(desk: Desk, case: Case, page: Page | None = None) -> Timeline | None:
    """Return the entries of a case under the newest checkpoint; the caller logs the reading."""
    tag = case_tag(case.salt, case.case_id)
    checkpoint = desk.log.checkpoint()
    if checkpoint is None:
        return None
    policy_of = policies_of(desk)
    # One more than the page has says whether there is another page.
    after, limit = (0, None) if page is None else (page.after, page.limit + 1)
    found = desk.log.entries_of_case(tag, after, limit)
    covered = [one for one in found if one.index < checkpoint.size]
    entries = covered if page is None else covered[: page.limit]
    proofs = desk.search.proofs([one.index for one in entries], checkpoint.size)
    return Timeline(
        case_id=case.case_id,
        case_tag=tag,
        events=tuple(
            TimelineEvent(entry=one, told=tell(one, policy_of), proof=proof)
            for one, proof in zip(entries, proofs, strict=True)
        ),
        checkpoint=checkpoint,
        next=entries[-1].case_number if len(entries) < len(covered) else None,
    )

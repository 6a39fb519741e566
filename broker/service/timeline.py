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
    """Every entry of one case, numbered from 1 without gaps, under one checkpoint."""

    case_id: CaseId
    case_tag: CaseTag
    events: tuple[TimelineEvent, ...]
    checkpoint: Checkpoint

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


def timeline(desk: Desk, requester: Requester, case_id: CaseId) -> Timeline | None:
    """Return the timeline of one of the advocate's own clients; reading it is its last entry.

    Anybody else gets None, as for a case that does not exist.
    """
    case = desk.cases.case(case_id)
    if case is None or case.advocate != requester.practitioner_id:
        turn_away(desk, requester, "reading a timeline", tag_of(desk, case_id, case))
        return None
    desk.ledger.record(events.timeline_read(case, requester, desk.clock.now()))
    return read_case(desk, case)


def read_case(desk: Desk, case: Case) -> Timeline | None:
    """Return every entry of a case under the newest checkpoint; the caller logs the reading."""
    tag = case_tag(case.salt, case.case_id)
    checkpoint = desk.log.checkpoint()
    if checkpoint is None:
        return None
    policy_of = policies_of(desk)
    entries = [one for one in desk.log.entries_of_case(tag) if one.index < checkpoint.size]
    proofs = desk.search.proofs([one.index for one in entries], checkpoint.size)
    return Timeline(
        case_id=case.case_id,
        case_tag=tag,
        events=tuple(
            TimelineEvent(entry=one, told=tell(one, policy_of), proof=proof)
            for one, proof in zip(entries, proofs, strict=True)
        ),
        checkpoint=checkpoint,
    )

from datetime import timedelta

import pytest

from broker.domain.alert import Alert, AlertId, Audience, Watch
from broker.domain.challenge import Challenge, ChallengeId, ChallengeReason, ChallengeStep
from broker.domain.ids import AgencyId, AgencyKind, CaseId, DisclosureId, PractitionerId
from broker.domain.ledger import EntryDraft
from broker.ledger import alert_events, challenge_events, reading_events
from broker.ledger.entry import place_entry
from broker.ledger.tokens import case_tag
from tests import builders as a
from tests.unit.ledger.test_events import PERSONAL

TAG = case_tag(a.SALT, CaseId("MR-0417"))


def challenge() -> Challenge:
    """What an advocate says in her client's words."""
    return Challenge(
        challenge_id=ChallengeId("c" * 32),
        revision=1,
        step=ChallengeStep.OPENED,
        case_id=CaseId("MR-0417"),
        case_tag=TAG,
        hidden=False,
        disclosure_id=DisclosureId("d" * 32),
        entry=7,
        reason=ChallengeReason.UNSAFE,
        text="Mara says he waits outside Larch Court.",
        holder=AgencyId("ashmere-police"),
        holder_kind=AgencyKind("police"),
        requester=PractitionerId("housing-1"),
        recipient=PractitionerId("housing-1"),
        opened_by=PractitionerId("idva-1"),
        opened_at=a.NOW,
        due_at=a.NOW + timedelta(days=7),
    )


def alert(*tell: Audience) -> Alert:
    """An alert for somebody."""
    return Alert(
        alert_id=AlertId("a" * 32),
        rule_id="A05",
        watch=Watch.TIED_TO_CASE,
        count=1,
        tell=tell,
        case_tag=TAG,
        agency_kind=AgencyKind("housing-la"),
        trigger=9,
        raised_at=a.NOW,
    )


def drafts() -> list[EntryDraft]:
    """One event of each kind of reading, challenging and alerting."""
    who, seen = a.requester(), alert(Audience.IG_LEAD)
    return [
        reading_events.log_searched(who, ("kind",), 3, tag=TAG, salt=a.SALT, at=a.NOW),
        reading_events.case_exported(who, "pdf", TAG, a.SALT, a.NOW),
        challenge_events.stepped(challenge(), who, a.SALT, a.NOW),
        challenge_events.listed(who, 2, a.SALT, a.NOW),
        alert_events.raised(seen),
        alert_events.seen(seen, who, a.SALT, a.NOW),
        alert_events.listed(who, 1, a.SALT, a.NOW),
    ]


@pytest.mark.parametrize("draft", drafts(), ids=lambda one: one.kind.value)
def test_none_of_it_says_anything_personal(draft: EntryDraft) -> None:
    """No name, address, case number, practitioner, agency or word of the client's."""
    written = place_entry(draft, index=0, case_number=0, case_previous="").canonical

    for word in PERSONAL:
        assert word.encode() not in written, word


def test_what_the_advocate_is_not_told_of_is_not_in_the_case_s_chain() -> None:
    """Whoever reads the timeline is not warned by an alert that is for others."""
    assert alert_events.raised(alert(Audience.IG_LEAD)).case_tag is None
    assert alert_events.raised(alert(Audience.ADVOCATE)).case_tag == TAG

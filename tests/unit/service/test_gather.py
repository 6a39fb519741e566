from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.domain.case import Approval, Case
from broker.domain.context import CaseContext, Facts
from broker.domain.decision import Referral
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyId, AgencyKind, CaseId, Category, PractitionerId, Purpose
from broker.domain.people import AgencyReference
from broker.domain.request import Requester, ShareRequest
from broker.domain.words import ApprovalKind, ConsentStatus, SubjectRole
from broker.service.gather import gather
from broker.service.register import Register
from tests import builders as a
from tests.desk import Furnished


def _gathered(
    furnished: Furnished,
    request: ShareRequest | None = None,
    requester: Requester | None = None,
    **case: Any,  # noqa: ANN401  # passed through to the builder
) -> CaseContext:
    if case:
        _put(furnished, a.case(version=2, **case))
    return gather(furnished.desk, requester or a.requester(), request or a.share_request())


def _put(furnished: Furnished, case: Case) -> None:
    desk = furnished.desk
    Register(desk.ledger, desk.cases, desk.clock).case(case)


def _facts(context: CaseContext) -> Facts:
    return context.facts[0][1]


def test_the_common_case_becomes_words(furnished: Furnished) -> None:
    """Everything a rule may look at is there, as a word of the vocabulary."""
    expected = a.facts(emergency_use="unknown", referral_history="unknown")  # Neither is on file.
    assert _facts(_gathered(furnished)) == expected


def test_an_unknown_a_not_listed_and_a_shielded_case_are_one_and_the_same(
    furnished: Furnished,
) -> None:
    """What policy sees of a hidden case is what it sees of one that does not exist."""
    _put(furnished, replace(a.case("MR-0500", shielded=True), salt=bytes(32)))
    _put(furnished, a.case("MR-0501"))
    hidden = [
        _gathered(furnished, a.share_request(case_id=CaseId(one)))
        for one in ("MR-9999", "MR-0501", "MR-0500")
    ]

    assert len({one.facts for one in hidden}) == 1
    assert {one.case for one in hidden} == {None}
    assert {one.subject for one in hidden} == {None}
    assert _facts(hidden[0]).case_listing == "not-listed"
    assert _facts(hidden[0]).consent == "unknown"


def test_a_shielded_case_opens_to_its_handlers_only(furnished: Furnished) -> None:
    """An employee's case exists for the named handlers and for nobody else on the list."""
    handler = PractitionerId("housing-1")

    assert _gathered(furnished, shielded=True, handlers=(handler,)).case is not None
    other = a.requester("probation-1", "probation")
    request = a.share_request(recipient=PractitionerId("probation-1"))
    assert gather(furnished.desk, other, request).case is None


def test_consent_given_with_the_perpetrator_present_is_suspected_coerced(
    furnished: Furnished,
) -> None:
    """A yes that the abuser heard is not a yes."""
    consents = (a.consent(perpetrator_present=True),)

    assert _facts(_gathered(furnished, consents=consents)).consent == "given-suspected-coerced"


@pytest.mark.parametrize(
    ("exclusion", "consent"),
    [
        ({"excluded_agencies": (AgencyKind("housing-la"),)}, "refused"),
        ({"excluded_categories": (Category("incident-summary"),)}, "refused"),
        ({"excluded_agencies": (AgencyKind("education"),)}, "given-limited"),
    ],
)
def test_limited_consent_is_a_no_outside_its_limits(
    furnished: Furnished, exclusion: dict[str, Any], consent: str
) -> None:
    """A client who says not housing is heard when housing asks."""
    consents = (a.consent(ConsentStatus.GIVEN_LIMITED, **exclusion),)

    assert _facts(_gathered(furnished, consents=consents)).consent == consent


def test_the_newest_statement_counts_and_an_expired_one_says_nothing(furnished: Furnished) -> None:
    """A withdrawal beats the yes before it; after its last day a yes is unknown."""
    withdrawn = a.consent(ConsentStatus.WITHDRAWN, taken_at=a.NOW - timedelta(hours=1))
    assert _facts(_gathered(furnished, consents=(withdrawn, a.consent()))).consent == "withdrawn"

    _put(furnished, a.case(version=3, consents=(a.consent(expires_at=a.NOW),)))
    assert _facts(_gathered(furnished)).consent == "unknown"


def test_an_approval_by_whoever_asks_or_receives_is_none(furnished: Furnished) -> None:
    """The second person is another person."""
    own = Approval(
        kind=ApprovalKind.MANAGER,
        purpose=Purpose("marac-research"),
        approved_by=PractitionerId("housing-1"),
        approved_at=a.NOW,
    )
    others = replace(own, approved_by=PractitionerId("manager-1"))
    elsewhere = replace(others, purpose=Purpose("marac-referral"))

    assert _facts(_gathered(furnished, approvals=(own, elsewhere))).approval == "none"
    _put(furnished, a.case(version=3, approvals=(own, others)))
    assert _facts(_gathered(furnished)).approval == "manager"


def test_blank_reasons_are_absent(furnished: Furnished) -> None:
    """White space is no reason."""
    assert _facts(_gathered(furnished, a.share_request(reasons=" \n "))).reasons == "absent"
    assert _facts(_gathered(furnished, a.share_request(reasons="threat"))).reasons == "recorded"


def test_one_lapsed_agreement_on_any_side_is_lapsed(furnished: Furnished) -> None:
    """Holder, asker and recipient must all have signed; never signed is unknown."""
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    yesterday = a.NOW.date() - timedelta(days=1)

    register.agency(a.agency("police", agreement_until=None))
    assert _facts(_gathered(furnished)).agreement == "unknown"
    register.agency(a.agency("police", agreement_until=yesterday))
    assert _facts(_gathered(furnished)).agreement == "lapsed"


def test_a_closed_meeting_and_one_not_open_yet_list_nothing(furnished: Furnished) -> None:
    """Research has a window, and its ends are exact."""
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    agencies = ("housing-la", "police")

    register.meeting(a.meeting(agencies=agencies, closes_at=a.NOW))
    assert _facts(_gathered(furnished)).case_listing == "closed"
    register.meeting(a.meeting(agencies=agencies, opens_at=a.NOW + timedelta(seconds=1)))
    assert _gathered(furnished).case is None


def test_a_request_for_older_records_is_older(furnished: Furnished) -> None:
    """Asking beyond the relevance window is a fact that policy sees."""
    old = a.NOW.date() - timedelta(days=6 * 365)

    assert _facts(_gathered(furnished, a.share_request(since=old))).record_age == "older"


def test_with_cross_allegations_nobody_is_safely_victim_or_perpetrator(
    furnished: Furnished,
) -> None:
    """Where each accuses the other, no role is taken for granted and no recipient is safe."""
    context = _gathered(furnished, cross_allegations=True)

    assert _facts(context).recipient_perpetrator_facing == "yes"
    assert _facts(context).subject_role == "unknown"
    decision = furnished.desk.policy.decide(a.requester(), a.share_request(), context)
    assert isinstance(decision, Referral)


def test_a_mental_health_service_faces_the_perpetrator_who_is_its_client(
    furnished: Furnished,
) -> None:
    """An agency that treats the perpetrator is on his side of the wall, in his case only."""
    kind = "mental-health"
    desk = furnished.desk
    register = Register(desk.ledger, desk.cases, desk.clock)
    register.agency(a.agency(kind))
    register.practitioner(a.practitioner("nurse-1", kind, name="Idris Vale"))
    register.meeting(a.meeting(agencies=("police", kind)))
    request = a.share_request(recipient=PractitionerId("nurse-1"))
    nurse = a.requester("nurse-1", kind)
    client = AgencyReference(agency_id=AgencyId(f"ashmere-{kind}"), value="MH-1")
    people = tuple(
        replace(one, references=(*one.references, client))
        if one.role is SubjectRole.PERPETRATOR
        else one
        for one in a.case().people
    )

    assert _facts(gather(desk, nurse, request)).recipient_perpetrator_facing == "no"
    after = _gathered(furnished, request, nurse, people=people)
    assert _facts(after).recipient_perpetrator_facing == "yes"


def test_asking_on_behalf_of_two_other_agencies_is_invalid(furnished: Furnished) -> None:
    """Nobody can make one agency send to another."""
    request = a.share_request(recipient=PractitionerId("probation-1"))

    with pytest.raises(InvalidRequestError, match="your own agency"):
        gather(furnished.desk, a.requester(), request)


def test_an_unregistered_recipient_cannot_be_cleared_of_conflict(furnished: Furnished) -> None:
    """Whoever is not on file gets nothing."""
    request = a.share_request(
        recipient=PractitionerId("nobody"), holder=AgencyId("ashmere-housing-la")
    )

    assert _gathered(furnished, request).case is None


def test_stale_risk_is_a_word(furnished: Furnished) -> None:
    """An incident after the assessment makes it stale, and so does a month."""
    today = a.NOW.date()
    after_incident = a.risk(last_incident_on=today)
    assert _facts(_gathered(furnished, risk=after_incident)).risk_age == "stale"

    _put(furnished, a.case(version=3, risk=a.risk(assessed_on=today - timedelta(days=29))))
    assert _facts(_gathered(furnished)).risk_age == "stale"
    _put(furnished, a.case(version=4, risk=a.risk(assessed_on=today + timedelta(days=1))))
    assert _facts(_gathered(furnished)).risk_age == "unknown"
    _put(furnished, a.case(version=5, risk=None))
    assert _facts(_gathered(furnished)).risk == "unknown"

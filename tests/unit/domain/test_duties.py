import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.domain.decision import Permit
from broker.domain.duties import duties_of_decision, duties_of_disclosure
from broker.domain.ids import AgencyId, DisclosureId, PractitionerId, Role
from broker.domain.package import SealedPackage
from broker.domain.task import AdvocateOf, Duty, Named, Office
from broker.domain.words import Outcome
from tests import builders as a
from tests.desk import policy_in_force

ADVOCATE = AdvocateOf(case_id=a.case().case_id)
POLICE_IG = Office(role=Role("ig-lead"), agency_id=AgencyId("ashmere-police"))


def _decided(*codes: str, **changes: object) -> tuple[Duty, ...]:
    ruling = a.ruling(obligations=codes)
    return duties_of_decision(a.permit(a.share_request(), ruling, **changes), a.NOW)


def _released(*codes: str) -> tuple[Duty, ...]:
    return _of(a.permit(a.share_request(), a.ruling(obligations=codes)))


def _of(permit: Permit) -> tuple[Duty, ...]:
    package = SealedPackage(
        disclosure_id=DisclosureId("0" * 32),
        permit=permit,
        content=b"",
        digest=hashlib.sha256(b"").hexdigest(),
        recipients=(),
        removed=(),
        profile="P-VICTIM-SAFE",
        expires_at=a.NOW + timedelta(days=21),
        sealed_at=a.NOW,
    )
    return duties_of_disclosure(package, a.NOW)


def test_the_advocate_is_told_within_a_quarter_of_an_hour() -> None:
    """An override of the client's wishes is on her advocate's list in office hours at once."""
    (told,) = _decided("NTF")

    assert told.assignee == ADVOCATE
    assert told.due_at == a.NOW + timedelta(minutes=15)
    assert told.case_id == "MR-0417"


def test_an_urgent_notice_is_due_at_once() -> None:
    """A release date does not wait for the office to open."""
    (told,) = _decided("NTF:urgent")

    assert told.due_at == a.NOW


@pytest.mark.parametrize(("code", "days"), [("IG", 7), ("PIR", 1)])
def test_nobody_s_own_agency_reviews_them(code: str, days: int) -> None:
    """The lead of another agency than the requester's reviews: an emergency by the next day."""
    (review,) = _decided(code)
    assert review.assignee == POLICE_IG
    assert review.due_at == a.NOW + timedelta(days=days, hours=7)

    own = replace(a.requester(), agency_id=AgencyId("ashmere-police"))
    (review,) = _decided(code, requester=own)
    assert review.assignee == Office(role=Role("ig-lead"), agency_id=AgencyId("ashmere-housing-la"))
    inside = a.context(recipient_agency=a.agency("police"))
    (review,) = _decided(code, requester=own, context=inside)
    assert review.assignee == Office(role=Role("marac-coordinator"), agency_id=None)


def test_what_needs_a_release_is_no_task_before_it() -> None:
    """Nobody is asked to acknowledge, delete or tell of what has not left."""
    only_then = ("ACK", "EXP:30", "SRV", "CLIN", "TELL:parent")
    assert _decided(*only_then) == ()
    assert {one.code for one in _released(*only_then, "NTF", "IG", "REV:7")} == {
        *("ACK", "EXP", "SRV", "CLIN", "TELL:parent"),
    }


def test_what_is_kept_by_the_package_or_before_it_is_nobody_s_task() -> None:
    """Minimum fields, watermarks, reasons and the second person are seen to already."""
    kept = ("MIN", "WM", "NOX", "MASK", "SAFE", "VRB", "DELTA", "LOCK", "RSN", "2ND")

    assert _decided(*kept) == ()
    assert _released(*kept) == ()


def test_the_recipient_acknowledges_and_deletes() -> None:
    """Terms are accepted in five working days; the end is the package's own."""
    accept, delete = _released("ACK", "EXP:meeting+14")

    assert accept.assignee == delete.assignee == Named(practitioner_id=PractitionerId("housing-1"))
    assert accept.due_at == a.NOW + timedelta(days=7, hours=7)
    assert delete.due_at == a.NOW + timedelta(days=21)
    assert accept.disclosure_id == "0" * 32


@pytest.mark.parametrize(("code", "days"), [("REV:7", 7), ("REV:90", 90), ("REV", 0)])
def test_a_review_is_due_after_as_many_days_as_its_code_says(code: str, days: int) -> None:
    """REV:90 is due in ninety days; a code that names no number is due now."""
    (review,) = _decided(code)

    assert review.assignee == Named(practitioner_id=PractitionerId("housing-1"))
    assert review.due_at == a.NOW + timedelta(days=days)


def test_each_code_lands_with_whom_the_vocabulary_names() -> None:
    """The requester asks the originator, a clinician of the holder confirms, police give notice."""
    (agreed,), (notice,) = _decided("ORIG"), _decided("VIRN")
    assert agreed.assignee == notice.assignee == Named(practitioner_id=PractitionerId("housing-1"))
    (confirmed,) = _released("CLIN")
    assert confirmed.assignee == Office(
        role=Role("caldicott-guardian"), agency_id=AgencyId("ashmere-police")
    )
    assert confirmed.due_at == a.NOW + timedelta(days=2, hours=7)


def test_an_agency_without_an_agreement_is_the_coordinator_s_matter_today() -> None:
    """The coordinator hears the same working day who asked without having signed (rule S01)."""
    (told,) = _decided("TELL", context=a.context(case=None, subject=None))

    assert told.assignee == Office(role=Role("marac-coordinator"), agency_id=None)
    assert told.due_at == a.NOW + timedelta(hours=7)


def test_a_parent_is_told_by_social_care() -> None:
    """Where social care holds it, its own people tell; where it asked, whoever asked does."""
    permit = a.permit(a.share_request(), a.ruling(obligations=("TELL:parent",)))
    assert _of(permit)[0].assignee == Named(practitioner_id=PractitionerId("housing-1"))

    holder = a.agency("childrens-social-care")
    held = replace(permit, context=a.context(holder=holder))
    assert _of(held)[0].assignee == Office(role=Role("agency-spoc"), agency_id=holder.agency_id)


def test_an_obligation_that_nobody_knows_is_somebody_s_task() -> None:
    """What the rules ask for and the broker cannot do lands on a lead's list, never nowhere."""
    (unknown,) = _decided("NEW:3")

    assert unknown.assignee == POLICE_IG
    assert unknown.code == "NEW:3"


def test_every_obligation_of_the_pack_is_known() -> None:
    """No code of the pack that comes with the broker ends up as one that it cannot meet."""
    codes = [one for one in policy_in_force().words("obligation") if one != "none"]
    assert len(codes) > 20

    for code in codes:
        for duty in (*_decided(code), *_released(code)):
            assert "cannot meet" not in duty.what, code


def test_two_categories_that_ask_for_the_same_make_one_task() -> None:
    """The advocate reads one notice about one request."""
    rulings = (a.ruling(obligations=("NTF",)), a.ruling("risk-assessment", obligations=("NTF",)))

    assert len(duties_of_decision(a.permit(a.share_request(), *rulings), a.NOW)) == 1


def test_only_what_was_released_binds_the_recipient() -> None:
    """The terms of a category that was refused are nobody's terms."""
    refused = a.ruling("intelligence", outcome=Outcome.DENY, obligations=("SRV",))
    permit = a.permit(a.share_request(), a.ruling(obligations=("ACK",)), refused)
    package = SealedPackage(
        disclosure_id=DisclosureId("1" * 32),
        permit=permit,
        content=b"",
        digest="",
        recipients=(),
        removed=(),
        profile="",
        expires_at=a.NOW,
        sealed_at=a.NOW,
    )

    assert [one.code for one in duties_of_disclosure(package, a.NOW)] == ["ACK"]


@pytest.mark.parametrize("secret", ["shielded", "employee_case"])
def test_an_office_does_not_learn_which_employee_it_is(secret: str) -> None:
    """A lead who reviews an employee's case sees the log's token and not the case (rule C02)."""
    shielded = secret == "shielded"
    context = a.context(case=a.case(shielded=shielded, employee_case=not shielded))
    told, review = sorted(_decided("NTF", "IG", context=context), key=lambda one: -len(one.code))

    assert told.case_id == "MR-0417"
    assert review.case_id is None


def test_a_case_that_the_requester_may_not_know_makes_no_task_for_its_advocate() -> None:
    """Hidden and unknown cases make the same tasks: none that would need to know which it is."""
    context = a.context(case=None, subject=None)

    (review,) = _decided("NTF", "SRV", "IG", context=context)
    assert (review.code, review.case_id) == ("IG", None)

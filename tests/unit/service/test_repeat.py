"""A repeat case: what is new is asked for, and what was given before is linked (rule R30)."""

import hashlib
import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.case import Case
from broker.domain.context import CaseContext
from broker.domain.decision import Permit
from broker.domain.ids import (
    AgencyId,
    Category,
    DisclosureId,
    PractitionerId,
    Purpose,
    SubjectId,
    Thumbprint,
)
from broker.domain.ledger import Receipt
from broker.domain.package import SealedPackage
from broker.domain.request import ShareRequest
from broker.service.gather import gather
from broker.service.history import months_before
from broker.service.register import Register
from tests import builders as a
from tests.desk import Furnished, policy_in_force

TODAY = a.NOW.date()
WINDOW = TODAY - timedelta(days=1826)
BEFORE, THIS = TODAY - timedelta(days=100), TODAY - timedelta(days=3)
REPEAT = a.case(version=2, referrals=(THIS, BEFORE, TODAY - timedelta(days=2000)))


def _gathered(
    furnished: Furnished, request: ShareRequest | None = None, case: Case = REPEAT
) -> CaseContext:
    desk = furnished.desk
    Register(desk.ledger, desk.cases, desk.clock).case(case)
    return gather(desk, a.requester(), request or a.share_request())


def _give(furnished: Furnished, request: ShareRequest) -> Receipt:
    """Decide and disclose, without the holder and the redactor between."""
    desk = furnished.desk
    context = gather(desk, a.requester(), request)
    permit = Permit(
        requester=a.requester(),
        request=request,
        context=context,
        rulings=tuple(a.ruling(str(one)) for one in request.categories),
        policy_version=policy_in_force().version,
    )
    desk.ledger.record_decision(permit)
    content = secrets.token_bytes(16)
    return desk.ledger.record_disclosure(
        SealedPackage(
            disclosure_id=DisclosureId(secrets.token_hex(16)),
            permit=permit,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            recipients=(Thumbprint("key"),),
            removed=(),
            profile="P-VICTIM-SAFE",
            expires_at=a.NOW + timedelta(days=30),
            sealed_at=a.NOW,
        )
    )


def test_a_repeat_asks_for_what_is_new_since_the_last_referral(furnished: Furnished) -> None:
    """What was before the last referral was shared then; old risk may be present risk."""
    context = _gathered(furnished)

    assert context.since_for(Category("incident-summary")) == BEFORE
    assert context.since_for(Category("risk-assessment")) == WINDOW


@pytest.mark.parametrize(
    ("request_", "case", "since"),
    [
        (
            a.share_request(since=TODAY - timedelta(days=900)),
            REPEAT,
            TODAY - timedelta(days=900),
        ),
        (a.share_request(), a.case(version=2), WINDOW),
        (a.share_request(), a.case(version=2, referrals=(THIS,)), WINDOW),
        (a.share_request(purpose=Purpose("marac-referral")), REPEAT, WINDOW),
    ],
    ids=["asked-for", "none-on-file", "first", "no-research"],
)
def test_everything_else_goes_back_as_far_as_is_relevant(
    furnished: Furnished, request_: ShareRequest, case: Case, since: date
) -> None:
    """Who says from when on gets that; a first case, or another purpose, has the usual window."""
    context = _gathered(furnished, request_, case)

    assert context.since == since
    assert context.since_of == ()


def test_a_holder_is_never_asked_for_what_was_before(furnished: Furnished) -> None:
    """The query itself is limited, so that nothing old is sent and then cut off."""
    desk = furnished.desk
    context = _gathered(furnished)
    permit = replace(a.permit(), context=context)

    items = desk.source.fetch(permit).items
    assert {one.category for one in items} == {"incident-summary", "risk-assessment"}
    late = replace(context, since=TODAY)
    assert {one.category for one in desk.source.fetch(replace(permit, context=late)).items} == {
        "risk-assessment"
    }


def test_a_disclosure_links_what_its_recipient_had_before(furnished: Furnished) -> None:
    """The same person, case and recipient: the earlier disclosures stand in the log's entry."""
    first = _give(furnished, a.share_request("request-0001"))
    _give(furnished, a.share_request("request-0002", subject_id=SubjectId("perpetrator")))
    other = a.share_request(
        "request-0003",
        recipient=PractitionerId("probation-1"),
        holder=AgencyId("ashmere-housing-la"),
    )
    _give(furnished, other)
    assert "earlier" not in first.entry.detail
    _gathered(furnished)

    second = _give(furnished, a.share_request("request-0004"))
    third = _give(furnished, a.share_request("request-0005"))
    assert second.entry.detail["earlier"] == (first.disclosure_id,)
    assert third.entry.detail["earlier"] == (first.disclosure_id, second.disclosure_id)
    furnished.store.log.verify()


def test_the_log_says_how_far_back_each_category_went(furnished: Furnished) -> None:
    """The decision's entry has both dates, and a first case's has one as ever."""
    desk = furnished.desk
    context = _gathered(furnished)
    decided = desk.policy.decide(a.requester(), a.share_request(), context)
    entry = desk.ledger.record_decision(decided)

    assert entry.detail["since"] == BEFORE.isoformat()
    assert entry.detail["since_of"] == {"risk-assessment": WINDOW.isoformat()}
    first = a.context(a.share_request("request-0002"))
    again = desk.policy.decide(a.requester(), a.share_request("request-0002"), first)
    assert "since_of" not in desk.ledger.record_decision(again).detail


def test_emergencies_are_counted_from_what_was_released(furnished: Furnished) -> None:
    """The third emergency release of one person in thirty days is known as that (rule E03)."""
    emergency = Purpose("marac-emergency")

    def word(number: int) -> str:
        request = a.share_request(f"request-010{number}", purpose=emergency)
        return gather(furnished.desk, a.requester(), request).facts[0][1].emergency_use

    assert word(1) == "first-or-second"
    for number in (1, 2):
        _give(furnished, a.share_request(f"request-010{number}", purpose=emergency))
    assert word(3) == "third-in-30-days"
    assert word(2) == "first-or-second"  # Asked again, it is the second still.
    assert gather(furnished.desk, a.requester(), a.share_request()).facts[0][1].emergency_use == (
        "unknown"
    )


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 9), 12, date(2025, 11, 9)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_months_are_counted_on_the_calendar(day: date, months: int, expected: date) -> None:
    """Twelve months before a leap day is the last day of that February."""
    assert months_before(day, months) == expected


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(1, 120))
def test_earlier_by_months_is_earlier(day: date, months: int) -> None:
    """Counting back never lands later, and never more than three days off the same day."""
    before = months_before(day, months)

    assert before < day
    assert (day.year - before.year) * 12 + day.month - before.month == months
    assert 0 <= day.day - before.day <= 3

"""Which obligations of a ruling become somebody's task, whose, and by when.

An obligation that is kept by what a package is and says (MIN, RED, WM, NOX, MASK, SAFE, VRB,
DELTA, LOCK), or before it is made (RSN, 2ND), is nobody's task. A code that is not known here is
somebody's: a person has to look at what the rules ask for and the broker cannot see to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.domain.decision import Decision
from broker.domain.ids import CaseId, DisclosureId, Purpose, Role
from broker.domain.package import SealedPackage
from broker.domain.task import AdvocateOf, Assignee, Duty, Named, Office
from broker.domain.working_time import close_of_business, end_of_working_day, soon

NOTIFY_MINUTES = 15
"""In which the advocate learns of an override, in office hours (domain brief 6.3.2)."""
WEEK = 5
"""Working days to accept terms, to review, to agree and to tell: the meanings of the codes in
policies/vocabulary.csv say so, and a challenge has as many (domain brief 6.3.7)."""
CONFIRM_WORKING_DAYS = 2
"""In which a clinician confirms what was sent (policies/vocabulary.csv, CLIN)."""

EMERGENCY = Purpose("marac-emergency")
"""The purpose whose releases are counted (rule E03)."""

_SOCIAL_CARE = "childrens-social-care"

_Who = Callable[[Decision], Assignee | None]
_Due = Callable[[datetime, str], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What becomes of one code; `released`: only once something has left."""

    who: _Who
    due: _Due
    say: str
    released: bool = False


def _advocate(decision: Decision) -> Assignee | None:
    case = decision.context.case
    return None if case is None else AdvocateOf(case_id=case.case_id)


def _recipient(decision: Decision) -> Assignee:
    return Named(practitioner_id=decision.request.recipient)


def _requester(decision: Decision) -> Assignee:
    return Named(practitioner_id=decision.requester.practitioner_id)


def _ig_lead(decision: Decision) -> Assignee:
    """Return the lead of an agency other than the requester's: nobody reviews their own team."""
    context = decision.context
    for agency in (context.holder, context.recipient_agency):
        if agency is not None and agency.agency_id != decision.requester.agency_id:
            return Office(role=Role("ig-lead"), agency_id=agency.agency_id)
    return _coordinator(decision)


def _coordinator(_: Decision) -> Assignee:
    return Office(role=Role("marac-coordinator"), agency_id=None)


def _clinician(decision: Decision) -> Assignee:
    return Office(role=Role("caldicott-guardian"), agency_id=decision.request.holder)


def _social_care(decision: Decision) -> Assignee:
    """Return whoever of children's social care is on one end of it, else the requester."""
    holder = decision.context.holder
    if holder is not None and holder.kind == _SOCIAL_CARE:
        return Office(role=Role("agency-spoc"), agency_id=holder.agency_id)
    return _requester(decision)


def _at_once(at: datetime, _: str) -> datetime:
    return at


def _within_minutes(at: datetime, _: str) -> datetime:
    return soon(at, NOTIFY_MINUTES)


def _today(at: datetime, _: str) -> datetime:
    return close_of_business(at)


def _working_days(days: int) -> _Due:
    return lambda at, _: end_of_working_day(at, days)


def _days_of_code(at: datetime, code: str) -> datetime:
    """Return so many days later as the code says; one that says no number is due at once."""
    days = code.partition(":")[2]
    return at + timedelta(days=int(days) if days.isascii() and days.isdigit() else 0)


_KINDS: Mapping[str, _Kind] = {
    "NTF": _Kind(
        who=_advocate,
        due=_within_minutes,
        say="Read in the timeline what was decided about your client's information.",
    ),
    "NTF:urgent": _Kind(
        who=_advocate,
        due=_at_once,
        say="Read at once what was decided about your client's information, and act on it.",
    ),
    "SRV": _Kind(
        who=_advocate,
        due=_working_days(WEEK),
        say="Tell your client what was shared, if that is safe; note it where it is not.",
        released=True,
    ),
    "REV": _Kind(
        who=_requester,
        due=_days_of_code,
        say="Look at this again: is it still right, and what has been decided since?",
    ),
    "REV:28": _Kind(
        who=_requester,
        due=_days_of_code,
        say="Decide on the request under Clare's Law: its twenty-eight days end then.",
    ),
    "ACK": _Kind(
        who=_recipient,
        due=_working_days(WEEK),
        say="Open the package and acknowledge it: that accepts its terms.",
        released=True,
    ),
    "IG": _Kind(
        who=_ig_lead, due=_working_days(WEEK), say="Review this decision and note what you found."
    ),
    "PIR": _Kind(
        who=_ig_lead,
        due=_working_days(1),
        say="Review this emergency release: was it needed, and was it the least that was needed?",
    ),
    "ORIG": _Kind(
        who=_requester,
        due=_working_days(WEEK),
        say="Get the agreement of the agency that supplied it, before any further use.",
    ),
    "CLIN": _Kind(
        who=_clinician,
        due=_working_days(CONFIRM_WORKING_DAYS),
        say="Have a clinician confirm that only what bears on the risk was sent.",
        released=True,
    ),
    "TELL": _Kind(
        who=_coordinator,
        due=_today,
        say="An agency without an agreement in force asked: see to that before it asks again.",
    ),
    "TELL:parent": _Kind(
        who=_social_care,
        due=_working_days(WEEK),
        say="Tell the parent who is not the alleged abuser what was shared, unless that is unsafe.",
        released=True,
    ),
    "VIRN": _Kind(
        who=_requester,
        due=_working_days(1),
        say="Give the victim written notice, through the advocate where there is one.",
    ),
}
_UNKNOWN_CODE = _Kind(
    who=_ig_lead, due=_working_days(1), say="See to an obligation that the broker cannot meet."
)
_KEPT_BY_THE_BROKER = frozenset(
    ("MIN", "RED", "WM", "NOX", "MASK", "SAFE", "VRB", "DELTA", "LOCK", "RSN", "2ND")
)


def duties_of_decision(decision: Decision, at: datetime) -> tuple[Duty, ...]:
    """Return what follows from a decision, whether or not anything leaves."""
    codes = sorted({code for ruling in decision.rulings for code in ruling.obligations})
    return tuple(_duties(decision, codes, at, None))


def duties_of_disclosure(package: SealedPackage, at: datetime) -> tuple[Duty, ...]:
    """Return what follows from a release: terms to accept, people to tell, an end to keep to."""
    permit = package.permit
    codes = sorted({code for ruling in permit.grants for code in ruling.obligations})
    made = tuple(_duties(permit, codes, at, package.disclosure_id))
    if not any(code.startswith("EXP") for code in codes):
        return made
    return (*made, _expiry(package))


def _duties(
    decision: Decision, codes: list[str], at: datetime, disclosure_id: DisclosureId | None
) -> Iterator[Duty]:
    released = disclosure_id is not None
    for code in codes:
        base = code.partition(":")[0]
        if base in _KEPT_BY_THE_BROKER or base == "EXP":
            continue
        kind = _KINDS.get(code) or _KINDS.get(base) or _UNKNOWN_CODE
        who = kind.who(decision)
        if kind.released is released and who is not None:
            yield Duty(
                code=code,
                what=kind.say,
                assignee=who,
                about=decision.requester.practitioner_id,
                case_id=_case_shown_to(who, decision),
                disclosure_id=disclosure_id,
                due_at=kind.due(at, code),
            )


def _expiry(package: SealedPackage) -> Duty:
    permit = package.permit
    return Duty(
        code="EXP",
        what="Delete what you received: its time is over. Ask again if it is still needed.",
        assignee=_recipient(permit),
        about=permit.requester.practitioner_id,
        case_id=permit.request.case_id,
        disclosure_id=package.disclosure_id,
        due_at=package.expires_at,
    )


def _case_shown_to(who: Assignee, decision: Decision) -> CaseId | None:
    """Return the case, but to no office where it is hidden, shielded or an employee's (C02)."""
    case = decision.context.case
    if case is None:
        return None
    hidden = case.shielded or case.employee_case
    return None if hidden and isinstance(who, Office) else case.case_id

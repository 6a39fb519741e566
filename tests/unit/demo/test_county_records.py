import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from broker.demo.county import County, county
from broker.domain.case import Case
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordItem

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)
CATEGORIES = {
    "ashmere-police": {
        "incident-summary",
        "incident-detail",
        "risk-assessment",
        "offending-history",
        "intelligence",
        "warning-markers",
        "bail-licence",
        "court-orders",
    },
    "ashmere-probation": {
        "offending-history",
        "risk-assessment",
        "release-dates",
        "custody-location",
        "bail-licence",
        "perp-programme",
    },
    "ashmere-acute": {
        "injury-attendance",
        "mental-health-summary",
        "substance-misuse",
        "maternity",
        "medication",
    },
    "ashmere-housing-la": {"tenancy", "household", "arrears-finance", "incident-summary"},
    "ashmere-education": {"child-school", "child-identity", "incident-summary"},
    "ashmere-childrens-social-care": {
        "child-protection",
        "child-identity",
        "household",
        "incident-summary",
        "risk-assessment",
    },
}
POSTCODE = re.compile(r"\b[a-z]{1,2}\d{1,2} \d[a-z]{2}\b", re.IGNORECASE)
REGISTRATION = re.compile(r"\b(?!hx|bd)[a-z]{2}\d{2} [a-z]{3}\b", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
NHS = re.compile(r"\b999 ?\d{3} ?\d{4}\b")
PHONE = re.compile(r"\b0\d[\d ]{7,10}\d\b")
PUPIL = re.compile(r"\b[a-z]\d{12}\b", re.IGNORECASE)
POLICE_ID = re.compile(r"\b\d{2}/\d{7}[a-z]\b", re.IGNORECASE)


@cache
def ashmere() -> County:
    """The county of one moment, made once for all tests of this file."""
    return county(NOW)


@cache
def filed() -> tuple[tuple[Case, RecordItem], ...]:
    """Every item with the case it belongs to; a repeat case stands for its earlier one."""
    owner = {
        (reference.agency_id, reference.value): case
        for case in ashmere().cases
        for person in case.people
        for reference in person.references
    }
    return tuple(
        (owner[agency_id, item.subject_ref], item)
        for agency_id, items in ashmere().records.items()
        for item in items
    )


def content() -> Iterator[tuple[Case, str]]:
    """Every text and every field of every item."""
    for case, item in filed():
        yield case, "\n".join((item.text or "", *(value for _, value in item.fields)))


def known(case: Case, *kinds: str) -> set[str]:
    """The values of some kinds of identifier in a case, without blanks, in lower case."""
    return {
        squeezed(one.value)
        for person in case.people
        for one in person.identifiers
        if one.kind in kinds
    }


def squeezed(text: str) -> str:
    """Without blanks, in lower case."""
    return text.replace(" ", "").lower()


def test_every_item_is_about_exactly_one_person() -> None:
    """A reference in an agency's system leads to one person, in one case or its repeat."""
    owners: dict[tuple[str, str], set[tuple[str, object]]] = {}
    for case in ashmere().cases:
        for person in case.people:
            for reference in person.references:
                owner = (person.names[0], person.date_of_birth)
                owners.setdefault((reference.agency_id, reference.value), set()).add(owner)

    assert all(len(one) == 1 for one in owners.values())
    for agency_id, items in ashmere().records.items():
        assert all((agency_id, item.subject_ref) in owners for item in items)


def test_no_two_cases_share_a_reference_unless_one_repeats_the_other() -> None:
    """Only the repeat case and its earlier case have people in common."""
    seen = Counter(
        (reference.agency_id, reference.value)
        for case in ashmere().cases
        if case.case_id != "MR-0404"
        for person in case.people
        for reference in person.references
    )

    assert {count for _, count in seen.items()} == {1}


def test_references_look_like_those_of_their_system() -> None:
    """Each system numbers people in its own way."""
    shapes = {
        "ashmere-police": r"NOM-\d{4}",
        "ashmere-probation": r"X\d{6}",
        "ashmere-acute": r"999\d{7}",
        "ashmere-housing-la": r"T-\d{6}",
        "ashmere-education": r"[A-Z]\d{12}",
        "ashmere-childrens-social-care": r"LCS-\d{6}",
    }
    for agency_id, items in ashmere().records.items():
        assert all(re.fullmatch(shapes[agency_id], item.subject_ref) for item in items)


def test_each_agency_holds_its_own_categories_and_all_of_them() -> None:
    """Nobody holds what is not theirs, and every category is held by somebody."""
    held = {
        agency_id: {item.category for item in items}
        for agency_id, items in ashmere().records.items()
    }

    assert held == CATEGORIES


def test_items_have_ids_of_their_own_and_fit_every_kind_of_system() -> None:
    """Ids differ; titles and fields are short plain text; texts carry no control characters."""
    for items in ashmere().records.values():
        assert len({item.item_id for item in items}) == len(items)
        for item in items:
            assert 0 < len(item.title) <= 80
            for name, value in item.fields:
                assert re.fullmatch(r"[a-z_]+", name)
                assert value
                assert len(value) <= 200
                assert "\n" not in value
                assert value[0] not in "=+-@"
            text = item.text or "x"
            assert text == text.strip()
            assert text[0] not in "=+-@"
            assert all(one.isprintable() or one == "\n" for one in text)
            assert len(text) <= MAX_TEXT_CHARACTERS


def test_texts_are_as_long_as_in_life() -> None:
    """At least forty of 2 KB, six of 12 KB, none over 20 KB; under 1 MB in all."""
    sizes = [len(item.text.encode()) for _, item in filed() if item.text]

    assert sum(size >= 2_000 for size in sizes) >= 40
    assert sum(size >= 12_000 for size in sizes) >= 6
    assert max(sizes) <= 20_000
    assert 600_000 <= sum(sizes) <= 1_050_000


def test_no_slot_or_choice_is_left_unfilled() -> None:
    """No text shows the machinery that made it."""
    for _, text in content():
        assert not re.search(r"[{}|\[\]]", text.replace(" | ", ""))


def test_no_two_texts_are_alike_and_no_note_says_a_thing_twice() -> None:
    """All texts differ, and inside one long log no sentence comes twice word for word."""
    texts = [item.text for _, item in filed() if item.text]

    assert len(set(texts)) == len(texts)
    for text in texts:
        lines = [line for line in text.splitlines() if len(line) > 100]
        assert len(set(lines)) == len(lines)


def test_telephone_numbers_come_from_the_drama_ranges_only() -> None:
    """No text and no person has a number that could ring."""
    for case, text in content():
        for found in PHONE.findall(text):
            number = squeezed(found)
            if len(number) == 11:
                assert number in known(case, "phone")
    for case in ashmere().cases:
        for number in known(case, "phone"):
            assert re.fullmatch(r"07700900\d{3}|02079460\d{3}", number)


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        (NHS, "nhs-number"),
        (EMAIL, "email"),
        (REGISTRATION, "vehicle-reg"),
        (PUPIL, "upn"),
        (POLICE_ID, "pnc-id"),
    ],
)
def test_every_identifier_in_a_text_belongs_to_somebody_in_the_case(
    pattern: re.Pattern[str], kind: str
) -> None:
    """What looks like an identifier is one of the case's own, in every text; and there are some."""
    found = 0
    for case, text in content():
        mine = known(case, kind)
        for one in pattern.findall(text):
            assert squeezed(one) in mine
            found += 1

    assert found >= 20


def test_every_postcode_in_a_text_is_an_address_of_the_case() -> None:
    """No postcode comes from outside the case."""
    for case, text in content():
        mine = {squeezed(a.postcode) for p in case.people for a in p.addresses if a.postcode}
        assert {squeezed(one) for one in POSTCODE.findall(text)} <= mine


def test_people_are_named_in_many_ways() -> None:
    """Victims appear by full name, surname in capitals, nickname and initials."""
    case = next(case for case in ashmere().cases if case.case_id == "MR-0401")
    about_mara = "\n".join(text for owner, text in content() if owner is case)

    for form in ("Mara Ellwood", "ELLWOOD, Mara", "Maz", "Ms Ellwood", "ELLWOOD", "Mara "):
        assert form in about_mara
    assert re.search(r"\bME\b", about_mara)


def test_safe_addresses_schools_and_informants_are_in_the_texts_to_be_protected() -> None:
    """What must not leak is really there: bakery flat, St Ebba's, refuge, neighbours' names."""
    rowan = "\n".join(text for case, text in content() if case.case_id == "MR-0403")
    refuge = "\n".join(text for case, text in content() if case.case_id == "MR-0418")

    assert "flat above the bakery" in rowan
    assert "HX1" in rowan
    assert "St Ebba's" in rowan
    assert "9990000123" in squeezed(rowan)
    assert "Alf Rigby" in rowan
    assert "Larch Court" in refuge


def test_the_file_probation_asks_for_names_school_and_new_home() -> None:
    """Scenario 3: Rowan's own chronology holds what his father's manager must not see."""
    (chronology,) = [
        item.text or ""
        for case, item in filed()
        if case.case_id == "MR-0403"
        and item.category == "child-protection"
        and "Rowan" in (item.text or "")[:60]
    ]

    assert len(chronology) >= 12_000
    assert "St Ebba's" in chronology
    assert "bakery" in chronology


def test_dates_lie_in_the_past_and_some_beyond_the_window() -> None:
    """Nothing is dated after now; most is within five years; some is older, to be left out."""
    ages = [(NOW.date() - item.recorded_on).days for _, item in filed() if item.recorded_on]
    window = timedelta(days=5 * 365).days

    assert min(ages) >= 3
    assert 5 <= sum(age > window for age in ages) <= len(ages) // 10


def test_a_log_runs_forward_and_ends_on_its_own_day() -> None:
    """The last entry of a log carries the date under which the item is filed."""
    (item,) = [
        item
        for case, item in filed()
        if case.case_id == "MR-0417" and item.category == "incident-detail"
    ]
    assert item.text is not None
    assert item.recorded_on is not None
    days = [
        datetime.strptime(found, "%d/%m/%y").replace(tzinfo=UTC).date()
        for found in re.findall(r"^(?:\w+ )?(\d\d/\d\d/\d\d) \d\d:?\d\d", item.text, re.MULTILINE)
    ]

    assert len(days) >= 20
    assert days == sorted(days)
    assert days[-1] <= item.recorded_on

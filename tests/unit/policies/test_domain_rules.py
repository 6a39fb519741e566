"""Every rule of the domain brief has a place that RULES.md names, and a row that tries it."""

import re
from functools import cache

import pytest
import yaml

from broker.domain.context import Facts
from broker.domain.words import UNKNOWN, Outcome
from policies.decide import PACKAGED
from tests.unit.policies.packs import policy

_BRIEF = (
    *(f"S{number:02}" for number in range(1, 13)),
    *(f"C{number:02}" for number in range(1, 5)),
    *(f"E{number:02}" for number in range(1, 4)),
    *(f"R{number:02}" for number in range(1, 73)),
)
_IN_CODE = ("S12", "R25", "R26")
_LINE = re.compile(r"\| ([A-Z]\d\d) \| (.+?) \| (.*?) \|")
_NAMED = re.compile(r"`([^`]+)`")
_NOT_THE_WORD = {
    "not-restricted-handler": ("requester_role", {"restricted-handler"}),
    "not-police": ("recipient_agency", {"police"}),
    "not-status-support": ("recipient_agency", {"idva-service", "by-and-for-service"}),
    "every-purpose-but-emergency": ("purpose", {"marac-emergency", UNKNOWN}),
    "not-freely-given": ("consent", {"given-explicit", "given-verbal", "child-gillick-competent"}),
    "anything-but-a-free-yes": ("consent", {"given-explicit", "given-verbal"}),
    "not-imminent": ("risk", {"very-high-imminent"}),
    "no-clinician-approval": ("approval", {"caldicott"}),
    "sent-only-redacted": (
        "category",
        {"release-dates", "custody-location", "immigration-nrpf", UNKNOWN},
    ),
}
"""Groups that mean everything but some words: a new word of the fact belongs into them."""
_EIGHTEEN = {
    "requester_agency": "health-acute",
    "requester_role": "requester",
    "holder_agency": "health-acute",
    "recipient_agency": "police",
    "recipient_perpetrator_facing": "no",
    "subject_role": "victim",
    "category": "address-current",
    "risk": "very-high-imminent",
    "case_listing": "not-listed",
    "agreement": "signed",
    "conflict": "none",
    "reasons": "recorded",
    "purpose": "marac-emergency",
}


@cache
def _table() -> dict[str, tuple[str, str]]:
    text = (PACKAGED / "RULES.md").read_text(encoding="utf-8")
    return {found[1]: (found[2], found[3]) for found in _LINE.finditer(text)}


@cache
def _deciding() -> frozenset[str]:
    loaded = [yaml.safe_load(one.read_bytes()) for one in (PACKAGED / "tests").glob("*.yaml")]
    return frozenset(rule for one in loaded for row in one["rows"] for rule in row["rules"])


def test_the_table_has_every_rule_of_the_brief_once_and_in_order() -> None:
    """Nobody has to guess whether a rule was forgotten."""
    text = (PACKAGED / "RULES.md").read_text(encoding="utf-8")

    assert tuple(found[1] for found in _LINE.finditer(text)) == _BRIEF


@pytest.mark.parametrize("rule", [one for one in _BRIEF if one not in _IN_CODE])
def test_each_rule_has_lines_in_the_pack_and_a_row_that_one_of_them_decides(rule: str) -> None:
    """The lines that the table names are there, and a situation of the tables meets them."""
    named = set(_NAMED.findall(_table()[rule][0]))

    assert named
    assert named <= {str(one.rule_id) for one in policy().pack.rules}
    assert named & _deciding()


@pytest.mark.parametrize("rule", [one for one in _BRIEF if one not in _IN_CODE])
def test_each_rule_has_a_line_of_its_own_number(rule: str) -> None:
    """An answer that names a rule can be found in the brief without the table."""
    own = {one for one in _deciding() if one == rule or one.startswith(f"{rule}-")}

    assert own


@pytest.mark.parametrize("rule", _IN_CODE)
def test_what_no_line_can_say_names_the_code_that_says_it(rule: str) -> None:
    """Three rules are about what happens when nothing is decided, or after it."""
    where, why = _table()[rule]

    assert where.startswith("code: ")
    assert all((PACKAGED.parent / one).is_file() for one in _NAMED.findall(where))
    assert why


def test_the_table_names_every_line_that_carries_a_number_of_the_brief() -> None:
    """A line that no rule of the brief claims is the pack's own, and says so by its number."""
    listed = {one for where, _ in _table().values() for one in _NAMED.findall(where)}
    numbered = {str(one.rule_id) for one in policy().pack.rules if one.rule_id[:3] in _BRIEF}

    assert numbered <= listed


@pytest.mark.parametrize("group", sorted(_NOT_THE_WORD))
def test_a_group_of_everything_else_has_everything_else(group: str) -> None:
    """A word that was added later is held back like the words that were there."""
    fact, words = _NOT_THE_WORD[group]
    found = policy().pack.groups[group]

    assert (fact, set(policy().pack.vocabulary.of(fact)) - words) == (found.fact, set(found.words))


@pytest.mark.parametrize("purpose", policy().pack.vocabulary.of("purpose"))
def test_every_purpose_is_served_or_refused_by_name(purpose: str) -> None:
    """No purpose is forgotten: it has rules of its own, or a rule that says no."""
    refused = policy().rule(Facts(**{**_EIGHTEEN, "purpose": purpose})).deciding_rules

    assert purpose in policy().pack.served or {"S02", "S04", "S05"} & set(refused)


@pytest.mark.parametrize("consent", policy().pack.vocabulary.of("consent"))
@pytest.mark.parametrize("risk_age", policy().pack.vocabulary.of("risk_age"))
def test_an_emergency_waits_for_no_consent_and_no_fresh_assessment(
    consent: str, risk_age: str
) -> None:
    """Scenario 6: with the facts that outsiders name and no others, the address goes to police."""
    ruling = policy().rule(Facts(**_EIGHTEEN, consent=consent, risk_age=risk_age))

    assert ruling.outcome is Outcome.PERMIT
    assert {"MIN", "RSN", "PIR", "NTF", "IG"} == set(ruling.obligations)


@pytest.mark.parametrize("facing", ["yes", UNKNOWN])
@pytest.mark.parametrize("category", ["address-current", "address-safe", "refuge-placement"])
def test_an_emergency_gives_no_address_to_a_landlord_whose_files_the_perpetrator_sees(
    category: str, facing: str
) -> None:
    """Scenario 6: the joint tenant's portal learns nothing, life in danger or not."""
    changed = {
        "category": category,
        "recipient_agency": "housing-la",
        "recipient_perpetrator_facing": facing,
    }

    assert policy().rule(Facts(**{**_EIGHTEEN, **changed})).outcome is Outcome.DENY

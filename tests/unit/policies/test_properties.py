"""What must hold for every situation, whatever the rules of the pack are."""

from dataclasses import replace

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import drawn
from policies.loader import read_pack
from policies.table import Table
from tests.unit.policies.packs import TODAY, as_facts, files, policy, released

_CELLS = [as_facts(words) for words in drawn(policy().pack, 1_500, seed="properties")]
_YESES = [facts for facts in _CELLS if released(facts)]
_HIDDEN_FROM_PERPETRATOR = ("address-safe", "refuge-placement", "safety-plan", "victim-wishes")
_NO_FREE_ANSWER = ("refused", "withdrawn", "refused-suspected-coerced", "unknown")
_NEVER_COMPATIBLE = (
    "immigration-enforcement",
    "media",
    "employment-check",
    "fraud-arrears",
    "community-marac-asb",
)


def _outcome(facts: Facts) -> Outcome:
    return policy().rule(facts).outcome


def test_the_drawn_situations_hold_many_yeses() -> None:
    """The properties below are tried on situations in which something would be released."""
    assert len(_YESES) > 150


@pytest.mark.parametrize("name", FACT_NAMES)
def test_not_knowing_a_fact_never_releases_more(name: str) -> None:
    """Whatever is unknown, no more reaches anybody than if it were known."""
    for facts in _CELLS:
        assert released(replace(facts, **{name: UNKNOWN})) <= released(facts), facts


@pytest.mark.parametrize("word", ["refused", "withdrawn"])
def test_refusing_consent_never_releases_more(word: str) -> None:
    """Saying no, now or later, never opens what another answer keeps shut."""
    for facts in _CELLS:
        if facts.consent not in {"given-suspected-coerced", *_NO_FREE_ANSWER}:
            assert released(replace(facts, consent=word)) <= released(facts), facts


def test_a_yes_under_pressure_never_releases_more_than_a_no() -> None:
    """Whoever forces a yes gains nothing by it."""
    for facts in _CELLS:
        forced = replace(facts, consent="given-suspected-coerced")
        assert released(forced) <= released(replace(facts, consent="refused")), facts


@pytest.mark.parametrize("facing", ["yes", "unknown"])
@pytest.mark.parametrize("category", _HIDDEN_FROM_PERPETRATOR)
def test_whoever_works_with_the_perpetrator_never_gets_place_plan_or_wishes(
    category: str, facing: str
) -> None:
    """Refuge, safe address, plan and wishes never reach a recipient near the perpetrator."""
    for facts in _CELLS:
        asked = replace(facts, category=category, recipient_perpetrator_facing=facing)
        assert _outcome(asked) is Outcome.DENY, asked


@pytest.mark.parametrize("agency", ["probation", "prison", "perpetrator-service"])
@pytest.mark.parametrize("category", _HIDDEN_FROM_PERPETRATOR)
def test_a_wrong_word_about_a_service_for_perpetrators_changes_nothing(
    category: str, agency: str
) -> None:
    """Even if somebody recorded that probation does not work with the perpetrator."""
    for facts in _CELLS:
        asked = replace(
            facts, category=category, recipient_agency=agency, recipient_perpetrator_facing="no"
        )
        assert _outcome(asked) is Outcome.DENY, asked


@pytest.mark.parametrize("purpose", [*_NEVER_COMPATIBLE, UNKNOWN])
def test_incompatible_purposes_are_always_refused(purpose: str) -> None:
    """Immigration, media, employment, debt and anti-social behaviour get nothing, ever."""
    assert {_outcome(replace(facts, purpose=purpose)) for facts in _CELLS} == {Outcome.DENY}


@pytest.mark.parametrize(
    "change",
    [
        {"conflict": "confirmed"},
        {"agreement": "lapsed"},
        {"agreement": UNKNOWN},
        {"purpose": "marac-research", "case_listing": "not-listed"},
        {"purpose": "marac-research", "case_listing": UNKNOWN},
        {"purpose": "marac-research", "case_listing": "closed"},
        {"category": "legal-privileged"},
        {"category": "third-party-informant"},
    ],
)
def test_hard_stops_stop_everything(change: dict[str, str]) -> None:
    """Conflict, no agreement, no listing, privilege and informants: no, whatever else is known."""
    assert {_outcome(replace(facts, **change)) for facts in _CELLS} == {Outcome.DENY}


def test_purposes_without_rules_get_nothing() -> None:
    """Where the pack gives nothing, a gap is a no and not a question."""
    unserved = set(policy().pack.vocabulary.of("purpose")) - set(policy().pack.served)

    for purpose in unserved:
        assert _outcome(replace(_YESES[0], purpose=purpose)) is Outcome.DENY


def test_every_yes_has_a_rule_a_basis_a_profile_and_its_conditions_met() -> None:
    """Nothing is released on no rule, without legal basis, unredacted or before its conditions."""
    for facts in _YESES:
        ruling = policy().rule(facts)
        assert ruling.rules
        assert ruling.deciding_rules
        assert ruling.basis
        assert not ruling.unmet
        assert (ruling.profile is not None) is ruling.outcome.releases
        assert "RSN" not in ruling.obligations or facts.reasons == "recorded"
        assert "2ND" not in ruling.obligations or facts.approval not in {"none", UNKNOWN}


@pytest.mark.parametrize("purpose", policy().pack.served)
@pytest.mark.parametrize("category", policy().pack.vocabulary.of("category"))
def test_every_category_of_a_served_purpose_has_an_answer_in_words(
    category: str, purpose: str
) -> None:
    """No request falls through: a gap inside a served purpose is a person's question."""
    facts = replace(_YESES[0], purpose=purpose, category=category)

    assert policy().rule(facts).sentence.endswith(".")


def test_an_overdue_review_never_releases_more() -> None:
    """Rules whose review is overdue hold back as before and give nothing."""
    text = files()["purposes/marac-research.csv"].decode()
    for rule in (one for one in policy().pack.rules if one.gives and one.file.endswith("ch.csv")):
        lines = text.splitlines()
        lines[rule.line - 1] = lines[rule.line - 1].replace(",2028-10-31,", ",2026-01-31,")
        changed = files(**{"purposes/marac-research.csv": "\n".join(lines).encode()})
        table = Table(read_pack(changed, today=TODAY))
        for facts in _YESES[:60]:
            late = table.verdict(facts.as_tuple()).outcome
            assert late.width <= _outcome(facts).width, (rule.rule_id, facts)

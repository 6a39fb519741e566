"""The promises of the pack, and the packs that break them: each is found, with a case and rules."""

from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.claims import Cases, Covered, Never, Possible
from policies.decide import PolicySet
from policies.proving import Prover
from tests.unit.policies.packs import policy
from tests.unit.policies.spoiling import (
    base,
    base_prover,
    broken,
    changed,
    promises,
    stated,
    with_cell,
    without_rules,
)


@pytest.mark.parametrize(
    ("spoilt", "property_id", "facts", "rule"),
    [
        pytest.param(
            lambda: without_rules("S06-place"),
            "safe-address",
            {"recipient_perpetrator_facing": "yes"},
            None,
            id="a safe address to whoever works with the perpetrator",
        ),
        pytest.param(
            lambda: without_rules("S06-place-agency"),
            "safe-address-service",
            {"recipient_perpetrator_facing": "no"},
            None,
            id="a safe address to probation that is recorded as harmless",
        ),
        pytest.param(
            lambda: with_cell("S01", "agreement", "lapsed"),
            "no-agreement",
            {"agreement": UNKNOWN},
            None,
            id="an agreement that nobody knows of",
        ),
        pytest.param(
            lambda: with_cell("S01", "agreement", "lapsed"),
            "unknown-never-widens",
            {"agreement": "lapsed"},
            None,
            id="not knowing of an agreement is better than knowing that it lapsed",
        ),
        pytest.param(
            lambda: without_rules("C01"), "conflict", {"conflict": "confirmed"}, None, id="a tie"
        ),
        pytest.param(
            lambda: with_cell("R39", "consent", "given-explicit"),
            "refusing",
            {"consent": "given-explicit"},
            None,
            id="refusing opens what agreeing keeps shut",
        ),
        pytest.param(
            lambda: with_cell("R39", "consent", "refused"),
            "withdrawing",
            {"subject_role": "victim"},
            None,
            id="taking a yes back counts for less than a no",
        ),
        pytest.param(
            lambda: changed(lambda one: replace(one, profiles=()) if one.rule_id == "R28" else one),
            "facing-copy",
            {"recipient_perpetrator_facing": "yes"},
            "R28",
            id="an ordinary copy for whoever works with the perpetrator",
        ),
        pytest.param(
            lambda: changed(
                lambda one: replace(one, obligations=("MIN",)) if one.rule_id == "R28" else one
            ),
            "facing-terms",
            {"recipient_perpetrator_facing": "yes"},
            "R28",
            id="no promise not to hint at it",
        ),
        pytest.param(
            lambda: without_rules("R02"),
            "referral-works",
            {"consent": "refused", "purpose": "marac-referral"},
            None,
            id="a refusal stops a referral at high risk",
        ),
    ],
)
def test_a_pack_that_breaks_a_promise_is_found_out(
    spoilt: Callable[[], PolicySet], property_id: str, facts: dict[str, str], rule: str | None
) -> None:
    """One rule spoilt, and the promise names a case, how many there are and which rule did it."""
    broken_pack = spoilt()
    found = broken(Prover(broken_pack).prove(promises()[property_id]))

    assert found.example is not None
    assert found.ruling is not None
    assert facts.items() <= asdict(found.example).items()
    assert found.ruling == broken_pack.rule(found.example)
    assert found.cases > 0 or isinstance(found.stated.claim, Possible)
    assert rule is None or rule in found.ruling.rules


@pytest.mark.parametrize(
    "property_id", ["safe-address", "refusing", "withdrawing", "no-agreement", "conflict"]
)
def test_the_pack_as_it_is_keeps_these_promises(property_id: str) -> None:
    """What the spoilt packs break holds of the pack that comes with the broker."""
    assert base_prover().prove(promises()[property_id]) is None


def test_a_counterexample_is_a_case_that_a_reader_can_picture() -> None:
    """No `unknown` stands in it where another word would do."""
    found = broken(Prover(without_rules("S06-place")).prove(promises()["safe-address"]))

    assert found.example is not None
    assert UNKNOWN not in asdict(found.example).values()


def test_a_change_that_widens_is_shown_before_and_after() -> None:
    """The row, what it gets, and what it gets when the one fact is changed."""
    spoilt = with_cell("R39", "consent", "given-explicit")
    found = broken(Prover(spoilt).prove(promises()["refusing"]))

    assert found.ruling is not None
    assert found.changed is not None
    assert found.changed.facts.consent in {"refused", "withdrawn"}
    assert replace(found.changed.facts, consent="given-explicit") == found.ruling.facts
    assert found.changed.outcome.width > found.ruling.outcome.width


def test_a_pack_that_forbids_everything_keeps_no_promise_to_share() -> None:
    """Protection by saying no to everybody is found out."""
    stop = next(one for one in base().pack.rules if one.rule_id == "S10")
    everything = replace(stop, conditions=("*",) * len(FACT_NAMES))
    shut = changed(lambda one: everything if one.rule_id == "S10" else one)
    prover = Prover(shut)

    for name in ("research-works", "advocate-works", "core-covered"):
        found = broken(prover.prove(promises()[name]))
        assert found.ruling is not None
        assert found.ruling.deciding_rules, name


def test_a_served_purpose_must_say_what_its_core_is() -> None:
    """A purpose that somebody opens without naming its core categories is not covered."""
    one = stated(Covered(categories={"marac-research": ("identity-core",)}))

    assert "core categories are not named" in broken(base_prover().prove(one)).found


def test_a_core_category_needs_a_rule_of_its_own() -> None:
    """That something is denied or put to a person like everything else is no rule about it."""
    claim = promises()["core-covered"].claim
    assert isinstance(claim, Covered)
    core = dict(claim.categories)
    held = base_prover().prove(stated(claim))
    assert held is None

    for category in ("legal-privileged", "employment"):
        open_core = Covered(categories={**core, "idva-support": (category,)})
        found = broken(base_prover().prove(stated(open_core)))
        assert found.found == f"no `allow` of idva-support ever decides about {category}"


def test_a_promise_about_no_case_is_not_kept() -> None:
    """What is left out again by `unless` would be true of anything, so it does not hold."""
    everywhere = {"consent": policy().pack.vocabulary.of("consent")}
    claim = Never(
        cases=Cases(where={"consent": ("refused",)}, unless=(everywhere,)), wider_than=Outcome.DENY
    )

    assert "no case at all" in broken(base_prover().prove(stated(claim))).found

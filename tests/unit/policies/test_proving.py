"""Proofs over every case: what holds is proven, what does not is shown with a case and rules."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import cache
from itertools import product

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import drawn
from policies.claims import (
    Always,
    Cases,
    Claim,
    Covered,
    Measure,
    Never,
    NeverWider,
    NoDifference,
    Possible,
    Property,
    Requires,
    When,
    Words,
)
from policies.decide import PolicySet
from policies.pack import Pack
from policies.problems import Place, Problems
from policies.properties import read_properties
from policies.proving import Broken, Prover
from policies.rules import Rule
from policies.table import Table
from tests.unit.policies.packs import GUARDS, RESEARCH, as_facts, files, policy

_OPEN = ("consent", "recipient_perpetrator_facing", "reasons")
"""Facts that are left open in the boxes that are also counted one by one."""


_FILES = (
    GUARDS,
    RESEARCH,
    "purposes/marac-referral.csv",
    "purposes/idva-support.csv",
)
"""A part of the pack that is compiled at once; the whole of it is proven in test_check."""


@cache
def _base() -> PolicySet:
    """Return the packaged rules of a few purposes."""
    rules = tuple(one for one in policy().pack.rules if one.file in _FILES)
    served = ("idva-support", "marac-referral", "marac-research")
    return _set(replace(policy().pack, rules=rules, served=served))


@cache
def _prover() -> Prover:
    return Prover(_base())


@cache
def _packaged() -> dict[str, Property]:
    problems = Problems()
    found = read_properties(files()["properties.yaml"], policy().pack, problems)
    problems.raise_if_any()
    return {one.property_id: one for one in found}


def _set(pack: Pack) -> PolicySet:
    return PolicySet(pack, Table(pack))


def _changed(change: Callable[[Rule], Rule | None]) -> PolicySet:
    """Return the packaged rules, each as the change leaves it, or without it."""
    pack = _base().pack
    rules = tuple(found for one in pack.rules if (found := change(one)) is not None)
    assert rules != pack.rules
    return _set(replace(pack, rules=rules))


def _without(*rule_ids: str) -> PolicySet:
    return _changed(lambda one: None if one.rule_id in rule_ids else one)


def _where(rule_id: str, fact: str, cell: str) -> PolicySet:
    """Return the packaged rules with one cell of one rule changed."""
    place = FACT_NAMES.index(fact)

    def change(one: Rule) -> Rule:
        if one.rule_id != rule_id:
            return one
        cells = (*one.conditions[:place], cell, *one.conditions[place + 1 :])
        return replace(one, conditions=cells)

    return _changed(change)


def _stated(claim: Claim) -> Property:
    place = Place(file="properties.yaml", line=3)
    return Property(property_id="x", says="X.", why="y", claim=claim, place=place)


def _broken(found: Broken | None) -> Broken:
    assert found is not None
    return found


def _cases(where: Words, *unless: Words) -> Cases:
    return Cases(where=where, unless=unless)


@pytest.mark.parametrize(
    ("spoilt", "property_id", "facts", "rule"),
    [
        pytest.param(
            lambda: _without("S06-place"),
            "safe-address",
            {"recipient_perpetrator_facing": "yes"},
            None,
            id="a safe address to whoever works with the perpetrator",
        ),
        pytest.param(
            lambda: _without("S06-place-agency"),
            "safe-address-service",
            {"recipient_perpetrator_facing": "no"},
            None,
            id="a safe address to probation that is recorded as harmless",
        ),
        pytest.param(
            lambda: _where("S01", "agreement", "lapsed"),
            "no-agreement",
            {"agreement": UNKNOWN},
            None,
            id="an agreement that nobody knows of",
        ),
        pytest.param(
            lambda: _where("S01", "agreement", "lapsed"),
            "unknown-never-widens",
            {"agreement": "lapsed"},
            None,
            id="not knowing of an agreement is better than knowing that it lapsed",
        ),
        pytest.param(
            lambda: _without("C01"), "conflict", {"conflict": "confirmed"}, None, id="a tie"
        ),
        pytest.param(
            lambda: _where("R39", "consent", "given-explicit"),
            "refusing",
            {"consent": "given-explicit"},
            None,
            id="refusing opens what agreeing keeps shut",
        ),
        pytest.param(
            lambda: _where("R39", "consent", "refused"),
            "withdrawing",
            {"subject_role": "victim"},
            None,
            id="taking a yes back counts for less than a no",
        ),
        pytest.param(
            lambda: _changed(
                lambda one: replace(one, profiles=()) if one.rule_id == "R28" else one
            ),
            "facing-copy",
            {"recipient_perpetrator_facing": "yes"},
            "R28",
            id="an ordinary copy for whoever works with the perpetrator",
        ),
        pytest.param(
            lambda: _changed(
                lambda one: replace(one, obligations=("MIN",)) if one.rule_id == "R28" else one
            ),
            "facing-terms",
            {"recipient_perpetrator_facing": "yes"},
            "R28",
            id="no promise not to hint at it",
        ),
        pytest.param(
            lambda: _without("R02"),
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
    found = _broken(Prover(broken_pack).prove(_packaged()[property_id]))

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
    assert _prover().prove(_packaged()[property_id]) is None


def test_a_counterexample_is_a_case_that_a_reader_can_picture() -> None:
    """No `unknown` stands in it where another word would do."""
    found = _broken(Prover(_without("S06-place")).prove(_packaged()["safe-address"]))

    assert found.example is not None
    assert UNKNOWN not in asdict(found.example).values()


def test_a_change_that_widens_is_shown_before_and_after() -> None:
    """The row, what it gets, and what it gets when the one fact is changed."""
    spoilt = _where("R39", "consent", "given-explicit")
    found = _broken(Prover(spoilt).prove(_packaged()["refusing"]))

    assert found.ruling is not None
    assert found.changed is not None
    assert found.changed.facts.consent in {"refused", "withdrawn"}
    assert replace(found.changed.facts, consent="given-explicit") == found.ruling.facts
    assert found.changed.outcome.width > found.ruling.outcome.width


def test_a_pack_that_forbids_everything_keeps_no_promise_to_share() -> None:
    """Protection by saying no to everybody is found out."""
    stop = next(one for one in _base().pack.rules if one.rule_id == "S10")
    everything = replace(stop, conditions=("*",) * len(FACT_NAMES))
    shut = _changed(lambda one: everything if one.rule_id == "S10" else one)
    prover = Prover(shut)

    for name in ("research-works", "advocate-works", "core-covered"):
        found = _broken(prover.prove(_packaged()[name]))
        assert found.ruling is not None
        assert found.ruling.deciding_rules, name


def test_a_served_purpose_must_say_what_its_core_is() -> None:
    """A purpose that somebody opens without naming its core categories is not covered."""
    stated = _stated(Covered(categories={"marac-research": ("identity-core",)}))

    assert "core categories are not named" in _broken(_prover().prove(stated)).found


def test_a_core_category_needs_a_rule_of_its_own() -> None:
    """That something is denied or put to a person like everything else is no rule about it."""
    stated = _packaged()["core-covered"].claim
    assert isinstance(stated, Covered)
    core = dict(stated.categories)
    held = _prover().prove(_stated(stated))
    assert held is None

    for category in ("legal-privileged", "employment"):
        open_core = Covered(categories={**core, "idva-support": (category,)})
        found = _broken(_prover().prove(_stated(open_core)))
        assert found.found == f"no `allow` of idva-support ever decides about {category}"


def test_a_promise_about_no_case_is_not_kept() -> None:
    """What is left out again by `unless` would be true of anything, so it does not hold."""
    everywhere = {"consent": policy().pack.vocabulary.of("consent")}
    claim = Never(cases=_cases({"consent": ("refused",)}, everywhere), wider_than=Outcome.DENY)

    assert "no case at all" in _broken(_prover().prove(_stated(claim))).found


def _boxes() -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield small boxes near the rules, in which every case can be asked one by one."""
    pack = _base().pack
    for words in drawn(pack, 12, "proving"):
        facts = asdict(as_facts(words))
        yield {fact: (word,) for fact, word in facts.items() if fact not in _OPEN}


def _rulings(where: Words) -> dict[Facts, Ruling]:
    """Return every case of a box with what the rules say when they are asked."""
    words = [where.get(fact, policy().pack.vocabulary.of(fact)) for fact in FACT_NAMES]
    return {facts: _base().rule(facts) for facts in map(as_facts, product(*words))}


def _asks_less(new: Ruling, old: Ruling) -> bool:
    """Whether at least as much reaches somebody under fewer obligations."""
    reaches = Outcome.REFER_HUMAN.width < old.outcome.width <= new.outcome.width
    return reaches and not set(old.obligations) <= set(new.obligations)


def _counted(claim: Claim) -> int:
    found = _prover().prove(_stated(claim))
    return 0 if found is None else found.cases


@pytest.mark.parametrize("where", list(_boxes()), ids=[f"box {number}" for number in range(12)])
def test_proofs_count_exactly_the_cases_that_asking_one_by_one_finds(where: Words) -> None:
    """Each kind of property, in boxes small enough to ask every case: same number, none missed."""
    rulings = _rulings(where)
    widths = {facts: one.outcome.width for facts, one in rulings.items()}
    refused = {"consent": ("refused", "withdrawn")}
    cases = _cases(where, refused)
    meant = [facts for facts in rulings if facts.consent not in refused["consent"]]
    wide = [one for one in meant if widths[one] > Outcome.REFER_HUMAN.width]

    assert _counted(Never(cases=cases, wider_than=Outcome.REFER_HUMAN)) == len(wide)
    assert _counted(Always(cases=cases, at_least=Outcome.PERMIT_VERBAL_ONLY)) == (
        len(meant) - len(wide)
    )
    requires = Requires(
        cases=cases, when=When.GIVEN, obligations=("NOX",), profiles=(), any_profile=True
    )
    assert _counted(requires) == sum(
        "NOX" not in rulings[one].obligations or rulings[one].profile is None for one in wide
    )
    never_wider = NeverWider(cases=cases, to=refused, only_from={}, measure=Measure.OUTCOME)
    assert _counted(never_wider) == sum(
        any(widths[replace(one, consent=to)] > widths[one] for to in refused["consent"])
        for one in meant
    )
    duties = replace(never_wider, measure=Measure.DUTIES)
    assert _counted(duties) == sum(
        any(
            _asks_less(rulings[replace(one, consent=to)], rulings[one]) for to in refused["consent"]
        )
        for one in meant
    )
    among = {"reasons": ("recorded", "absent")}
    assert _counted(NoDifference(cases=cases, among=among, measure=Measure.REACHES)) == sum(
        len({Measure.REACHES.of(rulings[replace(one, reasons=word)].outcome) for word in words}) > 1
        for words in among.values()
        for one in meant
        if one.reasons in words
    )
    each = {"recipient_perpetrator_facing": ("yes", "no")}
    possible = Possible(cases=cases, at_least=Outcome.PERMIT_REDACTED, for_each=each)
    assert (_prover().prove(_stated(possible)) is None) is all(
        any(rulings[one].outcome.releases for one in meant if one.recipient_perpetrator_facing == w)
        for w in each["recipient_perpetrator_facing"]
    )


def test_measures_tell_apart_what_a_person_says_and_what_leaves_alone() -> None:
    """By each measure the outcomes stand in the same order; only the first tells no from ask."""
    for measure in Measure:
        widths = [measure.of(one).reach for one in Outcome]
        assert widths == sorted(widths)
    assert Measure.REACHES.of(Outcome.REFER_HUMAN) == Measure.REACHES.of(Outcome.DENY)
    assert Measure.ALONE.of(Outcome.PERMIT_VERBAL_ONLY).reach == 0
    assert Measure.REACHES.of(Outcome.PERMIT_VERBAL_ONLY).reach == 1


def test_an_answer_that_asks_for_less_is_wider() -> None:
    """Sending as much under fewer obligations is giving away something; sending less is not."""
    bound = Measure.DUTIES.of(Outcome.PERMIT_REDACTED, ("MIN", "NOX"))
    free = Measure.DUTIES.of(Outcome.PERMIT_REDACTED, ("MIN",))
    said = Measure.DUTIES.of(Outcome.PERMIT_VERBAL_ONLY, ())

    assert free.is_wider_than(bound)
    assert not bound.is_wider_than(free)
    assert not said.is_wider_than(bound)
    assert not free.is_wider_than(Measure.DUTIES.of(Outcome.REFER_HUMAN, ("2ND",)))


def test_the_boxes_hold_cases_of_many_kinds() -> None:
    """Boxes of nothing but denials would prove nothing."""
    seen = {one.outcome for where in _boxes() for one in _rulings(where).values()}

    assert seen >= {Outcome.DENY, Outcome.REFER_HUMAN, Outcome.PERMIT_REDACTED}

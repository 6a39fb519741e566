"""Rules that nearly matched: found without fail, never invented, and in a useful order."""

import pytest

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN
from policies.agreement import drawn
from policies.near import NearMiss, near_misses
from policies.pack import Pack
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import policy
from tests.unit.policies.padding import padded

_PACK = policy().pack
_SIZES = {"packaged": _PACK, "a thousand": padded(1_000)}


def _misfits(pack: Pack, words: tuple[str, ...]) -> dict[str, set[str]]:
    """For each rule the facts that do not fit, found by reading every cell."""
    return {
        rule.rule_id: {
            fact
            for fact, cell, word in zip(FACT_NAMES, rule.conditions, words, strict=True)
            if word not in pack.words_meant(fact, cell)
        }
        for rule in pack.rules
    }


@pytest.mark.parametrize("size", _SIZES)
def test_near_misses_are_the_rules_with_one_cell_that_does_not_fit(size: str) -> None:
    """Every rule that one fact keeps from matching is named with that fact, and no other rule."""
    pack = _SIZES[size]
    table = Table(pack)
    for words in drawn(pack, 40, "near"):
        expected = {
            (rule, fact)
            for rule, facts in _misfits(pack, words).items()
            if len(facts) == 1
            for fact in facts
        }
        found = near_misses(pack, table, words)
        assert {(one.rule.rule_id, one.fact) for one in found} == expected
        assert len(found) == len(expected)


@pytest.mark.parametrize("size", _SIZES)
def test_a_word_that_would_have_fitted_would_have_fitted(size: str) -> None:
    """Put in any of the named words and the rule matches; with the word that is, it does not."""
    pack = _SIZES[size]
    table = Table(pack)
    for words in drawn(pack, 15, "fits"):
        for one in near_misses(pack, table, words):
            place = FACT_NAMES.index(one.fact)
            assert words[place] == one.word
            assert one.word not in one.fits
            for fit in one.fits:
                instead = (*words[:place], fit, *words[place + 1 :])
                assert one.rule in table.verdict(instead).matched


def test_a_missing_fact_is_said_first() -> None:
    """Where the age of the risk assessment is not known, the rule that waits for it comes first."""
    first = policy().nearly(builders.facts(risk_age=UNKNOWN))[0]

    assert (first.rule.rule_id, first.fact, first.word) == ("R07", "risk_age", UNKNOWN)
    assert first.fits == ("current",)


def test_a_question_shows_the_missed_permission_before_what_else_might_hold_back() -> None:
    """With a stale assessment the first circumstance named is the one that would give a yes."""
    first = policy().nearly(builders.facts(risk_age="stale"))[0]
    known = [one for one in policy().nearly(builders.facts()) if one.word != UNKNOWN]

    assert (first.rule.rule_id, first.fact) == ("R07", "risk_age")
    assert not known[0].rule.gives


@pytest.mark.parametrize("asked", [builders.facts(), builders.facts(risk_age=UNKNOWN)])
def test_another_request_altogether_comes_last(asked: object) -> None:
    """What would match for another purpose or recipient is after all that concerns this case."""
    assert isinstance(asked, type(builders.facts()))
    kinds = [_kind(one) for one in policy().nearly(asked)]

    assert kinds == sorted(kinds)
    assert 2 in kinds


def _kind(one: NearMiss) -> int:
    asked = FACT_NAMES.index("category") + 1
    return 0 if one.word == UNKNOWN else 2 if FACT_NAMES.index(one.fact) < asked else 1


def test_a_word_nobody_knows_is_looked_at_as_unknown() -> None:
    """A word from outside the vocabulary nearly matches what `unknown` nearly matches."""
    odd = policy().nearly(builders.facts(risk_age="who knows"))

    assert odd == policy().nearly(builders.facts(risk_age=UNKNOWN))

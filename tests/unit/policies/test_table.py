"""The compiled table against the slow reading of the rules, at several sizes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import drawn
from policies.loader import read_pack
from policies.pack import Pack
from policies.rules import Rule
from policies.table import Table
from tests.unit.policies.packs import TODAY, policy
from tests.unit.policies.padding import padded, padded_files

_PACK = policy().pack
_SIZES = [len(_PACK.rules), 1_000, 4_000]
_WORDS = st.tuples(*(st.sampled_from(_PACK.vocabulary.of(fact)) for fact in FACT_NAMES))


def _pack(size: int) -> Pack:
    return _PACK if size == len(_PACK.rules) else padded(size)


def _matching(pack: Pack, words: tuple[str, ...]) -> tuple[Rule, ...]:
    """Read every rule, as a person would."""
    return tuple(
        rule
        for rule in pack.rules
        if all(
            cell == "*" or word in pack.words_meant(fact, cell)
            for fact, cell, word in zip(FACT_NAMES, rule.conditions, words, strict=True)
        )
    )


def _outcome(pack: Pack, words: tuple[str, ...]) -> Outcome:
    """Follow the README: the most protective rule wins; without a rule that gives, the default."""
    matching = _matching(pack, words)
    default = Outcome.REFER_HUMAN if words[0] in pack.served else Outcome.DENY
    narrowest = min((rule.outcome for rule in matching), default=default, key=_width)
    gives = any(rule.gives for rule in matching)
    return narrowest if gives else min(narrowest, default, key=_width)


def _width(outcome: Outcome) -> int:
    return outcome.width


@pytest.mark.parametrize("size", _SIZES, ids=["packaged", "a thousand", "four thousand"])
def test_the_table_finds_the_rules_that_reading_them_all_finds(size: int) -> None:
    """Every matching rule, no other, in the order of the files; and the outcome they make."""
    pack = _pack(size)
    table = Table(pack)
    for words in drawn(pack, 60, "slow reading"):
        verdict = table.verdict(words)
        assert verdict.matched == _matching(pack, words)
        assert verdict.outcome is _outcome(pack, words)
        assert all(rule.outcome is verdict.outcome for rule in verdict.deciding)


@settings(max_examples=60, deadline=None)
@given(words=_WORDS)
def test_the_table_is_right_anywhere(words: tuple[str, ...]) -> None:
    """Any words whatever, in the packaged rules and among a thousand."""
    for pack, table in ((_PACK, _TABLE), (padded(1_000), _LARGE)):
        assert table.verdict(words).matched == _matching(pack, words)
        assert table.verdict(words).outcome is _outcome(pack, words)


_TABLE, _LARGE = Table(_PACK), Table(padded(1_000))


def test_each_bit_is_its_own_rule() -> None:
    """The mask of every word says of every rule whether that rule's cell means the word."""
    for place, fact in enumerate(FACT_NAMES):
        for word, mask in _TABLE.masks(fact).items():
            fits = sum(
                1 << bit
                for bit, rule in enumerate(_PACK.rules)
                if word in _PACK.words_meant(fact, rule.conditions[place])
            )
            assert mask & (_TABLE.served_bit - 1) == fits


def test_a_gap_is_a_question_in_served_purposes_only() -> None:
    """The bit above the rules is there for every word, but for purposes that nothing serves."""
    for fact in FACT_NAMES:
        asks = {word for word, mask in _TABLE.masks(fact).items() if mask & _TABLE.served_bit}
        assert asks == set(_PACK.served if fact == "purpose" else _PACK.vocabulary.of(fact))


def test_what_gives_and_what_caps_is_told_as_it_decides() -> None:
    """The masks of giving rules and of each outcome name exactly those rules, and cover all."""
    assert _TABLE.rules_in(_TABLE.gives_mask) == tuple(one for one in _PACK.rules if one.gives)
    assert tuple(_TABLE.caps) == tuple(Outcome)
    assert sum(_TABLE.caps.values()) == _TABLE.served_bit - 1
    for outcome, mask in _TABLE.caps.items():
        assert {rule.outcome for rule in _TABLE.rules_in(mask)} <= {outcome}


def test_words_that_no_rule_tells_apart_share_their_mask() -> None:
    """Classes are the words with the very same number, and every word is in one of them."""
    for fact in FACT_NAMES:
        masks, classes = _TABLE.masks(fact), _TABLE.classes(fact)
        assert sorted(word for one in classes for word in one) == sorted(masks)
        assert all(len({id(masks[word]) for word in one}) == 1 for one in classes)


def test_too_few_words_are_no_question() -> None:
    """A fact left out is an error and never a wider match."""
    with pytest.raises(ValueError, match="shorter"):
        _TABLE.verdict((UNKNOWN,) * (len(FACT_NAMES) - 1))


def test_remembered_verdicts_have_an_end_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many situations are asked of a large pack, what is remembered stays bounded."""
    monkeypatch.setattr("policies.table.MAX_VERDICT_BYTES", 2_000)
    table = Table(padded(1_000))
    for words in drawn(padded(1_000), 200, "memory"):
        assert table.verdict(words).outcome is _LARGE.verdict(words).outcome

    assert 0 < len(table._verdicts) <= 2_000 * 8 // 1_000


def test_padded_files_are_a_pack_that_loads() -> None:
    """Invented rules pass the strict loader and mean the same when read from files."""
    size = len(_PACK.rules) + 100
    read = read_pack(padded_files(size), today=TODAY)
    conditions = {one.rule_id: one.conditions for one in padded(size).rules}

    assert {one.rule_id: one.conditions for one in read.rules} == conditions
    assert len(conditions) == size

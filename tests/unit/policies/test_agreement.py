"""The compiled table says what Casbin says; Casbin is asked in its stock form."""

import ast
import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import casbin
import pytest
from casbin.persist.adapters import StringAdapter
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.context import FACT_NAMES
from broker.domain.errors import PolicyLoadError
from broker.domain.words import Outcome
from policies.agreement import (
    CELLS_AT_LOAD,
    FEWEST_CELLS_AT_LOAD,
    cells_at_load,
    check_agreement,
    drawn,
    meanings,
    quiet_words,
)
from policies.decide import PACKAGED
from policies.engine import CasbinCells, CasbinEngine, casbin_matches, editor_text, policy_lines
from policies.rules import Effect, Rule
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import policy
from tests.unit.policies.padding import padded

_PACK = policy().pack
_TABLE = Table(_PACK)
_ENGINE = CasbinEngine(_PACK)
_WORDS = st.tuples(*(st.sampled_from(_PACK.vocabulary.of(fact)) for fact in FACT_NAMES))


_GIVING = [rule for rule in _PACK.rules if rule.gives and rule.outcome.width > 1]
_EDGES = 25
"""Neighbours of one rule that are asked about; together they are several thousand."""


@cache
def _engine_of(purpose: str) -> CasbinEngine:
    """Casbin with the lines that can match one purpose: it reads every line for each question."""
    rules = tuple(
        rule
        for rule in _PACK.rules
        if purpose in _PACK.words_meant("purpose", rule.condition("purpose"))
    )
    return CasbinEngine(replace(_PACK, rules=rules))


def _edges(rule: Rule) -> Iterator[tuple[str, ...]]:
    """A cell that the rule matches, and neighbours: one word of another class of one fact."""
    inside = tuple(
        min(meant & quiet_words(_PACK, fact) or meant) for fact, meant in _PACK.conditions_of(rule)
    )
    yield inside
    around = [
        (*inside[:place], together[-1], *inside[place + 1 :])
        for place, fact in enumerate(FACT_NAMES)
        for together in _TABLE.classes(fact)
        if inside[place] not in together
    ]
    yield from random.Random(rule.rule_id).sample(around, min(_EDGES, len(around)))


@pytest.mark.parametrize("rule", _GIVING, ids=lambda rule: str(rule.rule_id))
def test_table_and_casbin_agree_on_the_edges_of_a_rule_that_gives(rule: Rule) -> None:
    """Change any one fact of a yes to another word: both say the same."""
    for words in _edges(rule):
        assert _engine_of(words[0]).outcome(words) is _TABLE.verdict(words).outcome


@pytest.mark.parametrize("seed", ["first", "second", "third"])
def test_table_and_casbin_agree_on_cells_near_the_rules(seed: str) -> None:
    """A thousand drawn situations get the same answer from both, and from Casbin with all lines."""
    for number, words in enumerate(drawn(_PACK, 400, seed)):
        assert _engine_of(words[0]).outcome(words) is _TABLE.verdict(words).outcome
        if not number % 5:
            assert _ENGINE.outcome(words) is _TABLE.verdict(words).outcome


def test_the_editor_file_in_one_stock_enforcer_says_the_same() -> None:
    """The lines that anybody can paste into Casbin's editor are the lines that decide."""
    model = casbin.Enforcer.new_model(path=str(PACKAGED / "model.conf"))
    enforcer = casbin.Enforcer(model, StringAdapter(editor_text(_PACK)))

    assert len(policy_lines(_PACK)) == len(enforcer.get_policy())
    for words in drawn(_PACK, 40, "editor"):
        allowed = [one for one in reversed(Outcome) if enforcer.enforce(str(one), *words)]
        assert (allowed or [Outcome.DENY])[0] is _TABLE.verdict(words).outcome


@settings(max_examples=100, deadline=None)
@given(words=_WORDS)
def test_table_and_casbin_agree_anywhere(words: tuple[str, ...]) -> None:
    """Any combination of words whatever gets the same answer from both."""
    assert _ENGINE.outcome(words) is _TABLE.verdict(words).outcome


def test_casbin_and_the_table_read_every_cell_alike() -> None:
    """For every cell that any rule has, and every word, both agree whether the rule fits."""
    casbin = CasbinCells(_PACK)
    asked = list(meanings(_PACK))

    assert {fact for fact, *_ in asked} == set(FACT_NAMES)
    for fact, rule, cell, word in asked:
        fits = bool(_TABLE.masks(fact)[word] >> rule & 1)
        assert casbin.matches(fact, cell, word) is fits is (word in _PACK.words_meant(fact, cell))


def test_one_cell_can_be_asked_of_casbin() -> None:
    """A group means its members, a star means everything, and a word means itself."""
    assert casbin_matches(_PACK, "risk", "high-or-above", "high")
    assert not casbin_matches(_PACK, "risk", "high-or-above", "medium")
    assert casbin_matches(_PACK, "risk", "*", "unknown")
    assert not casbin_matches(_PACK, "risk", "high", "unknown")


def test_every_load_compares_and_never_few_situations() -> None:
    """A pack of usual size is compared on a hundred situations, the largest on two dozen."""
    assert cells_at_load(1) == cells_at_load(500) == CELLS_AT_LOAD == 100
    assert cells_at_load(20_000) == FEWEST_CELLS_AT_LOAD == 24
    assert cells_at_load(1_000) == 50


@pytest.mark.parametrize("size", [1_000, 2_000])
def test_table_and_casbin_agree_on_packs_of_other_sizes(size: int) -> None:
    """Invented rules behind the real ones, of which Casbin and the table say the same."""
    pack = padded(size)
    table, engine = Table(pack), CasbinEngine(pack)

    for words in drawn(pack, 60, "padded"):
        assert engine.outcome(words) is table.verdict(words).outcome


def test_a_table_that_misreads_one_word_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One word of one fact under which one rule is missed, and the pack is not used."""
    table = Table(_PACK)
    place = FACT_NAMES.index("consent")
    rule = next(n for n, one in enumerate(_PACK.rules) if one.conditions[place] != "*")
    word = min(_PACK.words_meant("consent", _PACK.rules[rule].conditions[place]))
    monkeypatch.setattr("policies.agreement.MEANINGS_AT_LOAD", len(list(meanings(_PACK))))
    monkeypatch.setitem(table._masks[place], word, table._masks[place][word] ^ 1 << rule)

    with pytest.raises(PolicyLoadError, match=f"no match for the cell consent=.* and {word}"):
        check_agreement(_PACK, table, cells=0)


def test_words_of_one_class_are_answered_alike() -> None:
    """Words that no rule tells apart are not told apart by Casbin either."""
    for place, fact in enumerate(FACT_NAMES):
        start = builders.facts().as_tuple()
        for together in _TABLE.classes(fact):
            cells = [(*start[:place], word, *start[place + 1 :]) for word in together[:3]]
            if len(cells) > 1:
                assert len({_engine_of(one[0]).outcome(one) for one in cells}) == 1


@pytest.mark.parametrize(
    "lost", [rule.rule_id for rule in _PACK.rules if rule.rule_id in {"S01", "R07"}]
)
def test_a_table_that_lost_a_rule_is_found_out(lost: str) -> None:
    """A pack whose compiled table differs from Casbin is not used."""
    kept = tuple(rule for rule in _PACK.rules if rule.rule_id != lost)

    with pytest.raises(PolicyLoadError, match="the compiled table"):
        check_agreement(_PACK, Table(replace(_PACK, rules=kept)), cells=600)


def test_lines_that_casbin_lost_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """When Casbin holds fewer lines than the files, the pack is not used."""
    monkeypatch.setattr(casbin.Enforcer, "get_policy", lambda _: [])

    with pytest.raises(PolicyLoadError, match="Casbin holds 0 lines"):
        CasbinEngine(_PACK)


def test_requests_never_touch_an_enforcer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a pack is loaded, deciding asks the table only: enforcers are not safe under threads."""

    def refuse(*_: object) -> bool:
        raise AssertionError

    monkeypatch.setattr(casbin.Enforcer, "enforce", refuse)
    monkeypatch.setattr(casbin.Enforcer, "enforce_ex", refuse)

    assert policy().rule(builders.facts(record_age="older")).outcome is Outcome.REFER_HUMAN


def test_casbin_writes_no_request_to_any_log(caplog: pytest.LogCaptureFixture) -> None:
    """Casbin would log the facts of every refused request; its loggers are off."""
    with caplog.at_level(logging.DEBUG):
        CasbinEngine(_PACK).outcome(builders.facts(conflict="confirmed").as_tuple())

    assert not caplog.records


def test_only_the_engine_knows_casbin_and_nobody_switches_it_off() -> None:
    """One module imports Casbin; none calls the switch that makes it allow everything."""
    sources = {path: path.read_text(encoding="utf-8") for path in PACKAGED.glob("*.py")}

    assert [path.name for path, text in sources.items() if _imports_casbin(text)] == ["engine.py"]
    assert not any("enable_enforce" in text or "add_function" in text for text in sources.values())


def _imports_casbin(text: str) -> bool:
    found = [
        one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Import | ast.ImportFrom)
    ]
    names = [(one.module or "") for one in found if isinstance(one, ast.ImportFrom)]
    names += [alias.name for one in found if isinstance(one, ast.Import) for alias in one.names]
    return any(name.split(".")[0] == "casbin" for name in names)


def test_every_rule_becomes_the_lines_it_should() -> None:
    """A rule that gives denies what is wider and allows the rest; a denial only denies."""
    lines = policy_lines(_PACK)
    expected = len(_PACK.served) + sum(
        4 if rule.effect is Effect.ALLOW else 4 - rule.outcome.width for rule in _PACK.rules
    )

    assert expected == len(lines) == len(set(lines))

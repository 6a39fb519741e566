"""Casbin, asked in our order. The only module that imports it; requests never touch it.

Casbin decides what the rules mean; the compiled table (see table) must say the same on every
cell. It answers yes or no, so each rule becomes plain lines about outcomes, and the widest
outcome that Casbin allows is the answer.
"""

import logging
from collections.abc import Iterator

import casbin
from casbin.persist import Adapter

from broker.domain.context import FACT_NAMES
from broker.domain.errors import PolicyLoadError
from broker.domain.words import UNKNOWN, Outcome
from policies.model import model_text
from policies.pack import Pack
from policies.rules import Rule
from policies.vocabulary import ANY

_WIDEST_FIRST = tuple(reversed(Outcome))[:-1]
"""Every outcome but `deny`, which is what is left when Casbin allows none of the others."""
_ACT = 2
"""Where a `p` line names its outcome: after id and effect."""

# Casbin logs every request that it refuses, facts and all, unless its loggers are off.
for _name in ("casbin", "casbin.policy", "casbin.enforcer", "casbin.role"):
    logging.getLogger(_name).disabled = True


def policy_lines(pack: Pack) -> tuple[tuple[str, ...], ...]:
    """Return Casbin's `p` lines: a default for each served purpose, then those of every rule."""
    defaults = (
        (f"default:{purpose}", "allow", str(Outcome.REFER_HUMAN), *_only(purpose))
        for purpose in pack.served
    )
    return (*defaults, *(line for rule in pack.rules for line in _lines_of(rule)))


def group_lines(pack: Pack) -> tuple[tuple[str, ...], ...]:
    """Return Casbin's `g` lines."""
    return tuple((word, one.name) for one in pack.groups.values() for word in one.words)


def editor_text(pack: Pack) -> str:
    """Return all lines as a file for Casbin's own editor."""
    written = [("p", *line) for line in policy_lines(pack)]
    written += [("g", *line) for line in group_lines(pack)]
    return "".join(", ".join(line) + "\n" for line in written)


def _only(purpose: str) -> tuple[str, ...]:
    return tuple(purpose if fact == "purpose" else ANY for fact in FACT_NAMES)


def _lines_of(rule: Rule) -> Iterator[tuple[str, ...]]:
    """Yield a denial of everything wider, and for a rule that gives, all it gives."""
    for outcome in _WIDEST_FIRST:
        if outcome.width > rule.outcome.width:
            yield (str(rule.rule_id), "deny", str(outcome), *rule.conditions)
        elif rule.gives:
            yield (str(rule.rule_id), "allow", str(outcome), *rule.conditions)


class _Lines(Adapter):  # type: ignore[misc]  # pycasbin ships no types
    """Hands lines to Casbin without a file in between that it could misread."""

    def __init__(self, policy: list[list[str]], groups: list[list[str]]) -> None:
        self._policy = policy
        self._groups = groups

    def load_policy(self, model: casbin.Model) -> None:
        model["p"]["p"].policy.extend(self._policy)
        model["g"]["g"].policy.extend(self._groups)


class _Enforcer(casbin.Enforcer):  # type: ignore[misc]  # pycasbin ships no types
    """Casbin's own enforcer, which parses its matcher once and not on every question.

    Parsing takes two thirds of a question. An enforcer keeps its model, its groups and its one
    thread for life, so what was parsed stays right.
    """

    _parsed: object = None

    def _get_expression(self, expr: str, functions: object = None) -> object:
        if self._parsed is None:
            self._parsed = super()._get_expression(expr, functions)
        return self._parsed


class CasbinEngine:
    """Enforcers for one thread, one per outcome: lines of another outcome never match.

    Four short lists instead of a long one let a pack be checked faster.
    """

    def __init__(self, pack: Pack) -> None:
        """Load and count.

        Raises:
            PolicyLoadError: Casbin holds another number of lines than the files say.

        """
        lines, groups = policy_lines(pack), group_lines(pack)
        self._enforcers = {one: _enforcer(one, lines, groups) for one in _WIDEST_FIRST}
        held = sum(len(one.get_policy()) for one in self._enforcers.values())
        linked = {len(one.get_grouping_policy()) for one in self._enforcers.values()}
        if held != len(set(lines)) or linked != {len(set(groups))}:
            say = f"Casbin holds {held} lines, not {len(set(lines))}; do not use the pack"
            raise PolicyLoadError((f"model.conf:1:1: {say}",))

    def outcome(self, words: tuple[str, ...]) -> Outcome:
        """Return the widest outcome that Casbin allows for facts in the order of FACT_NAMES."""
        for outcome, enforcer in self._enforcers.items():
            if enforcer.enforce(str(outcome), *words):
                return outcome
        return Outcome.DENY


class CasbinCells:
    """Casbin, asked what one cell of a rule means: a policy of one line, `*` in every other column.

    A rule matches when all its cells do, so that whoever has asked for every distinct cell of
    every column, and every word, has asked Casbin everything about matching.
    """

    def __init__(self, pack: Pack) -> None:
        """Load the pack's groups and no rule."""
        groups = [list(line) for line in group_lines(pack)]
        model = casbin.Enforcer.new_model(text=model_text())
        self._enforcer = _Enforcer(model, _Lines([], groups))
        self._lines = self._enforcer.get_model()["p"]["p"].policy

    def matches(self, fact: str, cell: str, word: str) -> bool:
        """Return whether a rule with this cell matches when the fact is this word."""
        conditions = [cell if one == fact else ANY for one in FACT_NAMES]
        self._lines[:] = [["cell", "allow", str(Outcome.PERMIT), *conditions]]
        asked = [word if one == fact else UNKNOWN for one in FACT_NAMES]
        return bool(self._enforcer.enforce(str(Outcome.PERMIT), *asked))


def casbin_matches(pack: Pack, fact: str, cell: str, word: str) -> bool:
    """Return what Casbin says about one cell and one word; for many, keep one CasbinCells."""
    return CasbinCells(pack).matches(fact, cell, word)


def _enforcer(
    outcome: Outcome, lines: tuple[tuple[str, ...], ...], groups: tuple[tuple[str, ...], ...]
) -> _Enforcer:
    of_outcome = [list(line) for line in lines if line[_ACT] == outcome]
    adapter = _Lines(of_outcome, [list(line) for line in groups])
    return _Enforcer(casbin.Enforcer.new_model(text=model_text()), adapter)

"""Other engines that answer the same questions from the same lines: stock pycasbin and cedarpy.

Each is asked whether one outcome is allowed, where the broker's table says which outcome it is and
names every rule: a single question of theirs is held against a whole answer of ours.
"""

import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import casbin
from casbin.persist import Adapter

from broker.domain.context import FACT_NAMES
from broker.domain.words import Outcome
from policies.engine import group_lines, policy_lines
from policies.model import model_text
from policies.pack import Pack
from policies.vocabulary import ANY

ASKED: Final = Outcome.PERMIT_REDACTED
"""The outcome that is asked for."""
_ID, _EFFECT, _OUTCOME, _FIRST_CELL = range(4)
"""Where a line has what."""

Asks = Callable[[tuple[str, ...]], bool]
"""Whether `ASKED` is allowed for facts in the order of FACT_NAMES."""


class _Lines(Adapter):  # type: ignore[misc]  # pycasbin ships no types
    """Hands over lines; `add_policy` would take quadratic time."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    def load_policy(self, model: casbin.Model) -> None:
        model["p"]["p"].policy.extend(list(line) for line in policy_lines(self._pack))
        model["g"]["g"].policy.extend(list(line) for line in group_lines(self._pack))


def stock(pack: Pack) -> Asks:
    """Return pycasbin as it is installed, with all lines in one enforcer."""
    model = casbin.Enforcer.new_model(text=model_text())
    enforcer = casbin.Enforcer(model, _Lines(pack))
    return lambda words: bool(enforcer.enforce(str(ASKED), *words))


def cedar(pack: Pack) -> Asks | None:
    """Return cedarpy with the same lines as policies that were parsed once; None without it."""
    try:
        cedarpy: Any = importlib.import_module("cedarpy")
    except ImportError:
        return None
    policies = cedarpy.PolicySet.from_str("\n".join(_cedar_policies(pack)))
    entities = cedarpy.Entities.from_json_str("[]")

    def asks(words: tuple[str, ...]) -> bool:
        facts = dict(zip(FACT_NAMES, words, strict=True))
        request = {
            "principal": {"type": "Role", "id": facts["requester_role"]},
            "action": {"type": "Action", "id": str(ASKED)},
            "resource": {"type": "Category", "id": facts["category"]},
            "context": facts,
        }
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return asks


def _cedar_policies(pack: Pack) -> Iterator[str]:
    """Yield each line as a Cedar policy, scoped to its outcome and to the one category it names."""
    category = FACT_NAMES.index("category")
    for line in policy_lines(pack):
        cells = line[_FIRST_CELL:]
        single = cells[category] != ANY and cells[category] not in pack.groups
        resource = f'resource == Category::"{cells[category]}"' if single else "resource"
        named = [
            _cedar_condition(pack, fact, cell)
            for place, (fact, cell) in enumerate(zip(FACT_NAMES, cells, strict=True))
            if cell != ANY and not (single and place == category)
        ]
        effect = {"allow": "permit", "deny": "forbid"}[line[_EFFECT]]
        scope = f'principal, action == Action::"{line[_OUTCOME]}", {resource}'
        yield f"{effect}({scope}) when {{ {' && '.join(named) or 'true'} }};"


def _cedar_condition(pack: Pack, fact: str, cell: str) -> str:
    words = pack.groups[cell].words if cell in pack.groups else (cell,)
    if len(words) == 1:
        return f"context.{fact} == {json.dumps(words[0])}"
    return f"{json.dumps(words)}.contains(context.{fact})"

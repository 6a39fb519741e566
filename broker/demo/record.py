"""What the log says of the round: the operator's view, which no requester has."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.demo.round import Asked
from broker.domain.context import Facts
from broker.domain.ids import CaseId
from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.ports import Cases, LedgerReader
from broker.domain.words import EventKind
from broker.ledger.tokens import token
from policies import PolicySet

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request as the information-governance lead sees it.

    Args:
        outcome: the decision's; `held` where the verifier wants a person to look first.
        rules: the deciding rules.
        sentence: why, in plain English, by the policy in force.

    """

    number: int
    asked: Asked
    outcome: str
    rules: tuple[str, ...]
    sentence: str
    entry: int | None


def rows_of(
    asked: tuple[Asked, ...], log: LedgerReader, cases: Cases, policy: PolicySet
) -> tuple[Row, ...]:
    """Match every request with its decision in the log, by the log's own tokens."""
    decisions, held = _decisions(log)
    return tuple(
        _row(number, one, decisions, held, cases, policy)
        for number, one in enumerate(asked, start=1)
    )


def _decisions(log: LedgerReader) -> tuple[dict[str, LedgerEntry], set[str]]:
    decisions: dict[str, LedgerEntry] = {}
    held: set[str] = set()
    start = 0
    while page := log.entries(start, PAGE):
        for entry in page:
            name = str(entry.detail.get("request", ""))
            if entry.kind is EventKind.DECISION:
                decisions[name] = entry
            if entry.kind is EventKind.HELD_FOR_PERSON:
                held.add(name)
        start += len(page)
    return decisions, held


def _row(  # one for each thing that is matched
    number: int,
    asked: Asked,
    decisions: Mapping[str, LedgerEntry],
    held: set[str],
    cases: Cases,
    policy: PolicySet,
) -> Row:
    case = cases.case(CaseId(asked.planned.case_id))
    salt = case.salt if case else cases.passing_salt()
    name = token(salt, "request", f"{asked.planned.requester}|{asked.request_id}")
    entry = decisions.get(name)
    if entry is None:
        title = str(asked.answer.get("title", ""))
        return Row(
            number=number, asked=asked, outcome="rejected", rules=(), sentence=title, entry=None
        )
    ruling = _weightiest(entry)
    sentence = policy.rule(_facts(ruling)).sentence
    return Row(
        number=number,
        asked=asked,
        outcome="held" if name in held else str(entry.detail["outcome"]),
        rules=_texts(ruling["deciding_rules"]),
        sentence=sentence,
        entry=entry.index,
    )


def _weightiest(entry: LedgerEntry) -> Mapping[str, JsonValue]:
    """Return the ruling that gave the request its outcome."""
    rulings = entry.detail["rulings"]
    if not isinstance(rulings, tuple | list):
        raise TypeError("a decision without rulings")
    found = [one for one in rulings if isinstance(one, Mapping)]
    return next((one for one in found if one["outcome"] == entry.detail["outcome"]), found[0])


def _facts(ruling: Mapping[str, JsonValue]) -> Facts:
    facts = ruling["facts"]
    if not isinstance(facts, Mapping):
        raise TypeError("a ruling without facts")
    return Facts(**{name: str(word) for name, word in facts.items()})


def _texts(values: JsonValue) -> tuple[str, ...]:
    return tuple(str(one) for one in values) if isinstance(values, tuple | list) else ()

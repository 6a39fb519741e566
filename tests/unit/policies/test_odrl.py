"""The pack as ODRL: read back by somebody else's rules, it decides as the table does."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from typer.testing import CliRunner

from broker.commands.policies import app
from broker.domain.context import FACT_NAMES
from broker.domain.words import Outcome
from policies import load
from policies.agreement import drawn
from policies.odrl import odrl_text
from policies.reviews import GRACE
from policies.table import Table
from tests.unit.policies.packs import TODAY, policy
from tests.unit.policies.rows import rows

ODRL = "http://www.w3.org/ns/odrl/2/"
DPV = "https://w3id.org/dpv#"
OWN = "urn:marac-broker:"
SAMPLED = 400
Node = Mapping[str, Any]


@cache
def document() -> Any:  # noqa: ANN401  # JSON
    """The document, as JSON."""
    return json.loads(odrl_text(policy().pack, TODAY))


class Reader:
    """JSON-LD 1.1 as far as the document needs it: terms, prefixes, `@type: @id`."""

    def __init__(self, found: Node) -> None:
        """Take the context out of the document; a name it does not explain is an error."""
        self._terms = {name: one for name, one in found["@context"].items() if name != "@version"}
        self.nodes = [self._expanded(one) for one in found["@graph"]]

    def iri(self, name: str) -> str:
        """Return a name in full."""
        term = self._terms.get(name)
        if isinstance(term, dict) and "@id" in term:
            return self.iri(term["@id"])
        prefix, colon, rest = name.partition(":")
        assert colon, f"{name} is in no namespace"
        base = self._terms[prefix]
        assert isinstance(base, str), name
        return base + rest

    def _expanded(self, node: Node) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for name, value in node.items():
            values = value if isinstance(value, list) else [value]
            if name in {"@id", "@type"}:
                found[name] = [self.iri(one) for one in values]
                continue
            term = self._terms.get(name, {})
            linked = isinstance(term, dict) and term.get("@type") == "@id"
            found[self.iri(name)] = [self._value(one, linked=linked) for one in values]
        return found

    def _value(self, value: Any, *, linked: bool) -> Any:  # noqa: ANN401  # JSON
        if isinstance(value, dict):
            return self._expanded(value)
        return self.iri(value) if linked else value


@cache
def reader() -> Reader:
    """The document, read."""
    return Reader(document())


def the_policy() -> dict[str, list[Any]]:
    """The one policy of the document."""
    (found,) = (one for one in reader().nodes if one["@type"] == [f"{ODRL}Set"])
    return found


_OPERANDS = {
    f"{ODRL}purpose": "purpose",
    f"{ODRL}recipient": "recipient_agency",
    "https://w3id.org/dpv/mappings/odrl#PersonalData": "category",
}


def holds(part: Node, words: Mapping[str, str]) -> bool:
    """Whether every constraint of a rule is satisfied."""
    for constraint in part.get(f"{ODRL}constraint", []):
        (operand,), (operator,) = constraint[f"{ODRL}leftOperand"], constraint[f"{ODRL}operator"]
        assert operator == f"{ODRL}isAnyOf"
        fact = _OPERANDS.get(operand, operand.removeprefix(f"{OWN}fact:"))
        if f"{OWN}fact:{fact}:{words[fact]}" not in constraint[f"{ODRL}rightOperand"]:
            return False
    return True


def decided(words: Mapping[str, str]) -> tuple[str, set[str], set[str]]:
    """What the policy says: the outcome, the rules that match, and what they oblige to."""
    found = the_policy()
    assert found[f"{ODRL}conflict"] == [f"{ODRL}prohibit"]
    matching = {
        kind: [one for one in found[f"{ODRL}{kind}"] if holds(one, words)]
        for kind in ("permission", "prohibition", "obligation")
    }
    actions = {
        kind: {action for one in parts for action in one[f"{ODRL}action"]}
        for kind, parts in matching.items()
    }
    left = actions["permission"] - actions["prohibition"]
    widest = next((one for one in reversed(Outcome) if f"{OWN}outcome:{one}" in left), "deny")
    duties = {
        action
        for one in matching["permission"]
        for duty in one.get(f"{ODRL}duty", [])
        for action in duty[f"{ODRL}action"]
    }
    rules = {
        part.rpartition(":")[2]
        for parts in matching.values()
        for one in parts
        for part in one.get("http://purl.org/dc/terms/isPartOf", [])
    }
    return str(widest), rules, duties | actions["obligation"]


def cells() -> Iterator[tuple[str, ...]]:
    """Every row of the pack's tables, and cells near its rules."""
    yield from (one.facts.as_tuple() for one in rows())
    yield from drawn(policy().pack, SAMPLED, seed="odrl")


def test_another_evaluator_decides_as_the_table_does() -> None:
    """By ODRL's own rules the document gives the outcome, the rules and the duties of the table."""
    table = Table(policy().pack)
    met = set()
    for words in cells():
        verdict = table.verdict(words)
        outcome, rules, duties = decided(dict(zip(FACT_NAMES, words, strict=True)))

        assert outcome == verdict.outcome
        assert duties == {
            f"{OWN}obligation:{one}" for rule in verdict.matched for one in rule.obligations
        }
        speaking = {rule.rule_id for rule in verdict.matched if rule.outcome is not Outcome.PERMIT}
        assert speaking <= rules <= {rule.rule_id for rule in verdict.matched}
        met.add(outcome)
    assert met == {str(one) for one in Outcome}


def test_every_name_is_explained_by_the_document_itself() -> None:
    """Nothing has to be fetched to read it: no context elsewhere, no name without a namespace."""
    context = document()["@context"]

    assert isinstance(context, dict)
    assert reader().nodes
    named = {one["@id"][0] for one in reader().nodes}
    linked = set(_links(the_policy()))
    described = {one for one in linked if one.startswith(OWN)}
    unexplained = described - named - {f"{OWN}record", f"{OWN}odrl-profile:1"}
    assert not {one for one in unexplained if ":policy:" not in one}


def _links(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in {"@id", "http://purl.org/dc/terms/identifier"}:
                yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)
    elif isinstance(value, str) and value.startswith((OWN, "http")):
        yield value


def test_every_rule_says_why_it_is_there() -> None:
    """Text, legal basis, owner and review date of each rule stand in the document."""
    by_id = {one["@id"][0]: one for one in reader().nodes}
    for rule in policy().pack.rules:
        found = by_id[f"{OWN}policy:{policy().version}:rule:{rule.rule_id}"]
        assert found["http://purl.org/dc/terms/description"] == [rule.text]
        assert found["http://purl.org/dc/terms/valid"] == [rule.review.isoformat()]
        assert found["http://purl.org/dc/terms/creator"] == [f"{OWN}owner:{rule.owner}"]
        bases = found[f"{DPV}hasLegalBasis"]
        assert bases == [f"{OWN}basis:{one}" for one in (*rule.basis, *rule.gateways)]


@pytest.mark.parametrize(
    ("term", "kind", "near"),
    [
        ("fact:purpose:marac-research", "Purpose", None),
        ("fact:recipient_agency:police", "Recipient", None),
        ("fact:category:mental-health-detail", "PersonalData", "dpv/pd#MentalHealth"),
        ("fact:consent:withdrawn", "ConsentStatus", "dpv#ConsentWithdrawn"),
        ("basis:a6-1e-public-task", "LegalBasis", "dpv/legal/eu/gdpr#A6-1-e"),
        ("basis:a9-2g-substantial-public-interest", "LegalBasis", "dpv/legal/eu/gdpr#A9-2-g"),
        ("basis:a6-1ea-recognised-li", "LegalBasis", None),
        ("basis:cda98-s115", "LegalBasis", None),
    ],
    ids=["purpose", "recipient", "category", "consent", "article 6", "article 9", "UK only", "Act"],
)
def test_our_words_are_told_in_dpvs_terms(term: str, kind: str, near: str | None) -> None:
    """Each word says what kind of thing it is, and which term of DPV comes near, if one does."""
    (found,) = (one for one in reader().nodes if one["@id"] == [OWN + term])
    matches = [*found.get(_SKOS + "closeMatch", []), *found.get(_SKOS + "broadMatch", [])]

    assert found["@type"] == [DPV + kind]
    assert matches == ([] if near is None else [f"https://w3id.org/{near}"])
    assert found["http://purl.org/dc/terms/description"][0]


_SKOS = "http://www.w3.org/2004/02/skos/core#"


def test_a_suspended_rule_gives_nothing_in_the_document_either() -> None:
    """What lapsed for want of a review is held back and not given."""
    late = max(rule.review for rule in policy().pack.rules) + GRACE + GRACE
    found = Reader(json.loads(odrl_text(load(today=late).pack, late)))
    (the,) = (one for one in found.nodes if one["@type"] == [f"{ODRL}Set"])

    given = {action for one in the[f"{ODRL}permission"] for action in one[f"{ODRL}action"]}
    assert given == {f"{OWN}outcome:refer-human"}
    assert the["http://purl.org/dc/terms/date"] == [late.isoformat()]


def test_the_command_writes_the_document() -> None:
    """`policies export --odrl` writes it, the same bytes each time; without a form it asks."""
    done = CliRunner().invoke(app, ["export", "--odrl"])
    again = CliRunner().invoke(app, ["export", "--odrl"])
    formless = CliRunner().invoke(app, ["export"])

    assert done.exit_code == 0
    assert done.stdout == again.stdout
    named = json.loads(done.stdout)["@graph"][0]
    assert named["dcterms:identifier"] == policy().version
    assert (formless.exit_code, formless.stdout) == (2, "")
    assert "--odrl" in formless.stderr

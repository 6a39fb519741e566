"""A pack as an ODRL 2.2 policy in JSON-LD, with DPV terms. DO NOT rename terms of the profile.

`urn:marac-broker:odrl-profile:1` is how these policies are read:

- The actions are outcomes. What a rule gives is a permission of its outcome and of every narrower
  one; what it holds back is a prohibition of every wider one. Prohibitions win over permissions.
- The answer is the widest outcome that is permitted and not prohibited, and `deny` if none is.
- A condition is a constraint on one fact: any of the listed words. A rule has them all to meet.
- What a rule obliges to is a duty of its permission, or an obligation of the policy where it gives
  nothing. What must be done before a release and is not turns the answer into `refer-human`.

Terms that neither ODRL nor DPV has are `urn:marac-broker:` followed by `outcome`, `obligation`,
`fact`, `fact:<fact>`, `basis`, `profile` or `owner`, and the word of vocabulary.csv. The context
stands in the document, so that nothing is fetched to read it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from broker.domain.context import FACT_NAMES
from broker.domain.words import Outcome
from policies.dpv import KINDS, NAMESPACES, OPERANDS, match_of
from policies.pack import Pack
from policies.rules import Rule

PROFILE = "marac:odrl-profile:1"
RECORD = "marac:record"
"""What every rule is about: records that a holder has. The category is a constraint."""
_OWN = "urn:marac-broker:"
_GIVABLE = tuple(Outcome)[1:]
"""Narrowest first; `deny` is what is left when none of them is permitted."""
_READ_BY = (
    "The answer is the widest outcome that is permitted and not prohibited, and deny if none is;"
    " duties RSN and 2ND that are not met before a release turn it into refer-human."
)
_Node = dict[str, object]
_LINKS = ("action", "leftOperand", "operator", "rightOperand", "target", "profile", "conflict")
_PARTS = ("permission", "prohibition", "obligation", "constraint", "duty")


def odrl_text(pack: Pack, day: date) -> str:
    """Return the document for a pack as it was loaded for a day; the same gives the same bytes."""
    graph = [_policy(pack, day), *(_described(one, pack) for one in pack.rules), *_terms(pack)]
    return json.dumps({"@context": _context(), "@graph": graph}, ensure_ascii=False, indent=1)


def _context() -> _Node:
    context: _Node = {"@version": 1.1, **NAMESPACES, "marac": _OWN}
    for name in _LINKS:
        context[name] = {"@id": f"odrl:{name}", "@type": "@id"}
    for name in _PARTS:
        context[name] = {"@id": f"odrl:{name}", "@container": "@set"}
    for name in ("dcterms:isPartOf", "dcterms:conformsTo", "dpv:hasLegalBasis", "dcterms:creator"):
        context[name] = {"@type": "@id"}
    for name in ("dpv:hasTechnicalOrganisationalMeasure", "skos:broadMatch", "skos:closeMatch"):
        context[name] = {"@type": "@id"}
    context["odrl:includedIn"] = {"@type": "@id"}
    for name in ("dcterms:valid", "dcterms:date"):
        context[name] = {"@type": "xsd:date"}
    return context


def _policy(pack: Pack, day: date) -> _Node:
    named = f"marac:policy:{pack.version}"
    defaults = [
        _rule(
            f"{named}:default:{purpose}",
            "odrl:Permission",
            actions=(Outcome.REFER_HUMAN,),
            constraint=[_any_of("purpose", (purpose,))],
        )
        for purpose in pack.served
    ]
    made = [one for rule in pack.rules for one in _parts_of(rule, pack)]
    return {
        "@id": named,
        "@type": "odrl:Set",
        "profile": PROFILE,
        "conflict": "odrl:prohibit",
        "dcterms:identifier": pack.version,
        "dcterms:date": day.isoformat(),
        "dcterms:description": _READ_BY,
        **({} if pack.area is None else {"dcterms:spatial": pack.area}),
        "permission": [*defaults, *(one for kind, one in made if kind == "permission")],
        "prohibition": [one for kind, one in made if kind == "prohibition"],
        "obligation": [one for kind, one in made if kind == "obligation"],
    }


def _parts_of(rule: Rule, pack: Pack) -> Iterator[tuple[str, _Node]]:
    """Yield what one rule gives, what it holds back, and what it obliges to."""
    named = _name_of(rule, pack)
    constraint = [
        _any_of(fact, [one for one in pack.vocabulary.of(fact) if one in meant])
        for fact, meant in pack.conditions_of(rule)
        if len(meant) < len(pack.vocabulary.of(fact))
    ]
    both: _Node = {"constraint": constraint, "dcterms:isPartOf": named}
    duties = [
        {"@type": "odrl:Duty", "action": f"marac:obligation:{one}"} for one in rule.obligations
    ]
    wider = [one for one in _GIVABLE if one.width > rule.outcome.width]
    if rule.gives:
        given = [one for one in _GIVABLE if one not in wider]
        made = _rule(f"{named}:gives", "odrl:Permission", given, **both)
        yield "permission", {**made, "duty": duties} if duties else made
    elif duties:
        obliged = [str(one["action"]) for one in duties]
        yield (
            "obligation",
            {"@id": f"{named}:obliges", "@type": "odrl:Duty", "action": obliged, **both},
        )
    if wider:
        yield "prohibition", _rule(f"{named}:holds-back", "odrl:Prohibition", wider, **both)


def _rule(uid: str, kind: str, actions: Iterable[Outcome], **more: object) -> _Node:
    named = [f"marac:outcome:{one}" for one in actions]
    return {"@id": uid, "@type": kind, "target": RECORD, "action": named, **more}


def _any_of(fact: str, words: Iterable[str]) -> _Node:
    return {
        "@type": "odrl:Constraint",
        "leftOperand": OPERANDS.get(fact, f"marac:fact:{fact}"),
        "operator": "odrl:isAnyOf",
        "rightOperand": [f"marac:fact:{fact}:{one}" for one in words],
    }


def _name_of(rule: Rule, pack: Pack) -> str:
    return f"marac:policy:{pack.version}:rule:{rule.rule_id}"


def _described(rule: Rule, pack: Pack) -> _Node:
    """Return why the rule is there: its text, its basis, who answers for it, and until when."""
    found: _Node = {
        "@id": _name_of(rule, pack),
        "@type": "dpv:Rule",
        "dcterms:identifier": rule.rule_id,
        "dcterms:description": rule.text,
        "dcterms:valid": rule.review.isoformat(),
        "dcterms:creator": f"marac:owner:{rule.owner}",
        "dpv:hasLegalBasis": [f"marac:basis:{one}" for one in (*rule.basis, *rule.gateways)],
    }
    if rule.profiles:
        measures = [f"marac:profile:{one}" for one in rule.profiles]
        found["dpv:hasTechnicalOrganisationalMeasure"] = measures
    return found


def _terms(pack: Pack) -> Iterator[_Node]:
    """Yield every term of our own with what it means and what DPV has that is near."""
    for outcome in _GIVABLE:
        yield _term(
            f"outcome:{outcome}", "odrl:Action", pack.vocabulary.meanings["outcome"][outcome]
        )
    for fact in FACT_NAMES:
        if fact not in OPERANDS:
            yield {"@id": f"marac:fact:{fact}", "@type": "odrl:LeftOperand", "skos:prefLabel": fact}
        yield from _words(f"fact:{fact}", fact, pack.vocabulary.meanings[fact])
    for kind in ("basis", "profile"):
        yield from _words(kind, kind, pack.vocabulary.meanings[kind])
    for word, meaning in pack.vocabulary.meanings["obligation"].items():
        yield _term(f"obligation:{word}", "odrl:Action", meaning)


def _words(place: str, fact: str, meanings: Mapping[str, str]) -> Iterator[_Node]:
    kind = KINDS.get(fact, "skos:Concept")
    for word, meaning in meanings.items():
        yield {**_term(f"{place}:{word}", kind, meaning), **match_of(fact, word)}


def _term(name: str, kind: str, meaning: str) -> _Node:
    included = {"odrl:includedIn": "odrl:use"} if kind == "odrl:Action" else {}
    label = name.split(":", 2 if name.startswith("fact:") else 1)[-1]
    return {
        "@id": f"marac:{name}",
        "@type": kind,
        "skos:prefLabel": label,
        "dcterms:description": meaning,
        **included,
    }

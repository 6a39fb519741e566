"""What a check found, in words: a summary, and for each fault what to look at."""

import textwrap
from collections.abc import Iterable, Iterator

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.words import Outcome
from policies.casetables import Mismatch
from policies.check import Findings, Proof
from policies.decide import PolicySet
from policies.mutation import Survivor, changed
from policies.proving import Broken

COLUMNS = 80
"""Characters in a line: what every terminal shows."""
_QUOTED = ("yes", "no")
"""Words that other YAML readers take for true and false unless they are quoted."""
_KEPT = "\N{NO-BREAK SPACE}"
"""Stands for a space at which no line is broken, until the lines are made."""


def lines(found: Findings) -> Iterator[str]:
    """Yield the summary, then each fault, then the verdict."""
    yield from _summary(found)
    for mismatch in found.mismatches:
        yield ""
        yield from _mismatch(found.policy, mismatch)
    for purpose in found.untested:
        yield ""
        yield from _wrapped(
            f"{purpose} is served and no row asks about it; write tests/{purpose}.yaml", 0
        )
    for survivor in found.mutation.survivors if found.mutation is not None else ():
        yield ""
        yield from _survivor(found.policy, survivor)
    shown: set[tuple[str, str]] = set()
    for proof in found.proofs:
        for broken in proof.broken:
            fault = (broken.stated.property_id, broken.found)
            if fault not in shown:  # An area mostly breaks what everybody's rules break.
                yield ""
                yield from _broken(proof, broken)
            shown.add(fault)
    yield ""
    yield from _wrapped(verdict(found), 0)


def verdict(found: Findings) -> str:
    """Return whether the pack passes, in one sentence."""
    if found.passed:
        if found.proofs:
            return "The pack passes."
        held = "The rows hold" if found.tables else "The pack can be read"
        return f"{held}; nothing else was tried."
    survivors = len(found.mutation.survivors) if found.mutation is not None else 0
    unequal = sum(bool(one.unequal) for one in found.proofs)
    counted = (
        (len(found.mismatches), "row that differs", "rows that differ"),
        (len(found.untested), "purpose without tests", "purposes without tests"),
        (survivors, "spoilt rule that no row notices", "spoilt rules that no row notices"),
        (sum(len(one.broken) for one in found.proofs), "broken property", "broken properties"),
        (unequal, "difference from Casbin", "differences from Casbin"),
        (int(found.unproven), "missing properties.yaml", ""),
    )
    said = [f"{number} {one if number == 1 else more}" for number, one, more in counted if number]
    return f"The pack does not pass: {', '.join(said)}."


def sentences(found: Findings) -> tuple[str, ...]:
    """Return one sentence for each fault; none when the pack passes."""
    said = [f"{_at(one)}: {one.row.name}: {_wrong(one)}" for one in found.mismatches]
    said += [f"{one} is served and no row asks about it" for one in found.untested]
    if found.mutation is not None:
        said += [f"{_named(one)} and no row notices" for one in found.mutation.survivors]
    for proof in found.proofs:
        said += [f"{_of(proof)}{one.stated.says} ({one.found})" for one in proof.broken]
        if proof.unequal:
            said.append(f"{_of(proof)}Casbin {_equality(proof)}")
    if found.unproven:
        said.append("properties.yaml is missing, so nothing is proven")
    return tuple(said)


def _summary(found: Findings) -> Iterator[str]:
    rows = sum(len(one.rows) for one in found.tables)
    if found.tables or found.untested:
        wrong = len(found.mismatches)
        as_written = "all as written" if not wrong else f"{wrong} not as written"
        yield f"Tests       {rows} rows in {len(found.tables)} tables, {as_written}"
        said = "every rule decides in some row"
        if found.untried:
            said = f"no row is decided by {', '.join(found.untried)}"
        yield from _wrapped(f"Coverage    {said}", 12)
    if found.mutation is not None:
        caught = found.mutation.mutants - len(found.mutation.survivors)
        said = f"{caught} of {found.mutation.mutants} spoilt rules are noticed"
        yield from _wrapped(
            f"Mutation    {said}, {found.mutation.by_name} of them only by a rule's name", 12
        )
    for proof in found.proofs:
        held = proof.properties - len(proof.broken)
        said = f"{_of(proof)}{held} of {proof.properties} hold over all {proof.cases:,} cases"
        yield from _wrapped(f"Properties  {said}", 12)
    for proof in found.proofs:
        yield from _wrapped(f"Casbin      {_of(proof)}{_equality(proof)}", 12)
    if found.unproven:
        yield "Properties  properties.yaml is missing, so nothing is proven"


def _equality(proof: Proof) -> str:
    if not proof.unequal:
        return "gives the same outcome in every case"
    return f"gives another outcome in {proof.unequal:,} cases; do not use the pack"


def _mismatch(policy: PolicySet, found: Mismatch) -> Iterator[str]:
    yield from _wrapped(f"{_at(found)} {found.row.name}", 2)
    for name, expected, actual in found.wrong:
        yield from _wrapped(f"  {name}: expected {expected}, got {actual}", 4)
    yield from _wrapped(f"  decided by {_causes(policy, found.ruling)}", 4)


def _survivor(policy: PolicySet, found: Survivor) -> Iterator[str]:
    row = hint_row(policy, found)
    if row is None:
        why = "first mend those above"
        if found.sought:
            why = "no row could, for no answer changes: say in a property what the rule is for, or "
            why += "retire it"
        yield from _wrapped(f"{_named(found)} and no row notices; {why}", 2)
        return
    table = found.hint.table if found.hint is not None else None
    file = "a table of its own" if table is None else table.file
    yield from _wrapped(f"{_named(found)} and no row notices; this one in {file} would:", 2)
    yield from _wrapped(f"  {row}", 5)


def hint_row(policy: PolicySet, found: Survivor) -> str | None:
    """Return a row that would notice, as it stands in its table, or None if there is none.

    A line of it may be broken wherever there is a space.
    """
    if found.hint is None:
        return None
    given = Facts() if found.hint.table is None else Facts(**found.hint.table.given)
    ruling = policy.rule(found.hint.facts)
    said = changed(given, found.hint.facts).items()
    parts = [
        f'name: "{found.rule.rule_id} holds here"',
        f"facts: {{{', '.join(f'{fact}: {_quoted(word)}' for fact, word in said)}}}",
        f"outcome: {ruling.outcome}",
        f"rules: [{', '.join(ruling.deciding_rules)}]",
        *([f"unmet: [{', '.join(ruling.unmet)}]"] if ruling.unmet else []),
        f"obligations: [{', '.join(ruling.obligations)}]",
        *([f"profile: {ruling.profile}"] if ruling.profile else []),
    ]
    return f"- {{{', '.join(parts)}}}"


def _broken(proof: Proof, found: Broken) -> Iterator[str]:
    stated = found.stated
    yield from _wrapped(f"{_of(proof)}{stated.says}", 2)
    place = f"{stated.place.file}:{stated.place.line}"
    yield from _wrapped(f"  {place} {stated.property_id}; {stated.why}", 4)
    if not found.cases:
        end = "." if found.example is None else ". It gets at the most, for example:"
        yield from _wrapped(f"  It does not hold: {found.found}{end}", 4)
    else:
        yield from _wrapped(f"  {found.cases:,} cases break it. One {found.found}:", 4)
    if found.example is not None:
        said = (f"{fact}:{_KEPT}{getattr(found.example, fact)}" for fact in FACT_NAMES)
        yield from _wrapped(f"    {', '.join(said)}", 4)
    if found.ruling is not None:
        yield from _wrapped(f"  {_answered(proof.policy, found.ruling)}", 4)
    if found.changed is not None:
        yield from _wrapped(f"  then: {_answered(proof.policy, found.changed)}", 4)


def _answered(policy: PolicySet, ruling: Ruling) -> str:
    return f"{ruling.outcome}, decided by {_causes(policy, ruling)}"


def _causes(policy: PolicySet, ruling: Ruling) -> str:
    """Return the rules that set the answer and, where something is given, those that give it."""
    named = [one for one in policy.pack.rules if one.rule_id in ruling.rules]
    gave = ruling.outcome.width > Outcome.REFER_HUMAN.width
    caused = [one for one in named if one.rule_id in ruling.deciding_rules or (gave and one.gives)]
    said = [f"{one.rule_id} ({one.file}:{one.line})" for one in caused]
    return ", ".join(said) or "no rule: what stands where no rule speaks"


def _named(found: Survivor) -> str:
    return f"{found.rule.file}:{found.rule.line} {found.rule.rule_id} can be {found.how}"


def _wrong(found: Mismatch) -> str:
    return "; ".join(f"{name} expected {right}, got {got}" for name, right, got in found.wrong)


def _at(found: Mismatch) -> str:
    return f"{found.row.place.file}:{found.row.place.line}"


def _of(proof: Proof) -> str:
    return "" if proof.area is None else f"In {proof.area}: "


def _quoted(word: str) -> str:
    return f'"{word}"' if word in _QUOTED else word


def _wrapped(line: str, indent: int) -> Iterable[str]:
    """Break a line at its spaces, so that a row that is pasted stays what it was."""
    broken = textwrap.wrap(
        line,
        width=COLUMNS,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [one.replace(_KEPT, " ") for one in broken]

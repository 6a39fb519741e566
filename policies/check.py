"""Holds a pack to its own tests and properties: what must pass before anybody publishes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from policies.casetables import CaseTable, Mismatch, mismatches, read_tables, untested, untried
from policies.claims import Property
from policies.decide import PolicySet, load_files
from policies.equality import unequal_cases
from policies.files import PROPERTIES, areas_of
from policies.mutation import Mutation, mutation
from policies.problems import Problems
from policies.properties import read_properties
from policies.proving import Broken, Prover


class Watch(Protocol):
    """Is told how far a check has come."""

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Hear that so many parts of a stage are done."""


def _unwatched(stage: str, done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven of the rules of one area (None: of everybody's).

    `unequal` is the number of cases in which Casbin's own lines give another outcome.
    """

    area: str | None
    policy: PolicySet
    properties: int
    cases: int
    broken: tuple[Broken, ...]
    unequal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check found.

    Args:
        untested: served purposes about which no row asks.
        untried: rules that decide in no row; this alone does not fail a check.
        mutation: None where it was not asked for, or the rows do not hold as they are.
        proofs: none where they were not asked for.
        unproven: the pack states no properties, so nothing about it is proven.

    """

    policy: PolicySet
    tables: tuple[CaseTable, ...]
    mismatches: tuple[Mismatch, ...]
    untested: tuple[str, ...]
    untried: tuple[str, ...]
    mutation: Mutation | None
    proofs: tuple[Proof, ...]
    unproven: bool

    @property
    def faults(self) -> int:
        """How many things must be mended before the pack passes."""
        survivors = len(self.mutation.survivors) if self.mutation is not None else 0
        broken = sum(len(one.broken) + bool(one.unequal) for one in self.proofs)
        return len(self.mismatches) + len(self.untested) + survivors + broken + self.unproven

    @property
    def passed(self) -> bool:
        """Whether the pack may be published."""
        return self.faults == 0


def findings_of(
    files: Mapping[str, bytes],
    today: date,
    *,
    area: str | None = None,
    quick: bool = False,
    watch: Watch = _unwatched,
) -> Findings:
    """Check a pack from its files.

    Args:
        files: of the pack, by name.
        today: for reviews and papers.
        area: whose rules are proven; None: everybody's, and those of each area besides. The rows
            are about everybody's rules and are run on those alone.
        quick: run the rows only, without spoiling rules and without proofs.
        watch: is told how far the check has come.

    Raises:
        PolicyLoadError: with everything that cannot be read as it is written.

    """
    policy = load_files(files, today=today, area=area)
    problems = Problems()
    tables = () if area is not None else read_tables(files, policy.pack, problems)
    properties = _properties(files, policy, problems)
    problems.raise_if_any()
    wrong = tuple(mismatches(policy, tables))
    spoilt = None
    if tables and not wrong and not quick:
        spoilt = mutation(policy, tables, lambda done, of: watch("Spoiling each rule", done, of))
    proofs: list[Proof] = []
    if not quick:
        proofs.append(_proof(policy, area, properties, watch))
        for one in areas_of(files) if area is None else ():
            of_area = load_files(files, today=today, area=one)
            proofs.append(_proof(of_area, one, properties, watch))
    return Findings(
        policy=policy,
        tables=tables,
        mismatches=wrong,
        untested=untested(policy.pack, tables) if area is None else (),
        untried=untried(policy, tables) if area is None else (),
        mutation=spoilt,
        proofs=tuple(proofs),
        unproven=PROPERTIES not in files,
    )


def _properties(
    files: Mapping[str, bytes], policy: PolicySet, problems: Problems
) -> tuple[Property, ...]:
    if PROPERTIES not in files:
        return ()
    return read_properties(files[PROPERTIES], policy.pack, problems)


def _proof(
    policy: PolicySet, area: str | None, properties: tuple[Property, ...], watch: Watch
) -> Proof:
    prover = Prover(policy)
    stage = "Proving each property" if area is None else f"Proving for {area}"
    broken = []
    for number, stated in enumerate(properties):
        watch(stage, number, len(properties))
        found = prover.prove(stated)
        broken += [] if found is None else [found]
    watch(stage, len(properties), len(properties))
    return Proof(
        area=area,
        policy=policy,
        properties=len(properties),
        cases=prover.forest.grid.cells,
        broken=tuple(broken),
        unequal=unequal_cases(policy.pack),
    )

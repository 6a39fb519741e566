"""The packaged pack for tests, and ways to spoil it."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import policies
from broker.domain.context import FACT_NAMES, Facts
from broker.domain.errors import PolicyLoadError
from broker.domain.words import Outcome
from policies.decide import PACKAGED
from policies.loader import read_directory, read_pack

TODAY = date(2026, 11, 9)
GUARDS = "guards.csv"
RESEARCH = "purposes/marac-research.csv"


@cache
def policy() -> policies.PolicySet:
    """The rules that come with the broker, in force."""
    return policies.load(today=TODAY)


@cache
def _files() -> Mapping[str, bytes]:
    return read_directory(PACKAGED)


def files(**changes: bytes | None) -> dict[str, bytes]:
    """The files of the packaged pack; None removes one."""
    return without(dict(_files()) | changes)


def without(found: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Only the files that are there."""
    return {name: content for name, content in found.items() if content is not None}


def edited(name: str, old: str, new: str) -> dict[str, bytes]:
    """The pack with one passage of one file replaced, which must be there."""
    text = _files()[name].decode()
    assert old in text
    return files(**{name: text.replace(old, new, 1).encode()})


def problems_of(found: Mapping[str, bytes]) -> tuple[str, ...]:
    """What the loader says about a pack; none when it loads."""
    try:
        read_pack(found, today=TODAY)
    except PolicyLoadError as error:
        return error.problems
    return ()


def as_facts(words: tuple[str, ...]) -> Facts:
    """Facts from words in the order of FACT_NAMES."""
    return Facts(**dict(zip(FACT_NAMES, words, strict=True)))


def released(facts: Facts) -> int:
    """How much reaches somebody: nothing (0) for deny and refer-human, else the width."""
    outcome = policy().rule(facts).outcome
    return outcome.width if outcome.width > Outcome.REFER_HUMAN.width else 0

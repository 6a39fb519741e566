"""`marac-broker policies analyse`: what a pack leaves open, and which rules do nothing."""

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

import policies as room
from broker.commands.policy_options import NEGATIVE, Area, today, told
from policies.analysis import Analysis, Gap, analysis

COLUMNS = 80
"""Characters in a line: what every terminal shows."""
_FURTHER = "    "
_MOST_LISTED = 12
"""Categories or pairs that are listed of one kind; of more, their number is said."""


def analyse(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
    *,
    area: Area = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object for scripts.")] = False,
) -> None:
    """Say which rules never decide, contradict or overlap, and what no rule speaks about.

    Status 1 if a rule can never decide, or is contradicted wherever it matches.
    """
    with told():
        policy = room.load(directory, today=today(), area=area)
    rules = len(policy.pack.rules)
    with typer.progressbar(length=rules, label="Each rule, over all cases", file=sys.stderr) as bar:
        found = analysis(policy, step=lambda: bar.update(1))
    if as_json:
        typer.echo(json.dumps({"version": 1, "policy_version": policy.version, **asdict(found)}))
    else:
        for line in _lines(found):
            typer.echo(textwrap.fill(line, COLUMNS, subsequent_indent=_FURTHER))
    if found.silent or found.contradictory:
        raise typer.Exit(NEGATIVE)


def _lines(found: Analysis) -> Iterator[str]:
    share = 100 * found.by_default / max(found.served_cases, 1)
    yield f"Cases of served purposes: {found.served_cases:,}"
    yield f"  decided by no rule, so by a person: {found.by_default:,} ({share:.1f} %)"
    yield f"Rules that never decide: {len(found.silent) or 'none'}"
    for one in found.silent:
        why = "every case it matches is denied" if one.unreachable else "a narrower rule decides"
        yield f"  {one.rule}: {why}, for example by {', '.join(one.behind) or 'the default'}"
    yield f"Rules without which nothing changes: {', '.join(found.needless) or 'none'}"
    yield f"Rules contradicted wherever they match: {len(found.contradictory) or 'none'}"
    for pair in found.contradictory:
        yield f"  {pair.one} gives, and {pair.other} holds back in each of its cases"
    yield f"Pairs that give differently where they overlap: {len(found.overlapping) or 'none'}"
    for pair in found.overlapping[:_MOST_LISTED]:
        yield f"  {pair.one} and {pair.other}: the narrower decides where both match"
    if len(found.overlapping) > _MOST_LISTED:
        yield f"  and {len(found.overlapping) - _MOST_LISTED} more (--json lists all)"
    yield "Everyday cases about which no rule speaks, so a person decides:"
    for purpose, gaps in groupby(found.gaps, key=lambda gap: gap.purpose):
        yield from _gap_lines(purpose, list(gaps))


def _gap_lines(purpose: str, gaps: list[Gap]) -> Iterator[str]:
    wholly = [one.category for one in gaps if one.open_combinations == one.combinations]
    partly = [one for one in gaps if one.open_combinations < one.combinations]
    yield f"  {purpose}: {len(wholly)} categories wholly, {len(partly)} for some consents and risks"
    for one in partly[:_MOST_LISTED]:
        yield f"    {one.category}: {one.open_combinations} of {one.combinations} combinations"

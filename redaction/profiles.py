"""Redaction profiles: what each kind of thing becomes, by whose it is, for one kind of recipient.

Loading is strict: an unknown label, role, action or reason stops it, and so does a profile that
would treat an unknown person more gently than a known one. What no row matches is removed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

import yaml

from broker.domain.errors import RedactionError
from broker.domain.words import SubjectRole
from redaction.labels import Label

FORMAT_VERSION = 1
UNKNOWN_ROLE = "unknown"
ROLES = (*(role.value for role in SubjectRole), UNKNOWN_ROLE)
REASONS = frozenset(
    {
        "safe-location",
        "location-inference",
        "informant-identity",
        "dvds-applicant",
        "other-victim",
        "other-child",
        "third-party-health",
        "not-relevant",
        "disproportionate",
        "out-of-time",
        "opinion-unverified",
        "counselling-presumption",
        "privilege",
        "immigration",
        "consent-condition",
        "identifier-not-needed",
        "staff-safety",
        "ongoing-operation",
        "adoption-confidential",
        "free-text-unreviewed",
    }
)
"""Domain brief 2.8."""
_MUST_SAY = frozenset(("version", "name", "style", "rows"))
_MAY_SAY = frozenset(("documents",))
_UNMATCHED = "free-text-unreviewed"
_FILES = Path(__file__).parent / "profiles"


class Action(StrEnum):
    """What happens to a found thing, gentlest first (declaration order counts)."""

    KEEP = "keep"
    GENERALISE = "generalise"
    PSEUDONYM = "pseudonym"
    REMOVE = "remove"

    @property
    def strictness(self) -> int:
        """0 (keep) to 3 (remove)."""
        return tuple(Action).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One answer of a profile. `rule` is `PROFILE/LABEL/role`."""

    action: Action
    reason: str
    rule: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile or several combined; `silent` leaves no sign that something was removed.

    Args:
        documents: whether documents travel, written afresh; without a word on it none does.

    """

    name: str
    silent: bool
    cells: Mapping[tuple[Label, str], Cell] = field(repr=False)
    documents: bool = False

    def cell(self, label: Label, roles: Iterable[SubjectRole]) -> Cell:
        """Return the strictest answer among the roles; nobody's is an unknown person's."""
        asked = [role.value for role in roles] or [UNKNOWN_ROLE]
        answers = [self.cells[label, role] for role in asked]
        return max(answers, key=lambda cell: cell.action.strictness)


def profile_for(names: str | None) -> Profile:
    """Return the named profile; several names, separated by blanks, combine to the strictest.

    Raises:
        RedactionError: no name, or a name that is no profile.

    """
    asked = sorted(set((names or "").split()))
    if not asked:
        raise RedactionError("Name a redaction profile in the deciding rule: it has none.")
    known = profiles()
    for name in asked:
        if name not in known:
            raise RedactionError(
                f"Use a profile of {', '.join(sorted(known))}: {name[:40]!r} is none."
            )
    return _combined([known[name] for name in asked])


def _combined(some: list[Profile]) -> Profile:
    if len(some) == 1:
        return some[0]
    cells = {
        key: max((one.cells[key] for one in some), key=lambda cell: cell.action.strictness)
        for key in some[0].cells
    }
    return Profile(
        name=" ".join(one.name for one in some),
        silent=any(one.silent for one in some),
        cells=MappingProxyType(cells),
        documents=all(one.documents for one in some),
    )


@cache
def profiles() -> Mapping[str, Profile]:
    """Return every profile of the directory, loaded once a process."""
    loaded = [load(path.read_text("utf-8"), path.name) for path in sorted(_FILES.glob("*.yaml"))]
    return MappingProxyType({profile.name: profile for profile in loaded})


def load(text: str, file: str) -> Profile:
    """Read one profile.

    Raises:
        RedactionError: anything in it that is not exactly as it should be.

    """
    stored = yaml.safe_load(text)
    if not isinstance(stored, dict) or set(stored) - _MAY_SAY != _MUST_SAY:
        raise RedactionError(f"Write version, name, style and rows in {file}, and nothing else.")
    if stored["version"] != FORMAT_VERSION:
        raise RedactionError(f"Write version: {FORMAT_VERSION} in {file}.")
    if stored["style"] not in {"marked", "silent"}:
        raise RedactionError(f"Write style: marked or silent in {file}.")
    if stored.get("documents", "none") not in {"none", "fresh"}:
        raise RedactionError(f"Write documents: fresh in {file}, or nothing where none may go.")
    name = str(stored["name"])
    cells = _cells(name, _rows(stored["rows"], file))
    _check_unknown(cells, file)
    return Profile(
        name=name,
        silent=stored["style"] == "silent",
        cells=MappingProxyType(cells),
        documents=stored.get("documents") == "fresh",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    labels: frozenset[str]
    roles: frozenset[str]
    action: Action
    reason: str


def _rows(rows: object, file: str) -> list[_Row]:
    if not isinstance(rows, list) or not rows:
        raise RedactionError(f"Write at least one row in {file}.")
    return [_row(row, f"{file} row {number}") for number, row in enumerate(rows, 1)]


def _row(row: object, where: str) -> _Row:
    """Check one row against the closed lists; only `keep` goes without a reason."""
    if not isinstance(row, dict) or not {"labels", "roles", "action"} <= set(row):
        raise RedactionError(f"Give labels, roles and action in {where}.")
    if set(row) - {"labels", "roles", "action", "reason"}:
        raise RedactionError(f"Remove the unknown key in {where}.")
    if row["action"] not in tuple(Action):
        raise RedactionError(f"Use keep, generalise, pseudonym or remove in {where}.")
    action, reason = Action(row["action"]), row.get("reason", "")
    if (action is Action.KEEP) != (not reason) or (reason and reason not in REASONS):
        raise RedactionError(f"Give a redact-reason (and none for keep) in {where}.")
    return _Row(
        labels=_words(row["labels"], tuple(Label), f"labels in {where}"),
        roles=_words(row["roles"], ROLES, f"roles in {where}"),
        action=action,
        reason=str(reason),
    )


def _words(given: object, known: Iterable[str], where: str) -> frozenset[str]:
    every = frozenset(str(word) for word in known)
    if given == "*":
        return every
    words = frozenset(map(str, cast("list[object]", given))) if isinstance(given, list) else every
    if not isinstance(given, list) or not words or words - every:
        raise RedactionError(f"Use '*' or a list of known words for the {where}.")
    return words


def _cells(name: str, rows: list[_Row]) -> dict[tuple[Label, str], Cell]:
    """Answer for every label and role: the first row that matches decides, none means remove."""
    cells = {}
    for label in Label:
        for role in ROLES:
            row = next((one for one in rows if label in one.labels and role in one.roles), None)
            cells[label, role] = Cell(
                action=row.action if row else Action.REMOVE,
                reason=row.reason if row else _UNMATCHED,
                rule=f"{name}/{label}/{role}",
                role=role,
            )
    return cells


def _check_unknown(cells: Mapping[tuple[Label, str], Cell], file: str) -> None:
    for (label, role), cell in cells.items():
        if cell.action.strictness > cells[label, UNKNOWN_ROLE].action.strictness:
            raise RedactionError(
                f"Treat an unknown person in {file} at least as strictly as {role} for {label}."
            )

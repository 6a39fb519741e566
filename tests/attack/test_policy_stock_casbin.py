"""What Casbin alone does with a denial that was spoilt, and what happens here with the same line.

Each way below is done to one denial, the one that keeps a person tied to the case from its
information. `opens` says whether stock pycasbin, with its own file reader, then answers yes.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import casbin
import pytest

from policies.engine import group_lines, policy_lines
from policies.loader import read_pack
from policies.model import model_text
from policies.rules import COLUMNS
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import GUARDS, TODAY, files, policy, problems_of

_DENIAL, _PERMISSION, _ACT = "C01", "R07", "permit-redacted"
_TIED = builders.facts(conflict="confirmed").as_tuple()
_CELLS = len(COLUMNS)
_EFFECT, _CONFLICT = COLUMNS.index("effect") + 1, COLUMNS.index("conflict") + 1
_PLAIN = "the cell must hold plain words"
_DENY, _CONFIRMED = "nearest: deny", "nearest: confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to spoil a line.

    Args:
        spoil: what happens to the line, without Casbin's first cell `p`.
        lead: what stands before it where Casbin reads it.
        ours: what stands before it in a file of the pack.
        opens: whether stock Casbin says yes afterwards; otherwise it still says no, or stops.
        column: where the loader points; None where the line still says what it said.
        says: what the loader says there.

    """

    spoil: Callable[[str], str] = str
    lead: str = "p,"
    ours: str = ""
    opens: bool = True
    column: int | None = _EFFECT
    says: str = _DENY


def _effect(word: str) -> Callable[[str], str]:
    return lambda line: line.replace(",deny,", f",{word},", 1)


def _conflict(word: str) -> Callable[[str], str]:
    return lambda line: line.replace(",confirmed,", f",{word},", 1)


def _quoted(line: str) -> str:
    return ",".join(f'"{cell}"' for cell in next(csv.reader([line])))


def _cut(line: str) -> str:
    return line[: line.index(",confirmed,")]


_LONGER, _SHORTER = f"and needs {_CELLS}; a comma inside", f"and needs {_CELLS}; it was cut short"
_HIDDEN = "there is a character that does not show"
_WAYS = {
    "line type in capitals": Way(lead="P,", ours="P,", column=_CELLS + 1, says=_LONGER),
    "line type twice": Way(lead="pp,", ours="pp,", column=_CELLS + 1, says=_LONGER),
    "commented out": Way(lead="#p,", ours="#", column=1, says="the line is a comment"),
    "byte-order mark inside the file": Way(lead="\ufeffp,", ours="\ufeff", column=1, says=_HIDDEN),
    "effect with a capital": Way(spoil=_effect("Deny")),
    "effect in capitals": Way(spoil=_effect("DENY")),
    "effect misspelt": Way(spoil=_effect("dney")),
    "effect in another tense": Way(spoil=_effect("denied")),
    "effect blank": Way(spoil=_effect(""), says="the cell is blank"),
    "effect as a formula": Way(spoil=_effect("=deny"), says="begins like a formula"),
    "Cyrillic letter": Way(spoil=_effect("d\N{CYRILLIC SMALL LETTER IE}ny")),
    "Greek letter": Way(spoil=_effect("den\N{GREEK SMALL LETTER UPSILON}")),
    "full-width letter": Way(spoil=_effect("\N{FULLWIDTH LATIN SMALL LETTER D}eny")),
    "letter with an accent": Way(spoil=_effect("d\N{LATIN SMALL LETTER E WITH ACUTE}ny")),
    "zero-width space": Way(spoil=_effect("deny\N{ZERO WIDTH SPACE}")),
    "zero-width joiner": Way(spoil=_effect("de\N{ZERO WIDTH JOINER}ny")),
    "soft hyphen": Way(spoil=_effect("de\N{SOFT HYPHEN}ny")),
    "right-to-left mark": Way(spoil=_effect("\N{RIGHT-TO-LEFT MARK}deny")),
    "line separator": Way(spoil=_effect("de\N{LINE SEPARATOR}ny")),
    "NUL": Way(spoil=_effect("de\0ny")),
    "non-breaking space": Way(spoil=_effect("deny\N{NO-BREAK SPACE}"), opens=False),
    "space behind a word": Way(spoil=_effect("deny "), opens=False),
    "effect and outcome in each other's place": Way(
        spoil=lambda line: line.replace("C01,deny,", "deny,C01,", 1),
        says="`effect` has no such word",
    ),
    "condition misspelt": Way(spoil=_conflict("confirmd"), column=_CONFLICT, says=_CONFIRMED),
    "condition with a capital": Way(
        spoil=_conflict("Confirmed"), column=_CONFLICT, says=_CONFIRMED
    ),
    "condition of another fact": Way(
        spoil=_conflict("high"), column=_CONFLICT, says="`conflict` has no such word"
    ),
    "two conditions in a cell": Way(
        spoil=_conflict("confirmed suspected"), column=_CONFLICT, says="one word or one group"
    ),
    "any word and a condition": Way(spoil=_conflict("* confirmed"), column=_CONFLICT, says=_PLAIN),
    "condition blank": Way(spoil=_conflict(""), column=_CONFLICT, says="the cell is blank"),
    "saved with tabs": Way(
        spoil=lambda line: line.replace(",", "\t"), lead="p\t", column=1, says=_SHORTER
    ),
    "saved with semicolons": Way(
        spoil=lambda line: line.replace(",", ";"), lead="p;", column=1, says=_SHORTER
    ),
    "line cut short": Way(spoil=_cut, opens=False, column=_CONFLICT - 1, says=_SHORTER),
    "line too long": Way(
        spoil=lambda line: f"{line},*", opens=False, column=_CELLS + 1, says=_LONGER
    ),
    "line break in a cell": Way(spoil=_effect('"de\nny"'), opens=False, says=_HIDDEN),
    "cells in quotation marks": Way(spoil=_quoted, lead='"p",', column=None),
}


def _row(rule_id: str) -> list[str]:
    rows = csv.reader(io.StringIO(files()[GUARDS].decode()))
    return next(row for row in rows if row[0] == rule_id)


def _written(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _stock_says_yes(folder: Path, denial: str) -> bool:
    """What pycasbin answers on a permission and the denial; stopping counts as no."""
    allow = f"p,{_line_for_casbin(_PERMISSION)}"
    lines = [denial, allow, *(",".join(("g", *one)) for one in group_lines(policy().pack))]
    (folder / "model.conf").write_text(model_text(), encoding="utf-8")
    (folder / "policy.csv").write_text("\n".join(lines), encoding="utf-8")
    try:
        enforcer = casbin.Enforcer(str(folder / "model.conf"), str(folder / "policy.csv"))
        return enforcer.enforce(_ACT, *_TIED) is True
    except (RuntimeError, IndexError):
        return False


def _line_for_casbin(rule_id: str = _DENIAL) -> str:
    rule = next(one for one in policy().pack.rules if one.rule_id == rule_id)
    pack = replace(policy().pack, rules=(rule,), served=())
    return ",".join(next(line for line in policy_lines(pack) if line[2] == _ACT))


def _with_first(line: str) -> dict[str, bytes]:
    """The pack whose first guard is this line, in the place of the denial."""
    text = files()[GUARDS].decode().splitlines()
    rest = [one for one in text[1:] if not one.startswith(f"{_DENIAL},")]
    return files(**{GUARDS: "\n".join((text[0], line, *rest, "")).encode()})


def _denies(found: dict[str, bytes]) -> bool:
    verdict = Table(read_pack(found, today=TODAY)).verdict(_TIED)
    return verdict.outcome == "deny" and _DENIAL in {one.rule_id for one in verdict.deciding}


def test_unspoilt_both_say_no(tmp_path: Path) -> None:
    """The denial holds in stock Casbin and here as long as it is written well."""
    assert not _stock_says_yes(tmp_path, f"p,{_line_for_casbin()}")
    assert _stock_says_yes(tmp_path, "")
    assert _denies(_with_first(_written(_row(_DENIAL))))


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS.keys())
def test_a_spoilt_denial_is_never_dropped_without_a_word(tmp_path: Path, way: Way) -> None:
    """Where Casbin alone would let the information go, the pack is refused at the very cell."""
    found = _with_first(f"{way.ours}{way.spoil(_written(_row(_DENIAL)))}")

    assert _stock_says_yes(tmp_path, way.lead + way.spoil(_line_for_casbin())) is way.opens
    if way.column is None:
        assert _denies(found)
        return
    problems = problems_of(found)
    place = f"{GUARDS}:2:{way.column}: "
    assert any(one.startswith(place) and way.says in one for one in problems), problems


def test_the_mark_that_excel_writes_first_drops_the_first_line_of_casbin_only(
    tmp_path: Path,
) -> None:
    """`CSV UTF-8` from Excel begins with a mark: Casbin loses the denial, here it holds."""
    found = files()
    marked = {
        name: b"\xef\xbb\xbf" + content if name.endswith(".csv") else content
        for name, content in found.items()
    }

    assert _stock_says_yes(tmp_path, f"\ufeffp,{_line_for_casbin()}")
    assert _denies(marked)
    assert read_pack(marked, today=TODAY).rules == policy().pack.rules


def test_a_file_of_comments_allows_everything_in_casbin_only(tmp_path: Path) -> None:
    """With the effect many examples use, no rule at all means yes; that model is refused here."""
    effect = "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))"
    open_model = model_text().replace(effect, "e = !some(where (p.eft == deny))")
    (tmp_path / "model.conf").write_text(open_model, encoding="utf-8")
    (tmp_path / "policy.csv").write_text("# every rule is commented out\n", encoding="utf-8")
    enforcer = casbin.Enforcer(str(tmp_path / "model.conf"), str(tmp_path / "policy.csv"))
    found = problems_of(
        files(**{"model.conf": open_model.encode(), GUARDS: b"# every rule is commented out\n"})
    )

    assert enforcer.enforce(_ACT, *_TIED)
    assert any(one.startswith("model.conf:12:1: ") for one in found), found
    assert any(one.startswith(f"{GUARDS}:1:1: ") for one in found), found


def test_casbin_can_be_switched_off_and_the_rules_cannot(tmp_path: Path) -> None:
    """One call makes Casbin say yes to everything; requests here never meet an enforcer."""
    (tmp_path / "model.conf").write_text(model_text(), encoding="utf-8")
    (tmp_path / "policy.csv").write_text(f"p,{_line_for_casbin()}\n", encoding="utf-8")
    enforcer = casbin.Enforcer(str(tmp_path / "model.conf"), str(tmp_path / "policy.csv"))
    enforcer.enable_enforce(False)  # noqa: FBT003  # Casbin's own signature

    assert enforcer.enforce(_ACT, *_TIED)
    assert not any("enforce" in name for name in dir(policy()))
    assert policy().rule(builders.facts(conflict="confirmed")).outcome == "deny"

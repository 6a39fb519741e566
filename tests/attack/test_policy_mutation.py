"""A pack that was changed at random is refused, or every rule of it is still there to be seen."""

import csv
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.errors import PolicyLoadError
from policies.loader import read_pack
from policies.pack import Pack
from policies.rules import COLUMNS, Rule
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, files, policy

_AREA = "wolverley"
_AREA_RULES = f"areas/{_AREA}/rules.csv"
_NAMES = st.sampled_from(sorted(files()))
_RULE_FILES = [GUARDS, *(name for name in sorted(files()) if name.startswith("purposes/"))]
_SEPARATORS = b',;"\n\r\t #=*\x00\xa0\xef\xbb\xbf'
_PROBLEM = re.compile(r"[^:]+:\d+:\d+: |There may be more")
_ACTED_ON = COLUMNS.index("obligations")
_WORDS = sorted({cell for rule in policy().pack.rules for cell in rule.conditions})
_LOOKALIKES = (
    "\N{CYRILLIC SMALL LETTER A}",
    "\N{NO-BREAK SPACE}",
    "\N{ZERO WIDTH SPACE}",
    "\N{SOFT HYPHEN}",
    "\N{FULLWIDTH LATIN SMALL LETTER A}",
    "\N{HYPHEN}",
    "\N{ZERO WIDTH NO-BREAK SPACE}",
)


def _load_or_refuse(found: dict[str, bytes], area: str | None = None) -> Pack | None:
    """The pack, or None for one that was refused in the proper way; anything else is a fault."""
    try:
        return read_pack(found, today=TODAY, area=area)
    except PolicyLoadError as error:
        problems = error.problems
    assert problems
    assert all(_PROBLEM.match(one) for one in problems)
    return None


def _written(content: bytes) -> list[list[str]]:
    """The cells of every line that is not blank, below the header, each line read by itself."""
    lines = re.split(r"\r\n|\r|\n", content.decode("utf-8-sig"))
    return [next(csv.reader([line])) for line in lines[1:] if line.strip()]


def _in_force(rule: Rule) -> list[str]:
    """What the broker acts on, as cells."""
    return [rule.rule_id, rule.effect, rule.outcome, *rule.conditions]


def _hold_to_what_is_written(found: dict[str, bytes]) -> None:
    """Refused, or every written line is a rule that says just that, under another version."""
    pack = _load_or_refuse(found)
    if pack is not None:
        written = [cells for name in _RULE_FILES for cells in _written(found[name])]
        assert [cells[:_ACTED_ON] for cells in written] == [_in_force(one) for one in pack.rules]
        assert (found == files()) is (pack.version == policy().version)


@settings(max_examples=150, deadline=None)
@given(name=_NAMES, data=st.data())
def test_a_changed_byte_never_drops_a_rule_without_a_word(name: str, data: st.DataObject) -> None:
    """One byte changed, added or taken away in any file: refused, or every line is a rule."""
    content = files()[name]
    place = data.draw(st.integers(0, len(content) - 1))
    byte = bytes([data.draw(st.sampled_from(_SEPARATORS) | st.integers(0, 255))])
    after = data.draw(st.sampled_from([place, place + 1]))
    put = data.draw(st.sampled_from([b"", byte]))

    _hold_to_what_is_written(files(**{name: content[:place] + put + content[after:]}))


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(_RULE_FILES), data=st.data())
def test_a_changed_cell_never_drops_a_rule_without_a_word(name: str, data: st.DataObject) -> None:
    """One cell replaced by anything: refused, or every line is a rule."""
    lines = files()[name].decode().splitlines()
    at = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[at].split(",")
    which = data.draw(st.integers(0, len(cells) - 1))
    old = cells[which]
    cells[which] = data.draw(
        st.text(max_size=12)
        | st.sampled_from(_WORDS)
        | st.sampled_from([old.upper(), old.title(), f"{old} ", f" {old}", old[:-1], old * 2, ""])
        | st.builds(
            lambda mark, spot: old[:spot] + mark + old[spot:],
            st.sampled_from(_LOOKALIKES),
            st.integers(0, len(old)),
        )
    )
    lines[at] = ",".join(cells)

    _hold_to_what_is_written(
        files(**{name: "\n".join((*lines, "")).encode("utf-8", "surrogatepass")})
    )


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(_RULE_FILES), data=st.data())
def test_moved_lines_never_drop_a_rule_without_a_word(name: str, data: st.DataObject) -> None:
    """Lines taken away, doubled, swapped, cut or joined: refused, or every line is a rule."""
    lines = files()[name].decode().splitlines()
    one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    cut = data.draw(st.integers(0, len(lines[one])))
    changed = data.draw(
        st.sampled_from(
            [
                [*lines[:one], *lines[one + 1 :]],
                [*lines[:one], lines[other], *lines[one:]],
                [*lines[:one], lines[other], *lines[one + 1 :]],
                [*lines[:one], lines[one][:cut], lines[one][cut:], *lines[one + 1 :]],
                [*lines[:one], "".join(lines[one : one + 2]), *lines[one + 2 :]],
                lines[: one + 1],
                [lines[0], *lines[one + 1 :]],
                [*lines[:one], lines[one][:cut]],
            ]
        )
    )

    _hold_to_what_is_written(files(**{name: "\n".join((*changed, "")).encode()}))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_changed_line_of_an_area_is_refused_or_in_force_there(data: st.DataObject) -> None:
    """One cell of an area's file changed: refused, or each of its lines is a rule of the area."""
    lines = files()[_AREA_RULES].decode().splitlines()
    at = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[at].split(",")
    cells[data.draw(st.integers(0, len(COLUMNS) - 1))] = data.draw(
        st.text(max_size=8) | st.sampled_from(_WORDS)
    )
    lines[at] = ",".join(cells)
    content = "\n".join((*lines, "")).encode("utf-8", "surrogatepass")
    pack = _load_or_refuse(files(**{_AREA_RULES: content}), _AREA)

    if pack is not None:
        of_area = [_in_force(rule) for rule in pack.rules if rule.file == _AREA_RULES]
        assert sorted(cells[:_ACTED_ON] for cells in _written(content)) == sorted(of_area)
        guards = [rule for rule in policy().pack.rules if rule.file == GUARDS]
        assert [rule for rule in pack.rules if rule.file == GUARDS] == guards


@settings(max_examples=100, deadline=None)
@given(name=_NAMES, content=st.binary(max_size=400))
def test_a_file_of_anything_is_refused_in_the_proper_way(name: str, content: bytes) -> None:
    """Noise in the place of a file never crashes the loader, and loads in the place of no table."""
    pack = _load_or_refuse(files(**{name: content}))

    assert pack is None or name.startswith("tests/") or name.endswith(".yaml")


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from([GUARDS, RESEARCH]), data=st.data())
def test_a_line_taken_away_changes_count_and_version(name: str, data: st.DataObject) -> None:
    """Removing a whole rule is a change that everybody can see: in the count and in the hash."""
    lines = files()[name].splitlines(keepends=True)
    del lines[data.draw(st.integers(1, len(lines) - 1))]
    pack = read_pack(files(**{name: b"".join(lines)}), today=TODAY)

    assert len(policy().pack.rules) - 1 == len(pack.rules)
    assert policy().version != pack.version

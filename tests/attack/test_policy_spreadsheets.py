"""What spreadsheets and editors do to a whole file when it is saved.

Either nothing changes, or the file is refused where it was spoilt: nothing in between.
"""

import csv
import io
from dataclasses import replace

import pytest

from policies.loader import read_pack
from policies.rules import COLUMNS, Rule
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, files, policy, problems_of

_TEXT = files()[GUARDS].decode()
_LINES = _TEXT.splitlines()
_LAST = len(_LINES)
_REVIEW, _OBLIGATIONS = COLUMNS.index("review") + 1, COLUMNS.index("obligations") + 1
_CELLS = len(COLUMNS)


def _rows() -> list[list[str]]:
    return list(csv.reader(io.StringIO(_TEXT)))


def _saved(rows: list[list[str]], **form: str | int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n"} | form).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


def _with_cell(column: int, cell: str) -> bytes:
    """The file with one cell of its second line replaced; columns count from 1."""
    rows = _rows()
    rows[1][column - 1] = cell
    return _saved(rows)


def _content(rule: Rule) -> Rule:
    return replace(rule, line=0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_TEXT.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(_TEXT.replace("\n", "\r").encode(), id="line ends of old Macs"),
        pytest.param(b"\xef\xbb\xbf" + _TEXT.encode(), id="byte-order mark"),
        pytest.param(_TEXT.rstrip("\n").encode(), id="no line end after the last line"),
        pytest.param(_saved(_rows(), quoting=csv.QUOTE_ALL), id="all cells in quotation marks"),
        pytest.param(_saved(_rows(), quoting=csv.QUOTE_MINIMAL), id="only needed quotation marks"),
        pytest.param(_saved([_rows()[0], *reversed(_rows()[1:])]), id="sorted another way"),
    ],
)
def test_what_changes_no_rule_is_read_as_before(content: bytes) -> None:
    """Line ends, the mark of Excel, quotation marks and the order of lines mean nothing."""
    pack = read_pack(files(**{GUARDS: content}), today=TODAY)

    assert {_content(one) for one in pack.rules} == {_content(one) for one in policy().pack.rules}
    assert policy().version != pack.version or content == files()[GUARDS]


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        pytest.param(_TEXT.encode("utf-16"), "1:1", "not UTF-8", id="Unicode text"),
        pytest.param(
            _TEXT.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").encode("cp1252"),
            None,
            "not UTF-8; save the file as `CSV UTF-8`",
            id="Windows letters",
        ),
        pytest.param(
            _saved(_rows(), delimiter=";"), "1:1", "separated by semicolons", id="semicolons"
        ),
        pytest.param(_saved(_rows(), delimiter="\t"), "1:1", "separated by tabs", id="tabs"),
        pytest.param(
            _saved(_rows(), delimiter="|"), "1:1", "separated by upright strokes", id="strokes"
        ),
        pytest.param(
            b"sep=,\n" + _TEXT.encode(), "1:1", "unknown header", id="separator line of Excel"
        ),
        pytest.param(b"\n" + _TEXT.encode(), "1:1", "the headers must be", id="blank line first"),
        pytest.param(_with_cell(_REVIEW, "31/10/2028"), f"2:{_REVIEW}", "a day such as", id="date"),
        pytest.param(
            _with_cell(_REVIEW, "10/31/2028"), f"2:{_REVIEW}", "a day such as", id="date of the US"
        ),
        pytest.param(
            _with_cell(_REVIEW, "31-Oct-28"), f"2:{_REVIEW}", "a day such as", id="date in letters"
        ),
        pytest.param(
            _with_cell(_REVIEW, "2028-10-31 00:00:00"), f"2:{_REVIEW}", "a day", id="date and time"
        ),
        pytest.param(
            _with_cell(_REVIEW, "20281031"), f"2:{_REVIEW}", "a day such as", id="date run together"
        ),
        pytest.param(
            _with_cell(_REVIEW, "47057"), f"2:{_REVIEW}", "made a number of it", id="date as serial"
        ),
        pytest.param(
            _with_cell(_REVIEW, "########"),
            f"2:{_REVIEW}",
            "could not work out",
            id="date too wide",
        ),
        pytest.param(
            _with_cell(_REVIEW, "2028-02-30"), f"2:{_REVIEW}", "a day such as", id="no such day"
        ),
        pytest.param(_with_cell(1, "3.00E+02"), "2:1", "plain words", id="number of science"),
        pytest.param(_with_cell(1, "3E+02"), "2:1", "begins with a letter", id="short science"),
        pytest.param(_with_cell(1, "01-Sep"), "2:1", "begins with a letter", id="id as a date"),
        pytest.param(_with_cell(1, "#NAME?"), "2:1", "could not work out", id="failed formula"),
        pytest.param(_with_cell(1, "=S01"), "2:1", "begins like a formula", id="formula"),
        pytest.param(_with_cell(4, "#REF!"), "2:4", "could not work out", id="lost reference"),
        pytest.param(_with_cell(5, ""), "2:5", "the cell is blank", id="merged cells"),
        pytest.param(
            _with_cell(_OBLIGATIONS, "*"), f"2:{_OBLIGATIONS}", "has no such word", id="any duty"
        ),
        pytest.param(
            _with_cell(_OBLIGATIONS, "IG *"), f"2:{_OBLIGATIONS}", "plain words", id="and any duty"
        ),
        pytest.param(
            _with_cell(_OBLIGATIONS, "IG,NTF"), f"2:{_OBLIGATIONS}", "plain words", id="commas"
        ),
        pytest.param(
            "\n".join((*_LINES[:3], _LINES[0], *_LINES[3:], "")).encode(),
            "4:1",
            "the header stands here again",
            id="header doubled",
        ),
        pytest.param(
            _saved([[row[1], row[0], *row[2:]] for row in _rows()]),
            "1:1",
            "the headers must be, in this order",
            id="columns moved",
        ),
        pytest.param(
            _saved([[*row[:-1], row[-2], row[-1]] for row in _rows()]),
            f"1:{_CELLS}",
            "stands twice",
            id="column doubled",
        ),
        pytest.param(
            _saved([row[1:] for row in _rows()]), "1:1", "missing: id", id="column removed"
        ),
        pytest.param(
            _saved([[*row, ""] for row in _rows()]),
            f"1:{_CELLS + 1}",
            "unknown header",
            id="empty column at the end",
        ),
        pytest.param(
            _TEXT.encode() + b"," * (_CELLS - 1) + b"\n",
            f"{_LAST + 1}:1",
            "the cell is blank",
            id="empty row at the end",
        ),
        pytest.param(
            _TEXT.encode() + b"\n",
            f"{_LAST + 1}:1",
            "the line is blank",
            id="blank line at the end",
        ),
        pytest.param(
            _saved([_rows()[0], _rows()[1] + _rows()[2]]),
            f"2:{2 * _CELLS}",
            "a comma inside a cell needs quotation marks",
            id="two lines run together",
        ),
        pytest.param(
            _saved([*_rows()[:-1], _rows()[-1][:-1]]),
            f"{_LAST}:{_CELLS - 1}",
            "it was cut short",
            id="cut between cells",
        ),
        pytest.param(
            _saved([*_rows()[:-1], [*_rows()[-1][:-1], "Nobody may"]]),
            f"{_LAST}:{_CELLS}",
            "must end with a full stop",
            id="cut in the last sentence",
        ),
        pytest.param(
            _TEXT.encode() + b'S99,"deny', f"{_LAST + 1}:1", "do not pair up", id="cut in quotation"
        ),
    ],
)
def test_what_a_spreadsheet_spoils_is_refused_where_it_is(
    content: bytes, place: str | None, says: str
) -> None:
    """The IG lead is told file, line and column, and what the spreadsheet probably did."""
    found = problems_of(files(**{GUARDS: content}))
    begin = f"{GUARDS}:{place}: " if place else f"{GUARDS}:"

    assert any(one.startswith(begin) and says in one for one in found), found


@pytest.mark.parametrize("name", [RESEARCH, "roles.csv", "vocabulary.csv", "thresholds.csv"])
def test_the_guards_saved_under_another_name_are_refused(name: str) -> None:
    """`Save as` over the wrong file is noticed, whichever file it was."""
    found = problems_of(files(**{name: _TEXT.encode()}))

    assert any(one.startswith(f"{name}:") for one in found), found


def test_a_purpose_saved_over_another_one_is_refused() -> None:
    """The rules of research under the name of referral are no rules of referral."""
    name = "purposes/marac-referral.csv"
    found = problems_of(files(**{name: files()[RESEARCH]}))

    assert any(one.startswith(f"{name}:2:4: ") for one in found), found


def test_a_long_list_of_mistakes_ends_somewhere() -> None:
    """A file of nothing but mistakes is refused with as many as anybody mends, and says so."""
    line = ",".join("?" for _ in COLUMNS)
    found = problems_of(files(**{GUARDS: "\n".join((_LINES[0], *[line] * 5_000)).encode()}))

    assert 500 <= len(found) <= 600
    assert found[-1] == "There may be more: mend these first."

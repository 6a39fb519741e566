"""Ways in which a policy file loses a denial without a word. Each is refused, or keeps it."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.words import Outcome
from policies.loader import read_pack
from policies.model import model_text
from policies.rules import COLUMNS
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, edited, files, policy, problems_of

_IMMIGRATION = "S04,deny,deny,immigration-enforcement"
_CELLS = len(COLUMNS)
_CYRILLIC_E = "\N{CYRILLIC SMALL LETTER IE}"
_GUARDS = files()[GUARDS]
_HEADER, _, _RULES = _GUARDS.partition(b"\n")
_LINE_OF_S04 = 1 + next(
    number for number, line in enumerate(_GUARDS.splitlines()) if line.startswith(b"S04")
)


def _spoilt(new: str) -> dict[str, bytes]:
    return edited(GUARDS, _IMMIGRATION, new)


def _still_denied(found: dict[str, bytes]) -> bool:
    pack = read_pack(found, today=TODAY)
    facts = builders.facts(purpose="immigration-enforcement").as_tuple()
    verdict = Table(pack).verdict(facts)
    return verdict.outcome is Outcome.DENY and "S04" in {rule.rule_id for rule in verdict.matched}


@pytest.mark.parametrize(
    ("new", "column"),
    [
        ("P,S04,deny,deny,immigration-enforcement", _CELLS + 1),
        ("pp,S04,deny,deny,immigration-enforcement", _CELLS + 1),
        ("#S04,deny,deny,immigration-enforcement", 1),
        ("S04,Deny,deny,immigration-enforcement", 2),
        ("S04,dney,deny,immigration-enforcement", 2),
        ("S04,d" + _CYRILLIC_E + "ny,deny,immigration-enforcement", 2),
        ("S04,deny ,deny,immigration-enforcement", 2),
        ("S04,deny\N{NO-BREAK SPACE},deny,immigration-enforcement", 2),
        ("S04,deny\N{ZERO WIDTH SPACE},deny,immigration-enforcement", 2),
        ("S04,=deny,deny,immigration-enforcement", 2),
        ("S04,@deny,deny,immigration-enforcement", 2),
        ("S04,+deny,deny,immigration-enforcement", 2),
        ("S04,-deny,deny,immigration-enforcement", 2),
        ("S04,,deny,immigration-enforcement", 2),
        ("S04,deny,permit,immigration-enforcement", 3),
        ("S04,allow,deny,immigration-enforcement", 3),
        ("S04,deny,deny,imigration-enforcement", 4),
        ("S04,deny,deny,Immigration-Enforcement", 4),
        ("S04,deny,deny,immigration-enforcement media", 4),
        ("S04,deny,deny,high-or-above", 4),
        ("S04,deny,deny", _CELLS - 1),
        ("S05,deny,deny,immigration-enforcement", 1),
        ("s05,deny,deny,immigration-enforcement", 1),
    ],
)
def test_a_spoilt_denial_stops_loading_at_its_cell(new: str, column: int) -> None:
    """A denial that somebody mistyped is reported by file, line and column; it is not dropped."""
    found = problems_of(_spoilt(new))

    line = _LINE_OF_S04 + ("05," in new[:4].upper())
    assert any(one.startswith(f"{GUARDS}:{line}:{column}: ") for one in found), found


@pytest.mark.parametrize(
    ("new", "near"),
    [
        ("S04,dney,deny,immigration-enforcement", "nearest: deny"),
        ("S04,Deny,deny,immigration-enforcement", "nearest: deny"),
        ("S04,deny,deny,imigration-enforcement", "nearest: immigration-enforcement"),
        ("S04,deny,deny,Immigration-Enforcement", "nearest: immigration-enforcement"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_nearest_one(new: str, near: str) -> None:
    """Whoever mistyped a word is told which one was probably meant."""
    assert any(one.endswith(near) for one in problems_of(_spoilt(new)))


def test_a_mark_from_excel_before_the_first_letter_drops_nothing() -> None:
    """A file saved by Excel as `CSV UTF-8` keeps its first line."""
    assert _still_denied(files(**{GUARDS: b"\xef\xbb\xbf" + _GUARDS}))


def test_quoted_cells_drop_nothing() -> None:
    """A file in which every cell is in quotation marks says the same."""
    quoted = io.StringIO()
    rows = csv.reader(io.StringIO(_GUARDS.decode()))
    csv.writer(quoted, quoting=csv.QUOTE_ALL).writerows(rows)

    assert _still_denied(files(**{GUARDS: quoted.getvalue().encode()}))


def test_windows_line_ends_drop_nothing() -> None:
    """A file with Windows line ends says the same."""
    assert _still_denied(files(**{GUARDS: _GUARDS.replace(b"\n", b"\r\n")}))


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\n\n",
        _HEADER,
        b"# every rule is commented out\n",
        _HEADER + b"\n# nothing yet\n",
        b"p, sub, obj, act\n" + _RULES,
        _HEADER.replace(b"effect", b"Effect") + b"\n" + _RULES,
        _HEADER.replace(b"effect,outcome", b"outcome,effect") + b"\n" + _RULES,
        _HEADER.replace(b"conflict", b"consent") + b"\n" + _RULES,
        _HEADER.replace(b",", b";") + b"\n" + _RULES.replace(b",", b";"),
        _GUARDS.replace(b",", b"\t"),
        _GUARDS.decode().encode("utf-16"),
        _GUARDS + b"\xff\xfe\n",
        _GUARDS + b"\n",
        _GUARDS + b",,,\n",
        _GUARDS.replace(b'"', b'x"', 1),
        _GUARDS + b'"a quotation mark that never ends\n',
        _GUARDS + b"\x00\n",
        _RULES,
    ],
)
def test_a_guards_file_that_is_empty_cut_or_something_else_stops_loading(
    content: bytes | None,
) -> None:
    """Without the guards as they were meant there is no policy at all."""
    found = problems_of(files(**{GUARDS: content}))

    assert any(one.startswith(f"{GUARDS}:") for one in found), found


@pytest.mark.parametrize(
    "model",
    [
        None,
        b"",
        model_text().replace("&& !some(where (p.eft == deny))", "").encode(),
        model_text().replace("some(where (p.eft == allow)) && ", "").encode(),
        model_text().replace("r.act == p.act && ", "").encode(),
        model_text().replace("&&", "||").encode(),
        model_text().encode() + b"m2 = true\n",
    ],
)
def test_a_model_that_means_something_else_stops_loading(model: bytes | None) -> None:
    """A model under which nothing matched means yes cannot be brought in with a pack."""
    found = problems_of(files(**{"model.conf": model}))

    assert any(one.startswith("model.conf:") for one in found), found


@pytest.mark.parametrize(
    "line",
    [
        "on-a-list,case_listing,not-listed-yet",
        "on-a-list,agreement,signed",
        "listed,case_listing,emergency",
        "*,case_listing,emergency",
        "everybody,case_listing,on-a-list",
        "on-a-list,case_listing,listed",
        "on-a-list,caselisting,listed",
        "On-a-list,case_listing,closed",
        "Listed,case_listing,emergency",
        "on-a-list,case_listing",
    ],
)
def test_a_group_that_would_reach_further_than_it_says_stops_loading(line: str) -> None:
    """Groups hold words of one fact; no groups of groups, no group with the name of a word."""
    roles = files()["roles.csv"] + line.encode() + b"\n"
    found = problems_of(files(**{"roles.csv": roles}))

    assert any(one.startswith(f"roles.csv:{len(roles.splitlines())}:") for one in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("obligation,RSN,", "obligation,RSNX,"),
        ("obligation,RSN,", "obligation,RSN:30,"),
        ("obligation,EXP:30,", "obligation,EXP,"),
        ("obligation,EXP:30,", "obligation,EXP:,"),
        ("obligation,EXP:30,", "obligation,EXP:3O,"),
        ("obligation,EXP:30,", "obligation,EXP:030,"),
        ("obligation,EXP:30,", "obligation,EXP:99999,"),
        ("obligation,EXP:meeting+14,", "obligation,EXP:meating+14,"),
        ("obligation,NTF:urgent,", "obligation,NTF:urgnt,"),
        ("consent,withdrawn,", "consent,Refused,A no,Nobody\nconsent,withdrawn,"),
        ("consent,unknown,", "consent,unknown-yet,"),
        ("outcome,deny,", "outcome,denied,"),
        ("effect,deny,", "effect,refuse,"),
        ("pack-format,2,", "pack-format,1,"),
        ("risk,high,", "risc,high,"),
        ("risk,high,", "risk,medium,"),
        ("profile,none,", "profile,P-NONE,"),
    ],
)
def test_a_vocabulary_that_the_code_would_misread_stops_loading(old: str, new: str) -> None:
    """Words that the broker acts on cannot be renamed in a pack."""
    found = problems_of(edited("vocabulary.csv", old, new))

    assert any(one.startswith("vocabulary.csv:") for one in found), found


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """An IG lead mends a pack once, not once per mistake."""
    found = problems_of(
        _spoilt("S04,Deny,deny,imigration-enforcement")
        | {RESEARCH: b"id,effect\n", "roles.csv": b"group,fact,word\nhigh,risk,high\n"}
    )

    assert {f"{GUARDS}:{_LINE_OF_S04}:2", f"{GUARDS}:{_LINE_OF_S04}:4", f"{RESEARCH}:1:1"} <= {
        one.split(": ")[0] for one in found
    }


def test_no_problem_repeats_what_a_cell_holds() -> None:
    """A case list saved under the name of a policy file does not end up in a log."""
    found = problems_of(files(**{GUARDS: b"Mara Ellwood,HX1 9ZZ\nMara,1991\n"}))

    assert found
    assert not any("Ellwood" in one or "HX1" in one or "1991" in one for one in found)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(
            "R07,allow,permit-redacted,marac-research", "R07,allow,permit-redacted,*"
        ),
        lambda text: text.replace(
            "R07,allow,permit-redacted,marac-research", "R07,allow,permit-redacted,media"
        ),
        lambda text: text.replace(",P-VICTIM-SAFE,", ",none,", 1),
        lambda text: text.replace(",2028-10-31,", ",31/10/2028,", 1),
        lambda text: text.replace(",2028-10-31,", ",20281031,", 1),
        lambda text: text.replace(",a5-1b-purpose-limitation,", ",none,", 1),
        lambda text: text.replace(
            ",a5-1b-purpose-limitation,", ",none a5-1b-purpose-limitation,", 1
        ),
        lambda text: text.replace(",MIN WM ", ",MIN MIN WM ", 1),
        lambda text: text.replace(",MIN WM ", ",MIN  WM ", 1),
        lambda text: text.replace(",partnership-ig-lead,", ",partnership ig lead,", 1),
    ],
)
def test_a_rule_that_cannot_mean_what_it_says_stops_loading(spoil: Callable[[str], str]) -> None:
    """Purpose, profile, review, basis, obligations and owner are held to their form."""
    before = files()[RESEARCH].decode()
    after = spoil(before)

    assert before != after
    assert any(
        one.startswith(f"{RESEARCH}:") for one in problems_of(files(**{RESEARCH: after.encode()}))
    )


def test_guards_give_nothing() -> None:
    """A permission cannot be slipped in for every purpose at once."""
    facts = ",*" * len(FACT_NAMES)
    line = f"S99,allow,permit{facts},MIN,P-SOURCE,a6-1e-public-task,none,somebody,2028-10-31,Yes."
    found = problems_of(files(**{GUARDS: _GUARDS + line.encode() + b"\n"}))

    place = f"{GUARDS}:{len(_GUARDS.splitlines()) + 1}:2"
    assert found == (f"{place}: a guard holds back and gives nothing; move the rule to a purpose",)


@pytest.mark.parametrize(
    "start",
    [
        "=HYPERLINK(1)",
        "+1 ",
        "-1 ",
        "@SUM(1)",
        "\N{NO-BREAK SPACE}",
        "Im\N{ZERO WIDTH SPACE}",
        "\t",
        " ",
    ],
)
def test_a_sentence_that_computes_or_hides_something_stops_loading(start: str) -> None:
    """A rule's text is shown to people and opened in spreadsheets: no formula, nothing unseen."""
    found = problems_of(
        edited(GUARDS, "Legal advice is private", f"{start}Legal advice is private")
    )

    assert len(found) == 1
    assert "in column `text` " in found[0]


def test_a_file_for_a_purpose_that_does_not_exist_stops_loading() -> None:
    """Rules under a wrong file name would serve nobody, or somebody else."""
    found = problems_of(files(**{"purposes/marac-reserch.csv": files()[RESEARCH]}))

    assert any("nearest: marac-research" in one for one in found), found


def test_a_word_from_outside_the_vocabulary_is_treated_as_unknown() -> None:
    """A role or category that nobody defined opens nothing and is not written to the log."""
    ruling = policy().rule(builders.facts(requester_role="Mara Ellwood"))

    assert Outcome.DENY is ruling.outcome
    assert ruling.facts == builders.facts(requester_role="unknown")


def test_nothing_known_means_no() -> None:
    """An empty set of facts is refused."""
    assert policy().rule(Facts()).outcome is Outcome.DENY


def test_neglect_does_not_open_doors() -> None:
    """When every review is overdue, no denial lapses and nothing is released any more."""
    late = read_pack(files(), today=TODAY + timedelta(days=3650))

    assert _still_denied(files())
    assert all(rule.suspended is (rule.effect == "allow") for rule in late.rules)
    assert Table(late).verdict(builders.facts().as_tuple()).outcome is Outcome.REFER_HUMAN

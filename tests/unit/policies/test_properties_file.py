"""properties.yaml is read as it is written, or not at all: a promise misread is no promise."""

import pytest

from policies.claims import Covered, Measure, Never, NeverWider, Possible, Property, Requires, When
from policies.outline import MAX_DEPTH, read_outline
from policies.problems import Problems
from policies.properties import read_properties
from tests.unit.policies.packs import files, policy

_ONE = """version: 1
properties:
  - id: one
    says: A safe address never goes to whoever works with the perpetrator.
    why: The domain brief.
    kind: never
    wider_than: deny
    where: {category: safe-place, recipient_perpetrator_facing: [yes, unknown]}
"""


def _read(text: str) -> tuple[tuple[Property, ...], list[str]]:
    problems = Problems()
    found = read_properties(text.encode(), policy().pack, problems)
    return found, problems.found


def test_a_property_reads_as_it_is_written() -> None:
    """Groups become their words, `yes` stays a word, and nothing else is looked at."""
    (found,), problems = _read(_ONE)

    assert not problems
    assert isinstance(found.claim, Never)
    assert dict(found.claim.cases.where) == {
        "category": ("address-safe", "refuge-placement"),
        "recipient_perpetrator_facing": ("yes", "unknown"),
    }
    assert (found.property_id, found.place.line) == ("one", 3)


def test_the_packaged_promises_are_many_and_each_says_why() -> None:
    """The pack states at least forty properties, each a sentence with its source."""
    found, problems = _read(files()["properties.yaml"].decode())

    assert not problems
    assert len(found) >= 40
    assert all(one.says.endswith(".") and one.why for one in found)
    assert len({type(one.claim) for one in found}) == 7


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: one", "id: one two", "3:9: `id` must be a single word; use hyphens"),
        ("kind: never", "kind: newer", "3:5: a property needs a `kind` that there is; nearest: "),
        ("kind: never", "kin: never", "3:5: a property needs a `kind` that there is; no valid"),
        ("wider_than: deny", "wider_then: deny", "7:5: unknown key; nearest: wider_than"),
        ("    wider_than: deny\n", "", "3:5: `wider_than` is missing here; add it"),
        ("    why: The domain brief.\n", "", "3:5: `why` is missing here; add it"),
        ("than: deny", "than: dney", "7:17: `outcome` has no such word; nearest: deny"),
        ("than: deny", "than: permit", "7:17: this holds whatever the rules are; write another"),
        ("{category:", "{categry:", "8:13: `fact` has no such word; nearest: category"),
        ("safe-place", "save-place", "8:23: `category` has no such word; nearest: safe-place"),
        ("safe-place", "on-a-list", "8:23: `category` has no such word; "),
        ("[yes, unknown]", "[yes, unkown]", "8:71: `recipient_perpetrator_facing` has no such"),
        ("[yes, unknown]", "[]", "8:65: write a word here, or a list of words"),
        ("[yes, unknown]", "{yes: no}", "8:65: write a word here, or a list of words"),
        ("{category: safe-place, ", "{category: safe-place, category: tenancy, ", "8:35: a key of"),
        (
            "where: {category: safe-place,",
            "where: {}\n    unless: {category: safe-place,",
            "8:12: ",
        ),
        ("version: 1", "version: 2", "1:10: the version must be 1; this broker reads it"),
        ("version: 1\n", "", "1:1: `version` is missing here; add it"),
        ("says: A safe", "says: &a A safe", "4:11: `*` and `&` copy things unseen"),
        ("kind: never", "kind: !!str never", "6:11: `!` changes what a word means"),
        ("than: deny", "than:", "there is nothing here"),
        ("than: deny", 'than: "d\u200beny"', "7:17: there is a character that does not show"),
        ("than: deny", "than: d\u0435ny", "7:17: `outcome` has no such word; nearest: deny"),
        ("than: deny", 'than: "\\e[31mdeny"', "7:17: there is a character that does not show"),
        ("{category", "{[category", "this cannot be read as YAML"),
        ("version: 1", "--- a\n---\nversion: 1", "2:1: write one document"),
    ],
)
def test_a_property_that_is_not_right_is_refused_with_its_place(
    old: str, new: str, says: str
) -> None:
    """A misspelt word would make a promise about nothing, so it names line, column and word."""
    assert old in _ONE
    found, problems = _read(_ONE.replace(old, new, 1))

    assert not found or problems
    assert any(one.startswith("properties.yaml:") and says in one for one in problems), problems


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "version: 1\nproperties: []\n", "version: 1\n"]
)
def test_a_file_without_a_property_is_refused(text: str) -> None:
    """Nothing proven is not the same as everything proven."""
    found, problems = _read(text)

    assert not found
    assert problems


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Whoever mends the file mends it once."""
    twice = _ONE + _ONE.split("properties:\n")[1].replace("safe-place", "x").replace("deny", "y")
    _, problems = _read(twice.replace("kind: never", "kind: nevr", 1))

    assert len(problems) == 3


def test_an_id_stands_once() -> None:
    """Two promises with one name would be told apart by nobody."""
    _, problems = _read(_ONE + _ONE.split("properties:\n")[1])

    assert problems == ["properties.yaml:9:9: this id is taken by the property on line 3"]


def test_a_changing_fact_is_said_in_from_and_not_in_where() -> None:
    """`where` would tie down the very fact that is to change."""
    text = _ONE.replace(
        "kind: never\n    wider_than: deny", "kind: never-wider\n    changing: risk"
    )
    text = text.replace(
        "    where: {category", "    to: medium\n    measured_by: outcome\n    where: {risk"
    )
    text = text.replace("safe-place", "high")

    assert any("into `from`" in one for one in _read(text)[1])


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        (
            "kind: requires\n    when: released-in-writing\n    profile: any\n    obligations: MIN",
            Requires,
        ),
        (
            "kind: never-wider\n    changing: any\n    to: unknown\n    measured_by: outcome",
            NeverWider,
        ),
        ("kind: possible\n    at_least: permit\n    for_each: consent", Possible),
    ],
)
def test_each_kind_reads_into_its_own_claim(kind: str, claim: type) -> None:
    """The words of each kind mean what they say."""
    (found,), problems = _read(_ONE.replace("kind: never\n    wider_than: deny", kind))

    assert not problems
    assert isinstance(found.claim, claim)
    if isinstance(found.claim, Requires):
        assert (found.claim.when, found.claim.any_profile) == (When.IN_WRITING, True)
    if isinstance(found.claim, NeverWider):
        assert len(found.claim.to) == 20
        assert found.claim.measure is Measure.OUTCOME
    if isinstance(found.claim, Possible):
        assert "withdrawn" in found.claim.for_each["consent"]


def test_core_categories_are_named_by_purpose() -> None:
    """`covered` reads as a table from purposes to categories."""
    one = "{id: a, says: b., why: c, kind: covered, core: {media: tenancy}}"
    text = f"version: 1\nproperties:\n  - {one}"
    (found,), problems = _read(text)

    assert not problems
    assert isinstance(found.claim, Covered)
    assert dict(found.claim.categories) == {"media": ("tenancy",)}


def test_requires_must_require_something() -> None:
    """A promise that asks for nothing is refused."""
    text = _ONE.replace("kind: never\n    wider_than: deny", "kind: requires\n    when: refused")

    assert any("name `obligations` or a `profile`" in one for one in _read(text)[1])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "1:1: this byte is not UTF-8"),
        (b"a: \x00", "the file holds a character that no text has"),
        (b"[" * 100_000, f"1:{MAX_DEPTH + 1}: write one document, and nothing so deeply nested"),
        (b"a: 'x", "this cannot be read as YAML"),
        (b"? [a]\n: b", "1:3: a key of this table is no word"),
        (b"a: |\n  b\n", "1:4: there is a character that does not show"),
        (b"x" * (8 * 1024 * 1024 + 1), "1:1: the file is longer than"),
    ],
    ids=["utf-16", "nul", "nested", "quote", "key", "lines", "long"],
)
def test_a_file_that_is_no_plain_outline_is_refused(content: bytes, says: str) -> None:
    """Bombs, bytes and cleverness end in one sentence with a place, and never in a crash."""
    problems = Problems()

    assert read_outline("x.yaml", content, problems) is None
    assert len(problems.found) == 1
    assert says in problems.found[0]


def test_a_mark_of_excel_at_the_start_changes_nothing() -> None:
    """A byte-order mark is stripped and not read as part of a word."""
    problems = Problems()
    found = read_outline("x.yaml", b"\xef\xbb\xbfa: b", problems)

    assert found is not None
    assert found.table is not None
    assert found.table[0][0].text == "a"

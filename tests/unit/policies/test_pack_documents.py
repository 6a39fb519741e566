"""What the pack's documents say of the files is what the files say."""

import csv

import pytest

from policies.decide import PACKAGED
from policies.rules import COLUMNS

_AGENCIES = ("requester_agency", "holder_agency", "recipient_agency")


def _text(name: str) -> str:
    return (PACKAGED / name).read_text(encoding="utf-8")


def _words() -> list[dict[str, str]]:
    return list(csv.DictReader(_text("vocabulary.csv").splitlines()))


def _section(fact: str) -> list[str]:
    """Return the lines that the glossary has for the words of a fact."""
    parts = [
        one for one in _text("GLOSSARY.md").split("\n## ") if f"`{fact}`" in one.split("\n")[0]
    ]
    return [line for part in parts for line in part.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("fact", sorted({one["fact"] for one in _words()}))
def test_the_glossary_says_every_word_as_the_vocabulary_does(fact: str) -> None:
    """A word has one meaning and one source, wherever it is looked up."""
    written = [
        f"| `{one['word']}` | {one['meaning']} | {one['source']} |"
        for one in _words()
        if one["fact"] == fact
    ]

    assert written == _section(fact)


@pytest.mark.parametrize("fact", _AGENCIES)
def test_an_agency_means_the_same_whoever_it_is_in_a_request(fact: str) -> None:
    """One list of agencies, whether they ask, hold or receive."""
    first = [(one["word"], one["meaning"]) for one in _words() if one["fact"] == _AGENCIES[0]]

    assert first == [(one["word"], one["meaning"]) for one in _words() if one["fact"] == fact]


@pytest.mark.parametrize("fact", ["purpose", "consent", "obligation", "profile", "basis"])
def test_words_with_a_source_in_law_or_guidance_name_it(fact: str) -> None:
    """What an IG lead is asked to rely on is traced further than to our own papers."""
    own = ("domain brief", "design", "policies/")
    vague = [
        one["word"]
        for one in _words()
        if one["fact"] == fact and one["source"].lower().startswith(own)
    ]

    assert len(vague) <= len([one for one in _words() if one["fact"] == fact]) // 3, vague


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_explained(column: str) -> None:
    """Whoever opens a file of rules finds each of its columns."""
    assert f"`{column}`" in _text("COLUMNS.md")


@pytest.mark.parametrize(
    "name",
    [
        *("guards.csv", "vocabulary.csv", "roles.csv", "thresholds.csv", "legal.csv"),
        *("retention.csv", "alerts.csv"),
    ],
)
def test_the_one_page_names_every_file(name: str) -> None:
    """The page that teaches the pack leaves no file out."""
    assert f"`{name}`" in _text("README.md")
    assert (PACKAGED / name).is_file()


def test_the_one_page_is_one_page() -> None:
    """It stays short enough to be read."""
    assert len(_text("README.md").splitlines()) <= 45

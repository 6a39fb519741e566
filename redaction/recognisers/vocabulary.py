"""Closed lists of words: who people are, and that a support service exists."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from redaction.findings import Finding
from redaction.labels import Label
from redaction.page import Page


def find_vocabulary(page: Page, _: object) -> Iterable[Finding]:
    """Find the words of vocabulary.yaml."""
    for label, pattern in _patterns():
        for match in page.matches(pattern):
            start, end = match.span()
            yield Finding(start=start, end=end, label=label, recogniser="vocabulary")


@cache
def _patterns() -> tuple[tuple[Label, re.Pattern[str]], ...]:
    stored = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return tuple((Label(label), _pattern(words)) for label, words in stored.items())


def _pattern(words: str) -> re.Pattern[str]:
    """Longest first, so that `white irish` is not found as `irish`."""
    parts = sorted((one.strip() for one in words.split("|") if one.strip()), key=len, reverse=True)
    whole = "|".join(words.strip().split("|")) if "(?:" in words else "|".join(parts)
    flexible = whole.replace("| ", "|").replace(" ", r"\s+")
    return re.compile(rf"(?<![\w-])(?:{flexible})(?![\w-])", re.IGNORECASE)

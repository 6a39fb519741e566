"""Reads words.yaml: the closed word lists that the rules lean on."""

from functools import cache
from pathlib import Path

import yaml


@cache
def _lists() -> dict[str, str]:
    stored: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return stored


def words(name: str) -> frozenset[str]:
    """Return one list; an unknown name is a KeyError at import, never an empty list."""
    return frozenset(_lists()[name].split())

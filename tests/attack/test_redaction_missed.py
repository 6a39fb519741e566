"""What somebody could once still read is found now, and the test of it holds nobody's data."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.labels import Label
from redaction.lexicon import lexicon
from redaction.missed import invented_row
from tests.unit.redaction.support import left_of, shared_detector

_FILE = Path(__file__).parent.parent / "data" / "missed.yaml"
_ROWS: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))["missed"]
_SENTENCE = "Cousin Wenlock Idris saw 07700 900461 on the phone of Tansy at 4 Sorrel Yard."


@pytest.mark.parametrize("row", range(len(_ROWS)))
def test_what_was_missed_once_goes_now(row: int) -> None:
    """Each sentence that `redact missed` has written, for ever."""
    assert _ROWS[row]["label"] in tuple(Label)
    assert "<<" in _ROWS[row]["text"]
    assert left_of(_ROWS[row]["text"]) == ""


@pytest.mark.parametrize(
    "missed", ["Wenlock Idris", "07700 900461", "Tansy", "4 Sorrel Yard", "Idris saw 07700"]
)
def test_the_test_keeps_no_personal_data(missed: str) -> None:
    """Neither what was missed nor any other name or number of the sentence is in the row."""
    found = [(one.start, one.end) for one in shared_detector().detect(_SENTENCE, ())]
    row = invented_row(_SENTENCE, missed, found, lexicon())

    told = {"Wenlock", "Idris", "07700", "900461", "Tansy", "Sorrel"}
    assert not [one for one in told if one.lower() in row.lower()], row
    assert len(row) == len(_SENTENCE) + len("<<>>")
    assert "on the phone of" in row
    assert [one.isdigit() for one in row.replace("<<", "").replace(">>", "")] == [
        one.isdigit() for one in _SENTENCE
    ]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=3, max_size=12))
def test_an_invented_value_is_never_the_real_one(value: str) -> None:
    """Whatever was missed, chance does not bring it back."""
    row = invented_row(f"told {value} twice", value, (), lexicon())

    assert value.lower() not in row.lower()

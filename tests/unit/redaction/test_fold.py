# ruff: noqa: RUF001  # look-alike letters are what is tested
"""Folding never loses its way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.fold import fold

_TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("aМо\u200b\u0301ﬁß’‐ĳ ½é"),
    ),
    max_size=60,
)


@given(_TEXTS)
def test_every_folded_character_has_a_source_range(text: str) -> None:
    """Whatever the text, each folded character points at a range of it, in order."""
    folded = fold(text)

    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= s < e <= len(text) for s, e in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


@given(_TEXTS, st.data())
def test_a_folded_range_comes_back_as_whole_tokens(text: str, data: st.DataObject) -> None:
    """A range found in the folded text covers its source and never cuts a word in two."""
    folded = fold(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))

    first, last = folded.source_range(start, end)

    assert first <= folded.starts[start]
    assert last >= folded.ends[end - 1]
    assert not (first > 0 and text[first - 1].isalnum() and text[first].isalnum())
    assert not (last < len(text) and text[last - 1].isalnum() and text[last].isalnum())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("M\u200bara", "Mara"),
        ("М\u0430ra", "Mara"),  # Cyrillic capital Em and small a
        ("O’Malley", "O'Malley"),
        ("Anne‑Marie", "Anne-Marie"),
        ("Zoë", "Zoe"),
        ("Łukasz", "Lukasz"),
        ("０7700", "07700"),
        ("ﬁona", "fiona"),
        ("Μaria", "Maria"),  # Greek capital Mu
    ],
)
def test_spellings_that_look_alike_fold_alike(written: str, plain: str) -> None:
    """What looks the same to a reader is the same to detection."""
    assert fold(written).text == plain

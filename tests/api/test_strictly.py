"""JSON is read in one way or not at all."""

import json
from json import JSONDecodeError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api.strictly import read_json

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


def _cut_off(text: str) -> bytes:
    return json.dumps([text]).encode()[:-1]


@given(value=_JSON, escaped=st.booleans())
def test_whatever_is_json_is_read_as_it_was_written(value: object, escaped: bool) -> None:  # noqa: FBT001  # drawn
    """Strictness costs no honest caller anything, whatever their language."""
    assert read_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(body=st.binary(max_size=60).map(b"\xff".__add__) | st.text(max_size=9).map(_cut_off))
def test_whatever_else_is_refused_without_a_word_of_it(body: bytes) -> None:
    """Bytes that are no JSON are refused with one error, which holds nothing of them."""
    with pytest.raises(JSONDecodeError) as refused:
        read_json(body)
    assert (refused.value.doc, refused.value.msg) == ("", "not JSON")
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', '[{"b":{"a":1,"a":2}}]', "NaN", "[-Infinity]", r'"\udc00"', r'{"\ud800":1}'],
)
def test_what_two_readers_may_read_differently_is_refused(text: str) -> None:
    """A member given twice, numbers outside JSON and half characters have no one meaning."""
    with pytest.raises(JSONDecodeError):
        read_json(text.encode())

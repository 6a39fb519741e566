"""One spelling for every value: what is written fast is written as the standards say."""

import base64
import json
import string
from dataclasses import fields, replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from keys import content as contents
from keys.content import read_content, write_content
from keys.encoding import b64u, read_b64u
from keys.opening import open_package
from tests.builders import NOW
from tests.unit.keys.world import broker_key, private_key, seal

ALPHABET = string.ascii_letters + string.digits + "-_"
CONTENT = open_package(seal().content, private_key(), [broker_key()], now=NOW).content
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.binary(max_size=200))
def test_bytes_are_written_as_the_standard_says(value: bytes) -> None:
    """RFC 7515 section 2: base64url, its padding left out; and read back the same."""
    expected = base64.urlsafe_b64encode(value).decode().rstrip("=")

    assert b64u(value) == expected
    assert read_b64u(expected) == value


@given(st.text(ALPHABET + '+/= \n\\"\x00\u0131', max_size=12))
def test_only_what_would_be_written_is_read(text: str) -> None:
    """No other alphabet, padding, spare bit, white space or escape is taken."""
    try:
        value = read_b64u(text)
    except ValueError:
        return
    assert b64u(value) == text


@pytest.mark.parametrize("text", ["A", "_x", "__9", "_w==", "/w", "+A", "_w\n", " _w", "\\u0041A"])
def test_another_spelling_is_refused(text: str) -> None:
    """Each of these means a value to somebody more lenient."""
    with pytest.raises(ValueError, match="not base64url"):
        read_b64u(text)


@given(text=TEXTS, title=TEXTS, words=st.lists(st.tuples(TEXTS, TEXTS), max_size=3))
def test_a_content_is_in_canonical_form(
    text: str, title: str, words: list[tuple[str, str]]
) -> None:
    """Byte for byte what RFC 8785 says of it, whatever the texts hold."""
    item = replace(CONTENT.items[0], text=text, title=title, fields=tuple(words))
    made = replace(CONTENT, items=(item,))

    plain = write_content(made)

    assert plain == rfc8785.dumps(json.loads(plain))
    assert read_content(plain) == made


def test_members_stand_in_canonical_order() -> None:
    """They are written as they stand, so a new one goes where the alphabet has it."""
    for name in ("PackageContent", "About", "Holder", "Recipient", "Removed", "Item"):
        members = [one.name for one in fields(getattr(contents, name))]
        assert members == sorted(members)

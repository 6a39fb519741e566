"""Opened-receipts as bytes: the frozen ones are read for ever, and no altered one is."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import InvalidRequestError
from keys.opened import SignedReceipts

VECTORS = Path(__file__).parents[2] / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "opened-1.json").read_text("utf-8"))
RECEIPTS: list[str] = [one["receipt"] for one in FROZEN["receipts"]]
CHARACTERS = "ABCXYZabcxyz0189-_.=+/ \u00e9"


def test_the_frozen_receipts_are_read_as_they_were_signed() -> None:
    """What agencies' programs write today is read by every later version."""
    for one in FROZEN["receipts"]:
        read, claims = SignedReceipts().read(one["receipt"]), one["claims"]
        assert read.signed_by == FROZEN["thumbprint"]
        assert (read.disclosure_id, read.package_digest) == (
            claims["disclosure_id"],
            claims["package_digest"],
        )
        assert (read.state, f"{read.at:%Y-%m-%dT%H:%M:%SZ}") == (claims["state"], claims["at"])
        assert (read.until is None) == (claims["until"] is None)
        assert read.text == one["receipt"]


@given(st.sampled_from(RECEIPTS), st.data())
def test_no_altered_receipt_is_read(receipt: str, data: st.DataObject) -> None:
    """A character changed, left out or put in anywhere: the signature does not hold any more."""
    place = data.draw(st.integers(0, len(receipt) - 1))
    put = data.draw(st.text(CHARACTERS, max_size=2))
    altered = receipt[:place] + put + receipt[place + 1 :]
    if altered == receipt:
        return

    with pytest.raises(InvalidRequestError, match="opened-receipt"):
        SignedReceipts().read(altered)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "x" * 5_000])
def test_what_is_no_receipt_is_one_sentence(text: str) -> None:
    """Empty, of another number of parts, far too long."""
    with pytest.raises(InvalidRequestError, match=r"FORMAT\.md says\.$"):
        SignedReceipts().read(text)

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.words import EventKind
from broker.ledger.entry import (
    MAX_ENTRY_BYTES,
    MAX_WHOLE,
    canonical_bytes,
    parse_entry,
    place_entry,
)
from broker.ledger.tokens import case_tag, token
from tests.builders import NOW, SALT, case

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/ledger-v1.json").read_text("utf-8"))
MAX_SAFE = 2**53 - 1

words = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE, MAX_SAFE) | words,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(words, inner),
    max_leaves=8,
)
drafts = st.builds(
    EntryDraft,
    kind=st.sampled_from(EventKind),
    at=st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  zoned beside
    case_tag=st.none() | st.just(CaseTag("0" * 32)),
    detail=st.dictionaries(words, values, max_size=4),
)


@pytest.mark.parametrize("vector", VECTORS["log"])
def test_frozen_entries_read_back(vector: dict[str, str]) -> None:
    """Entries written by the first version are read, and hashed, as they were."""
    entry = parse_entry(vector["canonical"].encode())
    draft = EntryDraft(kind=entry.kind, at=entry.at, case_tag=entry.case_tag, detail=entry.detail)

    assert entry.leaf_hash.hex() == vector["leaf_hash"]
    again = place_entry(
        draft,
        index=entry.index,
        case_number=entry.case_number,
        case_previous=entry.case_previous,
    )
    assert entry == again


@given(values)
@example({"\U00010000": 1, "\uffff": 2, "a": '\x00\x1f\x7f"\\\u2028'})
@example({"n": MAX_WHOLE, "m": -MAX_WHOLE, "10": True, "9": None})
def test_the_bytes_are_rfc_8785(value: JsonValue) -> None:
    """However the bytes are made, they are those that everybody else's software makes."""
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(drafts, st.integers(0, 2**40), st.integers(0, 2**40))
def test_an_entry_reads_back_as_written(draft: EntryDraft, index: int, number: int) -> None:
    """Whatever can be logged is read back exactly, from bytes that have one form only."""
    entry = place_entry(draft, index=index, case_number=number, case_previous="")

    assert entry == parse_entry(entry.canonical)
    assert (
        entry.canonical
        == json.dumps(
            json.loads(entry.canonical),
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=False,
        ).encode()
    )


@given(drafts, st.data())
def test_no_other_bytes_are_the_same_entry(draft: EntryDraft, data: st.DataObject) -> None:
    """A changed byte is another entry or none: nothing is read as what it is not."""
    entry = place_entry(draft, index=7, case_number=0, case_previous="")
    at = data.draw(st.integers(0, len(entry.canonical) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = bytearray(entry.canonical)
    changed[at] ^= bit

    try:
        other = parse_entry(bytes(changed))
    except LedgerVerificationError:
        return
    assert other.leaf_hash != entry.leaf_hash
    assert other.canonical == bytes(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"version":1', '"version":2'),
        ('"version":1', '"version":true'),
        ('"index":0', '"index":0.0'),
        ('"index":0', '"index": 0'),
        ('"index":0', '"index":"0"'),
        ('"case_number":0', '"case_number":0,"case_number":0'),
        ('"case_tag":null', '"case_tag":null,"extra":1'),
        ("broker-started", "something-else"),
        ("10:00:00.000000Z", "10:00:00.0Z"),
        ("10:00:00.000000Z", "25:00:00.000000Z"),
        ('{"software":"marac-broker 0.1.0"}', "[]"),
        ("marac-broker", "\\ud800"),
        ("marac-broker", "\\u006darac-broker"),
        ('"software":"marac-broker 0.1.0"', '"n":1e400'),
    ],
)
def test_anything_but_the_format_is_refused(old: str, new: str) -> None:
    """Another version, another spelling of the same value, a member too many: not an entry."""
    written = VECTORS["log"][0]["canonical"]
    assert old in written

    with pytest.raises(LedgerVerificationError):
        parse_entry(written.replace(old, new, 1).encode())


@pytest.mark.parametrize("written", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_rubbish_is_refused(written: bytes) -> None:
    """Bytes that are not even JSON, or are a bomb, get the same answer."""
    with pytest.raises(LedgerVerificationError):
        parse_entry(written)


@pytest.mark.parametrize("value", [2**53, -(2**53), 1.5, b"bytes", {1, 2}, "\ud800"])
def test_what_software_elsewhere_would_round_is_not_logged(value: object) -> None:
    """Fractions, huge numbers and broken text would not mean the same to every verifier."""
    detail: dict[str, JsonValue] = {"value": value}  # type: ignore[dict-item]
    draft = EntryDraft(kind=EventKind.DECISION, at=NOW, case_tag=None, detail=detail)

    with pytest.raises(LedgerError):
        place_entry(draft, index=0, case_number=0, case_previous="")


def test_an_entry_is_bounded() -> None:
    """Nobody can make the log swallow a document."""
    draft = EntryDraft(
        kind=EventKind.DECISION, at=NOW, case_tag=None, detail={"x": "x" * MAX_ENTRY_BYTES}
    )

    with pytest.raises(LedgerError, match="log less"):
        place_entry(draft, index=0, case_number=0, case_previous="")


def test_times_are_in_utc() -> None:
    """The same moment told in another zone is the same bytes."""
    summer = NOW.astimezone(timezone(timedelta(hours=1)))
    made = [
        place_entry(
            EntryDraft(kind=EventKind.DECISION, at=at, case_tag=None, detail={}),
            index=0,
            case_number=0,
            case_previous="",
        )
        for at in (NOW, summer)
    ]

    assert made[0] == made[1]


def test_tokens_are_frozen() -> None:
    """Tokens of the first version can be recomputed by whoever holds the salt."""
    frozen = VECTORS["tokens"]

    assert frozen["salt"] == SALT.hex()
    assert frozen["case MR-0417"] == case_tag(SALT, case().case_id)
    assert frozen["practitioner idva-1"] == token(SALT, "practitioner", "idva-1")


def test_tokens_say_nothing_without_the_salt() -> None:
    """Another salt or another kind gives another token; a short salt is refused."""
    mine = token(SALT, "practitioner", "idva-1")

    assert mine != token(bytes(32), "practitioner", "idva-1")
    assert mine != token(SALT, "agency", "idva-1")
    for salt in (b"", b"short"):
        with pytest.raises(ValueError, match="32 bytes"):
            token(salt, "case", "MR-0417")

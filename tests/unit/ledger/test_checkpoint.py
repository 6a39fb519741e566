import json
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.domain.errors import LedgerVerificationError, SettingsError
from broker.ledger.case_map import map_of
from broker.ledger.checkpoint import (
    MAP_LINE,
    LogKey,
    check_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from broker.ledger.verify import Run
from tests.simulators import MemoryCustody

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/ledger-v1.json").read_text("utf-8"))
KEY = LogKey(origin=VECTORS["origin"], public_key=bytes.fromhex(VECTORS["public_key"]))
NOTE: str = VECTORS["log"][4]["checkpoint"]
WITNESS = "\u2014 witness.example " + b64encode(b"\x01" * 76).decode() + "\n"


MAP_ROOT = b64encode(bytes(range(32))).decode()


def check(message: bytes, signature: bytes) -> bool:
    """Ed25519, by the public key alone, as anybody would."""
    try:
        Ed25519PublicKey.from_public_bytes(KEY.public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_frozen_checkpoints_verify() -> None:
    """The first version's log verifies from its bytes and the public key alone."""
    run = Run()
    for vector in VECTORS["log"]:
        run.feed(vector["canonical"].encode())
        checkpoint = run.check_checkpoint(KEY, check, vector["checkpoint"])
        assert checkpoint.root.hex() == vector["root"]
    assert VECTORS["verifier"] == KEY.verifier_text()


def test_signing_is_frozen() -> None:
    """The same tree is signed in the same bytes."""
    custody = MemoryCustody()
    root = bytes.fromhex(VECTORS["log"][4]["root"])

    made = sign_checkpoint(KEY, lambda message: custody.sign("log", message), 5, root)

    assert made.note == NOTE
    assert made == parse_checkpoint(NOTE)


def signed(map_root: bytes | None, *lines: str) -> str:
    """A note of the frozen log's fifth entry, with a map and with further extension lines."""
    custody = MemoryCustody()
    root = bytes.fromhex(VECTORS["log"][4]["root"])

    def sign(message: bytes) -> bytes:
        more = "".join(f"{line}\n" for line in lines).encode()
        return custody.sign("log", message + more)

    text, _, rest = sign_checkpoint(KEY, sign, 5, root, map_root).note.partition("\n\n")
    return "\n".join((text, *lines, "", rest))


def test_a_checkpoint_commits_to_the_map_of_cases() -> None:
    """The map's root stands under the signature; without the line there is none."""
    note = signed(bytes(range(32)))

    assert f"\n{MAP_LINE}{MAP_ROOT}\n\n" in note
    assert check_checkpoint(KEY, check, note).map_root == bytes(range(32))
    assert check_checkpoint(KEY, check, NOTE).map_root is None
    for wrong in (
        note.replace(MAP_ROOT, MAP_ROOT.lower()),
        note.replace(f"{MAP_LINE}{MAP_ROOT}\n", ""),
    ):
        with pytest.raises(LedgerVerificationError, match="does not hold"):
            check_checkpoint(KEY, check, wrong)


def test_lines_of_later_versions_are_signed_over_and_ignored() -> None:
    """An extension line that we do not know, or whose name merely begins like ours, is no map."""
    strange = (
        "witness-policy 3",
        f"{MAP_LINE.strip()}0 {MAP_ROOT}",
        f"x\u2028{MAP_LINE}{MAP_ROOT}",
    )
    note = signed(None, *strange)

    assert check_checkpoint(KEY, check, note).map_root is None
    with pytest.raises(LedgerVerificationError, match="does not hold"):
        check_checkpoint(KEY, check, note.replace("policy 3", "policy 1"))


def test_a_witness_may_sign_below() -> None:
    """Further signatures on the note are kept and do not disturb ours."""
    assert check_checkpoint(KEY, check, NOTE + WITNESS).size == 5


def test_a_witness_alone_is_not_the_log() -> None:
    """A note that only somebody else signed is not this log's statement."""
    body = NOTE.partition("\n\n")[0]

    with pytest.raises(LedgerVerificationError, match="not signed"):
        check_checkpoint(KEY, check, f"{body}\n\n{WITNESS}")


@pytest.mark.parametrize("at", range(0, len(NOTE), 3))
def test_a_changed_character_is_seen(at: int) -> None:
    """A note with one character changed does not verify, whichever character it is."""
    changed = NOTE[:at] + chr(ord(NOTE[at]) ^ 1) + NOTE[at + 1 :]

    with pytest.raises(LedgerVerificationError):
        check_checkpoint(KEY, check, changed)


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE.rstrip("\n"),
        NOTE + "\n",
        NOTE.replace("\n5\n", "\n05\n"),
        NOTE.replace("\n5\n", "\n0\n"),
        NOTE.replace("\n5\n", "\n-5\n"),
        NOTE.replace("\n\n", "\n\n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE}\n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE.strip()}\n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE}{MAP_ROOT}\n{MAP_LINE}{MAP_ROOT}\n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE}{MAP_ROOT} \n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE}{MAP_ROOT[:-2]}B=\n\n"),
        NOTE.replace("\n\n", f"\n{MAP_LINE}{MAP_ROOT[4:]}\n\n"),
        NOTE.replace("\u2014", "-"),
        NOTE + WITNESS * 400,
    ],
)
def test_another_form_is_refused(note: str) -> None:
    """There is one way to write a checkpoint."""
    with pytest.raises(LedgerVerificationError):
        parse_checkpoint(note)


def test_another_log_is_refused() -> None:
    """A checkpoint of another log, even one signed with our key, is not ours."""
    custody = MemoryCustody()
    other = LogKey(origin="another.example/log", public_key=KEY.public_key)
    note = sign_checkpoint(other, lambda text: custody.sign("log", text), 5, bytes(32)).note

    with pytest.raises(LedgerVerificationError):
        check_checkpoint(KEY, check, note)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak", "tab\t"])
def test_a_name_that_notes_cannot_carry_is_refused(origin: str) -> None:
    """A log's name is checked when the broker starts, not when a verifier stumbles over it."""
    with pytest.raises(SettingsError, match="Name the log"):
        LogKey(origin=origin, public_key=bytes(32))


def feed_all(entries: list[bytes]) -> None:
    """Verify a run of entries."""
    run = Run()
    for canonical in entries:
        run.feed(canonical)


def test_the_first_entry_at_fault_is_named() -> None:
    """Entries left out, exchanged or of another chain are named by their place."""
    entries = [vector["canonical"].encode() for vector in VECTORS["log"]]
    renumbered = entries[4].replace(b'"index":4', b'"index":2')
    for wrong, place in (
        ([*entries[:2], entries[3]], 2),
        ([*entries[:2], renumbered], 2),
        ([entries[0], b"{}"], 1),
        ([entries[1]], 0),
    ):
        with pytest.raises(LedgerVerificationError) as found:
            feed_all(wrong)
        assert found.value.entry == place


def test_a_checkpoint_that_hides_a_case_is_named() -> None:
    """Whoever has all entries sees a map that leaves one out, and a map that is no longer there."""
    honest, dishonest = Run(), Run()
    for vector in VECTORS["log"][:5]:
        honest.feed(vector["canonical"].encode())
        dishonest.feed(vector["canonical"].encode())
    hidden = {tag: head for tag, head in honest.case_heads.items() if tag != min(honest.case_heads)}

    honest.check_checkpoint(KEY, check, signed(honest.case_map().root))
    for note in (signed(map_of(hidden.items()).root), signed(bytes(32))):
        with pytest.raises(LedgerVerificationError, match="another map") as found:
            dishonest.check_checkpoint(KEY, check, note)
        assert found.value.entry == 4
    with pytest.raises(LedgerVerificationError, match="no longer commits"):
        honest.check_checkpoint(KEY, check, NOTE)


def test_a_checkpoint_of_another_tree_is_named() -> None:
    """A genuine checkpoint of an older or other tree does not cover this one."""
    run = Run()
    for vector in VECTORS["log"][:3]:
        run.feed(vector["canonical"].encode())

    with pytest.raises(LedgerVerificationError) as found:
        run.check_checkpoint(KEY, check, VECTORS["log"][1]["checkpoint"])
    assert found.value.entry == 2

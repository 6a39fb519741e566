"""Documents inside a package: fresh names, the same padding, and saved only where somebody says."""

import json
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from broker.commands.opening import shown
from broker.commands.saving import save_documents
from broker.domain.documents import RedactedDocument, WhyLeftOut
from broker.domain.errors import InvalidRequestError, PackageRefusedError
from broker.domain.record import RedactedRecord
from keys.content import PackageContent, read_content, write_content
from keys.encoding import compact_json, read_b64u
from keys.opening import open_package
from keys.signing import read_public_jwk, write_public_jwk
from keys.terms import left_out_in_words
from tests.builders import NOW
from tests.unit.keys.test_command import _Frozen, opened
from tests.unit.keys.test_frozen_roles import VECTORS, _key
from tests.unit.keys.world import PASSPHRASE, broker_key, private_key, redacted, seal

FROZEN: dict[str, Any] = json.loads((VECTORS / "package-2.json").read_text("utf-8"))
LETTER = RedactedDocument(
    suffix=".docx",
    media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    content=b"PK fresh letter",
    not_taken=(("comment", 2),),
)
MAIL = replace(LETTER, suffix=".eml", media_type="message/rfc822", content=b"Subject: fresh")


def with_documents(*documents: RedactedDocument, scans: int = 1) -> RedactedRecord:
    """A record of two entries, the first with the documents and a scan that was left out."""
    (item,) = redacted().items
    first = replace(item, documents=documents, left_out=(("picture", scans),) if scans else ())
    return redacted(items=(first, replace(item, documents=(MAIL,))))


def content_of(record: RedactedRecord) -> PackageContent:
    """What the recipient reads."""
    return open_package(seal(record).content, private_key(), [broker_key()], now=NOW).content


def test_a_package_with_documents_opens_for_ever() -> None:
    """What was delivered under the second version opens, documents and all."""
    trusted = read_public_jwk(compact_json(FROZEN["broker_public_jwk"]).decode())

    opened = open_package(
        FROZEN["package"].encode(),
        _key(FROZEN["recipient_private_jwk"]),
        [trusted],
        now=datetime.fromisoformat(FROZEN["opened_at"]),
    )

    (document,) = opened.content.items[0].documents
    assert document.name == "document-1.docx"
    assert read_b64u(document.content) == LETTER.content


def test_whoever_gets_no_document_gets_the_first_version() -> None:
    """Other people's software that knows version 1 goes on reading what it can read."""
    without = content_of(redacted())

    assert without.version == "marac-package/1"
    assert b"documents" not in write_content(without)
    assert content_of(with_documents(LETTER)).version == "marac-package/2"


def test_documents_have_no_name_but_a_number() -> None:
    """Numbers go on through the package; the holder's file names are not in it."""
    found = content_of(with_documents(LETTER, MAIL))

    names = [[one.name for one in item.documents] for item in found.items]
    assert names == [["document-1.docx", "document-2.eml"], ["document-3.eml"]]
    assert read_b64u(found.items[0].documents[1].content) == MAIL.content


def test_the_log_learns_how_many_documents_travel_and_why_others_do_not() -> None:
    """The sealed package carries counts for the entry, and nothing else of a document."""
    package = seal(with_documents(LETTER, scans=2))

    assert (package.documents, package.left_out) == (2, (("picture", 2),))


def test_a_document_is_padded_like_a_text() -> None:
    """Two letters of unlike length make packages of one length."""
    short, long = (replace(LETTER, content=b"x" * size) for size in (10, 900))

    lengths = {len(seal(with_documents(one, scans=0)).content) for one in (short, long)}

    assert len(lengths) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name":"document-1.docx"', b'"name":"../../evil.docx"'),
        (b'"name":"document-1.docx"', b'"name":"document-1.exe"'),
        (b'"name":"document-1.docx"', b'"name":"document-9.docx"'),
        (b'"content":"', b'"content":"='),
        (b'"left_out":[],', b""),
        (b"marac-package/2", b"marac-package/1"),
        (b"marac-package/2", b"marac-package/3"),
    ],
    ids=["path", "program", "number", "not-base64url", "member-missing", "version-1", "version-3"],
)
def test_a_package_that_says_it_otherwise_is_refused(old: bytes, new: bytes) -> None:
    """A name from outside, a number twice or a member of another version shows nothing."""
    plain = write_content(content_of(with_documents(LETTER)))
    changed = plain.replace(old, new, 1)
    missing = len(plain) - len(changed)
    changed = changed.replace(b'"padding":"', b'"padding":"' + b"0" * max(missing, 0), 1)
    if missing < 0:
        changed = changed.replace(b'"padding":"' + b"0" * -missing, b'"padding":"', 1)

    assert read_content(plain)
    assert len(changed) == len(plain)
    with pytest.raises(PackageRefusedError):
        read_content(changed)


def test_opening_names_each_document_and_what_was_left_out() -> None:
    """The screen says how to read a document, and whom to ask for one that is not there."""
    package = seal(with_documents(LETTER)).content
    console = Console(record=True, width=160)
    console.print(shown(open_package(package, private_key(), [broker_key()], now=NOW)))
    text = console.export_text()

    assert "document-1.docx" in text
    assert "comment (2)" in text
    assert "1 document left out" in text
    assert "because it is scanned or a picture: ask the agency (picture)" in text


def test_every_reason_for_leaving_a_document_out_is_said_in_words() -> None:
    """No recipient is shown a code alone."""
    assert not [one for one in WhyLeftOut if "rule for" in left_out_in_words(one)]


def test_documents_are_saved_only_for_their_reader(tmp_path: Path) -> None:
    """Each into the named folder, readable by its owner alone, and byte for byte."""
    content = content_of(with_documents(LETTER))

    saved = save_documents(content, tmp_path / "new folder")

    assert [one.parent for one in saved] == [tmp_path / "new folder"] * 2
    assert saved[0].read_bytes() == LETTER.content
    assert {stat.S_IMODE(one.stat().st_mode) for one in saved} == {0o600}
    assert stat.S_IMODE(saved[0].parent.stat().st_mode) == 0o700
    assert {one.name for one in saved[0].parent.iterdir()} == {one.name for one in saved}


def test_open_saves_where_it_is_told_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`open --save FOLDER` is the one way in which anything of a package becomes a file."""
    private_key().write(tmp_path, "housing-1", PASSPHRASE)  # type: ignore[arg-type]  # an id
    (tmp_path / "broker.jwk").write_text(write_public_jwk(broker_key()))
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    (tmp_path / "package").write_bytes(seal(with_documents(LETTER)).content)
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))

    shown_only = opened(tmp_path, "--passphrase-file", "passphrase")
    assert set(tmp_path.rglob("*")) == before
    saved = opened(tmp_path, "--passphrase-file", "passphrase", "--save", "mine")

    assert (shown_only.exit_code, saved.exit_code) == (0, 0)
    assert {one.parent for one in set(tmp_path.rglob("*")) - before} == {
        tmp_path,
        tmp_path / "mine",
    }
    assert len(list((tmp_path / "mine").iterdir())) == 2


def test_nothing_is_written_over_or_through_a_link(tmp_path: Path) -> None:
    """A file that is there stays as it is, and a link laid in wait is not followed."""
    content = content_of(with_documents(LETTER))
    name = save_documents(content, tmp_path / "first")[0].name
    aim = tmp_path / "aim"
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / name).symlink_to(aim)

    for folder in ("first", "second"):
        with pytest.raises(InvalidRequestError, match="is there already"):
            save_documents(content, tmp_path / folder)

    assert not aim.exists()


@pytest.mark.parametrize("disclosure", ["../../../etc", "/etc/passwd", ""])
def test_no_word_of_a_package_becomes_a_path(tmp_path: Path, disclosure: str) -> None:
    """Even a broker that lies about an id cannot choose where a file is written."""
    content = replace(content_of(with_documents(LETTER)), disclosure_id=disclosure)

    with pytest.raises(InvalidRequestError, match="cannot be given a name"):
        save_documents(content, tmp_path / "in" / "here")

    assert not list(tmp_path.iterdir())


def test_saving_without_a_document_says_so(tmp_path: Path) -> None:
    """No empty folder is left behind."""
    with pytest.raises(InvalidRequestError, match="no document"):
        save_documents(content_of(redacted()), tmp_path / "folder")

    assert not list(tmp_path.iterdir())

"""What a reviewer may explain: a number or a word that is nobody's, and nothing of a party's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from broker.domain.decision import Permit
from broker.domain.record import Draft, HeldRecord, SourceRecord
from broker.domain.review import Edits, Revised
from broker.domain.words import SubjectRole
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import new_sqlite
from tests.reviews import HIDDEN, Town, reviewing_town

NUMBER = "48 29 10 47"
"""Nobody's, and nothing in the note says what it is."""
PHONE = "07700 900461"
"""Hers."""
NICKNAME = "known as Magpie. Magpie laughed"
"""Perhaps somebody, perhaps the name of a boat: the verifier cannot know."""
LAST_WORD = "again."
"""Of the police's note, which nothing is taken out of."""


@dataclass(frozen=True, slots=True)
class Misses:
    """The real redactor, but for a number that its detection has missed: the verifier holds it."""

    real: RedactionService
    number: str

    def redact(self, record: SourceRecord) -> HeldRecord:
        """Redact, and let the number stand in the text."""
        held = self.real.redact(record)
        assert isinstance(held, HeldRecord)
        assert held.draft is not None
        (item,) = held.draft.items
        *others, text = item.pieces
        missed = replace(text, text=text.text.replace(LAST_WORD, f"again, {self.number}."))
        draft = replace(held.draft, items=(replace(item, pieces=(*others, missed)),))
        return HeldRecord(permit=held.permit, flags=(*held.flags, "long-number"), draft=draft)

    def revise(self, permit: Permit, draft: Draft, edits: Edits) -> Revised:
        """Revise as the real one does."""
        return self.real.revise(permit, draft, edits)


def _text(shown: dict[str, Any]) -> dict[str, Any]:
    """The free text of the one entry."""
    (found,) = (one for one in shown["texts"] if one["name"] is None)
    text: dict[str, Any] = found
    return text


def _place(shown: dict[str, Any], what: str) -> dict[str, int]:
    text = _text(shown)
    start = text["text"].index(what)
    return {"item": 0, "order": text["order"], "start": start, "end": start + len(what)}


@contextmanager
def _missed(
    migrated: Path, folder: Path, redactor: RedactionService, number: str, *names: str
) -> Iterator[Town]:
    url = new_sqlite(migrated, folder)
    people = tuple(a.person(SubjectRole.INFORMANT, one) for one in names)
    with reviewing_town(url, folder, Misses(redactor, number), people=people) as town:
        yield town


def test_a_number_that_is_nobodys_leaves_with_a_reason_that_no_log_repeats(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> None:
    """Explained whole, it stays in the text; the reason is in no entry and in no row."""
    with _missed(migrated_sqlite, tmp_path, redactor, NUMBER) as town:
        review = town.held()
        shown = town.look(review)
        taken = [{**_place(shown, HIDDEN), "reason": "informant-identity"}]
        part = {**_place(shown, NUMBER[:5]), "because": "A crate."}
        assert town.edit(review, explained=[part], taken_out=taken).status_code == 422
        assert not town.edit(review, taken_out=taken).json()["releasable"]
        said = {**_place(shown, NUMBER), "because": "The serial of Throssell's crate."}
        edited = town.edit(review, explained=[said], taken_out=taken).json()
        assert edited["releasable"]
        stored = b"".join(one.read_bytes() for one in tmp_path.glob("broker.db*"))
        assert b"crate" not in stored
        assert NUMBER.encode() not in stored

        assert town.release(review, edited["digest"]).json()["status"] == "released"
        assert NUMBER in str([one["leaves"] for one in edited["texts"]])
        log = town.doors.desk.log.entries(0, town.doors.size())
        assert all(b"crate" not in one.canonical for one in log)


def test_a_word_that_is_no_name_is_explained_once_wherever_it_stands(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> None:
    """Two doubts about one word, one reason: counted in the log, and the word leaves."""
    with _missed(migrated_sqlite, tmp_path, redactor, NICKNAME) as town:
        review = town.held()
        shown = town.look(review)
        text = _text(shown)
        doubts = [one for one in text["flagged"] if one["kind"] == "perhaps-name"]
        assert [text["text"][one["start"] : one["end"]] for one in doubts] == ["Magpie", "Magpie"]
        assert all(one["explainable"] for one in doubts)
        taken = [{**_place(shown, HIDDEN), "reason": "informant-identity"}]
        assert not town.edit(review, taken_out=taken).json()["releasable"]

        said = {**_place(shown, "Magpie"), "because": "It is a boat."}
        edited = town.edit(review, explained=[said], taken_out=taken).json()
        assert edited["releasable"]
        assert town.release(review, edited["digest"]).json()["status"] == "released"
        assert "Magpie laughed" in str([one["leaves"] for one in edited["texts"]])
        log = town.doors.desk.log.entries(0, town.doors.size())
        assert any(b'"explained":1' in one.canonical for one in log)
        assert all(b"boat" not in one.canonical for one in log)


def test_a_partys_everyday_name_is_no_word_to_explain(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> None:
    """Where Magpie is somebody of the case, no reason lets the word through."""
    with _missed(migrated_sqlite, tmp_path, redactor, NICKNAME.lower(), "Magpie Kettering") as town:
        review = town.held()
        shown = town.look(review)
        taken = [{**_place(shown, HIDDEN), "reason": "informant-identity"}]
        said = {**_place(shown, "magpie"), "because": "It is a boat."}

        assert town.edit(review, explained=[said], taken_out=taken).status_code == 422


def test_a_partys_number_is_nobodys_to_explain(
    migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService
) -> None:
    """Her telephone number is flagged as a number too, and no reason lets it through."""
    with _missed(migrated_sqlite, tmp_path, redactor, PHONE) as town:
        review = town.held()
        shown = town.look(review)
        kinds = {one["kind"]: one for one in _text(shown)["flagged"]}
        assert {"long-number", "party-value"} <= set(kinds)
        taken = [{**_place(shown, HIDDEN), "reason": "informant-identity"}]
        said = {**_place(shown, PHONE), "because": "Nobody's."}

        assert town.edit(review, explained=[said], taken_out=taken).status_code == 422
        assert not town.edit(review, taken_out=taken).json()["releasable"]

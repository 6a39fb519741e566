"""Records that could not be read wait for a person, who sees what could be, and may let that go."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from broker.domain.people import Person
from redaction.findings import Finding
from redaction.service import RedactionService
from redaction.unread import UnreadError, Why
from tests.desk import NOTE
from tests.mailboxes import delivered
from tests.reviews import reviewing_town

_UNREADABLE = f"{NOTE} {'A' * 6_000}"
"""A word over the cap, which a worker refuses to read and no source does."""


def test_a_text_over_a_cap_is_left_out_by_a_person_and_the_rest_leaves(
    database_url: str, tmp_path: Path, redactor: RedactionService
) -> None:
    """Nobody reads the text, not the reviewer either; without it the record can go."""
    with reviewing_town(database_url, tmp_path, redactor, note=_UNREADABLE) as town:
        review = town.held()
        (waiting,) = town.queue()
        shown = town.look(review)
        (unread,) = (one for one in shown["texts"] if one["flagged"])
        place = {name: unread[name] for name in ("item", "order")}
        explained = [{**place, "start": 0, "end": 1, "because": "I know it."}]

        assert waiting["flags"] == ["over-cap"]
        assert (unread["text"], unread["leaves"], unread["removed"]) == ("", "", [])
        assert [(one["kind"], one["explainable"], one["open"]) for one in unread["flagged"]] == [
            ("over-cap", False, True)
        ]
        assert "AAAA" not in str(shown)
        assert "Larch" not in str(shown)
        assert not shown["releasable"]
        assert town.release(review, shown["digest"]).status_code == 422
        assert town.edit(review, explained=explained).status_code == 422

        edited = town.edit(review, left_out=[place]).json()
        released = town.release(review, edited["digest"])
        assert (edited["releasable"], released.json()["status"]) == (True, "released")
        assert town.doors.deliver() == 1
        content = town.open(released.json()["disclosure_id"]).content
        assert [one.text for one in content.items] == [None]
        assert "AAAA" not in str([asdict(one) for one in content.items])


def test_a_record_that_took_too_long_waits_even_when_it_is_read_then(
    database_url: str,
    tmp_path: Path,
    redactor: RedactionService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A time-out is a doubt: the requester hears `held`, and one may refuse it, or let it go."""
    detect, tried = redactor._pool.detect, []

    def late_once(
        texts: Sequence[str], people: Sequence[Person], limit: float
    ) -> list[tuple[Finding, ...]]:
        tried.append(limit)
        if len(tried) in (1, 4):
            raise UnreadError("It took too long.", Why.TIMED_OUT)
        return detect(texts, people, limit)

    monkeypatch.setattr(redactor._pool, "detect", late_once)
    note = f"{NOTE} Nobody has asked for this before."
    with reviewing_town(database_url, tmp_path, redactor, note=note) as town:
        review = town.held()
        shown = town.look(review)

        assert town.queue()[0]["flags"] == ["timed-out"]
        assert [one for text in shown["texts"] for one in text["flagged"]] == []
        assert "Larch" not in str(shown)
        assert delivered(town.mailboxes) == []
        assert town.release(review, shown["digest"]).json()["status"] == "released"
        assert town.doors.deliver() == 1

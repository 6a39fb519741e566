"""What a reviewer cannot do, however they try: let somebody's identifier through, or be alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.domain.changes import RevokeRecipientKey
from broker.domain.ids import AgencyId, CaseId, Role
from broker.domain.words import EventKind, SubjectRole
from broker.ledger import events
from broker.service.register import Register
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import new_sqlite
from tests.desk import recipient_key
from tests.leads import published, strict_pack
from tests.reviews import HIDDEN, Town, reviewing_town


@pytest.fixture
def town(migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService) -> Iterator[Town]:
    """A broker of the test's own."""
    with reviewing_town(new_sqlite(migrated_sqlite, tmp_path), tmp_path, redactor) as opened:
        yield opened


def _text(shown: dict[str, Any]) -> dict[str, Any]:
    """The free text of the one entry."""
    (found,) = (one for one in shown["texts"] if one["name"] is None)
    text: dict[str, Any] = found
    return text


def _place(shown: dict[str, Any], what: str) -> dict[str, int]:
    text = _text(shown)
    start = text["text"].index(what)
    return {"item": 0, "order": text["order"], "start": start, "end": start + len(what)}


def test_what_is_flagged_is_not_released_by_saying_yes(town: Town) -> None:
    """The digest of a record with a name in it opens no door, to nobody."""
    review = town.held()
    digest = town.look(review)["digest"]

    for who in ("police-1", "lead-ann"):
        answer = town.release(review, digest, who)
        assert answer.status_code == 422
        assert "take it out" in answer.json()["detail"]
    assert town.doors.deliver() == 0
    assert EventKind.DISCLOSURE not in town.of_case()


def test_a_name_cannot_be_explained_away(town: Town) -> None:
    """A reason is enough for a number that is nobody's, and never for a person's name."""
    review = town.held()
    shown = town.look(review)
    said = {**_place(shown, HIDDEN), "because": "She does not mind."}

    assert town.edit(review, explained=[said]).status_code == 422
    assert not town.look(review)["releasable"]


@pytest.mark.parametrize("part", [HIDDEN[:8], HIDDEN[:14], HIDDEN[14:], HIDDEN[:-2]])
def test_half_of_it_taken_out_is_not_enough(town: Town, part: str) -> None:
    """A place that is flagged goes whole: half a name may still be a name."""
    review = town.held()
    first = _place(town.look(review), part)
    edited = town.edit(review, taken_out=[{**first, "reason": "informant-identity"}]).json()

    assert not edited["releasable"]
    assert town.release(review, edited["digest"]).status_code == 422


def test_nobody_releases_what_they_have_not_seen(town: Town) -> None:
    """A yes is to one text: after another edit the old yes is worth nothing."""
    review = town.held()
    seen = town.take_out(review)["digest"]
    taken = {**_place(town.look(review), "front desk"), "reason": "not-relevant"}
    town.edit(review, "lead-ann", taken_out=[taken])

    answer = town.release(review, seen)
    assert answer.status_code == 422
    assert "look at it again" in answer.json()["detail"]
    assert town.doors.deliver() == 0


def test_leaving_everything_out_is_not_saying_that_nothing_is_held(town: Town) -> None:
    """An empty record would say that the police hold nothing: it is refused, not sent."""
    review = town.held()
    edited = town.edit(review, left_out=[{"item": 0, "order": 0}]).json()

    assert not edited["releasable"]
    assert town.release(review, edited["digest"]).status_code == 422


@pytest.mark.parametrize(
    "edits",
    [
        {"taken_out": [{"item": 9, "order": 0, "start": 0, "end": 1, "reason": "privilege"}]},
        {"taken_out": [{"item": 0, "order": 2, "start": 5, "end": 5, "reason": "privilege"}]},
        {"taken_out": [{"item": 0, "order": 2, "start": 0, "end": 49_999, "reason": "privilege"}]},
        {"taken_out": [{"item": 0, "order": 2, "start": 0, "end": 4, "reason": "she-agreed"}]},
        {"explained": [{"item": 0, "order": 2, "start": 0, "end": 4, "because": " "}]},
        {"explained": [{"item": 0, "order": 2, "start": 0, "end": 4, "because": "Her name."}]},
        {"left_out": [{"item": 1, "order": 0}]},
        {"left_out": [{"item": 0, "order": -1}]},
        {"released": True},
    ],
    ids=lambda edits: str(next(iter(edits))),
)
def test_an_edit_of_nothing_is_refused_and_changes_nothing(
    town: Town, edits: dict[str, object]
) -> None:
    """A place that is not there, a reason that is none: said in a sentence, and nothing is kept."""
    review = town.held()
    digest = town.look(review)["digest"]

    assert town.edit(review, "police-1", **edits).status_code == 422
    assert town.look(review)["digest"] == digest
    assert EventKind.REVIEW_EDITED not in town.of_case()


def test_consent_that_is_withdrawn_while_a_record_waits_stops_it(town: Town) -> None:
    """It is decided again before it leaves, on what the client says by then; nothing is shown."""
    review, doors = town.held(), town.doors
    digest = town.take_out(review)["digest"]
    said = {"status": "withdrawn", "method": "telephone"}
    assert doors.call("POST", "/v1/cases/MR-0417/consents", "idva-1", json=said).is_success
    doors.clock.advance(timedelta(seconds=1))

    shown = town.look(review)
    assert (shown["permitted"], shown["texts"], shown["digest"]) == (False, [], None)
    answer = town.release(review, digest)
    assert answer.status_code == 422
    assert "no longer stands" in answer.json()["detail"]
    assert town.of_case()[-1] is EventKind.DECISION
    assert doors.deliver() == 0


def test_a_policy_that_changed_while_a_record_waits_counts(town: Town) -> None:
    """What the new rules refuse does not leave on the old ones' word."""
    review = town.held()
    digest = town.take_out(review)["digest"]
    published(town.doors.desk, strict_pack())
    town.doors.desk.rules.refresh()

    assert not town.look(review)["permitted"]
    assert town.release(review, digest).status_code == 422
    assert town.doors.deliver() == 0


def test_a_person_who_joins_the_case_while_a_record_waits_is_looked_for(town: Town) -> None:
    """The draft is read again with the people there are now, and the old yes counts no more."""
    review, desk = town.held(), town.doors.desk
    digest = town.take_out(review)["digest"]
    case = desk.cases.case(CaseId("MR-0417"))
    assert case is not None
    joined = a.person(SubjectRole.THIRD_PARTY, "Tessa Friday")
    more = replace(case, version=3, people=(*case.people, joined))
    Register(desk.ledger, desk.cases, town.doors.clock).case(more)

    shown = town.look(review)
    assert "Friday" not in str([one["leaves"] for one in shown["texts"]])
    assert town.release(review, digest).status_code == 422
    assert town.release(review, shown["digest"]).json()["status"] == "released"


def test_a_key_that_was_revoked_while_a_record_waited_gets_nothing(town: Town) -> None:
    """Nothing is sealed to it, the case's record says that it came to nothing, and it waits on."""
    review, desk = town.held(), town.doors.desk
    digest = town.take_out(review)["digest"]
    key = desk.directory.recipient_keys(a.practitioner().practitioner_id)[0]
    now = town.doors.clock.now()
    revoke = RevokeRecipientKey(thumbprint=key.thumbprint, at=now)
    desk.ledger.record(events.key_revoked(key, desk.cases.broker_salt(), now), revoke)

    answer = town.release(review, digest)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-recipient-key")
    assert town.of_case()[-2:] == [EventKind.DECISION, EventKind.SOURCE_FAILED]
    assert EventKind.REVIEW_RELEASED not in town.of_case()
    new = town.doors.furnished.private_key.generate()
    Register(desk.ledger, desk.cases, town.doors.clock).key(
        recipient_key(new, "housing-1", "housing-la")
    )
    assert town.release(review, digest).json()["status"] == "released"


@pytest.mark.parametrize("post", ["agency", "role"])
def test_an_asker_who_has_moved_on_gets_nothing(town: Town, post: str) -> None:
    """Whoever has another post by now does not get what they asked for in the old one."""
    review, desk = town.held(), town.doors.desk
    digest = town.take_out(review)["digest"]
    moved = (
        a.practitioner(agency_id=AgencyId("ashmere-probation"))
        if post == "agency"
        else a.practitioner(role=Role("deputy-spoc"))
    )
    Register(desk.ledger, desk.cases, town.doors.clock).practitioner(moved)

    assert not town.look(review)["permitted"]
    assert town.release(review, digest).status_code == 422


def test_what_a_person_refused_is_not_asked_again(town: Town) -> None:
    """The requester hears what anybody hears, under this key for ever; the record is gone."""
    review = town.held()
    because = "It is about somebody else's neighbour."
    answer = town.refuse(review, because=because)
    assert (answer.status_code, answer.json()["status"]) == (201, "refused")
    assert town.refuse(review, because=because).json() == answer.json()

    again = town.doors.ask("request-0001", categories=["incident-summary"])
    nobodys = town.doors.ask("request-0002", case_id="MR-9999")
    assert (again.status_code, again.content) == (404, nobodys.content)
    assert again.headers.keys() == nobodys.headers.keys()
    other = town.doors.ask("request-0001", categories=["risk-assessment"])
    assert other.status_code == 409
    assert town.queue() == []
    assert town.doors.call("GET", f"/v1/reviews/{review}", "police-1").status_code == 404
    assert EventKind.REVIEW_REFUSED in town.of_case()
    log = town.doors.desk.log.entries(0, town.doors.size())
    assert all(b"neighbour" not in one.canonical for one in log)


def test_two_yeses_at_once_release_once(town: Town) -> None:
    """Two reviewers press the button in the same second: one disclosure, and both hear of it."""
    review = town.held()
    digest = town.take_out(review)["digest"]
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(
                lambda who: town.release(review, digest, who),
                ["police-1", "lead-ann", "police-1", "lead-ann"],
            )
        )

    released = [one.json()["disclosure_id"] for one in answers if one.status_code == 201]
    assert len(set(released)) == 1
    assert {one.status_code for one in answers} <= {201, 404, 422}
    assert town.of_case().count(EventKind.DISCLOSURE) == 1
    assert town.doors.furnished.store.log.verify().size == town.doors.size()

"""Dies by SIGKILL between every two lines of releasing and refusing a held record, and looks.

Run as `python -m tests.crash.review_driver URL FOLDER MAILBOX_URL`: each attempt and each look is
a child process of its own, so that nothing but the database and the mailbox carries over. Prints
one JSON object for each line that was died at.
"""

import json
import sys
from functools import partial
from pathlib import Path
from types import CodeType

from broker.demo.systems.sql import build_database
from broker.domain.ids import Category
from broker.domain.record import HeldRecord
from broker.domain.request import ShareRequest
from broker.domain.review import Edits, Place, ReviewId, Revised, TakeOut
from broker.domain.words import EventKind, SubjectRole
from broker.service import review_release
from broker.service.answer import NotReleased, answer
from broker.service.deliver import deliver_due
from broker.service.register import Register
from broker.service.review import edit, look, refuse
from broker.service.review_release import Released, release
from tests import builders as a
from tests.crash.driver import Connectors, _check, _desk, _died, _in_child, _killer, read_once
from tests.desk import Furnished, furnish
from tests.reviews import CASE_TAG, HELD_NOTE

REVIEWER = a.requester("police-1", "police")
CATEGORIES = (Category("incident-summary"),)
# What comes before is decided, revised and sealed, and changes nothing: dying there is dying here.
RELEASE: set[CodeType] = {one.__code__ for one in (review_release._say, review_release._let_go)}


def main(url: str, folder: Path, mailbox: str) -> None:
    """Die at every line in turn and report on each."""
    police = build_database(folder / "police.sqlite", (a.item(HELD_NOTE),))
    connectors: Connectors = {"version": 1, "connectors": {"ashmere-police": police}}
    read_once()
    _check(_in_child(partial(_prepare, url, connectors, mailbox)))
    for name, codes in (("release", RELEASE), ("refuse", {refuse.__code__})):
        step, died = 0, True
        while died:
            step += 1
            died = _died(_in_child(partial(_attempt, url, connectors, name, step, codes)))
            _check(_in_child(partial(_look, url, connectors, name, step)))


def _prepare(url: str, connectors: Connectors, mailbox: str) -> None:
    """Furnish the desk and hold once, so that what is in the texts is known afterwards."""
    with _desk(url, connectors, detects=True) as furnished:
        furnish(furnished, mailbox)
        desk = furnished.desk
        register = Register(desk.ledger, desk.cases, desk.clock)
        register.practitioner(a.practitioner("police-1", "police", name="Bran Oake"))
        informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
        register.case(a.case(version=2, people=(*a.case().people, informant)))
        _ask(furnished, "warming-up")


def _attempt(url: str, connectors: Connectors, name: str, step: int, codes: set[CodeType]) -> None:
    """Hold a record, take out what held it, and die at the `step`-th line of what follows."""
    with _desk(url, connectors) as furnished:
        before = _waiting(furnished)
        _ask(furnished, f"{name}-{step:04d}")
        (review,) = _waiting(furnished) - before
        digest = _taken_out(furnished, review)
        sys.settrace(_killer(codes, step))
        _act(furnished, name, review, digest)
        deliver_due(furnished.desk)
        sys.settrace(None)


def _look(url: str, connectors: Connectors, name: str, step: int) -> None:
    """Restart: look, press the button again, deliver, and ask as the requester."""
    with _desk(url, connectors) as furnished:
        review = ReviewId(_review_of(furnished))
        before = _state(furnished, review)
        looked = look(furnished.desk, REVIEWER, review)
        revised = None if looked is None else looked.revised
        again = _act(furnished, name, review, "" if revised is None else revised.digest)
        while deliver_due(furnished.desk):
            pass
        asked = answer(furnished.desk, a.requester(), _request(f"{name}-{step:04d}"))
        report = {
            "function": name,
            "step": step,
            "before": before,
            "again": again,
            "answer": type(asked).__name__,
            "neutral": isinstance(asked, NotReleased),
            "after": _state(furnished, review),
            "size": furnished.store.log.verify().size,
        }
    print(json.dumps(report), flush=True)  # noqa: T201  # the test reads it


def _act(furnished: Furnished, name: str, review: ReviewId, digest: str) -> str | None:
    """Release or refuse it; return what came of it."""
    if name == "refuse":
        done = refuse(furnished.desk, REVIEWER, review, "It is somebody else's.")
        return None if done is None else done.state.value
    released = release(furnished.desk, REVIEWER, review, digest)
    return released.disclosure_id if isinstance(released, Released) else None


def _ask(furnished: Furnished, request_id: str) -> None:
    held = answer(furnished.desk, a.requester(), _request(request_id))
    if not isinstance(held, HeldRecord):
        raise TypeError(f"expected a held record, not {type(held).__name__}")


def _request(request_id: str) -> ShareRequest:
    return a.share_request(request_id, categories=CATEGORIES)


def _waiting(furnished: Furnished) -> set[ReviewId]:
    found = furnished.desk.reviews.waiting(REVIEWER.agency_id, None, 1_000)
    return {one.held.review_id for one in found}


def _taken_out(furnished: Furnished, review: ReviewId) -> str:
    """Take out every flagged place; return what is to be said yes to."""
    looked = look(furnished.desk, REVIEWER, review)
    edited = edit(furnished.desk, REVIEWER, review, _edits(looked.revised if looked else None))
    if edited is None or edited.revised is None:
        raise TypeError("expected a record that may be edited")
    return edited.revised.digest


def _edits(revised: Revised | None) -> Edits:
    return Edits(
        taken_out=tuple(
            TakeOut(
                place=Place(item=one.item, order=one.order, start=flag.start, end=flag.end),
                reason="informant-identity",
            )
            for one in (revised.pieces if revised else ())
            for flag in one.flagged
        )
    )


def _review_of(furnished: Furnished) -> str:
    """Return the review that was held last."""
    entries = furnished.desk.log.entries_of_case(CASE_TAG)
    held = [one for one in entries if one.kind is EventKind.HELD_FOR_PERSON]
    return str(held[-1].detail["review"])


def _state(furnished: Furnished, review: ReviewId) -> dict[str, object]:
    """Return what the log holds of one review, and of all that was disclosed and delivered."""
    entries = furnished.desk.log.entries_of_case(CASE_TAG)
    of_review = [one.kind.value for one in entries if one.detail.get("review") == review]
    return {
        "review": [kind for kind in of_review if kind not in ("review-read", "review-edited")],
        **{
            kind.value: [one.detail["disclosure"] for one in entries if one.kind is kind]
            for kind in (EventKind.DISCLOSURE, EventKind.DELIVERED)
        },
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

"""Somebody without a key calls as often as they can: the log must not grow with every call."""

from broker.domain.words import EventKind
from broker.service.reject import note_counted
from broker.service.rejections import SOURCE_ENTRIES
from tests.api.doors import ASK, Doors, body

CALLS = 60
MORE = CALLS - SOURCE_ENTRIES


def flooded(doors: Doors) -> list[int]:
    """What sixty calls without a token and a proof are told."""
    url = f"{doors.base_url}{ASK}"
    return [doors.http.post(url, json=body()).status_code for _ in range(CALLS)]


def test_a_flood_of_strangers_is_a_few_entries_and_one_count(doors: Doors) -> None:
    """Sixty calls: ten entries, fifty told to wait, and one entry that says there were fifty."""
    size = doors.size()

    told = flooded(doors)

    assert told == [401] * SOURCE_ENTRIES + [429] * MORE
    assert [one.kind for one in doors.since(size)] == [EventKind.REQUEST_REJECTED] * SOURCE_ENTRIES
    assert note_counted(doors.desk, all_of_it=True) == MORE
    counted = doors.since(size)[-1]
    assert counted.kind is EventKind.REJECTIONS_COUNTED
    assert counted.detail["counts"] == {f"authentication at POST {ASK}": MORE}
    assert counted.detail["sources"] == 1
    assert "127.0.0.1" not in counted.canonical.decode()


def test_a_stranger_is_told_how_long_to_wait(doors: Doors) -> None:
    """In the problem's own words, and in the header that client software waits by."""
    flooded(doors)

    answer = doors.http.get(f"{doors.base_url}/nowhere")

    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:marac-broker:problem:too-many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_whoever_shares_the_strangers_address_is_answered(doors: Doors) -> None:
    """Behind one proxy all come from one address: who proves who they are is never limited."""
    flooded(doors)
    size = doors.size()

    assert doors.call("GET", "/v1/tasks").status_code == 200
    assert doors.post(b"{not JSON").status_code == 422
    assert doors.call("GET", "/v1/nowhere").status_code == 404
    kinds = [one.kind for one in doors.since(size)]
    assert kinds == [EventKind.TASKS_READ, *[EventKind.REQUEST_REJECTED] * 2]


def test_a_proof_is_used_up_by_a_call_that_was_refused(doors: Doors) -> None:
    """Who proved who they are to be refused properly cannot send the same proof again."""
    flooded(doors)
    headers = doors.headers("GET", "/v1/nowhere")
    url = f"{doors.base_url}/v1/nowhere"

    first, second = (doors.http.get(url, headers=headers).status_code for _ in range(2))

    assert (first, second) == (404, 429)

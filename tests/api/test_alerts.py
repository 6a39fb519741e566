from datetime import timedelta

from broker.domain.alert import Watch
from broker.domain.words import EventKind
from broker.service.alert_watch import watch_log
from tests.api.doors import UNLISTED, Doors

ALERTS = "/v1/alerts"
TIMELINE = "/v1/cases/MR-0417/timeline"


def _watch(doors: Doors) -> None:
    while watch_log(doors.desk):
        pass


def _of(doors: Doors, who: str, state: str = "open") -> list[dict[str, object]]:
    answer = doors.call("GET", f"{ALERTS}?state={state}", who)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["alerts"]
    return found


def _raised(doors: Doors) -> list[tuple[str, int]]:
    entries = doors.desk.log.entries(0, 1000)
    return [
        (str(one.detail["watch"]), int(str(one.detail["trigger"])))
        for one in entries
        if one.kind is EventKind.ALERT_RAISED
    ]


def test_the_third_attempt_is_told_to_the_advocate_and_to_another_team(doors: Doors) -> None:
    """Two are nothing yet; the third raises one alert, whoever watches and however often."""
    for _ in range(2):
        doors.call("GET", TIMELINE, "probation-1")
    _watch(doors)
    assert _raised(doors) == []
    doors.call("GET", TIMELINE, "probation-1")
    doors.call("GET", TIMELINE, "police-1")
    third = doors.size() - 2
    _watch(doors)
    _watch(doors)

    assert _raised(doors) == [("unlisted-attempts", third)]
    (hers,) = _of(doors, "idva-1")
    assert (hers["watch"], hers["agency_kind"], hers["count"]) == (
        Watch.UNLISTED_ATTEMPTS,
        "probation",
        3,
    )
    assert [one["alert_id"] for one in _of(doors, "lead-ann")] == [hers["alert_id"]]
    assert _of(doors, "lead-ben") == []  # He leads the team that it is about.
    timeline = doors.call("GET", TIMELINE, "idva-1").json()["events"]
    said = "omebody tried again and again to see what is not for them (Probation, 3 times)."
    assert hers["sentence"] == f"S{said}"
    assert any(one["sentence"].endswith(f"s{said}") for one in timeline)
    assert doors.furnished.store.log.verify().size == doors.size()


def test_an_alert_is_raised_once_though_its_watcher_crashed(doors: Doors) -> None:
    """Raised, and then how far it came was lost: the next look finds it there."""
    for _ in range(3):
        doors.call("GET", TIMELINE, "probation-1")
    _watch(doors)
    raised = _raised(doors)
    with doors.furnished.store.engines[0].begin() as connection:
        connection.exec_driver_sql("UPDATE log_followers SET next = 0 WHERE name = 'alerts'")
    _watch(doors)

    assert _raised(doors) == raised
    assert len(raised) == 1


def test_looking_at_an_alert_is_on_record_once(doors: Doors) -> None:
    """The first who looks is logged; a second, and anybody whose duty it is not, are refused."""
    for _ in range(3):
        doors.call("GET", TIMELINE, "probation-1")
    _watch(doors)
    (alert,) = _of(doors, "idva-1")
    path = f"{ALERTS}/{alert['alert_id']}/acknowledgement"

    for who in ("lead-ben", "housing-1", "probation-1"):
        nobodys = doors.call("POST", f"{ALERTS}/{'0' * 32}/acknowledgement", who)
        theirs = doors.call("POST", path, who)
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
    assert doors.call("GET", ALERTS, "housing-1").status_code == 404
    assert doors.call("POST", path, "lead-ann").status_code == 201
    assert doors.call("POST", path, "idva-1").status_code == 422
    assert _of(doors, "idva-1") == []
    (seen,) = _of(doors, "idva-1", "acknowledged")
    assert seen["alert_id"] == alert["alert_id"]


def test_looking_by_night_is_told_and_looking_by_day_is_not(doors: Doors) -> None:
    """Three questions about one case while offices are shut raise one alert; by day none."""
    for number in range(3):
        doors.ask(f"request-day-{number}", purpose="media")
    _watch(doors)
    assert _raised(doors) == []
    doors.clock.advance(timedelta(hours=14))
    for number in range(3):
        doors.ask(f"request-night-{number}", purpose="media")
    _watch(doors)

    assert [watch for watch, _ in _raised(doors)].count("out-of-hours") == 1


def test_somebody_who_is_tied_to_a_case_is_told_to_others_and_to_no_advocate(doors: Doors) -> None:
    """The insider's question raises an alert outside the case's own chain: nothing warns him."""
    doors.ask("request-0001", "housing-2", recipient="housing-2")
    _watch(doors)

    (alert,) = _of(doors, "lead-ann")
    assert alert["watch"] == "tied-to-case"
    assert _of(doors, "idva-1") == []
    timeline = doors.call("GET", TIMELINE, "idva-1").json()["events"]
    assert "alert-raised" not in [one["kind"] for one in timeline]


def test_an_unlisted_case_that_is_asked_for_again_and_again(doors: Doors) -> None:
    """Asking counts as much as looking: three questions about a case on no list."""
    for number in range(3):
        doors.ask(f"request-000{number}", case_id=UNLISTED)
    _watch(doors)

    assert [watch for watch, _ in _raised(doors)] == ["unlisted-attempts"]

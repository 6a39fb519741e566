"""IG leads hold a case and see what ends; an operator looks ahead and destroys nothing early."""

from collections.abc import Iterator

import pytest

from tests.flow.test_serve import START_SECONDS, Serving

ANN, BEN = "coordinator-3", "acute-3"
KIND = ("--kind", "litigation", "--reason", "Claim issued at Hexley County Court.")
AHEAD = "2043-01-01T00:00+00:00"

pytestmark = pytest.mark.timeout(3 * START_SECONDS)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One running broker for this module."""
    started = Serving(tmp_path_factory.mktemp("state") / "var")
    try:
        yield started
    finally:
        assert started.stop() == 0


def said(serving: Serving, *words: str) -> str:
    """Run a command that succeeds; return what it wrote."""
    done = serving.run("retention", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_case_is_held_by_two_and_looked_at_ahead(serving: Serving) -> None:
    """Hold, hold, list, look ahead: the held case stays, and the others would go one day."""
    free = said(serving, "run", "--dry-run", "--at", AHEAD)
    assert "cases would be destroyed" in free
    assert said(serving, "hold", "MR-0409", "--as", ANN, *KIND).split() == [
        "MR-0409",
        "litigation",
        "asked",
    ]
    assert "placed" in said(serving, "hold", "MR-0409", "--as", BEN, *KIND)
    assert "hold\tMR-0409\tlitigation\tplaced" in said(serving, "list", "--as", ANN)
    held = said(serving, "run", "--dry-run", "--at", AHEAD)
    assert "1 cases are over their term and held" in held
    assert int(free.split()[0]) == int(held.split()[0]) + 1
    assert "lift-asked" in said(serving, "lift", "MR-0409", "--as", ANN, *KIND)


def test_nothing_is_destroyed_before_its_time(serving: Serving) -> None:
    """A run now ends nothing of a county that is in use; a run in the future is refused."""
    done = said(serving, "run")
    assert done.startswith("0 cases were destroyed")
    early = serving.run("retention", "run", "--at", AHEAD)
    assert early.returncode == 2
    assert "--dry-run" in early.stderr


REFUSED = {
    "who is no IG lead": (("list", "--as", "housing-1"), 1, "no information"),
    "a moment without a zone": (("run", "--at", "2020-01-01"), 2, "zone"),
    "an entry that ended nothing": (("certificate", "0"), 2, "Nothing was destroyed"),
    "an entry that is not there": (("certificate", "999999"), 2, "Nothing was destroyed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_sentence(serving: Serving, name: str) -> None:
    """Each slip ends with a sentence that says what to do, and the documented exit status."""
    words, status, says = REFUSED[name]
    done = serving.run("retention", *words)
    assert (done.returncode, says in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr

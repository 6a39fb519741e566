"""Dies by SIGKILL between every two lines of a run of retention, and looks at what is left.

Run as `python -m tests.crash.retention_driver FOLDER`, a migrated `broker.db` in it: each attempt
gets its own copy of a broker with cases whose term is over, dies at one line, and is run again by a
new process. Prints one JSON object for each line that was died at.
"""

import json
import shutil
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import CodeType

from broker.domain.ids import CaseId
from broker.domain.words import EventKind
from broker.service import retention, retention_months
from broker.service.retention import run
from connectors.mailbox import HttpMailbox
from keys.term_keys import FileTermKeys
from policies.reading import files_of
from tests import builders as a
from tests.crash.driver import _check, _died, _in_child, _killer
from tests.desk import PACKS, term_keys_of
from tests.erasures import CASE, LATER_CASE, YEARS, rows_of, world
from tests.leads import change_desk
from tests.simulators import SetClock

MONTH = timedelta(days=31)
ENDS = ("cases", "claims", "disclosures", "tasks", "reviews", "holds", "emergencies")
"""Tables that are empty when every case is gone."""
PASSES: tuple[tuple[set[CodeType], int | None], ...] = (
    (
        {
            one.__code__
            for one in (
                retention.run,
                retention_months.destroy_term_keys,
                FileTermKeys.destroy,
            )
        },
        None,
    ),
    ({retention._erase.__code__}, 16),
)
"""In which functions to die, and at how many of their lines: the first of three cases is enough."""


def main(folder: Path) -> None:
    """Die at every line in turn and report on each."""
    HttpMailbox()  # What it imports is imported once, and not in each child.
    for moment in (a.NOW, a.NOW + MONTH, a.NOW + YEARS):
        PACKS.load(files_of(None), moment.date())  # Compiled once, and not in each child.
    _check(_in_child(partial(_prepare, folder)))
    for codes, most in PASSES:
        step, died = 0, True
        while died and step != most:
            step += 1
            place = folder / f"step-{step}"
            shutil.copytree(folder / "made", place)
            died = _died(_in_child(partial(_attempt, place, codes, step)))
            _check(_in_child(partial(_look, place, step)))
            shutil.rmtree(place)


def _prepare(folder: Path) -> None:
    """Leave a case with traces everywhere, under keys that were wrapped a month before."""
    made = folder / "made"
    made.mkdir()
    shutil.copy(folder / "broker.db", made / "broker.db")
    with world(_url(made)) as left:
        left.clock.advance(MONTH)
        retention_months.begin_month(left.furnished.desk.keeping)


def _attempt(place: Path, codes: set[CodeType], step: int) -> None:
    with change_desk(_url(place), _years_on()) as opened:
        keeping = opened.desk.keeping
        sys.settrace(_killer(codes, step))
        run(keeping, keeping.clock.now())
        sys.settrace(None)


def _look(place: Path, step: int) -> None:
    """Run again as whoever starts next would, and say what is there and what the log says."""
    with change_desk(_url(place), _years_on()) as opened:
        keeping = opened.desk.keeping
        done = run(keeping, keeping.clock.now())
        size = opened.store.log.verify().size
        entries = opened.store.log.entries(0, size)
        tags = [one.case_tag for one in entries if one.kind is EventKind.CASE_ERASED]
        report = {
            "step": step,
            "tombstones": len(tags),
            "cases": len(set(tags)),
            "on_file": [one for one in (CASE, LATER_CASE) if keeping.cases.case(CaseId(one))],
            "waiting": done.waiting,
            "scrubbed": done.scrubbed,
            "term_keys": list(FileTermKeys(term_keys_of(_url(place)), opened.custody).kept()),
            "periods": list(keeping.archive.periods()),
            "rows": sum(
                len(found) for name, found in rows_of(opened.store).items() if name in ENDS
            ),
        }
    print(json.dumps(report), flush=True)  # noqa: T201  # the test reads it


def _url(place: Path) -> str:
    return f"sqlite:///{place / 'broker.db'}"


def _years_on() -> SetClock:
    return SetClock(moment=a.NOW + YEARS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

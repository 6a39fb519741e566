"""Dies by SIGKILL between every two lines of a change of policy, and looks at what is left.

Run as `python -m tests.crash.policy_driver URL`: each attempt and each look is a child process of
its own, so that nothing but the database carries over. Two versions take turns by rollback, which
signs, publishes and puts in force like any publication. Prints one JSON object for each line that
was died at.
"""

import json
import sys
from functools import partial
from types import CodeType

from broker.domain.ids import PolicyVersion
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind
from broker.service import policy_change
from broker.service.desk import Desk
from broker.service.policy_change import rollback_policy
from broker.service.rules import RulesInForce
from connectors.mailbox import HttpMailbox
from tests import builders as a
from tests.brokers import disclose
from tests.crash.driver import _check, _died, _in_child, _killer, stride_of
from tests.desk import PACKS, furnish
from tests.leads import ANN, change_desk, lead, pack, published

# What is read before and between these changes nothing: dying there is dying here.
CODES: set[CodeType] = {
    one.__code__
    for one in (
        policy_change._publish,
        RulesInForce.refresh,
        RulesInForce._mark,
    )
}


def main(url: str) -> None:
    """Die at every line in turn, or at every so-manieth, and report on each."""
    HttpMailbox()  # What it imports is imported once, and not in each child.
    versions = [PACKS.load(pack(number), a.NOW.date()).version for number in (0, 1, 2)]
    _check(_in_child(partial(_prepare, url)))
    step, died = 1 - stride_of(url), True
    while died:
        step += stride_of(url)
        died = _died(_in_child(partial(_attempt, url, versions[1:], step)))
        _check(_in_child(partial(_look, url, step)))


def _prepare(url: str) -> None:
    """Have a case, and two versions that were in force one after the other."""
    with change_desk(url) as opened:
        furnish(opened)
        published(opened.desk, pack(1))
        published(opened.desk, pack(2))


def _attempt(url: str, versions: list[PolicyVersion], step: int) -> None:
    """Put the other version in force, and die at the `step`-th line."""
    with change_desk(url) as opened:
        (other,) = set(versions) - {opened.desk.policy.version}
        sys.settrace(_killer(CODES, step))
        rollback_policy(opened.desk, lead(ANN), other, "the other one again", emergency=True)
        sys.settrace(None)


def _look(url: str, step: int) -> None:
    """Say what the log and the rows hold; start a broker on them, decide, and say it again."""
    with change_desk(url) as opened:
        desk = opened.desk
        version = disclose(desk, f"after-{step:04d}")
        report = {
            "step": step,
            "in_force": desk.policy.version,
            "disclosed_by": version,
            "published": _versions(desk, EventKind.POLICY_PUBLISHED, EventKind.POLICY_ROLLED_BACK),
            "put_in_force": _versions(desk, EventKind.POLICY_IN_FORCE),
            "numbers": [one.number for one in desk.shelf.store.publications()],
            "size": opened.store.log.verify().size,
        }
    print(json.dumps(report), flush=True)  # noqa: T201  # the test reads it


def _versions(desk: Desk, *kinds: EventKind) -> list[str]:
    entries: list[LedgerEntry] = []
    start = 0
    while page := desk.log.entries(start, 1000):
        entries += page
        start += len(page)
    return [str(one.detail["policy_version"]) for one in entries if one.kind in kinds]


if __name__ == "__main__":
    main(sys.argv[1])

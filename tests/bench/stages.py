"""Where one request's time goes: `share()` in one thread, with a clock in front of every port.

A process of its own with a world of its own, so that neither the generator nor a measured server
shares its interpreter. The yardstick's stages are timed in the same way, in the same process.
"""

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeVar, cast

from sqlalchemy.orm import Session

from broker.domain.ids import (
    AgencyId,
    CaseId,
    Category,
    MeetingId,
    PractitionerId,
    Purpose,
    RequestId,
    SubjectId,
)
from broker.domain.ledger import Receipt
from broker.domain.request import Credentials, ShareRequest
from broker.service.deliver import deliver_due
from broker.service.desk import Desk
from broker.service.rules import OneVersion
from broker.service.share import share
from tests.bench import world as worlds
from tests.bench.children import announce
from tests.bench.findings import BROKER, STRAIGHT_LINE
from tests.bench.outside import PATH, Asker, outside
from tests.bench.product_server import open_product
from tests.bench.straight_line import Body, StraightLine
from tests.bench.straight_line_server import open_straight_line
from tests.bench.world import KINDS, World

BASE_URL: Final = "http://127.0.0.1:1"
"""Nobody listens there: requests go in by function call."""
PORTS: Final = ("source", "redactor", "sealer", "ledger")
"""Ports that share() calls itself, beside the policy; what is left of its time is gathering."""
SLOW_SHARE: Final = 4
"""One never-seen note is timed for so many other requests: each costs a pass of the model."""

Stages = dict[str, float]
Answer = TypeVar("Answer")


class Timed:
    """Stands in front of a port and adds up how long each of its methods takes."""

    def __init__(self, port: object, spent: Stages) -> None:
        """Pass everything on to `port`."""
        self._port = port
        self._spent = spent

    def __getattr__(self, name: str) -> Callable[..., object]:
        """Return the port's own method with a clock round it; what is no method, as it is."""
        method = getattr(self._port, name)
        if not callable(method):
            return cast("Callable[..., object]", method)

        def timed(*arguments: object) -> object:
            began = time.perf_counter()
            answer = method(*arguments)
            self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - began
            return answer

        return timed


def product_stages(desk: Desk, asker: Asker, count: int) -> dict[str, Stages]:
    """Return the median seconds of each stage, for each kind of request."""
    token = asker.token(BASE_URL)
    found = {}
    for kind, (categories, cases) in KINDS.items():
        fresh = kind == worlds.NEVER_SEEN
        if not fresh:
            _each(lambda n: _product_once(desk, asker, token, n, categories), list(cases))  # noqa: B023
        numbers = [cases[n % len(cases)] for n in range(count // SLOW_SHARE if fresh else count)]
        found[kind] = _each(lambda n: _product_once(desk, asker, token, n, categories), numbers)  # noqa: B023
    return found


def _product_once(
    desk: Desk, asker: Asker, token: str, number: int, categories: tuple[str, ...]
) -> Stages:
    headers = asker.headers(BASE_URL, token)
    began = time.perf_counter()
    requester = desk.authenticator.authenticate(
        Credentials(
            authorization=headers["Authorization"],
            proof=headers["DPoP"],
            method="POST",
            url=f"{BASE_URL}{PATH}",
        )
    )
    spent: Stages = {"authenticate": time.perf_counter() - began}
    ports: Stages = {}
    watched = replace(
        desk,
        rules=OneVersion(current=cast("Any", Timed(desk.policy, ports))),
        **{name: cast("Any", Timed(getattr(desk, name), ports)) for name in PORTS},
    )
    request = _request(headers["Idempotency-Key"], worlds.body(number, categories))
    began = time.perf_counter()
    answer = share(watched, requester, request)
    took = time.perf_counter() - began
    if not isinstance(answer, Receipt):
        raise TypeError(f"The broker answered with a {type(answer).__name__}, not with a release.")
    return {**spent, "gather": took - sum(ports.values()), **ports}


def _request(key: str, body: Mapping[str, Any]) -> ShareRequest:
    return ShareRequest(
        request_id=RequestId(key),
        case_id=CaseId(body["case_id"]),
        subject_id=SubjectId(body["subject_id"]),
        purpose=Purpose(body["purpose"]),
        categories=tuple(Category(one) for one in body["categories"]),
        holder=AgencyId(body["holder"]),
        recipient=PractitionerId(body["recipient"]),
        meeting_id=MeetingId(body["meeting_id"]),
        made_at=datetime.now(UTC),
    )


def delivery_seconds(desk: Desk) -> float:
    """Deliver everything in the outbox, and return the seconds per package."""
    delivered, began = 0, time.perf_counter()
    while taken := deliver_due(desk):
        delivered += taken
    return (time.perf_counter() - began) / delivered


def straight_line_stages(broker: StraightLine, asker: Asker, count: int) -> dict[str, Stages]:
    """Return the median seconds of each stage of the yardstick; a note is never known to it."""
    token = asker.token(BASE_URL)
    found = {}
    for kind, (categories, cases) in KINDS.items():
        if kind == worlds.UNCHANGED:
            continue
        numbers = [
            cases[n % len(cases)]
            for n in range(count // SLOW_SHARE if kind == worlds.NEVER_SEEN else count)
        ]
        found[kind] = _each(lambda n: _yardstick_once(broker, token, n, categories), numbers)  # noqa: B023
    return found


def _yardstick_once(
    broker: StraightLine, token: str, number: int, categories: tuple[str, ...]
) -> Stages:
    body = Body.model_validate(worlds.body(number, categories))
    spent: Stages = {}

    def timed(name: str, step: Callable[[], Answer]) -> Answer:
        began = time.perf_counter()
        answer = step()
        spent[name] = time.perf_counter() - began
        return answer

    asker = timed("authenticate", lambda: broker.authenticate(f"DPoP {token}"))
    with Session(broker.engine) as session:
        facts, who = timed("gather", lambda: broker.gather(asker, body, session))
        decided = timed("decide", lambda: broker.decide(facts, body.categories))
        rows = timed("fetch", lambda: broker.fetch(who, list(decided)))
        redacted = timed("redact", lambda: broker.redact(rows))
        package = timed("seal", lambda: broker.seal(redacted, body.recipient, session))
    key = f"stages-{time.perf_counter_ns()}"
    timed("record_disclosure", lambda: broker.record(key, {"facts": facts}, package))
    return spent


def _each(once: Callable[[int], Stages], numbers: list[int]) -> Stages:
    """Return the median of each stage over one call per number."""
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for number in numbers:
        for name, seconds in once(number).items():
            spent[name].append(seconds)
    return {name: median(each) for name, each in spent.items()}


def _measured(world: World, asker: Asker, count: int) -> dict[str, object]:
    with open_product(world, "stages", BASE_URL) as desk:
        product = product_stages(desk, asker, count)
        delivery = delivery_seconds(desk)
    yardstick = straight_line_stages(open_straight_line(world), asker, count)
    return {BROKER: product, "delivery": delivery, STRAIGHT_LINE: yardstick}


def main() -> None:
    """Measure, say what was found as one JSON line, and end."""
    with tempfile.TemporaryDirectory() as folder, outside(Path(folder)) as (world, asker):
        worlds.build_holders_database(world)
        announce(**_measured(world, asker, int(sys.argv[1])))


if __name__ == "__main__":
    main()

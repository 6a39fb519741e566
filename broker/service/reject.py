"""What was turned away at the door is logged too: by door and kind of problem, nothing more."""

from broker.ledger import events
from broker.service.desk import Desk


def reject(desk: Desk, door: str, problem: str) -> None:
    """Log one rejected request.

    Args:
        desk: the ports.
        door: method and route template, such as `POST /v1/share-requests`.
        problem: name of the kind of problem, from a fixed list.

    """
    desk.ledger.record(events.rejected(f"{problem} at {door}", None, desk.clock.now()))

"""How much of what happened to a client's information, in numbers that somebody reads out."""

from collections import Counter
from dataclasses import dataclass

from broker.domain.words import EventKind
from broker.service.report import CaseReport
from broker.service.telling import Attention

_COUNTED = (
    ("questions asked", EventKind.DECISION),
    ("disclosures made", EventKind.DISCLOSURE),
    ("packages opened by their recipient", EventKind.ACKNOWLEDGED),
    ("records held for a person to look at", EventKind.HELD_FOR_PERSON),
    ("deliveries stopped", EventKind.DELIVERY_STOPPED),
    ("attempts that were given nothing", EventKind.REQUEST_REJECTED),
    ("statements of consent", EventKind.CONSENT_CHANGED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is counted, by name, and what was removed, by reason."""

    counts: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, int], ...]


def summary_of(report: CaseReport) -> Summary:
    """Count; a number that is nought is said too."""
    events = report.timeline.events
    kinds = Counter(one.entry.kind for one in events)
    marked = Counter(one.told.attention for one in events)
    withheld = sum(len(one.told.withheld) for one in events)
    removed: Counter[str] = Counter()
    for one in events:
        removed.update(dict(one.told.removed))
    return Summary(
        counts=(
            *((name, kinds[kind]) for name, kind in _COUNTED),
            ("answers in an emergency", marked[Attention.EMERGENCY]),
            ("answers without your client's free yes", marked[Attention.OVERRIDE]),
            ("answers towards the abuser's side", marked[Attention.PERPETRATOR_SIDE]),
            ("categories withheld", withheld),
            ("details removed", removed.total()),
            ("entries in all", len(events)),
        ),
        removed=tuple(sorted(removed.items(), key=lambda one: (-one[1], one[0]))),
    )

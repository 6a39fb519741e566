"""A timeline as JSON. DO NOT rename or drop a member: add one; a new meaning is version 2.

What verifies it is in it: each entry's exact bytes, its audit path, and the signed checkpoint
(broker/ledger/FORMAT.md). What the members mean is in README.md beside this file.
"""

import json
from base64 import b64encode

from broker.exports.summary import summary_of
from broker.ledger.entry import time_text
from broker.service.report import CaseReport
from broker.service.timeline import TimelineEvent

FORMAT, VERSION = "marac-broker-timeline", 1


def write_document(report: CaseReport) -> bytes:
    """Return the file."""
    timeline, summary = report.timeline, summary_of(report)
    written = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": time_text(report.made_at),
        "case_id": timeline.case_id,
        "case_tag": timeline.case_tag,
        "checkpoint": timeline.checkpoint.note,
        "summary": dict(summary.counts),
        "removed": dict(summary.removed),
        "read_first": [one.entry.case_number for one in timeline.first],
        "events": [_event(one) for one in timeline.events],
    }
    return json.dumps(written, ensure_ascii=False, indent=1).encode() + b"\n"


def _event(one: TimelineEvent) -> dict[str, object]:
    told, entry = one.told, one.entry
    return {
        "number": entry.case_number,
        "at": time_text(entry.at),
        "kind": entry.kind.value,
        "sentence": told.sentence,
        "attention": None if told.attention is None else told.attention.value,
        "withheld": [
            {
                "category": each.category,
                "outcome": each.outcome,
                "rules": list(each.rules),
                "sentence": each.sentence,
            }
            for each in told.withheld
        ],
        "removed": dict(told.removed),
        "entry": {
            "index": entry.index,
            "canonical": entry.canonical.decode(),
            "leaf_hash": entry.leaf_hash.hex(),
            "path": [b64encode(step).decode() for step in one.proof.path],
        },
    }

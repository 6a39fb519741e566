"""Examples of the OpenAPI document. All invented; each is checked against its schema by a test."""

from typing import Any

from pydantic import ConfigDict

POLICY_VERSION = "0f6c1f1c9d0e4a7b8f52c6f3a1d9e7b4c2a8f0e6d4b2907153f8e1c7a5b39d02"
CHECKPOINT = (
    "ashmere.example/marac\n412\nq3Yk3w9tQ0rQ2k5p3i1lU4mR8yX6zN7vB0cD2eF4gH8=\n"
    "marac-map-v1 m1pQ7w3tZ0rK2k5p3i1lU4mR8yX6zN7vB0cD2eF4gH8=\n\n"
    "\N{EM DASH} ashmere.example/marac Zt2k9Q7d...\n"
)
ENTRY = {
    "index": 411,
    "kind": "disclosure",
    "at": "2026-11-09T10:00:00Z",
    "case_number": 7,
    "leaf_hash": "5d1c0b6f2f0a4c7f9e3b8d6a1c4e2f7b9a0d3c5e8f1b4a6d7c9e0f2a3b5d8c61",
    "canonical": '{"at":"2026-11-09T10:00:00.000000Z","case_number":7,"detail":{}}',
}
PROOF = {"index": 411, "size": 412, "path": ["q3Yk3w9tQ0rQ2k5p3i1lU4mR8yX6zN7vB0cD2eF4gH8="]}
RECEIPT = {"version": 1, "entry": ENTRY, "checkpoint": {"note": CHECKPOINT}, "proof": PROOF}
DISCLOSURE = "7d9f1c0a4b2e48c6a5f3d1e0b9c8a7f6"
RELEASED = {
    "status": "released",
    "disclosure_id": DISCLOSURE,
    "receipt": RECEIPT,
    "categories": [],
    "next_step": "Collect the package from your agency's mailbox and acknowledge it.",
}
REFERRED = {
    "status": "referred",
    "disclosure_id": None,
    "receipt": None,
    "categories": [
        {
            "category": "intelligence",
            "outcome": "refer-human",
            "sentence": "Police decide what of their intelligence can be said at the meeting.",
        }
    ],
    "next_step": "The holder's decision-maker has to decide; telephone them.",
}
STATUS = {
    "disclosure_id": DISCLOSURE,
    "delivered_at": "2026-11-09T10:00:01Z",
    "acknowledged_at": None,
    "receipt": RECEIPT,
}
LIST = {
    "meeting_id": "ashmere-2026-11",
    "closes_at": "2026-11-15T10:00:00Z",
    "cases": [
        {
            "case_id": "MR-0401",
            "people": [
                {
                    "subject_id": "MR-0401-victim",
                    "role": "victim",
                    "names": ["Mara Ellwood"],
                    "date_of_birth": "1991-04-17",
                    "own_reference": "TEN-1001",
                }
            ],
        }
    ],
}
TIMELINE = {
    "case_id": "MR-0401",
    "case_tag": "9c1e5b7a3d2f4860b1c9d8e7f6a5b4c3",
    "events": [
        {
            "case_number": 7,
            "at": "2026-11-09T10:00:00Z",
            "kind": "disclosure",
            "sentence": "Police gave Council housing incident summary; 4 details were removed.",
            "entry": ENTRY,
            "proof": PROOF,
        }
    ],
    "checkpoint": {"note": CHECKPOINT},
}
CONSISTENCY = {"old_size": 411, "new_size": 412, "path": PROOF["path"]}
SHARE_REQUEST = {
    "case_id": "MR-0401",
    "subject_id": "MR-0401-victim",
    "purpose": "marac-research",
    "categories": ["incident-summary", "risk-assessment"],
    "holder": "ashmere-police",
    "recipient": "housing-1",
    "meeting_id": "ashmere-2026-11",
}
PARTICULARS = {
    "investigators": ["police-7"],
    "employee_case": False,
    "referred_on": "2026-11-02",
    "police_incidents": 3,
}
CONSENT = {"status": "withdrawn", "method": "telephone, safe number"}


TASK = {
    "task_id": "4f1d0c9b8a7e6f5d4c3b2a1908f7e6d5",
    "obligation": "NTF",
    "what": "Read in the timeline what was decided about your client's information.",
    "case_id": "MR-0401",
    "disclosure_id": None,
    "due_at": "2026-11-09T10:15:00Z",
    "state": "open",
    "entry": 410,
    "done_at": None,
    "done_entry": None,
    "evidence": None,
}
DONE = {"evidence": "Read and talked through with my client, safe number, 9 November."}


def shown_as(*examples: dict[str, Any]) -> ConfigDict:
    """Return the settings of a model that is shown with these examples."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})

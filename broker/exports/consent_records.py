"""What a client said, as records in the structure of ISO/IEC TS 27560:2023.

One record per case: header, processing, parties, and one event for each statement. Consent is never
the same thing as the lawful basis, and the record says so for each purpose.
DO NOT rename a member: the names are the specification's (6.3.3 to 6.3.7).
"""

import json
from collections.abc import Iterable, Mapping

from broker.domain.consent import Consent
from broker.domain.words import ConsentStatus, EventKind
from broker.ledger.entry import time_text
from broker.service.report import CaseReport
from broker.service.wording import Detail, many, rulings_of, word

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
NOT_HELD = "not held by the broker"
_STATES = {
    ConsentStatus.GIVEN_EXPLICIT: ("explicit", "given"),
    ConsentStatus.GIVEN_VERBAL: ("explicit-verbal", "given"),
    ConsentStatus.GIVEN_LIMITED: ("explicit", "given-with-limits"),
    ConsentStatus.NOT_SOUGHT_UNSAFE: ("none", "not-sought"),
    ConsentStatus.NOT_SOUGHT_IMPRACTICAL: ("none", "not-sought"),
    ConsentStatus.REFUSED: ("explicit", "refused"),
    ConsentStatus.WITHDRAWN: ("explicit", "withdrawn"),
    ConsentStatus.LACKS_CAPACITY: ("none", "not-able"),
    ConsentStatus.GIVEN_SUSPECTED_COERCED: ("explicit", "invalidated"),
    ConsentStatus.REFUSED_SUSPECTED_COERCED: ("explicit", "invalidated"),
    ConsentStatus.CHILD_GILLICK_COMPETENT: ("explicit", "given"),
    ConsentStatus.PARENTAL: ("delegated", "given"),
    ConsentStatus.UNKNOWN: ("none", "unknown"),
}
_OPEN_ENDED = "until withdrawn"


def write_consent_records(report: CaseReport) -> bytes:
    """Return the record of the case."""
    timeline = report.timeline
    decisions = [
        one.entry.detail for one in timeline.events if one.entry.kind is EventKind.DECISION
    ]
    record = {
        "record_header": {
            "schema_version": SCHEMA_VERSION,
            "record_id": f"urn:marac-broker:consent-of-case:{timeline.case_tag}",
            "pii_principal_id": f"urn:marac-broker:case:{timeline.case_tag}",
        },
        "pii_processing": {
            "privacy_notice": NOT_HELD,
            "language": "en-GB",
            "purposes": _purposes(decisions),
        },
        "party_identification": _parties(decisions, timeline.checkpoint.origin),
        "events": [_event(one) for one in sorted(report.consents, key=lambda one: one.taken_at)],
        "made_at": time_text(report.made_at),
        "log_checkpoint": timeline.checkpoint.note,
    }
    return json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n"


def _purposes(decisions: Iterable[Detail]) -> list[dict[str, object]]:
    """Return each purpose that somebody asked for, with the categories and the gateways."""
    asked: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for detail in decisions:
        categories, bases, recipients = asked.setdefault(
            word(detail, "purpose"), (set(), set(), set())
        )
        recipient = detail.get("recipient")
        if isinstance(recipient, Mapping):
            recipients.add(word(recipient, "agency_kind"))
        for ruling in rulings_of(detail):
            categories.add(word(ruling, "category"))
            bases.update(str(one) for one in many(ruling, "basis"))
    return [
        {
            "purpose": purpose,
            "purpose_type": "public-task",
            "lawful_basis": sorted(bases) or [NOT_HELD],
            "lawful_basis_is_consent": False,
            "pii_information": [{"pii_type": one, "sensitive": True} for one in sorted(categories)],
            "recipient_third_parties": sorted(recipients),
            "withdrawal_method": "Tell the advocate; it counts from the next decision on.",
            "retention_period": "as retention.csv of the policy in force says",
            "jurisdiction": "GB",
        }
        for purpose, (categories, bases, recipients) in sorted(asked.items())
    ]


def _parties(decisions: Iterable[Detail], origin: str) -> list[dict[str, str]]:
    found = {
        (word(named, "agency"), word(named, "agency_kind"), role)
        for detail in decisions
        for side, role in (("holder", "pii-controller"), ("recipient", "third-party"))
        if isinstance(named := detail.get(side), Mapping) and "agency" in named
    }
    broker = {"party_id": origin, "party_name": "marac-broker", "party_role": "pii-processor"}
    return [
        broker,
        *(
            {
                "party_id": f"urn:marac-broker:agency:{token}",
                "party_name": kind,
                "party_role": role,
            }
            for token, kind, role in sorted(found)
        ),
    ]


def _event(consent: Consent) -> dict[str, object]:
    kind, state = _STATES[consent.status]
    until = consent.expires_at
    return {
        "event_time": time_text(consent.taken_at),
        "validity_duration": _OPEN_ENDED if until is None else f"until {time_text(until)}",
        "entity_id": consent.taken_by,
        "event_type": kind,
        "event_state": state,
        "status": consent.status.value,
        "method": consent.method,
        "excluded_recipients": list(consent.excluded_agencies),
        "excluded_pii": list(consent.excluded_categories),
        "interpreter_used": consent.interpreter_used,
        "other_party_present": consent.perpetrator_present,
    }

import hashlib
from dataclasses import replace
from datetime import date, timedelta

from broker.domain.context import FACT_NAMES
from broker.domain.ids import AgencyId, AgencyKind, Category, MeetingId, PractitionerId, SubjectId
from broker.domain.ledger import EntryDraft
from broker.domain.people import AgencySystem
from broker.domain.record import HeldRecord
from broker.ledger import events
from broker.ledger.entry import place_entry
from tests import builders
from tests.builders import NOW, SALT
from tests.contract.county import package
from tests.contract.test_directory import recipient_key

PERSONAL = (
    *("MR-0417", "Ellwood", "Mara", "Rowan", "Tanners", "Larch", "9990000123", "07700", "1991"),
    *("idva-1", "housing-1", "Quill", "NOM-1001", "ashmere-police", "ashmere-housing", "request-0"),
    *("thumbprint-of", "key-1", "system-of", "waits outside", "victim-1"),
)


def everything() -> list[EntryDraft]:
    """One event of every kind that is about somebody."""
    request = builders.share_request(
        reasons="He waits outside Larch Court.", subject_id=SubjectId("victim-1")
    )
    permit, case, key = builders.permit(request), builders.case(), recipient_key()
    system = AgencySystem(
        thumbprint=builders.requester().system, agency_id=AgencyId("ashmere-police"), name="Niche"
    )
    return [
        events.decision(permit, NOW),
        events.disclosure(package(permit), NOW),
        events.held(HeldRecord(permit=permit, flags=("party-name item 2",)), NOW),
        events.source_failed(SALT, permit.requester, request, "SourceUnavailableError", NOW),
        events.rejected("body", AgencyKind("police"), NOW),
        events.list_read(builders.meeting(), builders.requester(), SALT, NOW),
        events.timeline_read(case, builders.requester(), NOW),
        events.policy_asked(permit.requester, permit.rulings, permit.policy_version, SALT, NOW),
        events.case_recorded(case, NOW),
        events.consent_changed(case, NOW),
        events.meeting_listed(builders.meeting(), NOW),
        events.agency_registered(builders.agency(), SALT, NOW),
        events.practitioner_registered(builders.practitioner(), SALT, NOW),
        events.system_registered(system, SALT, NOW),
        events.key_registered(key, SALT, NOW),
        events.key_revoked(key, SALT, NOW),
    ]


def test_no_event_says_anything_personal() -> None:
    """No name, number, address, case id, practitioner, agency id, key or reason is in any entry."""
    for draft in everything():
        written = place_entry(draft, index=0, case_number=0, case_previous="").canonical
        for word in PERSONAL:
            assert word.encode() not in written, (draft.kind, word)


def test_a_decision_can_be_replayed_from_the_log() -> None:
    """Each category's facts stand in the entry with the answer, and whether a case was open."""
    ruling = builders.ruling()
    draft = events.decision(builders.permit(builders.share_request(), ruling), NOW)

    (logged,) = draft.detail["rulings"]  # type: ignore[misc,str-unpack]
    assert isinstance(logged, dict)
    assert set(FACT_NAMES) == set(logged["facts"])
    assert logged["facts"]["risk"] == "high"
    assert logged["outcome"] == "permit-redacted"
    assert draft.detail["case_open"] is True
    nowhere = builders.context(case=None, subject=None)
    refused = builders.permit(builders.share_request(), ruling, context=nowhere)
    assert events.decision(refused, NOW).detail["case_open"] is False


def test_the_fingerprint_is_of_what_is_asked() -> None:
    """Any change of what is asked is another request; asking again later is the same one."""
    asked = builders.share_request()
    same = replace(asked, made_at=NOW + timedelta(days=1))
    others = (
        replace(asked, subject_id=SubjectId("child")),
        replace(asked, categories=(Category("incident-summary"),)),
        replace(asked, holder=AgencyId("ashmere-acute")),
        replace(asked, recipient=PractitionerId("housing-2")),
        replace(asked, meeting_id=MeetingId("other")),
        replace(asked, since=date(2026, 1, 1)),
        replace(asked, reasons="because"),
    )
    fingerprints = [events.request_fingerprint(one) for one in (asked, *others)]

    assert events.request_fingerprint(same) == fingerprints[0]
    assert len(set(fingerprints)) == len(fingerprints)


def test_the_size_of_a_package_is_blurred() -> None:
    """Sizes are logged as powers of two, so that an entry does not fingerprint a record."""
    assert [events.size_bucket(n) for n in (1, 4096, 4097, 8192, 100_000)] == [
        *(4096, 4096, 8192, 8192),
        131_072,
    ]


def test_the_entry_names_the_package() -> None:
    """The digest in the entry is the SHA-256 of the very bytes that leave."""
    made = package(content=b"the bytes")

    detail = events.disclosure(made, NOW).detail

    assert hashlib.sha256(b"the bytes").hexdigest() == detail["package_digest"]
    assert detail["removed"] == {"safe-location": 2, "third-party": 5}

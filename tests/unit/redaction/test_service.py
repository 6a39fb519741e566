"""What the redaction room promises about a record."""

import json
from dataclasses import replace
from datetime import date

import pytest

from broker.domain.errors import RedactionError
from broker.domain.ids import Category, PractitionerId
from broker.domain.record import MAX_TEXT_CHARACTERS, HeldRecord
from broker.domain.words import Outcome, SubjectRole
from redaction.kept import KeptFindings
from redaction.receipt import commitment
from redaction.service import RedactionService
from tests.builders import (
    case,
    context,
    item,
    permit,
    perpetrator,
    person,
    ruling,
    share_request,
    source_record,
    victim,
)
from tests.unit.redaction.support import MemorySpans, record_of, redacted_text, released

_TEXT = (
    "Mara Ellwood (b. 17/04/1991) was seen at 8 Larch Court. Neighbour Joan Pell rang from "
    "07700 900999. Devan shouted. Maz cried. Pell will ring again."
)


def test_partners_read_the_names_they_know_and_nobody_elses(service: RedactionService) -> None:
    """The victim's name stays, her safe address, the caller's name and number do not."""
    text = redacted_text(service, _TEXT)

    assert "Mara Ellwood" in text
    assert "Devan shouted" in text
    assert not [gone for gone in ("Larch", "Joan", "Pell", "900999") if gone in text]
    assert "[location removed: safe-location]" in text


def test_the_perpetrators_side_reads_no_victim_and_sees_no_gap(service: RedactionService) -> None:
    """Her name becomes one token, and no marker says that something was there."""
    text = redacted_text(service, _TEXT, "P-PERP-FACING")

    assert not [gone for gone in ("Mara", "Maz", "Larch", "1991", "removed") if gone in text]
    assert text.count("[Person ") == 2
    assert "Devan shouted" in text


def test_in_an_emergency_the_safe_address_goes_along_and_the_caller_does_not(
    service: RedactionService,
) -> None:
    """Whoever is on the way reads where she is (scenario 6), and still not who rang."""
    text = redacted_text(
        service, "Maz is at Flat 3, 8 Larch Court, HX1 9ZZ. Joan Pell rang.", "P-EMERGENCY"
    )

    assert "8 Larch Court" in text
    assert "HX1 9ZZ" in text
    assert "Pell" not in text


def test_near_the_perpetrator_an_emergency_gives_no_address(service: RedactionService) -> None:
    """Of two profiles the strictest counts, so E02 beside E01 keeps her place out."""
    text = redacted_text(
        service, "Maz is at Flat 3, 8 Larch Court, HX1 9ZZ.", "P-EMERGENCY P-PERP-FACING"
    )

    assert not [gone for gone in ("Larch", "HX1", "9ZZ") if gone in text]


def test_one_person_has_one_token_inside_a_disclosure(service: RedactionService) -> None:
    """Full name, nickname and part are the same token in every item."""
    items = (item("Mara Ellwood left.", fields=()), item("Maz came back.", fields=()))
    result = released(service.redact(record_of(*items, profile="P-REVIEW")))
    tokens = [(one.text or "").split("]")[0] for one in result.items]

    assert tokens[0] == tokens[1]
    assert tokens[0].startswith("[Person ")


def test_two_recipients_cannot_join_what_they_got(service: RedactionService) -> None:
    """The same person is another token for another recipient, and for another request."""
    first = permit(share_request(), ruling(profile="P-REVIEW"))
    other = share_request(recipient=PractitionerId("police-1"))
    later = share_request("request-0002")
    texts = {
        released(
            service.redact(source_record(item("Mara left."), permit=replace(first, request=asked)))
        )
        .items[0]
        .text
        for asked in (first.request, other, later)
    }

    assert len(texts) == 3


def test_a_safe_address_leaves_by_no_field_and_no_title(service: RedactionService) -> None:
    """Titles and field values pass the same gate as free text."""
    leaking = item(
        None,
        title="Visit to 8 Larch Court",
        fields=(("where", "Flat 3, 8 Larch Ct, Hexley"), ("postcode", "HX1 9ZZ"), ("risk", "high")),
    )
    result = released(service.redact(record_of(leaking)))
    everything = str([(one.title, one.fields) for one in result.items])

    assert not [gone for gone in ("Larch", "Hexley", "HX1", "9ZZ") if gone in everything]
    assert ("risk", "high") in result.items[0].fields


def test_in_an_emergency_the_fields_of_her_address_go_along(service: RedactionService) -> None:
    """A record system gives an address as fields: whoever is on the way gets them whole."""
    where = (("address", "Flat 3, 8 Larch Court, Hexley"), ("postcode", "HX1 9ZZ"))
    result = released(service.redact(record_of(item(None, fields=where), profile="P-EMERGENCY")))

    assert result.items[0].fields == where


def test_a_field_is_what_its_name_says(service: RedactionService) -> None:
    """A value that looks like nothing is still an employer when the field says so."""
    typed = item(None, fields=(("employerName", "the big place by the canal"), ("status", "open")))
    result = released(service.redact(record_of(typed)))

    assert dict(result.items[0].fields)["employerName"].startswith("[workplace removed:")
    assert dict(result.items[0].fields)["status"] == "open"


def test_only_granted_categories_are_read(service: RedactionService) -> None:
    """An item whose category was not granted is dropped before anything looks at it."""
    other = item("Counselling content.", category=Category("counselling-notes"))
    result = released(service.redact(record_of(item(), other)))

    assert [one.category for one in result.items] == ["incident-summary"]


def test_an_unreleased_ruling_grants_nothing(service: RedactionService) -> None:
    """A ruling that refers to a person does not let its category through."""
    request = share_request()
    granted = permit(
        request, ruling(), ruling("risk-assessment", outcome=Outcome.REFER_HUMAN, profile=None)
    )
    record = source_record(item(), item(category=Category("risk-assessment")), permit=granted)

    assert len(released(service.redact(record)).items) == 1


def test_nothing_held_is_nothing_released(service: RedactionService) -> None:
    """A record without items stays one, with an empty receipt."""
    empty = replace(record_of(item()), items=())
    result = released(service.redact(empty))

    assert result.items == ()
    assert result.receipt.counts() == ()


def test_the_permit_is_passed_on_never_made(service: RedactionService) -> None:
    """What is released travels under the very permit that it was fetched under."""
    record = record_of(item())

    assert released(service.redact(record)).permit is record.permit


def test_the_receipt_proves_each_removal_and_shows_none(service: RedactionService) -> None:
    """Offsets, reason and rule for every removal; the commitment opens only with the original."""
    result = released(service.redact(record_of(item(_TEXT, fields=()))))
    receipt = result.receipt
    lines = [one for one in receipt.removals if one.field_name is None]

    assert lines
    for one in lines:
        removed = _TEXT[one.start : one.end]
        assert one.commitment == commitment(receipt.salt, removed)
        assert one.commitment != commitment(bytes(32), removed)
        assert one.rule.startswith("P-VICTIM-SAFE/")
    assert not [gone for gone in ("Larch", "Joan", "900999") if gone in repr(receipt)]
    assert sum(count for _, count in receipt.counts()) == len(receipt.removals)


def test_an_informant_goes_even_when_the_meeting_knows_her(service: RedactionService) -> None:
    """Who told is removed from every profile, with that reason."""
    people = (*case().people, person(SubjectRole.INFORMANT, "Perpetua Quill"))
    granted = permit(share_request(), ruling())
    known = replace(granted, context=context(case=case(people=people)))
    record = source_record(item("Perpetua Quill told us.", fields=()), permit=known)
    result = released(service.redact(record))

    assert result.items[0].text == "[name removed: informant-identity] told us."


def test_a_date_of_entry_is_as_coarse_as_the_profile(service: RedactionService) -> None:
    """Where dates lose their day, the entry's own date does too; where they go, it goes."""
    days = [
        released(service.redact(record_of(item(), profile=profile))).items[0].recorded_on
        for profile in ("P-VICTIM-SAFE", "P-REVIEW", "STRICTEST")
    ]

    assert [date(2026, 10, 1), date(2026, 10, 1), None] == days


@pytest.mark.parametrize("profile", ["P-NONE", None])
def test_no_profile_no_release(service: RedactionService, profile: str | None) -> None:
    """A grant without a profile that exists releases nothing."""
    with pytest.raises(RedactionError, match="profile"):
        service.redact(record_of(item(), profile=profile))


@pytest.mark.parametrize(
    "text",
    ["a" * (MAX_TEXT_CHARACTERS + 1), "bell \x07", "null \x00", "half \ud800 pair", "x\x85y"],
)
def test_a_text_that_cannot_be_trusted_waits_unread(service: RedactionService, text: str) -> None:
    """Too long or with control characters: not cut, not kept; the rest waits with it."""
    result = service.redact(record_of(item("Maz left.", title="One"), item(text, title="Two")))
    assert isinstance(result, HeldRecord)
    assert result.draft is not None
    kinds = ("over-cap item 1 text",), ("control-characters item 1 text",)
    texts = [one.text for it in result.draft.items for one in it.pieces if one.field_name is None]

    assert result.flags in kinds
    assert texts == ["Maz left.", ""]
    assert text not in repr(result.draft.items)


def test_an_unchanged_record_is_read_once(
    service: RedactionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is kept as offsets: a second request needs no worker at all."""
    spans = MemorySpans()

    def refuse(*_: object) -> None:
        raise AssertionError("a worker was asked again")

    monkeypatch.setattr(service, "_kept", KeptFindings(spans, bytes(32), service.detect))
    first = released(service.redact(record_of(item(_TEXT))))
    monkeypatch.setattr(service._pool, "detect", refuse)
    second = released(service.redact(record_of(item(_TEXT))))

    assert first.items == second.items
    kept = b"".join(spans.kept.values())
    assert not [one for one in (b"Mara", b"Larch", b"Joan", b"1991") if one in kept]
    assert json.loads(kept)[0] == 1


def test_what_was_found_in_an_older_case_is_not_used_again(service: RedactionService) -> None:
    """A person added to the case is found in a text that was read before."""
    granted = permit(share_request(), ruling(profile="P-REVIEW"))
    record = source_record(item("They met Steel at noon.", fields=()), permit=granted)
    before = released(service.redact(record)).items[0].text
    steel = person(SubjectRole.THIRD_PARTY, "Nick Steel")
    changed = context(case=case(version=2, people=(victim(), perpetrator(), steel)))
    after = (
        released(service.redact(replace(record, permit=replace(granted, context=changed))))
        .items[0]
        .text
    )

    assert before != after
    assert "[Person " in (after or "")


def test_a_stranger_found_once_goes_everywhere(service: RedactionService) -> None:
    """A surname alone in a sibling item goes with the full name in another."""
    items = (item("Her aunt Trudy Lamb has keys.", fields=()), item("Lamb rang.", fields=()))
    result = released(service.redact(record_of(*items)))

    assert not [one for one in result.items if "Lamb" in (one.text or "")]


def test_a_held_record_names_the_kind_and_place_only(
    service: RedactionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the applier is made to miss a name, the verifier holds the record and quotes nothing."""
    monkeypatch.setattr("redaction.finish.changes", lambda *_: ())
    result = service.redact(record_of(item("Maz left 8 Larch Court."), profile="P-REVIEW"))

    assert isinstance(result, HeldRecord)
    assert {"party-name item 0 text", "address item 0 text"} <= set(result.flags)
    assert "Maz" not in repr(result.flags)

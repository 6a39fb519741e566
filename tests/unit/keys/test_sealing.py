"""What is sealed, to whom, and what the recipient then reads."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import EnvelopeError, NoRecipientKeyError
from broker.domain.ids import AgencyId, PractitionerId
from broker.domain.package import KeyHolder
from broker.domain.words import Outcome
from keys.encoding import b64u, read_b64u
from keys.opening import open_package
from tests.builders import NOW, context, meeting, permit, practitioner, ruling, share_request
from tests.unit.keys.world import (
    SECRET,
    broker_key,
    private_key,
    redacted,
    registered,
    seal,
)


def test_the_recipient_reads_what_was_released_and_on_what_terms() -> None:
    """Who, why, under which policy, until when, what was removed, and then the record."""
    sealed = seal()

    content = open_package(sealed.content, private_key(), [broker_key()], now=NOW).content

    assert content.disclosure_id == sealed.disclosure_id
    assert content.recipient.practitioner_id == "housing-1"
    assert content.holder.name == "Ashmere police"
    assert content.purpose == "marac-research"
    assert content.policy_version == "0" * 64
    assert content.expires_at == sealed.expires_at == NOW + timedelta(days=7 + 14)
    assert [(one.reason, one.count) for one in content.removed] == [("safe-location", 1)]
    assert content.obligations == ("ACK", "MIN", "NOX", "WM")
    assert any("Do not pass it on" in term for term in content.terms)
    assert content.items[0].text == SECRET


def test_nothing_of_the_content_is_readable_without_the_key() -> None:
    """Neither the text nor a field nor the case id stands anywhere outside the encryption."""
    content = seal().content

    envelope = read_b64u(content.split(b".")[1].decode())

    for words in (SECRET, "no further action", "MR-0417", "Ashmere"):
        assert words.encode() not in content + envelope
        assert b64u(words.encode())[:-2].encode() not in content + envelope


@given(st.text(st.characters(codec="utf-8"), max_size=6000))
def test_every_text_arrives_as_it_was_released(text: str) -> None:
    """Quotes, braces, other scripts and the word padding itself all survive the journey."""
    sealed = seal(redacted(text))

    opened = open_package(sealed.content, private_key(), [broker_key()], now=NOW)

    assert opened.content.items[0].text == text


def test_a_text_that_imitates_the_padding_changes_nothing() -> None:
    """The filling goes where filling belongs, whatever the record says."""
    text = '","padding":"" "padding":"" \\"padding\\":\\"\\"'

    opened = open_package(seal(redacted(text)).content, private_key(), [broker_key()], now=NOW)

    assert opened.content.items[0].text == text


@pytest.mark.parametrize(("shorter", "longer"), [("", SECRET), ("a", "a" * 2500)])
def test_packages_of_one_bucket_have_one_length(shorter: str, longer: str) -> None:
    """An observer of lengths cannot tell whether there was an incident."""
    assert len(seal(redacted(shorter)).content) == len(seal(redacted(longer)).content)


def test_a_longer_record_moves_to_the_next_bucket() -> None:
    """Lengths grow by doubling only."""
    small, large = (len(seal(redacted("a" * size)).content) for size in (10, 5000))

    assert 1.4 < large / small < 2.1


def test_the_same_record_sealed_twice_shares_nothing() -> None:
    """Two disclosures have two ids, two content keys and two ciphertexts."""
    one, two = seal(), seal()

    assert one.disclosure_id != two.disclosure_id
    assert one.content.split(b".")[1] != two.content.split(b".")[1]
    assert one.digest != two.digest


def test_person_deputy_and_agency_recovery_can_each_open_it() -> None:
    """Every usable key of the recipient is sealed to, and each opens it alone."""
    keys = (
        registered(),
        registered("deputy", held_by=KeyHolder.DEPUTY),
        registered("recovery", held_by=KeyHolder.AGENCY_RECOVERY),
    )

    sealed = seal(None, *keys)

    assert set(sealed.recipients) == {one.thumbprint for one in keys}
    for name in ("housing-1", "deputy", "recovery"):
        opened = open_package(sealed.content, private_key(name), [broker_key()], now=NOW)
        assert opened.opened_with == private_key(name).thumbprint


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": NOW},
        {"revoked_at": NOW - timedelta(days=1)},
        {"not_after": NOW},
        {"not_before": NOW + timedelta(seconds=1)},
        {"owner": PractitionerId("housing-2")},
        {"agency_id": AgencyId("ashmere-police")},
    ],
    ids=["revoked now", "revoked", "expired", "not yet", "another's", "of an agency they left"],
)
def test_nothing_is_sealed_to_a_key_that_is_not_usable(changes: dict[str, object]) -> None:
    """Alone it stops the sealing; beside a good key it gets no entry."""
    bad = registered("other", **changes)

    with pytest.raises(NoRecipientKeyError):
        seal(None, bad)
    assert seal(None, registered(), bad).recipients == (private_key().thumbprint,)


def test_a_recipient_without_any_key_gets_nothing() -> None:
    """Empty means no: there is no package that nobody can open."""
    with pytest.raises(NoRecipientKeyError, match="keys generate"):
        seal(None, registered(owner=PractitionerId("somebody-else")))


def test_a_key_that_has_expired_is_said_to_have() -> None:
    """Since when, and how it is replaced: it is not the same as never having had one."""
    expired = registered(not_after=NOW)

    with pytest.raises(NoRecipientKeyError, match=r"expired on 09 November 2026; .* keys rotate\."):
        seal(None, expired)
    with pytest.raises(NoRecipientKeyError, match="keys generate"):
        seal(None, registered(owner="somebody-else"))


def test_nothing_is_sealed_to_whoever_has_left() -> None:
    """Her keys are good for months, and she is not there any more."""
    recipient = replace(permit().context.recipient or practitioner(), left_on=NOW.date())
    context = replace(permit().context, recipient=recipient)

    with pytest.raises(NoRecipientKeyError, match="has left the agency"):
        seal(redacted(permit=replace(permit(), context=context)))


def test_a_permit_whose_recipient_is_not_on_file_seals_nothing() -> None:
    """The keys looked up are those of the person policy looked at."""
    for recipient in (None, practitioner("housing-2")):
        changed = permit(None, context=context(recipient=recipient))
        with pytest.raises(NoRecipientKeyError):
            seal(redacted(permit=changed))


def test_a_key_swapped_in_the_database_stops_the_sealing() -> None:
    """A stored key that does not match its thumbprint is an attack, not a spelling mistake."""
    swapped = registered(public_jwk=private_key("intruder").public_jwk)

    with pytest.raises(EnvelopeError, match="thumbprint"):
        seal(None, swapped)


def test_a_private_key_registered_by_mistake_is_not_used() -> None:
    """A JWK with a private part is refused, whatever its thumbprint."""
    public = json.loads(private_key().public_jwk)

    with pytest.raises(EnvelopeError, match="register the key again"):
        seal(None, registered(public_jwk=json.dumps(public | {"d": public["x"]})))


def test_a_category_that_was_not_granted_is_not_sealed() -> None:
    """If a stage before let something slip, nothing leaves."""
    granted = permit(share_request(), ruling("risk-assessment"))

    with pytest.raises(EnvelopeError, match="not granted"):
        seal(redacted(permit=granted))


def test_what_was_asked_for_and_not_released_is_named() -> None:
    """The recipient knows that there is a gap, and not what is in it."""
    refused = ruling("risk-assessment", outcome=Outcome.REFER_HUMAN)
    sealed = seal(redacted(permit=permit(share_request(), ruling(), refused)))

    content = open_package(sealed.content, private_key(), [broker_key()], now=NOW).content

    assert content.withheld == ("risk-assessment",)


def test_without_a_meeting_it_may_be_kept_thirty_days() -> None:
    """No meeting sets the date."""
    without = permit(None, context=context(meeting=None))

    assert seal(redacted(permit=without)).expires_at == NOW + timedelta(days=30)


def test_an_obligation_can_only_shorten_the_time() -> None:
    """EXP 3 beats the meeting's fortnight, EXP 90 does not."""
    for code, days in (("EXP 3", 3), ("EXP 90", 21)):
        granted = permit(share_request(), ruling(obligations=("MIN", code)))
        expires_at = seal(redacted(permit=granted)).expires_at
        assert expires_at == NOW + timedelta(days=days)


def test_nothing_is_sealed_for_a_meeting_long_past() -> None:
    """A package that has expired when it is made is refused, not sent."""
    past = meeting(held_at=NOW - timedelta(days=14))

    with pytest.raises(EnvelopeError, match="ask again"):
        seal(redacted(permit=permit(None, context=context(meeting=past))))


def test_a_record_too_large_is_refused_and_not_cut() -> None:
    """The end of a chronology is where the address is."""
    item = redacted("\N{PILE OF POO}" * 50_000).items[0]

    with pytest.raises(EnvelopeError, match="fewer"):
        seal(replace(redacted(), items=(item,) * 22))


def test_characters_that_are_not_text_are_refused_without_being_quoted() -> None:
    """A lone surrogate stops the sealing; the error holds none of the record."""
    with pytest.raises(EnvelopeError) as caught:
        seal(redacted(f"{SECRET}\ud800"))

    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None

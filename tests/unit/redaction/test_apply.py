"""Decisions on overlapping findings, coarser values, tokens, and the verifier on its own."""

import pytest

from broker.domain.words import SubjectRole
from redaction.apply import apply, changes
from redaction.findings import Finding, decode, encode
from redaction.finish import naming_of
from redaction.generalise import generalise
from redaction.labels import Label
from redaction.profiles import profile_for
from redaction.pseudonyms import Pseudonyms
from redaction.resolve import resolve
from redaction.verify import Output, verify
from tests.builders import perpetrator, victim

_VICTIM_SAFE = profile_for("P-VICTIM-SAFE")


def _found(text: str, part: str, label: Label, recogniser: str, *roles: SubjectRole) -> Finding:
    start = text.index(part)
    return Finding(
        start=start, end=start + len(part), label=label, roles=roles, people=(0,) if roles else (),
        recogniser=recogniser,
    )  # fmt: skip


def _applied(text: str, *findings: Finding) -> str:
    made = changes(
        text, resolve(text, findings, _VICTIM_SAFE), _VICTIM_SAFE, naming_of(b"k", [], [])
    )
    return apply(text, made)


def test_a_kept_name_inside_an_address_goes_with_it() -> None:
    """Ellwood stays as a name and goes as a street."""
    text = "at 4 Ellwood Street with Ellwood"
    street = _found(text, "4 Ellwood Street", Label.ADDRESS, "address")
    name = _found(text, "Ellwood", Label.PERSON, "party", SubjectRole.VICTIM)
    last = Finding(
        start=25, end=32, label=Label.PERSON, roles=(SubjectRole.VICTIM,), people=(0,),
        recogniser="party",
    )  # fmt: skip

    assert _applied(text, street, name, last) == "at [address removed: safe-location] with Ellwood"


def test_a_known_name_is_not_removed_as_a_strangers() -> None:
    """The model's guess about `Mara Smith` leaves the part that the record explains."""
    text = "Mara Smith rang"
    guess = _found(text, "Mara Smith", Label.PERSON, "model")
    known = _found(text, "Mara", Label.PERSON, "party", SubjectRole.VICTIM)

    assert _applied(text, guess, known) == "Mara [name removed: free-text-unreviewed] rang"


def test_findings_that_touch_become_one_replacement() -> None:
    """A number run together with a name leaves one marker, not two against each other."""
    text = "see 07700900461Pell now"
    phone = _found(text, "07700900461", Label.PHONE, "phone")
    name = _found(text, "Pell", Label.PERSON, "cue")

    assert _applied(text, phone, name) == "see [phone number removed: safe-location] now"


def test_two_readings_of_a_number_end_with_the_stricter() -> None:
    """Where one form would stay and another go, it goes."""
    text = "number 07700900461 again"
    phone = _found(text, "07700900461", Label.PHONE, "phone", SubjectRole.PERPETRATOR)
    bank = _found(text, "07700900461", Label.BANK, "identifier")

    assert "0770" not in _applied(text, phone, bank)


@pytest.mark.parametrize(
    ("label", "written", "coarse"),
    [
        (Label.DATE, "14/02/2024", "February 2024"), (Label.DATE, "2024-02-14", "February 2024"),
        (Label.DATE, "14th Feb 24", "February 2024"), (Label.DATE, "14 February", "February"),
        (Label.DATE, "1.2.99", "February 1999"), (Label.DATE, "yesterday", None),
        (Label.DATE, "31/14/2024", None), (Label.DOB, "17/04/1991", "1991"),
        (Label.DOB, "May", None),
        (Label.AGE, "34", "30-39"), (Label.AGE, "old", None), (Label.SCHOOL, "St Ann's 2024", None),
    ],
)  # fmt: skip
def test_a_coarser_value_or_none(label: Label, written: str, coarse: str | None) -> None:
    """Dates keep the month, births the year, ages the decade; anything else is removed."""
    assert coarse == (None if label is Label.SCHOOL else generalise(label, written))


def test_tokens_never_collide() -> None:
    """A thousand people, a thousand tokens."""
    tokens = Pseudonyms(b"key")
    given = {tokens.token(Label.PERSON, f"person/{number}") for number in range(1_000)}

    assert len(given) == 1_000


def test_findings_come_back_as_they_were_stored() -> None:
    """Offsets, labels, roles and people survive; another version is no answer."""
    one = Finding(
        start=3,
        end=9,
        label=Label.PERSON,
        roles=(SubjectRole.CHILD,),
        people=(2,),
        recogniser="cue",
    )

    assert decode(encode([[one], []])) == [(one,), ()]
    assert decode(b"[2,[]]") is None
    assert decode(b"not json") is None
    assert decode(b'[1,[[[0,-1,"PERSON",[],[],"x"]]]]') is None


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("she said maz was here", "party-name"), ("MARA-ELLWOOD", "party-name"),
        ("M a r a E l l w o o d", "party-name"), ("at 8 larch court", "address"),
        ("near hexley town", "address"), ("HX1 9ZZ", "postcode"), ("in HX1 somewhere", "postcode"),
        ("ring 0 7700 900461", "party-value"), ("born 17.4.1991", "party-birth-date"),
        ("ref 12 34 56 78", "long-number"), ("lives LS9 6QT", "unexplained-postcode"),
    ],
)  # fmt: skip
def test_the_verifier_sees_what_must_not_leave(text: str, flag: str) -> None:
    """It reads the output alone, with its own idea of a name, an address and a number."""
    output = Output(where="item 0 text", text=text, profile=profile_for("P-REVIEW"), kept=())

    assert f"{flag} item 0 text" in verify([output], (victim(), perpetrator()))


def test_the_verifier_passes_what_was_kept_on_purpose() -> None:
    """Names that the profile keeps, tokens and explained numbers hold nothing up."""
    text = (
        "Mara Ellwood met Devan on 14.02.2024 19:20, [link removed: safe-location], [Person 7K2]."
    )
    output = Output(where="item 0 text", text=text, profile=_VICTIM_SAFE, kept=("14.02.2024",))

    assert verify([output], (victim(), perpetrator())) == ()

"""The verifier reads only what would leave, and finds what detection let through."""

from datetime import date

import pytest

from broker.domain.ids import SubjectId
from broker.domain.people import Address, Identifier, Person
from broker.domain.words import SubjectRole
from redaction.profiles import profile_for
from redaction.verify import Output, verify

_HER = Person(
    subject_id=SubjectId("her"),
    role=SubjectRole.VICTIM,
    names=("Katarzyna Mohammed-Ellwood", "Kasia"),
    date_of_birth=date(1991, 4, 17),
    addresses=(Address(text="Flat 2, 14 Larch Court, Hexley", postcode="HX1 9ZZ"),),
    identifiers=(
        Identifier(kind="phone", value="07700 900461"),
        Identifier(kind="email", value="kasia.e@example.org"),
        Identifier(kind="nhs-number", value="999 000 0124"),
    ),
)


def _flags(text: str, profile: str = "STRICTEST", kept: tuple[str, ...] = ()) -> set[str]:
    output = Output(where="here", text=text, profile=profile_for(profile), kept=kept)
    return {flag.partition(" ")[0] for flag in verify([output], (_HER,))}


@pytest.mark.parametrize(
    "text",
    [
        "Then Katarzyna left.", "then kasia left", "THEN KASIA LEFT", "Then Muhammed left.",
        "Then Mohamed left.", "Then Katarzina left.", "Then Katrazyna left.", "then katarzna left",
        "Then K a t a r z y n a M o h a m m e d E l l w o o d", "Then Ellw\u043e\u043ed left.",
        "Then Ellw0od left.", "Then \uff25\uff4c\uff4c\uff57\uff4f\uff4f\uff44 left.",
        "Then E\u0301llwood left.", "the Ellwoods left", "Then El\u200blwood left.",
        "told katarzynamohammedellwood so",
    ],
)  # fmt: skip
def test_a_partys_name_in_any_spelling_holds_the_release(text: str) -> None:
    """Slips, other spellings of the sound, other alphabets, figures for letters, spaced out."""
    assert "party-name" in _flags(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ring oh seven seven double oh nine double oh four six one", "party-value"),
        ("kasia dot e at example dot org", "party-value"),
        ("999/000/0124", "party-value"),
        ("born 17th April 1991", "party-birth-date"),
        ("born 1991-04-17", "party-birth-date"),
        ("born 170491", "party-birth-date"),
        ("at Larch Ct now", "address"),
        ("at 14 larch court", "address"),
        ("in hx19zz now", "postcode"),
        ("ref 12-34-56", "long-number"),
        ("ref 42/12345/26", "long-number"),
        ("ref one two three four five six", "long-number"),
        ("lives LS9 6QT", "unexplained-postcode"),
    ],
)
def test_a_value_of_the_record_in_any_layout_holds_the_release(text: str, kind: str) -> None:
    """Spoken, sliced, abbreviated, or a number that nothing explains."""
    assert kind in _flags(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hand bandaged. Magpie laughed and said ask her.", "gives name Rooster only",
        "Jaffa: were r u\nbam: at home\nJaffa: ok", "informant hatch rang at once",
        "SHE SAID PRUDENCE DID IT", "known as Crusher",
    ],
)  # fmt: skip
def test_a_word_where_a_name_would_stand_holds_the_release(text: str) -> None:
    """Nobody of the case, in no list: but people stand in such places of a sentence."""
    assert "perhaps-name" in _flags(text)


@pytest.mark.parametrize(
    "text",
    [
        "She was seen at 19:20, BP 131/84, and left at 20.15.", "He said that he was sorry.",
        "[name removed: identifier-not-needed] rang the police twice.", "The engineer attended.",
        "VLO attended. Police called. Mum said no.", "Plan: ring again. Risk: high. Score: 12.",
        "SHE WAS SEEN AND SENT HOME. NO INJURIES.", "walked past the shop; nothing said",
        "[Person 7K] told us that it was over.", "Paid \u00a312,500.00 in 3 parts.",
    ],
)  # fmt: skip
def test_an_ordinary_text_is_not_held(text: str) -> None:
    """A person's time is for what matters: plain sentences pass."""
    assert _flags(text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Spoke at length. RH later.", "perhaps-initials"),
        ("Signed [name removed: identifier-not-needed]/RH on it.", "perhaps-initials"),
        ("Gave [name removed: identifier-not-needed] Vy a lift.", "perhaps-name"),
        ("seen with [name removed: identifier-not-needed] finch at the pub", "perhaps-name"),
        ("FINCH AND [name removed: identifier-not-needed] LEFT AT ONCE", "perhaps-name"),
        ("He shouted. Hazel at the back came out.", "perhaps-name"),
        ("went there with rh, then home", "perhaps-initials"),
        ("LATER RH SAID NOTHING", "perhaps-initials"),
        ("No role. Prudence is trusted most.", "perhaps-name"),
        ("[name removed: identifier-not-needed] (nibbles) was there", "perhaps-name"),
    ],
)
def test_a_word_beside_a_removal_weighs_more(text: str, kind: str) -> None:
    """What was taken out shows where people stand: what stands beside it may be one of them."""
    assert _flags(text) == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "HV and SW attended with [name removed: identifier-not-needed].",
        "[name removed: identifier-not-needed] (mum) and children left",
        "[name removed: identifier-not-needed] will park the car",
        "[name removed: identifier-not-needed] Ex partner.",
        "The [school removed: location-inference] has CCTV, see IT.",
    ],
)
def test_casework_beside_a_removal_is_not_held(text: str) -> None:
    """Roles, abbreviations and plain words stand there too."""
    assert _flags(text) == set()


@pytest.mark.parametrize("text", ["KE left at six.", "Seen with KME, both calm.", "ke was there"])
def test_bare_initials_of_a_party_hold_the_release(text: str) -> None:
    """Two capitals are a name to whoever knows the case."""
    assert "party-initials" in _flags(text)


def test_names_that_the_profile_keeps_are_no_finding() -> None:
    """Under a profile that names her, her own name holds nothing up, her address still does."""
    named = "Katarzyna Mohammed-Ellwood came."

    assert _flags(named, "P-VICTIM-SAFE", kept=("Katarzyna Mohammed-Ellwood",)) == set()
    assert "address" in _flags(named + " Lives 14 Larch Court.", "P-VICTIM-SAFE")

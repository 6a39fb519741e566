"""A redacted text reads on: whole names, one word for one thing, no replacement against another."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.people import Person
from broker.domain.words import SubjectRole
from redaction.apply import apply, changes
from redaction.findings import Finding
from redaction.finish import finish, naming_of
from redaction.labels import Label
from redaction.minimise import Unit
from redaction.profiles import Action, profile_for, profiles
from redaction.propagate import propagate
from redaction.resolve import resolve
from tests.builders import person
from tests.unit.redaction.support import glued, missed, repeated, shared_detector

_FAMILY = (
    person(SubjectRole.VICTIM, "Rania al-Khatib", names=("Rania al-Khatib", "Rano")),
    person(SubjectRole.PERPETRATOR, "", names=("Yousef al-Khatib", "Abu Sami")),
    person(SubjectRole.CHILD, "Sami al-Khatib"),
    person(SubjectRole.THIRD_PARTY, "Siobhan O'Malley"),
    person(SubjectRole.THIRD_PARTY, "Ruairi MacInnes"),
    person(SubjectRole.THIRD_PARTY, "Jan van der Berg"),
    person(SubjectRole.THIRD_PARTY, "Gwen ap Rhys"),
)
_ALL = "P-CHILD-MIN P-PERP-FACING P-VICTIM-SAFE"


def _left(text: str, profile: str, people: tuple[Person, ...] = _FAMILY) -> str:
    """What one note becomes, by the road that every text takes."""
    unit = Unit(item=0, order=0, field_name=None, text=text)
    found = propagate([text], [shared_detector().detect(text, people)])
    return finish(unit, found[0], profile_for(profile), naming_of(b"k", [unit], found)).text


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Sami al-Khatib", 2), ("Sami Al Khatib", 2), ("SAMI AL-KHATIB", 2), ("Sami Alkhatib", 2),
        ("al-Khatib, Sami", 2), ("AL-KHATIB, Sami", 2), ("AL-KHATIB, Yousef", 1),
        ("Yousef al-Khatib", 1), ("Abu Sami", 1), ("Rano", 0), ("Rania Al-Khatib", 0),
        ("O'Malley", 3), ("O Malley", 3), ("Siobhan O’Malley", 3),  # noqa: RUF001
        ("Mac Innes", 4), ("Jan van der Berg", 5), ("Gwen ap Rhys", 6), ("Ap Rhys, Gwen", 6),
        ("Sami", 2),
    ],
)  # fmt: skip
def test_a_full_name_is_one_mention_of_one_person(name: str, whose: int) -> None:
    """Particles belong to the name, and a surname that others share does not divide it."""
    text = f"They met {name} today."
    parties = [one for one in shared_detector().detect(text, _FAMILY) if one.people]

    assert [(text[one.start : one.end], one.people) for one in parties] == [(name, (whose,))]


def test_one_name_that_explains_all_decides() -> None:
    """A father known as Sami does not make his son's full name ambiguous."""
    people = (
        person(SubjectRole.PERPETRATOR, names=("Yousef Haddad", "Sami")),
        person(SubjectRole.CHILD, "Sami Haddad"),
    )
    found = shared_detector().detect("Then Sami Haddad left.", people)

    assert [one.people for one in found if one.people] == [(1,)]


def test_a_kept_name_stays_whole() -> None:
    """The perpetrator's side reads its client's full name and one token for the child."""
    text = _left("Sami al-Khatib left. AL-KHATIB, Yousef came. Yousef al-Khatib rang.", _ALL)

    assert re.fullmatch(
        r"\[Person \w+\] left\. AL-KHATIB, Yousef came\. Yousef al-Khatib rang\.", text
    )


def test_a_surname_that_several_share_is_one_word_and_nobodys_token() -> None:
    """Who `Ms al-Khatib` is cannot be known, so the strictest action applies, once."""
    assert _left("Then Ms al-Khatib rang.", _ALL) == "Then someone rang."
    marked = _left("Then Ms al-Khatib rang.", "P-REVIEW")
    assert marked == "Then Ms [name removed: identifier-not-needed] rang."


def test_a_strangers_surname_is_not_taken_for_the_victims() -> None:
    """A relative with the victim's surname is one unknown person, not half of her."""
    text = _left("Her aunt Zubaida Haddad rang Layla.", _ALL, (person(name="Layla Haddad"),))

    assert re.fullmatch(r"Her aunt someone rang \[Person \w+\]\.", text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("21/01/25 CONTACT Sami moved.", "[date removed: {}] CONTACT [name removed: {}] moved."),
        ("09/03/25 CONTACT Housing rang.", "[date removed: {}] CONTACT Housing rang."),
        ("31/01/25 CONTACT Visited.", "[date removed: {}] CONTACT Visited."),
        ("13 Mar 24 Sami rang.", "[date removed: {}] [name removed: {}] rang."),
        ("13 Mar 24 Zubaida Wrona rang.", "[date removed: {}] [name removed: {}] rang."),
        ("Sami b. 10 July 2017", "[name removed: {}] b. [date of birth removed: {}]"),
        ("tel 020 7946 0151.\n\n27.07.25", "tel [phone number removed: {}].\n\n[date removed: {}]"),
        ("on 25/02/2024 w/o message", "on [date removed: {}] w/o message"),
    ],
)  # fmt: skip
def test_a_date_is_a_date(text: str, left: str) -> None:
    """Capitals after a date are a heading, its tail is no house number, a blank line ends it."""
    assert left.replace("{}", "identifier-not-needed") == _left(text, "STRICTEST")


@pytest.mark.parametrize(
    "text",
    [
        "School nurse seen. Housing rang. Visited today. Partner asked to wait.",
        "GCS 15. Plan: 1) ring 2) ref 3) letter 4) review. Room w/o windows.",
        "Attendance no. 7 of the list. Visits 7 of 7 done. Do not close. A 14 page email. My view.",
        "Class teacher : Attendance panel. HV - Statutory visit. PT - Gas safety visit.",
        "PHQ high. Viability to be looked at. Discharged. Fwd to the lead. Rec'd call.",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """A capital alone makes no person, no place and no number."""
    assert _left(text, "STRICTEST", ()) == text


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("Joan at no. 16 rang.", "no. 16"), ("joan at no 16 rang", "no 16"),
        ("The lady at 22 heard it.", "22"), ("next door at 14 heard", "14"),
        ("Next door (no 18) heard.", "no 18"), ("No. 16 rang again.", "No. 16"),
        ("the neighbours at nos 3 and 5 know", "nos 3 and 5"), ("lives at 9b now", "9b"),
        ("from number 12 came shouting", "number 12"), ("at flat 7 again", "flat 7"),
    ],
)  # fmt: skip
def test_a_neighbours_door_is_an_address(text: str, door: str) -> None:
    """A house number says who told, to anybody who knows the street."""
    assert not missed(shared_detector(), text, door)


@pytest.mark.parametrize(
    "text", ["seen at 16 weeks", "at 16:30 he left", "aged about 16 or so", "she was at 9 months"]
)
def test_a_count_is_no_door(text: str) -> None:
    """Weeks, hours and ages after `at` are not house numbers."""
    found = shared_detector().detect(text, ())

    assert not [one for one in found if one.label is Label.ADDRESS]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Her car (JF79 FRY) and phone.", "Her car and phone."),
        ("Rung on 07700 900122, that is safe.", "Rung on a number, that is safe."),
        ("To raise at MARAC.", "To raise at a meeting."),
        ("She left the refuge with an IDVA today.", "She left the place with a worker today."),
        ("Told Mr Pettifer of 4 Larch Road, Hexley.", "Told someone of a place."),
        ("PC 4076 Crispin attended.", "Someone attended."),
        ("NOTE: PC 4076 CRISPIN ATTENDED.", "NOTE: SOMEONE ATTENDED."),
        ("Seen by a Polish woman. He is Muslim.", "Seen by a woman. He is a person."),
        ("Until yesterday.", "Until then."),
        ("Seen at Fellgate Primary School, 4 Larch Road today.", "Seen at a place today."),
        ("Rung on 07700 900122, 07700 900123 today.", "Rung on a number today."),
        (
            "Curfew 1143-10:44. Ref 12. Mr Pettifer rang.",
            "Curfew 1143-10:44. Ref a number. Someone rang.",
        ),
    ],
)
def test_the_silent_copy_reads_as_if_nothing_was_there(text: str, left: str) -> None:
    """Plain words instead of gaps, and never the same one twice in a row."""
    assert left == _left(text, "P-PERP-FACING")


_TOKENS = st.sampled_from(["Ann", "al", "Khatib", "12", "Road", "the", "PC", "Ms", "07700", "rang"])
_GAPS = st.sampled_from([" ", "-", ", ", ". ", "\n", "/", "'", " (", ") ", ""])
_FOUND = st.tuples(
    st.integers(0, 11), st.integers(1, 4), st.sampled_from(list(Label)),
    st.sampled_from(["party", "address", "phone", "date", "cue", "model", "identifier"]),
    st.lists(st.sampled_from(list(SubjectRole)), max_size=2, unique=True),
)  # fmt: skip


@given(
    st.lists(st.tuples(_TOKENS, _GAPS), min_size=1, max_size=12),
    st.lists(_FOUND, max_size=8),
    st.sampled_from([*sorted(profiles()), _ALL]),
)
def test_no_replacement_touches_anything(
    parts: list[tuple[str, str]],
    found: list[tuple[int, int, Label, str, list[SubjectRole]]],
    name: str,
) -> None:
    """Whatever overlaps, replacements stand apart as their words did, and all that must go goes."""
    text = "".join(token + gap for token, gap in parts)
    whole = [match.span() for match in re.finditer(r"[^\W_]+", text)]
    findings = [
        Finding(
            start=whole[first][0],
            end=whole[min(first + length, len(whole)) - 1][1],
            label=label,
            roles=tuple(roles) if recogniser == "party" else (),
            people=tuple(range(len(roles))) if recogniser == "party" else (),
            recogniser=recogniser,
        )
        for first, length, label, recogniser, roles in found
        if first < len(whole)
    ]
    profile = profile_for(name)
    spans = resolve(text, findings, profile)
    made = changes(text, spans, profile, naming_of(b"k", [], []))
    after = apply(text, made)

    assert glued(text, made) == []
    assert repeated(after) == [] or not profile.silent
    assert all(one.span.end <= other.span.start for one, other in pairwise(made))
    kept = [one for one in spans if one.cell.action is Action.KEEP]
    for span in spans:
        if span not in kept:
            assert any(one.span.start <= span.start and span.end <= one.span.end for one in made)

import re
from datetime import UTC, datetime
from random import Random

import pytest

from broker.demo.county.cases import people_of_cases
from broker.demo.county.cast import NotInCaseError
from broker.demo.county.grammar import Decks, Scene, Writer
from broker.demo.county.notes import mistyped
from broker.demo.county.numbers import Numbers, nhs_number, pnc_id, upn
from broker.demo.county.sheets import CaseSheet, PlacesSheet, phrases, read

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")


def test_every_slot_of_every_phrase_can_be_filled_in_some_case() -> None:
    """A misspelt slot would silently keep its phrase out of every note."""
    places = read("places.yaml", PlacesSheet)
    sheets = read("cases.yaml", tuple[CaseSheet, ...])
    everybody = people_of_cases(sheets, places, NOW)
    agencies = ("ashmere-police", "ashmere-education")
    writers = [
        Writer(Scene(sheet, everybody[sheet.id], places, subject, agency), Random(1), "plain")
        for sheet in sheets
        for subject in everybody[sheet.id]
        for agency in agencies
    ]
    slots = {slot for book in phrases().values() for one in book for slot in _slots(one)}

    assert [slot for slot in sorted(slots) if not any(_fills(one, slot) for one in writers)] == []


def _slots(phrase: str) -> list[str]:
    return re.findall(r"\{[^}]*\}", phrase)


def _fills(writer: Writer, slot: str) -> bool:
    try:
        return writer.fill(slot, NOW.date()) != slot
    except NotInCaseError:
        return False


def test_a_note_stops_rather_than_repeat_a_phrase() -> None:
    """When a section has said all it can in one note, it says no more in that note."""
    places = read("places.yaml", PlacesSheet)
    sheets = read("cases.yaml", tuple[CaseSheet, ...])
    everybody = people_of_cases(sheets, places, NOW)["MR-0401"]
    scene = Scene(sheets[0], everybody, places, everybody[0], "ashmere-police")
    writer = Writer(scene, Random(1), "plain")
    decks = Decks({"few": ("One {v}.", "Two {p}.", "Three {safe}.")}, "seed")

    first, second = (decks.draw("few", writer, NOW.date()) for _ in range(2))

    assert {first[:3], second[:3]} == {"One", "Two"}
    with pytest.raises(NotInCaseError):
        decks.draw("few", writer, NOW.date())


def test_a_typing_error_never_makes_another_e_mail_address() -> None:
    """Words are mistyped; addresses are not, for the slip might be a stranger's address."""
    typed = mistyped("wrote to mara.ellwood@example.org yesterday " * 400, Random(1))

    assert set(EMAIL.findall(typed)) == {"mara.ellwood@example.org"}
    assert typed.count("yesterday") < 400


def test_check_characters_agree_with_published_examples() -> None:
    """Numbers carry the check characters of their own rules (domain brief 4.2)."""
    assert nhs_number(12) == "9990000123"
    assert nhs_number(101) == "9990001014"
    assert upn(8000, 5, 0)[1:] == "099800005000"
    assert pnc_id(99, 1234567) == "99/1234567B"
    assert pnc_id(98, 7654).endswith("K")


def test_a_number_is_never_given_twice() -> None:
    """Two people never get the same number."""
    numbers = Numbers("test")
    given = [numbers.mobile() for _ in range(900)] + [numbers.nhs() for _ in range(900)]

    assert len(set(given)) == len(given)
    assert "07700 900123" not in given

"""What each recipient gets of each person, as an IG lead reads it: the tables are the test.

tests/data/profiles.md is compared with what the profiles in force do. After a decision to change
one, `python -m tests.unit.redaction.test_profile_tables` writes the new tables for the approver.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from redaction.labels import Label
from redaction.profiles import ROLES, Action, Profile, profiles

_FILE = Path(__file__).parents[2] / "data" / "profiles.md"
_SAID = {
    Action.KEEP: "stays",
    Action.GENERALISE: "coarser",
    Action.PSEUDONYM: "token",
    Action.REMOVE: "goes",
}
_KINDS: dict[str, tuple[Label, ...]] = {
    "name": (Label.PERSON,),
    "date of birth": (Label.DOB,),
    "safe place, refuge": (Label.SAFE_LOCATION, Label.REFUGE),
    "address": (Label.ADDRESS,),
    "postcode": (Label.POSTCODE,),
    "telephone": (Label.PHONE,),
    "e-mail, handle, link": (Label.EMAIL, Label.HANDLE, Label.URL),
    "school": (Label.SCHOOL,),
    "work": (Label.WORKPLACE,),
    "surgery, pharmacy, court": (Label.ORG,),
    "town, landmark, route, dialling code": (Label.LOCATION,),
    "NHS number": (Label.NHS_NUMBER,),
    "vehicle": (Label.VEHICLE_REG,),
    "police numbers": (Label.PNC_ID, Label.CRO),
    "probation, prison numbers": (Label.CRN, Label.NOMS),
    "bank": (Label.BANK,),
    "other numbers": (
        Label.NINO, Label.UPN, Label.PASSPORT, Label.DRIVING_LICENCE, Label.ID_OTHER,
    ),
    "reference": (Label.CASE_REF,),
    "date": (Label.DATE,),
    "age": (Label.AGE,),
    "characteristic": (Label.DEMOGRAPHIC,),
    "that a service helps": (Label.SERVICE,),
}  # fmt: skip
_LOCATING = (
    Label.SAFE_LOCATION, Label.REFUGE, Label.ADDRESS, Label.POSTCODE, Label.SCHOOL, Label.ORG,
    Label.LOCATION, Label.PHONE,
)  # fmt: skip


def test_the_tables_say_what_the_profiles_do() -> None:
    """Nobody changes who sees what without the tables that were approved changing too."""
    assert "".join(_tables()) == _FILE.read_text("utf-8")


def test_every_kind_of_thing_is_in_the_tables() -> None:
    """No label is left out, and none of a row differs from the others of its row by accident."""
    assert sorted(label for labels in _KINDS.values() for label in labels) == sorted(Label)


@pytest.mark.parametrize("name", sorted(set(profiles()) - {"P-EMERGENCY", "P-WHEREABOUTS"}))
@pytest.mark.parametrize("label", _LOCATING)
def test_nothing_says_where_a_stranger_or_informant_is(name: str, label: Label) -> None:
    """Whatever locates somebody goes where nobody knows whose it is; a region is no place."""
    profile = profiles()[name]
    for role in ("informant", "unknown"):
        action = profile.cells[label, role].action
        coarse = name == "P-STATS" and label in {Label.POSTCODE, Label.LOCATION}
        assert action is (Action.GENERALISE if coarse else Action.REMOVE)


def test_only_copies_that_he_may_see_are_silent() -> None:
    """Professionals see that something was taken out and may ask; he must not notice it."""
    assert [one.name for one in profiles().values() if one.silent] == ["P-PERP-FACING"]


def _tables() -> Iterator[str]:
    yield "# Who gets what: every profile, every kind of thing, by whose it is\n"
    for profile in profiles().values():
        style = "nothing shows" if profile.silent else "gaps are marked"
        documents = "documents written afresh" if profile.documents else "no documents"
        yield f"\n## {profile.name} ({style}, {documents})\n\n| | {' | '.join(ROLES)} |\n"
        yield "|---" * (len(ROLES) + 1) + "|\n"
        yield from (_row(profile, kind, labels) for kind, labels in _KINDS.items())


def _row(profile: Profile, kind: str, labels: tuple[Label, ...]) -> str:
    said = [
        "/".join(dict.fromkeys(_SAID[profile.cells[label, role].action] for label in labels))
        for role in ROLES
    ]
    return f"| {kind} | {' | '.join(said)} |\n"


if __name__ == "__main__":
    _FILE.write_text("".join(_tables()), encoding="utf-8")

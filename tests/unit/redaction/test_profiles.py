"""Profiles load strictly, combine to the strictest and never treat a stranger gently."""

import pytest

from broker.domain.errors import RedactionError
from broker.domain.words import SubjectRole
from redaction.labels import Label
from redaction.notes import chosen_profile
from redaction.profiles import Action, load, profile_for, profiles

_GOOD = """
version: 1
name: P-TEST
style: marked
rows:
  - {labels: [PERSON], roles: [victim], action: keep}
  - {labels: [PERSON], roles: "*", action: remove, reason: not-relevant}
"""


def test_what_no_row_matches_is_removed() -> None:
    """An empty corner of a profile is a removal, and says that nobody reviewed it."""
    cell = load(_GOOD, "t").cell(Label.PHONE, (SubjectRole.VICTIM,))

    assert (cell.action, cell.reason) == (Action.REMOVE, "free-text-unreviewed")
    assert cell.rule == "P-TEST/PHONE/victim"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"), ("style: marked", "style: hidden"), ("PERSON", "PERSONS"),
        ("victim", "victims"), ("keep", "kept"), ("not-relevant", "because"), ("rows:", "lines:"),
        ("action: keep", "action: keep, reason: not-relevant"), (", reason: not-relevant", ""),
        ("action: keep", "action: keep, note: x"), ("[victim]", "[]"), ("[victim]", "victim"),
        ("[victim]", "[unknown]"), ("rows:", "documents: as-they-are\nrows:"),
    ],
)  # fmt: skip
def test_a_profile_with_a_mistake_does_not_load(old: str, new: str) -> None:
    """A misspelt word, a missing reason or a gentle row for strangers stops the loading."""
    with pytest.raises(RedactionError):
        load(_GOOD.replace(old, new, 1), "t.yaml")


def test_every_profile_treats_an_unknown_person_most_strictly() -> None:
    """Whoever cannot be placed gets what the strictest role of the profile gets."""
    for profile in profiles().values():
        for (label, _), cell in profile.cells.items():
            unknown = profile.cell(label, ())
            assert unknown.action.strictness >= cell.action.strictness, (profile.name, label)


def test_several_profiles_combine_to_the_strictest_of_each() -> None:
    """Two obligations ask for two profiles: neither loses anything."""
    both = profile_for("P-VICTIM-SAFE P-PERP-FACING")
    victim = both.cell(Label.PERSON, (SubjectRole.VICTIM,))

    assert victim.action is Action.PSEUDONYM
    assert both.cell(Label.SCHOOL, (SubjectRole.CHILD,)).action is Action.REMOVE
    assert both.silent


def test_a_mention_of_several_people_gets_the_strictest_of_their_roles() -> None:
    """A surname that victim and informant share is removed like the informant's."""
    cell = profile_for("P-VICTIM-SAFE").cell(
        Label.PERSON, (SubjectRole.VICTIM, SubjectRole.INFORMANT)
    )

    assert (cell.action, cell.role) == (Action.REMOVE, "informant")


def test_no_document_travels_unless_every_profile_lets_it() -> None:
    """Silence is a no, and beside a profile that says nothing another's yes is a no too."""
    fresh = _GOOD.replace("rows:", "documents: fresh\nrows:")

    assert load(fresh, "t.yaml").documents
    assert not load(_GOOD, "t.yaml").documents
    assert profile_for("P-HEALTH-REL P-VICTIM-SAFE").documents
    for name in ("P-PERP-FACING", "P-STATS", "P-EMERGENCY"):
        assert not profile_for(f"P-VICTIM-SAFE {name}").documents


@pytest.mark.parametrize("name", ["P-NONE", "", None, "P-VICTIM-SAFE P-NONE", "p-victim-safe"])
def test_an_unknown_profile_stops_the_release(name: str | None) -> None:
    """Nobody's profile is not the gentlest one."""
    with pytest.raises(RedactionError):
        profile_for(name)


@pytest.mark.parametrize("name", sorted(set(profiles()) - {"P-EMERGENCY"}))
@pytest.mark.parametrize("label", [Label.SAFE_LOCATION, Label.REFUGE, Label.NINO, Label.BANK])
def test_no_profile_lets_a_safe_place_or_a_bank_account_through(name: str, label: Label) -> None:
    """Whatever the audience, these never stay, whoever they belong to; emergencies apart."""
    profile = profile_for(name)
    actions = {profile.cell(label, (role,)).action for role in SubjectRole}

    assert actions == {Action.REMOVE}


def test_an_emergency_keeps_where_victim_and_children_are_and_nothing_else() -> None:
    """Fire control gets the safe address; the perpetrator's and everybody else's safe places go."""
    profile = profile_for("P-EMERGENCY")
    stays = {
        role
        for role in SubjectRole
        if profile.cell(Label.SAFE_LOCATION, (role,)).action is Action.KEEP
    }

    assert stays == {SubjectRole.VICTIM, SubjectRole.CHILD}
    assert profile.cell(Label.BANK, (SubjectRole.VICTIM,)).action is Action.REMOVE
    assert profile.cell(Label.PERSON, (SubjectRole.INFORMANT,)).action is Action.REMOVE
    both = profile_for("P-EMERGENCY P-PERP-FACING")
    assert both.cell(Label.SAFE_LOCATION, (SubjectRole.VICTIM,)).action is Action.REMOVE


def test_the_school_stays_for_the_few_who_must_know_it() -> None:
    """A school in P-CHILD-SCHOOL stays for a child of the case, and for nobody else."""
    profile = profile_for("P-CHILD-SCHOOL")

    assert profile.cell(Label.SCHOOL, (SubjectRole.CHILD,)).action is Action.KEEP
    assert profile.cell(Label.SCHOOL, (SubjectRole.OTHER_CHILD,)).action is Action.REMOVE
    assert (
        profile_for("P-CHILD-MIN").cell(Label.SCHOOL, (SubjectRole.CHILD,)).action is Action.REMOVE
    )


def test_the_perpetrators_side_learns_of_no_support() -> None:
    """An advocate, a MARAC or a refuge mentioned is a refuge betrayed."""
    profile = profile_for("P-PERP-FACING")

    assert profile.cell(Label.SERVICE, ()).action is Action.REMOVE
    assert profile.silent


def test_a_kind_of_recipient_only_adds_strictness() -> None:
    """Naming probation beside a gentle profile gives the stricter of the two."""
    assert chosen_profile(None, None).name == "STRICTEST"
    assert chosen_profile("P-VICTIM-SAFE", "probation").name == "P-PERP-FACING P-VICTIM-SAFE"
    with pytest.raises(RedactionError, match="kind"):
        chosen_profile(None, "newspaper")

"""Permit, Referral or Refusal: the answer to a whole request."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import policies
from broker.domain.context import Facts
from broker.domain.decision import Permit, Referral, Refusal
from broker.domain.errors import PolicyLoadError
from broker.domain.ids import Category, Purpose
from broker.domain.ports import Policy
from broker.domain.words import Outcome
from policies.decide import MAX_RULINGS, NO_CASE
from tests import builders
from tests.unit.policies.packs import files, policy


def _decide(*facts: Facts, **changes: object) -> Permit | Referral | Refusal:
    categories = tuple(Category(one.category) for one in facts)
    request = builders.share_request(categories=categories)
    gathered = tuple(zip(categories, facts, strict=True))
    context = builders.context(request, facts=gathered, **changes)
    return policy().decide(builders.requester(), request, context)


_YES = builders.facts()
_SAID = builders.facts(category="victim-wishes", holder_agency="idva-service")
_ASK = builders.facts(category="incident-detail")
_NO = builders.facts(category="counselling-notes")


def test_it_is_what_the_broker_asks_for() -> None:
    """The loaded rules fulfil the broker's contract for a policy."""
    port: Policy = policy()

    assert len(port.version) == 64


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ((_YES,), Permit),
        ((_NO, _YES), Permit),
        ((_SAID,), Referral),
        ((_ASK, _NO), Referral),
        ((_NO,), Refusal),
        ((), Refusal),
    ],
)
def test_one_yes_makes_a_permit_and_only_noes_make_a_refusal(
    facts: tuple[Facts, ...], answer: type
) -> None:
    """What may be sent makes a permit, what a person decides a referral, the rest a refusal."""
    decision = _decide(*facts)

    assert answer is type(decision)
    assert [one.category for one in facts] == [one.category for one in decision.rulings]
    assert policy().version == decision.policy_version


def test_a_permit_grants_what_it_may_and_withholds_the_rest() -> None:
    """Asked for two things of which one may be sent, the permit grants that one."""
    decision = _decide(_YES, _NO)

    assert isinstance(decision, Permit)
    assert [one.category for one in decision.grants] == ["incident-summary"]
    assert [one.category for one in decision.withheld] == ["counselling-notes"]
    assert all(one.rules for one in decision.grants)


def test_a_case_that_may_not_be_known_is_refused_whatever_the_facts_say() -> None:
    """Not found, not listed and shielded are one and the same no, even with facts for a yes."""
    decision = _decide(_YES, _ASK, case=None)

    assert isinstance(decision, Refusal)
    assert {(Outcome.DENY, NO_CASE, None)} == {
        (one.outcome, one.sentence, one.profile) for one in decision.rulings
    }
    assert [one.facts for one in decision.rulings] == [_YES, _ASK]


def test_facts_that_were_not_gathered_are_unknown() -> None:
    """A category without facts is ruled on as wholly unknown."""
    request = builders.share_request()
    context = builders.context(request, facts=())

    assert isinstance(policy().decide(builders.requester(), request, context), Refusal)


def test_facts_about_what_was_not_asked_grant_nothing() -> None:
    """A category that nobody asked for is not ruled on, so it cannot be granted."""
    request = builders.share_request(categories=(Category("counselling-notes"),))
    gathered = ((Category("counselling-notes"), _NO), (Category("incident-summary"), _YES))
    context = builders.context(request, facts=gathered)
    decision = policy().decide(builders.requester(), request, context)

    assert isinstance(decision, Refusal)
    assert [one.category for one in decision.rulings] == ["counselling-notes"]


def test_facts_of_another_category_do_not_open_the_one_that_was_asked() -> None:
    """Facts that speak of something else are not believed."""
    request = builders.share_request(categories=(Category("counselling-notes"),))
    context = builders.context(request, facts=((Category("counselling-notes"), _YES),))
    decision = policy().decide(builders.requester(), request, context)

    assert isinstance(decision, Referral)
    assert [one.category for one in decision.rulings] == ["counselling-notes"]


def test_facts_of_another_purpose_do_not_open_the_one_that_was_asked() -> None:
    """Facts gathered for research do not serve a request by the media."""
    request = builders.share_request(purpose=Purpose("media"))
    decision = policy().decide(builders.requester(), request, builders.context(request))

    assert isinstance(decision, Refusal)


def test_remembering_rulings_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many different requests do not fill the memory."""
    monkeypatch.setattr("policies.decide.MAX_RULINGS", 2)
    fresh = policies.PolicySet(policy().pack, policy()._table)
    for category in ("tenancy", "household", "employment", "intelligence"):
        fresh.rule(builders.facts(category=category))

    assert len(fresh._rulings) <= 2 < MAX_RULINGS


def test_the_version_is_a_hash_of_every_byte_of_every_file(tmp_path: Path) -> None:
    """Two packs have one version only if they are the same to the byte."""
    _write(tmp_path, files())
    same = policies.load(tmp_path, today=date(2026, 11, 9))
    roles = files()["roles.csv"] + b"calm,conflict,none\n"
    _write(tmp_path, {"roles.csv": roles})
    other = policies.load(tmp_path, today=date(2026, 11, 9))

    assert policy().version == same.version
    assert same.version != other.version


@pytest.mark.parametrize(
    "name",
    [
        "guards (1).csv",
        "Guards.CSV",
        "guards.xlsx",
        "purposes/marac-research.csv.bak",
        "purposes/notes.txt",
    ],
)
def test_a_file_that_might_have_been_meant_is_not_passed_over(tmp_path: Path, name: str) -> None:
    """A denial saved under a wrong name stops loading instead of being overlooked."""
    _write(tmp_path, files() | {name: b"anything"})

    with pytest.raises(PolicyLoadError, match="no part of a pack"):
        policies.load(tmp_path, today=date(2026, 11, 9))


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A wrong folder is a wrong folder, not an empty policy."""
    with pytest.raises(PolicyLoadError, match="cannot be read"):
        policies.load(tmp_path / "nowhere", today=date(2026, 11, 9))


def test_an_empty_folder_is_no_policy(tmp_path: Path) -> None:
    """No files means no rules are in force, and that stops the start."""
    with pytest.raises(PolicyLoadError, match="the file is missing"):
        policies.load(tmp_path, today=date(2026, 11, 9))


def _write(folder: Path, found: dict[str, bytes]) -> None:
    for name, content in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_decisions_never_change_what_was_remembered() -> None:
    """An answer for a case that may not be known leaves the answer for one that may."""
    _decide(_YES, case=None)

    assert replace(_YES) == policy().rule(_YES).facts
    assert policy().rule(_YES).outcome is Outcome.PERMIT_REDACTED

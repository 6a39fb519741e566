"""Explanations: whole for the IG lead, plain for the advocate, and readable for both."""

import re
from dataclasses import replace

import pytest

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import drawn
from policies.decide import NO_CASE
from policies.explain import WIDTH, for_advocate, for_ig_lead
from policies.near import NEAREST
from tests import builders
from tests.unit.policies.packs import as_facts, policy

_CELLS = [as_facts(words) for words in drawn(policy().pack, 60, "explain")]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _told(facts: Facts) -> tuple[str, str]:
    ruling = policy().rule(facts)
    return for_ig_lead(policy(), ruling), for_advocate(policy(), ruling)


def test_explanations_fit_a_terminal_and_a_page() -> None:
    """No line is wider than 80 columns."""
    for facts in (*_CELLS, Facts(), builders.facts()):
        for text in _told(facts):
            assert max(map(len, text.splitlines())) <= WIDTH


def test_the_ig_lead_sees_every_rule_and_which_decided() -> None:
    """Each rule that matched is named, and marked as deciding exactly where it decided."""
    for facts in _CELLS:
        ruling = policy().rule(facts)
        text = _flat(for_ig_lead(policy(), ruling))
        for rule in ruling.rules:
            decides = rule in ruling.deciding_rules
            assert f" {rule} {'decides' if decides else 'matches'}: " in text


def test_the_ig_lead_sees_obligations_basis_profile_and_version() -> None:
    """What follows from the answer, and under which version it was given."""
    text, _ = _told(builders.facts())
    ruling = policy().rule(builders.facts())

    for part in (*ruling.obligations, *ruling.basis, str(ruling.profile), policy().version):
        assert part in text


def test_the_ig_lead_sees_what_nearly_matched() -> None:
    """The rule that waits for one missing fact is named with the fact, as one sentence."""
    text, _ = _told(builders.facts(risk_age=UNKNOWN))

    assert "R07 would have matched if risk_age were current; it is unknown" in _flat(text)


def test_near_misses_are_cut_and_counted() -> None:
    """As many as are still read, and how many more there are."""
    facts = builders.facts()
    text, _ = _told(facts)
    shown = text.count("would have matched if")

    assert shown == NEAREST
    assert f"{len(policy().nearly(facts)) - NEAREST} more rules would have matched but" in text


def test_the_advocate_reads_no_id_and_no_code() -> None:
    """No rule, profile, obligation code, law reference, fact name or version."""
    codes = {str(one.rule_id) for one in policy().pack.rules}
    codes |= {word for word in policy().pack.vocabulary.of("profile") if word != "none"}
    codes |= {word for word in policy().pack.vocabulary.of("basis") if word != "none"}
    codes |= {word for word in policy().pack.vocabulary.of("obligation") if word.isupper()}
    codes |= {fact for fact in FACT_NAMES if "_" in fact} | {str(policy().version)}
    for facts in _CELLS:
        words = set(re.findall(r"[\w:+-]+", _told(facts)[1]))
        assert words.isdisjoint(codes)


def test_the_advocate_is_told_what_was_decided_why_and_what_would_change_it() -> None:
    """Decision, reason, what goes with it, and what has to come first."""
    text = _flat(_told(builders.facts(consent="refused"))[1])

    assert text.startswith("Incident in brief: a person decides. Why: - The victim did not agree")
    assert "What goes with it: " in text
    assert (
        "What would change it: - If the reasons were put on record and a second person approved:"
        " may be sent after redaction."
    ) in text


def test_the_advocate_is_told_what_is_not_known() -> None:
    """Where caution stands in for knowledge, the text says of what."""
    assert "Not known, so the cautious answer was assumed: what it is for." in _told(Facts())[1]
    assert "Not known" not in _told(builders.facts())[1]


def test_a_sentence_that_no_rule_made_stays_whole() -> None:
    """An answer about a case that may not be known is told in its one form of words."""
    ruling = replace(policy().rule(builders.facts()), sentence=NO_CASE, outcome=Outcome.DENY)

    assert NO_CASE in _flat(for_advocate(policy(), ruling))
    assert "meeting may have" not in _flat(for_advocate(policy(), ruling))


@pytest.mark.parametrize("word", ["unknown", "refused", "withdrawn"])
def test_the_advocate_is_never_told_to_get_a_yes(word: str) -> None:
    """What would change the answer never names the survivor's consent."""
    text = _told(builders.facts(consent=word))[1]
    hints = text.partition("What would change it:")[2]

    assert not any(one in hints.lower() for one in ("consent", "victim agree", "agreed"))

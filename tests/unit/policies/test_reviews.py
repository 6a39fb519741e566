"""What an overdue review does."""

from datetime import date, timedelta

import pytest

from policies.loader import read_pack
from policies.reviews import GRACE
from policies.rules import Effect
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import edited, files

_DUE = date(2028, 10, 31)
_FACTS = builders.facts().as_tuple()


@pytest.mark.parametrize(
    ("days", "alarmed", "suspended"),
    [
        (-31, False, False),
        (-30, True, False),
        (0, True, False),
        (1, True, False),
        (30, True, False),
        (31, True, True),
    ],
)
def test_a_permission_alarms_first_and_lapses_after_its_grace(
    days: int, *, alarmed: bool, suspended: bool
) -> None:
    """Thirty days before its date a rule alarms; thirty days after it, it gives nothing."""
    pack = read_pack(files(), today=_DUE + timedelta(days=days))

    assert alarmed is any(" R07 (" in one for one in pack.alarms)
    assert suspended is (Table(pack).verdict(_FACTS).outcome == "refer-human")


def test_a_denial_never_lapses() -> None:
    """However long nobody looked, what holds back holds back."""
    pack = read_pack(files(), today=_DUE + GRACE * 100)
    facts = builders.facts(conflict="confirmed").as_tuple()

    assert Table(pack).verdict(facts).outcome == "deny"
    assert not any(rule.suspended for rule in pack.rules if rule.effect is Effect.DENY)


def test_a_suspended_rule_still_caps_a_wider_one() -> None:
    """A narrow permission that lapses does not leave a wider one in its place."""
    found = edited(
        "purposes/marac-research.csv",
        "R15-identity,allow,permit-redacted,marac-research,*,*,*,*,no,victim-or-child,child-identity",
        "R15-identity,allow,permit-redacted,marac-research,*,*,*,*,no,victim,incident-summary",
    )
    text = found["purposes/marac-research.csv"].decode().splitlines()
    late = [
        line.replace(",2028-10-31,", ",2026-01-31,").replace(
            "allow,permit-redacted", "allow,permit-verbal-only"
        )
        if line.startswith("R15-identity")
        else line
        for line in text
    ]
    found["purposes/marac-research.csv"] = "\n".join(late).encode()
    table = Table(read_pack(found, today=date(2026, 11, 9)))

    assert table.verdict(_FACTS).outcome == "permit-verbal-only"


def test_alarms_name_the_rule_its_owner_and_the_day() -> None:
    """An alarm tells somebody what to do by when."""
    alarms = read_pack(files(), today=_DUE + timedelta(days=1)).alarms
    one = next(alarm for alarm in alarms if " R07 " in alarm)

    assert one.startswith("purposes/marac-research.csv:")
    assert one.endswith(
        "review R07 (partnership-ig-lead); it was due on 2028-10-31; it lapses after 2028-11-30"
    )

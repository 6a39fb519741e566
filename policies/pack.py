"""A pack as it was read: its words, its groups, its rules, and the hash of every byte of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.domain.alert import AlertRule
from broker.domain.context import FACT_NAMES
from broker.domain.ids import PolicyVersion
from broker.domain.retention import Schedule
from broker.domain.thresholds import Thresholds
from policies.groups import Group, words_meant
from policies.legal import Register
from policies.rules import Rule
from policies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything that the files say.

    Args:
        rules: in the order of the files, guards first.
        served: purposes that an `allow` rule names; only there does a gap mean "ask a person".
        alarms: sentences about reviews and papers that are due or overdue; loading went on.
        area: whose rules and thresholds these are; None where they are everybody's.

    """

    vocabulary: Vocabulary
    groups: Mapping[str, Group]
    rules: tuple[Rule, ...]
    served: tuple[str, ...]
    alarms: tuple[str, ...]
    thresholds: Thresholds
    register: Register
    retention: Schedule
    alerts: tuple[AlertRule, ...]
    area: str | None
    version: PolicyVersion

    def words_meant(self, fact: str, cell: str) -> frozenset[str]:
        """Return the words of a fact that a rule's cell stands for."""
        return words_meant(self.vocabulary, self.groups, fact, cell)

    def conditions_of(self, rule: Rule) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield each fact with the words under which the rule matches."""
        for fact, cell in zip(FACT_NAMES, rule.conditions, strict=True):
            yield fact, self.words_meant(fact, cell)

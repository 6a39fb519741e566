"""The rules in force, as the broker asks them. The only place that makes a Permit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from operator import attrgetter
from pathlib import Path

from broker.domain.alert import AlertRule
from broker.domain.context import FACT_NAMES, CaseContext, Facts
from broker.domain.decision import Decision, Permit, Referral, Refusal, Ruling
from broker.domain.ids import Category, PolicyVersion, RuleId
from broker.domain.request import Requester, ShareRequest
from broker.domain.retention import Schedule
from broker.domain.thresholds import Thresholds
from broker.domain.words import UNKNOWN, Outcome
from policies.agreement import check_agreement
from policies.loader import read_directory, read_pack
from policies.near import NearMiss, near_misses
from policies.pack import Pack
from policies.rulings import ruling_of
from policies.table import Table

NO_CASE = "No such case is open to this agency, so nothing is shared."
PACKAGED = Path(__file__).parent
"""The pack that comes with the broker."""
MAX_RULINGS = 65_536
"""Rulings that are remembered, about 1 KB each; then remembering begins again."""

# Remembered rulings are found by the bare words: facts themselves compare word by word in Python.
_words_of: Callable[[Facts], tuple[str, ...]] = attrgetter(*FACT_NAMES)

_agreed: set[tuple[PolicyVersion, frozenset[RuleId]]] = set()
"""Packs of this process on which the table and Casbin agreed, with their suspended rules."""


class PolicySet:
    """One version of the rules: implements `ports.Policy`. Safe under threads; never changes."""

    def __init__(self, pack: Pack, table: Table) -> None:
        """Take a pack whose table agrees with Casbin; `load` makes one."""
        self.pack = pack
        self._table = table
        self._rulings: dict[tuple[str, ...], Ruling] = {}

    @property
    def version(self) -> PolicyVersion:
        """Hash over every file of the pack in force."""
        return self.pack.version

    @property
    def thresholds(self) -> Thresholds:
        """Where numbers become words, as this pack says."""
        return self.pack.thresholds

    @property
    def alerts(self) -> tuple[AlertRule, ...]:
        """Which patterns in the log somebody is told of."""
        return self.pack.alerts

    @property
    def retention(self) -> Schedule:
        """How long what is kept, as this pack says."""
        return self.pack.retention

    def words(self, fact: str) -> tuple[str, ...]:
        """Return the words that a fact may be, as the vocabulary has them."""
        return self.pack.vocabulary.of(fact)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Reviews that are overdue, as sentences for their owners."""
        return self.pack.alarms

    def rule(self, facts: Facts) -> Ruling:
        """Answer for one category. The same facts give the same answer, for ever."""
        known = self._rulings.get(_words_of(facts))
        return known if known is not None else self._rule_afresh(facts)

    def nearly(self, facts: Facts) -> tuple[NearMiss, ...]:
        """Return every rule that one fact keeps from matching; what is missing comes first."""
        return near_misses(self.pack, self._table, self._table.known(_words_of(facts)))

    def decide(self, requester: Requester, request: ShareRequest, context: CaseContext) -> Decision:
        """Answer for every asked category, with the widest kind of answer that one of them has."""
        rulings = tuple(self._rulings_for(request, context))
        if context.case is None:
            rulings = tuple(without_case(one) for one in rulings)
        answer: type[Decision] = Referral
        if all(one.outcome is Outcome.DENY for one in rulings):
            answer = Refusal
        elif any(one.outcome.releases for one in rulings):
            answer = Permit
        return answer(
            requester=requester,
            request=request,
            context=context,
            rulings=rulings,
            policy_version=self.version,
        )

    def _rulings_for(self, request: ShareRequest, context: CaseContext) -> Iterator[Ruling]:
        """Rule on what was asked and nothing else; what was not gathered is unknown."""
        gathered = dict(context.facts)
        for category in request.categories:
            facts = gathered.get(category, Facts())
            ruling = self.rule(_doubted(facts, category, request))
            same = ruling.category == category
            yield ruling if same else replace(ruling, category=category)

    def _rule_afresh(self, facts: Facts) -> Ruling:
        # A word from outside the vocabulary is no fact, and could be anything: it is not kept.
        said = _words_of(facts)
        words = self._table.known(said)
        if words != said:
            facts = Facts(**dict(zip(FACT_NAMES, words, strict=True)))
        made = ruling_of(facts, self._table.verdict(words))
        if len(self._rulings) >= MAX_RULINGS:
            self._rulings.clear()
        return self._rulings.setdefault(words, made)


def _doubted(facts: Facts, category: Category, request: ShareRequest) -> Facts:
    """Treat facts that speak of another category or purpose than was asked as unknown."""
    if facts.category == category and facts.purpose == request.purpose:
        return facts
    return replace(
        facts,
        category=facts.category if facts.category == category else UNKNOWN,
        purpose=facts.purpose if facts.purpose == request.purpose else UNKNOWN,
    )


def without_case(ruling: Ruling) -> Ruling:
    """Return a no. There is nothing to share about a case that the requester may not know of."""
    return replace(
        ruling,
        outcome=Outcome.DENY,
        deciding_rules=ruling.deciding_rules if ruling.outcome is Outcome.DENY else (),
        unmet=(),
        profile=None,
        sentence=NO_CASE,
    )


def load(directory: Path | None = None, *, today: date, area: str | None = None) -> PolicySet:
    """Read, compile and check a pack; None is the one that comes with the broker.

    Args:
        directory: of the pack.
        today: for reviews and papers.
        area: whose rules and thresholds apply; None: nobody's.

    Raises:
        PolicyLoadError: with everything that is wrong; nothing of the pack is in force.

    """
    files = read_directory(PACKAGED if directory is None else directory)
    return load_files(files, today=today, area=area)


def load_files(files: Mapping[str, bytes], *, today: date, area: str | None = None) -> PolicySet:
    """Compile and check a pack from its files, wherever they were kept. Raises like load."""
    pack = read_pack(files, today=today, area=area)
    table = Table(pack)
    suspended = frozenset(rule.rule_id for rule in pack.rules if rule.suspended)
    if (pack.version, suspended) not in _agreed:  # The check is pure, so once a process is enough.
        check_agreement(pack, table)
        _agreed.add((pack.version, suspended))
    return PolicySet(pack, table)

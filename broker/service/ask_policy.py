"""What the rules say about facts that somebody names: no case is looked at, nothing is released.

Every door leaves an entry, so this one does: who asked, how often each outcome was the answer,
under which policy; and no fact.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PolicyVersion
from broker.domain.ports import Policy
from broker.domain.request import Requester
from broker.ledger import events
from broker.service.desk import Desk

_SIMILAR = 0.6
"""difflib's own cut-off for a close match, 0 to 1."""

Words = Mapping[str, str]
"""Facts as they were named, unchecked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A question that could not be read; `says` is one sentence that says what to do."""

    says: str


Said = Ruling | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one policy said to questions asked together, in their order; maybe not to the last."""

    said: tuple[Said, ...]
    policy_version: PolicyVersion


def ask_once(desk: Desk, requester: Requester, words: Words) -> tuple[Ruling, PolicyVersion]:
    """Answer one question by the policy in force, and log that it was asked.

    Raises:
        InvalidRequestError: a fact or a word is unknown; nothing is answered.

    """
    policy = desk.policy
    ruling = policy.rule(_facts(policy, words))
    _record(desk, requester, policy, [ruling])
    return ruling, policy.version


def ask_policy(
    desk: Desk,
    requester: Requester,
    questions: Iterable[Words | Unread],
    *,
    enough: Callable[[Said], bool],
) -> Answers:
    """Answer questions by the policy in force, and log that they were asked.

    Args:
        desk: the ports.
        requester: who asks.
        questions: facts by name; what is missing is unknown.
        enough: whether to stop after an answer.

    """
    policy = desk.policy  # Once: another one may come into force between two questions.
    said: list[Said] = []
    for question in questions:
        said.append(_answer(policy, question))
        if enough(said[-1]):
            break
    _record(desk, requester, policy, [one for one in said if isinstance(one, Ruling)])
    return Answers(said=tuple(said), policy_version=policy.version)


def _record(desk: Desk, requester: Requester, policy: Policy, rulings: list[Ruling]) -> None:
    salt, now = desk.cases.broker_salt(), desk.clock.now()
    desk.ledger.record(events.policy_asked(requester, rulings, policy.version, salt, now))


def _answer(policy: Policy, question: Words | Unread) -> Said:
    if isinstance(question, Unread):
        return question
    try:
        return policy.rule(_facts(policy, question))
    except InvalidRequestError as error:
        return Unread(says=str(error))


def _facts(policy: Policy, words: Words) -> Facts:
    """Return the facts; a message names the fact and a right word, and repeats nothing."""
    for name, word in words.items():
        if name not in FACT_NAMES:
            raise InvalidRequestError(f"There is no such fact{_nearest(name, FACT_NAMES)}.")
        if word not in policy.words(name):
            near = _nearest(word, policy.words(name))
            raise InvalidRequestError(f"The fact `{name}` has no such word{near}.")
    return Facts(**words)


def _nearest(word: str, valid: tuple[str, ...]) -> str:
    found = difflib.get_close_matches(word, valid, n=1, cutoff=_SIMILAR)
    return f"; nearest: {found[0]}" if found else ""

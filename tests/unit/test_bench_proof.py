"""The benchmarks of proving and publishing: their verdicts can be no."""

from dataclasses import replace

from tests.bench.policy_change import ChangeSpeed, change_table
from tests.bench.policy_proof import LIMIT_SECONDS, ProofSpeed, proof_table


def some_proof() -> ProofSpeed:
    """A proof that took long enough."""
    return ProofSpeed(
        rules=200, cases=10**17, properties=100, equality_seconds=4.0, check_seconds=16.0
    )


def test_a_proof_that_takes_longer_than_promised_is_said_to() -> None:
    """Both parts count."""
    slow = replace(some_proof(), check_seconds=LIMIT_SECONDS - 1)
    verdicts = [list(proof_table(one).columns[-1].cells) for one in (some_proof(), slow)]
    assert verdicts == [["yes"], ["NO"]]


def some_change() -> ChangeSpeed:
    """Publications that were soon in force."""
    return ChangeSpeed(publications=3, middle_seconds=0.2, slowest_seconds=0.4)


def test_one_publication_that_is_late_is_said_to_be() -> None:
    """The slowest counts, not the middle."""
    late = replace(some_change(), slowest_seconds=1.1)
    verdicts = [list(change_table(one).columns[-1].cells) for one in (some_change(), late)]
    assert verdicts == [["yes"], ["NO"]]

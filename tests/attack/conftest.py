"""Fixtures of the attacks at the doors."""

from tests.api.fixtures import doors, lasting_doors, new_minute
from tests.attack.watched import watched

__all__ = ["doors", "lasting_doors", "new_minute", "watched"]

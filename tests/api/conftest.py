"""Fixtures of the tests of the doors."""

from tests.api.fixtures import doors, lasting_doors, new_minute

__all__ = ["doors", "lasting_doors", "new_minute"]

"""Policy: may this be shared, how much of it, and under which obligations."""

from policies.decide import PolicySet, load

__all__ = ["PolicySet", "load"]

"""Memory that starting up took and freed goes back to the machine, not to waste."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Return freed memory to the system, where the C library is one that would keep it.

    Opening our keys takes sixteen megabytes for a moment (scrypt), and glibc keeps what it has
    had (malloc_trim(3)). Elsewhere nothing happens.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)

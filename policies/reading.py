"""Makes a policy of files wherever they were kept (policy_ports.PolicyReader)."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from broker.domain.errors import PolicyLoadError
from broker.domain.ids import PolicyVersion
from broker.domain.policy import PolicyFiles
from policies.check import findings_of
from policies.decide import PACKAGED, PolicySet, load_files
from policies.files import read_directory, version_of
from policies.findings import lines

KEPT: Final = 6
"""Policies that are kept ready: in force, scheduled, approved, and the same for tomorrow."""


def files_of(directory: Path | None) -> PolicyFiles:
    """Return the files of the pack in a folder; None is the one that comes with the broker.

    Raises:
        PolicyLoadError: a file cannot be read, or lies where a rule could be overlooked.

    """
    return read_directory(PACKAGED if directory is None else directory)


Passes = Callable[[PolicyFiles, date], tuple[str, ...]]
"""Says what stands against a pack that loads, as lines; none: nothing does."""


def held_to_its_checks(files: PolicyFiles, today: date) -> tuple[str, ...]:
    """Hold a pack to its own rows and properties, for everybody and in each of its areas.

    Takes some seconds of one core for the packaged pack.
    """
    found = findings_of(files, today)
    return () if found.passed else tuple(lines(found))


def held_to_nothing(files: PolicyFiles, today: date) -> tuple[str, ...]:
    """Let every pack pass that loads."""
    del files, today
    return ()


class PackReader:
    """Loads packs for one area and keeps the last few. Safe under threads."""

    def __init__(self, area: str | None = None, passes: Passes = held_to_its_checks) -> None:
        """Read packs.

        Args:
            area: whose rules and thresholds apply; None: everybody's.
            passes: what a pack must pass besides loading before it may be submitted.

        """
        self._area, self._passes = area, passes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[PolicyVersion, date], PolicySet] = OrderedDict()

    def version_of(self, files: PolicyFiles) -> PolicyVersion:
        """Return the hash over the files, whether or not they can be loaded."""
        return version_of(files, self._area)

    def load(self, files: PolicyFiles, today: date) -> PolicySet:
        """Return the policy as it is on that day; raises like policies.load_files."""
        key = (self.version_of(files), today)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = load_files(files, today=today, area=self._area)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def check(self, files: PolicyFiles, today: date) -> tuple[str, ...]:
        """Return what stands against submitting the pack, as sentences; none: nothing does."""
        try:
            self.load(files, today)
            return self._passes(files, today)
        except PolicyLoadError as error:
            return error.problems

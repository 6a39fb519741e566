"""What putting a policy in force needs of the world, as contracts (see ports).

Every port may be called from several threads at once unless its contract says otherwise.
"""

from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

from broker.domain.ids import PolicyVersion
from broker.domain.policy import (
    PolicyFiles,
    PolicyRecord,
    SignedPublication,
    StoredPublication,
)
from broker.domain.ports import Policy


class LoadedPolicy(Policy, Protocol):
    """A pack that was read, compiled and held to Casbin; never changes."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """Reviews and references that are due or overdue, as sentences for their owners."""


class PolicyReader(Protocol):
    """Makes a policy of a pack's files. Keeps what it made, so that asking twice costs nothing."""

    def version_of(self, files: PolicyFiles) -> PolicyVersion:
        """Return the hash over the files, whether or not they can be loaded."""

    def load(self, files: PolicyFiles, today: date) -> LoadedPolicy:
        """Return the policy as it is on that day: an overdue permission is suspended.

        Raises:
            PolicyLoadError: with everything that is wrong.

        """

    def check(self, files: PolicyFiles, today: date) -> tuple[str, ...]:
        """Return what stands against submitting the pack, as sentences; none: nothing does."""


class PublicationSigner(Protocol):
    """Signs what puts a policy in force, as this broker; every replica has the same key."""

    def sign(self, statement: bytes) -> SignedPublication:
        """Return the statement with our signature."""

    def holds(self, signed: SignedPublication) -> bool:
        """Whether the signature is ours over the statement."""


class PolicyBell(Protocol):
    """Wakes who waits for a change of policy by another broker."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds` at the latest, and at once where the database can tell."""


class PolicyStore(Protocol):
    """Reads of policy versions and publications. Every read sees what was committed before."""

    def record(self, version: PolicyVersion) -> PolicyRecord | None:
        """Return a version's record, or None."""

    def records(self) -> tuple[PolicyRecord, ...]:
        """Return the record of every version, newest draft first."""

    def files(self, version: PolicyVersion) -> PolicyFiles | None:
        """Return the files as they are stored, unchecked; None where they cannot be read."""

    def publications(self) -> tuple[StoredPublication, ...]:
        """Return every publication, newest first, damaged ones too."""

    def pulse(self) -> tuple[int, ...]:
        """Return numbers that change with every step of every version; cheap enough to poll."""

    def bell(self) -> AbstractContextManager[PolicyBell]:
        """Start listening for changes, for one thread."""


class Rules(Protocol):
    """Which policy is in force. `current` is one value: take it once per request."""

    @property
    def current(self) -> Policy:
        """The policy in force, as this broker knows it."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """What an IG lead has to look at: publications refused, reviews due."""

    def refresh(self) -> None:
        """Look now, and have the newest publication whose moment has come in force on return.

        Raises:
            LedgerUnavailableError: the database does not answer; what was in force stays.

        """

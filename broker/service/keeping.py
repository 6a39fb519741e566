"""What destroying needs of the world, as one frozen value that bootstrap fills."""

from dataclasses import dataclass

from broker.domain.erasure import Archive, Certifier, TermKeys
from broker.domain.policy_ports import Rules
from broker.domain.ports import Cases, Clock, Ledger, LedgerReader
from broker.domain.retention import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The ports, each one already chosen."""

    clock: Clock
    cases: Cases
    ledger: Ledger
    log: LedgerReader
    rules: Rules
    archive: Archive
    term_keys: TermKeys
    certifier: Certifier

    @property
    def schedule(self) -> Schedule:
        """The terms of the policy in force."""
        return self.rules.current.retention

"""Everything a use case may reach, as one frozen value that bootstrap fills."""

from dataclasses import dataclass

from broker.domain.ports import (
    Authenticator,
    Cases,
    Clock,
    Directory,
    Ledger,
    LedgerReader,
    Mailbox,
    Outbox,
    Policy,
    Redactor,
    Sealer,
    Source,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ports, each one already chosen."""

    clock: Clock
    authenticator: Authenticator
    directory: Directory
    cases: Cases
    policy: Policy
    source: Source
    redactor: Redactor
    sealer: Sealer
    ledger: Ledger
    log: LedgerReader
    outbox: Outbox
    mailbox: Mailbox

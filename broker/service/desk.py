"""Everything a use case may reach, as one frozen value that bootstrap fills."""

from dataclasses import dataclass, field, replace

from broker.domain.alert import Alerts
from broker.domain.challenge import Challenges
from broker.domain.key_ports import Enrolment
from broker.domain.opened import OpenedReceipts, ReceiptReader
from broker.domain.outbox import Mailbox, Outbox
from broker.domain.policy_ports import Rules
from broker.domain.ports import (
    Authenticator,
    Cases,
    Clock,
    Directory,
    Ledger,
    LedgerReader,
    Policy,
    Redactor,
    Sealer,
    Source,
)
from broker.domain.review import Reviews, Reviser
from broker.domain.search import LogSearch
from broker.domain.task import Tasks
from broker.domain.witness import Finality
from broker.service.keeping import Keeping
from broker.service.rejections import Rejections
from broker.service.rules import OneVersion, Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ports, each one already chosen."""

    clock: Clock
    authenticator: Authenticator
    directory: Directory
    cases: Cases
    rules: Rules
    shelf: Shelf
    source: Source
    redactor: Redactor
    sealer: Sealer
    enrolment: Enrolment
    ledger: Ledger
    log: LedgerReader
    search: LogSearch
    challenges: Challenges
    alerts: Alerts
    opened: OpenedReceipts
    receipts: ReceiptReader
    outbox: Outbox
    mailbox: Mailbox
    tasks: Tasks
    keeping: Keeping
    reviews: Reviews
    reviser: Reviser
    finality: Finality | None = None
    """None where nobody was named to witness the log: a receipt is then as final as it gets."""
    rejections: Rejections = field(default_factory=Rejections)
    """What this process turned away of callers who proved nothing."""

    @property
    def policy(self) -> Policy:
        """The policy in force. It may be another one a moment later: see `for_one_request`."""
        return self.rules.current

    def for_one_request(self) -> "Desk":
        """Return this desk with the policy that is in force now, which stays the same."""
        return replace(self, rules=OneVersion(current=self.rules.current))

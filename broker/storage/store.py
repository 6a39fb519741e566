"""Opening a store: the one place where its parts are put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from broker.domain.ports import Clock, Custody, RecordVault
from broker.ledger.cosignature import CheckBy, WitnessKey
from broker.storage.alerts import StoredAlerts
from broker.storage.appending import check_head, read_head
from broker.storage.blinding import open_keyring, rewrap_secrets
from broker.storage.cases import StoredCases, make_decoy
from broker.storage.challenges import StoredChallenges
from broker.storage.cosigned import StoredCosigned
from broker.storage.directory import StoredDirectory
from broker.storage.engine import check_durable, open_engine, reading
from broker.storage.journal import Journal
from broker.storage.log_keys import LogKeys
from broker.storage.opened import StoredOpened
from broker.storage.outbox import StoredOutbox
from broker.storage.policies import StoredPolicies
from broker.storage.preparing import Preparing
from broker.storage.proofs import StoredProofs
from broker.storage.reader import StoredLog
from broker.storage.retention import StoredArchive
from broker.storage.reviews import StoredReviews
from broker.storage.schema import check_revision
from broker.storage.sealing import Sealing
from broker.storage.searching import StoredSearch
from broker.storage.sequencer import Sequencer
from broker.storage.spans import StoredSpans
from broker.storage.tasks import StoredTasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept, behind its ports. Close it once, after the last call."""

    directory: StoredDirectory
    cases: StoredCases
    ledger: Journal
    log: StoredLog
    outbox: StoredOutbox
    spans: StoredSpans
    proofs: StoredProofs
    tasks: StoredTasks
    reviews: StoredReviews
    policies: StoredPolicies
    archive: StoredArchive
    search: StoredSearch
    challenges: StoredChallenges
    alerts: StoredAlerts
    opened: StoredOpened
    engines: tuple[Engine, ...]

    def rewrap_secrets(self, custody: Custody) -> int:
        """Wrap the store's own secrets by custody's newest key; return how many were not."""
        writer, _ = self.engines
        return rewrap_secrets(writer, custody)

    def cosigned_by(self, keys: Sequence[WitnessKey], check: CheckBy) -> StoredCosigned:
        """Return what these witnesses cosigned; `check` is their keys' signature check."""
        sequencer = self.ledger.sequencer
        return StoredCosigned(keys=keys, check=check, log=self.log, sequencer=sequencer)

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
        self.ledger.sequencer.close()
        for engine in self.engines:
            engine.dispose()


def open_store(
    url: str, *, custody: Custody, vault: RecordVault, clock: Clock, origin: str
) -> Store:
    """Open the store at `url`, whose log is named `origin`.

    Raises:
        SettingsError: the URL, the schema or the server's durability is not what we need.
        CustodyError: the store was made under another key-encryption key.
        LedgerVerificationError: the newest checkpoint is not of this tree or not by our key.
        LedgerUnavailableError: the database does not answer.

    """
    writer, readers = open_engine(url, writes=True), open_engine(url, writes=False)
    try:
        check_revision(readers)
        check_durable(readers)
        sealing = Sealing(vault=vault, keyring=open_keyring(writer, custody, vault))
        log = StoredLog(sealing=sealing, readers=readers, keys=LogKeys(origin, custody))
        _check_newest(log)
    except BaseException:
        writer.dispose()
        readers.dispose()
        raise
    return _assemble(writer, log, clock)


def _check_newest(log: StoredLog) -> None:
    with reading(log.readers) as connection:
        log.keys.look_again(connection)
        head = read_head(connection)
    if head is not None:
        check_head(head, log.key, log.check)


def _assemble(writer: Engine, log: StoredLog, clock: Clock) -> Store:
    sealing, readers = log.sealing, log.readers
    sealing.make_ready()
    sequencer = Sequencer(writer, log.keys)
    directory = StoredDirectory(sealing=sealing, readers=readers)
    preparing = Preparing(sealing=sealing, readers=readers, directory=directory)
    return Store(
        directory=directory,
        cases=StoredCases(sealing=sealing, readers=readers, decoy=make_decoy(sealing)),
        ledger=Journal(sequencer=sequencer, preparing=preparing, log=log, clock=clock),
        log=log,
        outbox=StoredOutbox(sequencer=sequencer, log=log, directory=directory, readers=readers),
        spans=StoredSpans(sealing=sealing, sequencer=sequencer, readers=readers, clock=clock),
        proofs=StoredProofs(keyring=sealing.keyring, sequencer=sequencer, clock=clock),
        tasks=StoredTasks(sealing=sealing, readers=readers),
        reviews=StoredReviews(sealing=sealing, readers=readers),
        policies=StoredPolicies(sealing=sealing, readers=readers),
        archive=StoredArchive(sealing=sealing, sequencer=sequencer, writer=writer, readers=readers),
        search=StoredSearch(sequencer=sequencer, readers=readers),
        alerts=StoredAlerts(sequencer=sequencer, readers=readers),
        challenges=StoredChallenges(sealing=sealing, readers=readers),
        opened=StoredOpened(sealing=sealing, readers=readers),
        engines=(writer, readers),
    )

"""The only file that names concrete classes: it fills the desk, and empties it again."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from broker import settings as settings_module
from broker.domain.errors import AuthenticationError, SettingsError
from broker.domain.key_ports import KeyCustody
from broker.domain.ports import Authenticator
from broker.domain.request import Credentials, Requester
from broker.footprint import give_back
from broker.ledger import events
from broker.release import SOFTWARE
from broker.service.desk import Desk
from broker.service.keeping import Keeping
from broker.service.policy_watch import PolicyWatch
from broker.service.retention_months import begin_month
from broker.service.retention_watch import RetentionWatch
from broker.service.rules import RulesInForce, Shelf
from broker.service.set_back import check_not_set_back
from broker.service.witnessing import Witnesses, Witnessing
from broker.settings import Settings
from broker.storage import Store, open_store, upgrade
from connectors.http import http_client
from connectors.identity import JwksCache, TokenAuthenticator
from connectors.mailbox import HttpMailbox
from connectors.router import SourceRouter
from connectors.settings import connectors_from
from connectors.witness import read_witnesses
from keys.certificates import DestructionCertifier
from keys.custody.places import make_custody, open_custody
from keys.enrolment import KeyEnrolment
from keys.opened import SignedReceipts
from keys.publications import PublicationSigner
from keys.records import CaseVault
from keys.sealer import PackageSealer
from keys.signing import verify as signature_holds
from keys.term_keys import FOLDER, FileTermKeys
from policies.reading import PackReader, files_of
from redaction.service import RedactionService


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return this moment."""
        return datetime.now(UTC)


class NobodyAuthenticates:
    """What stands at the door where no token issuer is configured: unknown means protected."""

    def authenticate(self, credentials: Credentials) -> Requester:  # noqa: ARG002  # a port's shape
        """Refuse."""
        raise AuthenticationError("Set MARAC_ISSUER and MARAC_JWKS_URL, then start again.")


def custody_of(settings: Settings) -> KeyCustody:
    """Open our own keys; an embedded broker makes them on first use."""
    return open_custody(settings.custody, settings.keys_directory, settings.passphrase)


def store_of(settings: Settings) -> Store:
    """Open the database as it is; `database upgrade` brings it to this version's form."""
    custody = custody_of(settings)
    return _store(settings, custody, _term_keys(settings, custody))


def store_from_environment() -> Store:
    """Open the store that the environment names, for commands."""
    import os  # noqa: PLC0415  # commands only: a service takes its settings as an argument

    return store_of(settings_module.from_environment(os.environ))


def prepare(settings: Settings) -> None:
    """Make our keys where there are none, and bring the database to this version's form."""
    make_custody(settings.custody, settings.keys_directory, settings.passphrase)
    upgrade(settings.database_url)


@contextmanager
def open_desk(
    settings: Settings, *, base_url: str, connectors: Mapping[str, Any] | None = None
) -> Iterator[Desk]:
    """Open everything a broker needs, and close it at the end.

    Args:
        settings: what the process was told.
        base_url: how callers reach us; the audience of their tokens.
        connectors: the holders' systems, instead of the file the settings name.

    """
    clock = SystemClock()
    with ExitStack() as stack:
        custody = custody_of(settings)
        term_keys = _term_keys(settings, custody)
        store = stack.enter_context(closing(_store(settings, custody, term_keys)))
        finality = _witnessing(settings, store, stack)
        shelf = _shelf(settings, store, custody)
        shelf.reader.load(shelf.own_files, clock.now().date())  # A bad pack stops the start here.
        redactor = stack.enter_context(closing(_redactor(settings, store)))
        rules = _begin(store, shelf, clock)
        stack.enter_context(_watching(PolicyWatch(rules, shelf, clock), "policy-watch"))
        keeping = _keeping_house(_keeping(store, rules, custody, term_keys), stack)
        _ready(redactor)
        yield Desk(
            clock=clock,
            authenticator=_authenticator(settings, base_url, store, stack),
            directory=store.directory,
            cases=store.cases,
            rules=rules,
            shelf=shelf,
            source=SourceRouter(connectors_from(connectors or read_connectors(settings)), clock),
            redactor=redactor,
            sealer=PackageSealer(custody=custody, directory=store.directory, clock=clock),
            enrolment=KeyEnrolment(custody=custody),
            ledger=store.ledger,
            log=store.log,
            search=store.search,
            challenges=store.challenges,
            alerts=store.alerts,
            opened=store.opened,
            receipts=SignedReceipts(),
            outbox=store.outbox,
            mailbox=HttpMailbox(),
            tasks=store.tasks,
            keeping=keeping,
            reviews=store.reviews,
            reviser=redactor,
            finality=finality,
        )


def _ready(redactor: RedactionService) -> None:
    """Wait for the language model: whoever is told that we are ready does not, later."""
    redactor.warm()
    give_back()


def _witnessing(settings: Settings, store: Store, stack: ExitStack) -> Witnessing | None:
    """Have the log cosigned from now on; None where no witness was named."""
    witnessing = witnessing_of(settings.witnesses_file, store)
    if witnessing is not None:
        check_not_set_back(witnessing.witnesses.doors, store.log)
        stack.enter_context(_watching(witnessing, "witnesses"))
    return witnessing


def witnessing_of(witnesses_file: Path | None, store: Store) -> Witnessing | None:
    """Return who can be asked to cosign the log; None where no witness was named."""
    if witnesses_file is None:
        return None
    named = read_witnesses(witnesses_file)
    return Witnessing(
        witnesses=Witnesses(doors=named.doors(), needed=named.needed, required=named.required),
        log=store.log,
        cosigned=store.cosigned_by(named.public(), signature_holds),
        clock=SystemClock(),
    )


def _begin(store: Store, shelf: Shelf, clock: SystemClock) -> RulesInForce:
    """Log that we have started, and by which rules."""
    store.ledger.record(events.broker_started(SOFTWARE, clock.now()))
    rules = RulesInForce(shelf, store.ledger, clock)
    store.ledger.record(events.policy_loaded(rules.current.version, clock.now()))
    return rules


def _shelf(settings: Settings, store: Store, custody: KeyCustody) -> Shelf:
    return Shelf(
        store=store.policies,
        reader=PackReader(settings.area),
        signer=PublicationSigner(custody=custody),
        own_files=files_of(settings.policy_directory),
    )


@contextmanager
def _watching(watch: PolicyWatch | RetentionWatch | Witnessing, name: str) -> Iterator[None]:
    """Follow what other brokers change until the end of the block."""
    stopped = Event()
    thread = Thread(target=watch.until, args=(stopped,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@contextmanager
def open_keeping(settings: Settings) -> Iterator[Keeping]:
    """Open what destroying needs, and close it at the end; no request is answered meanwhile."""
    custody, clock = custody_of(settings), SystemClock()
    term_keys = _term_keys(settings, custody)
    with closing(_store(settings, custody, term_keys)) as store:
        rules = RulesInForce(_shelf(settings, store, custody), store.ledger, clock)
        yield _keeping(store, rules, custody, term_keys)


def _keeping(
    store: Store, rules: RulesInForce, custody: KeyCustody, term_keys: FileTermKeys
) -> Keeping:
    return Keeping(
        clock=SystemClock(),
        cases=store.cases,
        ledger=store.ledger,
        log=store.log,
        rules=rules,
        archive=store.archive,
        term_keys=term_keys,
        certifier=DestructionCertifier(custody=custody),
    )


def _keeping_house(keeping: Keeping, stack: ExitStack) -> Keeping:
    """Have this month's keys, and destroy what reaches its term until the stack is closed."""
    begin_month(keeping)
    stack.enter_context(_watching(RetentionWatch(keeping), "retention-watch"))
    return keeping


def _term_keys(settings: Settings, custody: KeyCustody) -> FileTermKeys:
    """Return the months' keys: beside our own, where no copy of the database has them."""
    return FileTermKeys(settings.keys_directory / FOLDER, custody)


def vault_of(settings: Settings, custody: KeyCustody) -> CaseVault:
    """Return what opens data keys, for a database that is not there yet."""
    return CaseVault(custody, _term_keys(settings, custody))


def _store(settings: Settings, custody: KeyCustody, term_keys: FileTermKeys) -> Store:
    return open_store(
        settings.database_url,
        custody=custody,
        vault=CaseVault(custody, term_keys),
        clock=SystemClock(),
        origin=settings.origin,
    )


def _redactor(settings: Settings, store: Store) -> RedactionService:
    """Start the workers; what they detected is kept under a key of this database's own."""
    key = hmac.digest(store.cases.broker_salt(), b"detected spans v1", hashlib.sha256)
    return RedactionService(spans=store.spans, span_key=key, workers=settings.redaction_workers)


def _authenticator(
    settings: Settings, base_url: str, store: Store, stack: ExitStack
) -> Authenticator:
    if settings.issuer is None or settings.jwks_url is None:
        return NobodyAuthenticates()
    http = stack.enter_context(http_client(headers={}))
    return TokenAuthenticator(
        issuer=settings.issuer,
        audience=base_url,
        jwks=JwksCache(settings.jwks_url, http, SystemClock()),
        directory=store.directory,
        proofs=store.proofs,
        clock=SystemClock(),
        base_url=base_url,
    )


def read_connectors(settings: Settings) -> Mapping[str, Any]:
    """Read which holder is asked through what; no file means that nobody can be asked."""
    path: Path | None = settings.connectors_file
    if path is None:
        return {"version": 1, "connectors": {}}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SettingsError(f"{path} cannot be read as JSON: correct MARAC_CONNECTORS.") from None
    if not isinstance(found, dict):
        raise SettingsError(f"{path} must hold one object: agency id to connector.")
    return found

"""The synthetic county round one embedded broker: its systems, its issuer, its people on file."""

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from broker.bootstrap import custody_of
from broker.demo.county import county
from broker.demo.county.model import County, with_mailboxes
from broker.demo.install import make_keys, register_county, register_offices
from broker.demo.office import SHEET, Sheet
from broker.demo.systems.issuer import start_issuer
from broker.demo.systems.running import RunningSystems, start_systems
from broker.domain.errors import SettingsError
from broker.service.desk import Desk
from broker.service.register import Register
from broker.settings import Settings
from keys.signing import write_public_jwk

MADE_AT = "made-at"
PASSPHRASE = "office-passphrase"  # noqa: S105  # the name of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """Everything round the broker, running."""

    folder: Path
    county: County
    settings: Settings
    connectors: Mapping[str, object] = field(repr=False)
    sheet: Sheet = field(repr=False)

    @classmethod
    @contextmanager
    def start(
        cls, settings: Settings, state: Path | None, base_url: str
    ) -> Iterator["Neighbourhood"]:
        """Run the agencies' systems and issuer until the end of the block.

        Raises:
            SettingsError: there is no folder to keep the county in, or a system did not start.

        """
        if state is None:
            raise SettingsError("The county lives beside an embedded broker: add --state FOLDER.")
        folder = state / "county"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / SHEET).unlink(missing_ok=True)
        passphrase, made_at = _once(folder)
        people = county(made_at)
        keys = folder / "keys"
        if not keys.exists():
            make_keys(people, keys, passphrase)
        with ExitStack() as stack:
            issuer = start_issuer(people, keys, passphrase, base_url, folder / "issuer.log")
            stack.callback(issuer.stop)
            systems = stack.enter_context(_systems(folder / "systems", people))
            url = str(issuer.ready()["url"])
            yield cls(
                folder=folder,
                county=with_mailboxes(people, systems.mailbox_url),
                settings=replace(settings, issuer=url, jwks_url=f"{url}/jwks"),
                connectors=systems.connectors_config,
                sheet=Sheet(
                    made_at=made_at,
                    base_url=base_url,
                    token_endpoint=f"{url}/token",
                    broker_key=write_public_jwk(custody_of(settings).public_key("package")),
                    passphrase=passphrase,
                    keys=keys,
                    mailboxes={
                        one.agency_id: (
                            systems.mailbox_url(one.agency_id),
                            systems.mailbox_key(one.agency_id),
                        )
                        for one in people.agencies
                    },
                ),
            )

    def register(self, desk: Desk) -> None:
        """Put the county on file where it is not yet, then tell the offices where everything is."""
        register = Register(desk.ledger, desk.cases, desk.clock)
        register_offices(register, self.county)
        if desk.cases.meeting(self.county.meeting.meeting_id) is None:
            register_county(register, self.county, self.sheet.keys, self.sheet.passphrase)
        self.sheet.write(self.folder)


def _once(folder: Path) -> tuple[str, datetime]:
    """Return the offices' passphrase and the county's moment, made on first use."""
    passphrase, made_at = folder / PASSPHRASE, folder / MADE_AT
    if not made_at.exists():
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(24), encoding="ascii")
        made_at.write_text(datetime.now(UTC).isoformat(), encoding="ascii")
    moment = datetime.fromisoformat(made_at.read_text(encoding="ascii"))
    return passphrase.read_text(encoding="ascii"), moment


def _systems(folder: Path, people: County) -> RunningSystems:
    """Start the systems afresh; what was delivered before stays in the mailboxes."""
    for old in folder.glob("*"):
        if old.name == "mailboxes":
            continue
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    return start_systems(folder, people.records, people.system_kinds)

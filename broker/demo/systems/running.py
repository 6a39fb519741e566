"""Starts every agency's own system on loopback, fills it with its records, and stops them all."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from broker.demo.systems.health import NHS_NUMBER, load_items, start_fhir_server
from broker.demo.systems.housing import export_folder
from broker.demo.systems.process import SystemProcess
from broker.demo.systems.serve import mailbox_key
from broker.demo.systems.social_care import build_records
from broker.demo.systems.sql import build_database
from broker.domain.ids import AgencyId
from broker.domain.record import RecordItem

KINDS: Final = frozenset({"sql", "fhir", "dropfolder", "rest"})
_KEY_BYTES: Final = 32

Records = Mapping[AgencyId, tuple[RecordItem, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSystems:
    """The systems, and what the broker's operator is told about them.

    Args:
        connectors_config: what `connectors.settings.connectors_from` reads; holds keys.

    """

    connectors_config: Mapping[str, object] = field(repr=False)
    processes: tuple[SystemProcess, ...]
    mailboxes: str
    mailbox_secret: str = field(repr=False)

    def mailbox_url(self, agency_id: AgencyId) -> str:
        """Return where the agency's packages are put."""
        return f"{self.mailboxes}/{agency_id}"

    def mailbox_key(self, agency_id: AgencyId) -> str:
        """Return the key with which the agency fetches its packages."""
        return mailbox_key(self.mailbox_secret, agency_id)

    def stop(self) -> None:
        """Stop every process; safe to call twice."""
        for one in self.processes:
            one.stop()

    def __enter__(self) -> Self:
        """Return itself; leaving stops every system."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every system."""
        self.stop()


def start_systems(folder: Path, records: Records, kinds: Mapping[AgencyId, str]) -> RunningSystems:
    """Start one system for each agency of `kinds`, holding its records, all state in `folder`.

    Raises:
        SettingsError: a system did not start; nothing is left running.
        ValueError: a kind that does not exist.

    """
    unknown = set(kinds.values()) - KINDS
    if unknown:
        raise ValueError(f"no system is of kind {sorted(unknown)}")
    folder.mkdir(parents=True, exist_ok=True)
    startup = _Startup(folder.resolve(), records, kinds)
    try:
        startup.launch()
        return startup.running()
    except BaseException:
        startup.abandon()
        raise


class _Startup:
    """Starts the slow systems first, and fills the files while they start."""

    def __init__(self, folder: Path, records: Records, kinds: Mapping[AgencyId, str]) -> None:
        self._folder = folder
        self._records = records
        self._kinds = kinds
        self._keys = {agency: secrets.token_hex(_KEY_BYTES) for agency in kinds}
        self._mailbox_secret = secrets.token_hex(_KEY_BYTES)
        self._fhir: dict[AgencyId, SystemProcess] = {}
        self._python: list[SystemProcess] = []

    def launch(self) -> None:
        """Start every process; none need be ready on return."""
        for agency in self._of_kind("fhir"):
            log = self._folder / f"{agency}.log"
            self._fhir[agency] = start_fhir_server(self._keys[agency], log)
        social_care = {str(one): self._social_care(one) for one in self._of_kind("rest")}
        self._python.append(
            SystemProcess(
                [sys.executable, "-m", "broker.demo.systems.serve"],
                log=self._folder / "systems.log",
                instructions={
                    "mailboxes": str(self._folder / "mailboxes"),
                    "mailbox_secret": self._mailbox_secret,
                    "social_care": social_care,
                },
            )
        )

    def running(self) -> RunningSystems:
        """Fill every system and return them."""
        configs = {
            **{one: self._database(one) for one in self._of_kind("sql")},
            **{one: self._exports(one) for one in self._of_kind("dropfolder")},
        }
        base = str(self._python[0].ready()["url"])
        for agency in self._of_kind("rest"):
            url = f"{base}/social-care/{agency}"
            configs[agency] = {"kind": "rest", "url": url, "key": self._keys[agency]}
        for agency in self._of_kind("fhir"):
            configs[agency] = self._loaded_fhir(agency)
        return RunningSystems(
            connectors_config={
                "version": 1,
                "connectors": {str(agency): configs[agency] for agency in self._kinds},
            },
            processes=(*self._fhir.values(), *self._python),
            mailboxes=f"{base}/mailboxes",
            mailbox_secret=self._mailbox_secret,
        )

    def abandon(self) -> None:
        """Stop whatever was started."""
        for one in (*self._fhir.values(), *self._python):
            one.stop()

    def _of_kind(self, kind: str) -> list[AgencyId]:
        return [agency for agency, one in self._kinds.items() if one == kind]

    def _items(self, agency: AgencyId) -> tuple[RecordItem, ...]:
        return self._records.get(agency, ())

    def _database(self, agency: AgencyId) -> Mapping[str, object]:
        return build_database(self._folder / f"{agency}.sqlite", self._items(agency))

    def _exports(self, agency: AgencyId) -> Mapping[str, object]:
        return export_folder(self._folder / str(agency), self._items(agency))

    def _social_care(self, agency: AgencyId) -> Mapping[str, str]:
        database = self._folder / f"{agency}.sqlite"
        build_records(database, self._items(agency))
        return {"database": str(database), "key": self._keys[agency]}

    def _loaded_fhir(self, agency: AgencyId) -> Mapping[str, object]:
        url = str(self._fhir[agency].ready()["url"])
        load_items(url, self._keys[agency], self._items(agency))
        return {
            "kind": "fhir",
            "url": url,
            "key": self._keys[agency],
            "identifier_system": NHS_NUMBER,
            # The router's in-memory search is eighty times quicker by subject than by patient.
            "search_by": "subject",
        }

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
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    started: dict[AgencyId | None, SystemProcess] = {}
    try:
        return _started(folder, records, kinds, started)
    except BaseException:
        for one in started.values():
            one.stop()
        raise


def _started(
    folder: Path,
    records: Records,
    kinds: Mapping[AgencyId, str],
    started: dict[AgencyId | None, SystemProcess],
) -> RunningSystems:
    """Start the slow ones first, and fill the files while they start."""
    keys = {agency: secrets.token_hex(_KEY_BYTES) for agency in kinds}
    secret = secrets.token_hex(_KEY_BYTES)
    for agency, kind in kinds.items():
        if kind == "fhir":
            started[agency] = start_fhir_server(keys[agency], folder / f"{agency}.log")
    social_care = {
        agency: {"database": str(folder / f"{agency}.sqlite"), "key": keys[agency]}
        for agency, kind in kinds.items()
        if kind == "rest"
    }
    for agency in social_care:
        build_records(folder / f"{agency}.sqlite", records.get(agency, ()))
    started[None] = _serve(folder, secret, social_care)
    configs = _file_systems(folder, records, kinds)
    base = str(started[None].ready()["url"])
    for agency in social_care:
        url = f"{base}/social-care/{agency}"
        configs[agency] = {"kind": "rest", "url": url, "key": keys[agency]}
    for name, process in started.items():
        if name is not None:
            configs[name] = _loaded(process, keys[name], records.get(name, ()))
    return RunningSystems(
        connectors_config={
            "version": 1,
            "connectors": {str(agency): configs[agency] for agency in kinds},
        },
        processes=tuple(started.values()),
        mailboxes=f"{base}/mailboxes",
        mailbox_secret=secret,
    )


def _file_systems(
    folder: Path, records: Records, kinds: Mapping[AgencyId, str]
) -> dict[AgencyId, Mapping[str, object]]:
    configs: dict[AgencyId, Mapping[str, object]] = {}
    for agency, kind in kinds.items():
        if kind == "sql":
            configs[agency] = build_database(folder / f"{agency}.sqlite", records.get(agency, ()))
        if kind == "dropfolder":
            configs[agency] = export_folder(folder / str(agency), records.get(agency, ()))
    return configs


def _loaded(
    process: SystemProcess, key: str, items: tuple[RecordItem, ...]
) -> Mapping[str, object]:
    url = str(process.ready()["url"])
    load_items(url, key, items)
    return {"kind": "fhir", "url": url, "key": key, "identifier_system": NHS_NUMBER}


def _serve(
    folder: Path, secret: str, social_care: Mapping[AgencyId, Mapping[str, str]]
) -> SystemProcess:
    return SystemProcess(
        [sys.executable, "-m", "broker.demo.systems.serve"],
        log=folder / "systems.log",
        instructions={
            "mailboxes": str(folder / "mailboxes"),
            "mailbox_secret": secret,
            "social_care": {str(agency): one for agency, one in social_care.items()},
        },
    )

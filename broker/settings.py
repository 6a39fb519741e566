"""What the process is told from outside: read once, frozen, no secret has a default."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker.domain.errors import SettingsError

PASSPHRASE_FILE = "passphrase"  # noqa: S105  # the name of a file
SETTINGS_FILE = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a broker process needs to know.

    Args:
        database_url: SQLAlchemy URL; `sqlite+pysqlite:///...` or `postgresql+psycopg://...`.
        keys_directory: what is in files of our own keys.
        passphrase: of our own keys; empty where they are not in a file.
        custody: where our own keys are (see keys.custody.places); it never holds a secret.
        origin: name of the disclosure log on its checkpoints, such as `ashmere.example/marac`.
        base_url: how callers reach us; None: derived from the address we listen on.
        issuer: of access tokens; with `jwks_url`, where its public keys are. None: nobody can
            authenticate.
        connectors_file: JSON, agency id to connector; None: no holder can be asked.
        policy_directory: the pack; None: the one that comes with the broker.
        area: whose rules and thresholds of the pack apply; None: those for everybody.
        witnesses_file: JSON, who cosigns the log and how many of them have to; None: nobody.
        redaction_workers: processes that detect; each holds a language model.
        trust_client_certificate: only behind a proxy that sets and strips `Client-Cert`.

    """

    database_url: str = field(repr=False)
    keys_directory: Path
    passphrase: str = field(repr=False)
    origin: str
    custody: str = "file:"
    host: str = "127.0.0.1"
    port: int = 8440
    base_url: str | None = None
    issuer: str | None = None
    jwks_url: str | None = None
    connectors_file: Path | None = None
    policy_directory: Path | None = None
    area: str | None = None
    witnesses_file: Path | None = None
    redaction_workers: int = 2
    trust_client_certificate: bool = False


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read MARAC_* variables; MARAC_STATE names a folder that `embedded` made.

    Raises:
        SettingsError: with the variable to set.

    """
    if state := environ.get("MARAC_STATE"):
        return embedded(Path(state))
    custody = environ.get("MARAC_CUSTODY") or "file:"
    return Settings(
        database_url=_needed(environ, "MARAC_DATABASE_URL", "the SQLAlchemy URL of the database"),
        keys_directory=_folder(environ, custody),
        passphrase=_passphrase(environ, custody),
        custody=custody,
        origin=_needed(environ, "MARAC_ORIGIN", "the log's name, such as ashmere.example/marac"),
        host=environ.get("MARAC_HOST", "127.0.0.1"),
        port=_whole(environ, "MARAC_PORT", 8440),
        base_url=environ.get("MARAC_BASE_URL"),
        issuer=environ.get("MARAC_ISSUER"),
        jwks_url=environ.get("MARAC_JWKS_URL"),
        connectors_file=_path(environ.get("MARAC_CONNECTORS")),
        policy_directory=_path(environ.get("MARAC_POLICIES")),
        area=environ.get("MARAC_AREA") or None,
        witnesses_file=_path(environ.get("MARAC_WITNESSES")),
        redaction_workers=_whole(environ, "MARAC_REDACTION_WORKERS", 2),
        trust_client_certificate=environ.get("MARAC_TRUST_CLIENT_CERT") == "yes",
    )


def witnesses_file(environ: Mapping[str, str]) -> Path | None:
    """Return who cosigns the log, for commands that need to know nothing else."""
    if state := environ.get("MARAC_STATE"):
        return embedded(Path(state)).witnesses_file
    return _path(environ.get("MARAC_WITNESSES"))


def embedded(state: Path) -> Settings:
    """Return settings for one broker with one SQLite file in one folder, made on first use.

    The folder holds the database, the keys, and the passphrase that opens them: it is for trying
    the broker out and for development. Where it matters, keep the passphrase elsewhere.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    passphrase = state / PASSPHRASE_FILE
    if not passphrase.exists():
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return Settings(
        database_url=f"sqlite+pysqlite:///{(state / 'broker.sqlite').absolute()}",
        keys_directory=state / "keys",
        passphrase=passphrase.read_text(encoding="ascii"),
        **{"origin": "localhost/marac-broker", **_overrides(state / SETTINGS_FILE)},
    )


def _overrides(path: Path) -> dict[str, Any]:
    """Read the settings an operator may change in the folder's own file."""
    if not path.exists():
        return {}
    words = {"origin", "host", "port", "base_url", "issuer", "jwks_url", "custody"}
    known = words | {"redaction_workers", "area"}
    paths = {"connectors_file", "policy_directory", "witnesses_file"}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise SettingsError(f"{path} is not JSON: correct it or remove it.") from None
    if unknown := set(found) - known - paths:
        raise SettingsError(f"{path}: remove {', '.join(sorted(unknown))}; no such setting.")
    return {key: Path(value) if key in paths else value for key, value in found.items()}


def _folder(environ: Mapping[str, str], custody: str) -> Path:
    """Return the folder of the keys that are in files; a token or an engine needs none."""
    named = custody.removeprefix("file:")
    if custody.startswith("file:") and named:
        return Path(named)
    if custody.startswith(("file:", "kms:")):
        return Path(_needed(environ, "MARAC_KEYS", "the folder with the broker's keys"))
    return Path(environ.get("MARAC_KEYS", ""))


def _passphrase(environ: Mapping[str, str], custody: str) -> str:
    if not custody.startswith("file:"):
        return ""
    return _needed(environ, "MARAC_KEYS_PASSPHRASE", "the passphrase of those keys")


def _needed(environ: Mapping[str, str], name: str, what: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(
            f"Set {name} to {what}, or use --state FOLDER for a broker with one SQLite file."
        )
    return value


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise SettingsError(f"Set {name} to a whole number.")
    return int(value)


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None

"""Where our own keys are, as one setting says it (MARAC_CUSTODY). It never holds a secret.

    file:FOLDER                                            custody.key, under MARAC_KEYS_PASSPHRASE
    pkcs11:token=LABEL?module-path=FILE&pin-source=FILE    RFC 7512; the PIN is in its own file
    kms:KEY                                                AWS's usual settings say who we are
    transit:https://HOST:PORT/MOUNT?token-file=FILE        OpenBao or Vault; or, for an AppRole,
                                                           role-file=FILE&secret-file=FILE

`&name=NAME` begins the names of our keys in a token or an engine, where more than one broker has
keys there; `&ca-file=FILE` holds the authorities that may vouch for an engine.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from broker.domain.errors import SettingsError
from broker.domain.key_ports import KeyCustody
from keys.custody import file, kms
from keys.custody.file import FileCustody
from keys.custody.kms import KmsCustody
from keys.custody.token import TokenCustody
from keys.custody.token_session import Token
from keys.custody.transit import TransitCustody
from keys.custody.transit_http import Engine

NAME: Final = "marac"
_TOKEN_WORDS: Final = {"module-path", "pin-source", "name"}
_ENGINE_WORDS: Final = {"token-file", "role-file", "secret-file", "ca-file", "name"}


def open_custody(where: str, folder: Path, passphrase: str) -> KeyCustody:
    """Open our own keys.

    Args:
        where: as above.
        folder: of the keys that are in files, where `where` does not name one.
        passphrase: of `file`.

    Raises:
        SettingsError: it is none of the four, or a part of it is missing.
        CustodyError: there are no keys, or they are not as they were left.
        KeyServiceError: the service that keeps them cannot be asked.

    """
    match _place(where, folder):
        case Path() as place:
            return FileCustody.open(place, passphrase)
        case Token() as token:
            return TokenCustody.open(token)
        case Engine() as engine:
            return TransitCustody.open(engine)
        case str() as key_id:
            return KmsCustody.open(folder, key_id)


def make_custody(where: str, folder: Path, passphrase: str) -> None:
    """Make our own keys where there are none yet. Raises like `open_custody`."""
    match _place(where, folder):
        case Path() as place:
            if not (place / file.FILE_NAME).exists():
                FileCustody.create(place, passphrase)
        case Token() as token:
            TokenCustody.create(token)
        case Engine() as engine:
            TransitCustody.create(engine)
        case str() as key_id:
            if not (folder / kms.FILE_NAME).exists():
                KmsCustody.create(folder, key_id)


def _place(where: str, folder: Path) -> Path | Token | Engine | str:
    kind, _, rest = where.partition(":")
    match kind:
        case "file":
            return Path(rest) if rest else folder
        case "pkcs11":
            return _token(rest)
        case "transit":
            return _engine(rest)
        case "kms" if rest:
            return rest
        case _:
            raise SettingsError("Set MARAC_CUSTODY to file:, pkcs11:, kms: or transit:, and where.")


def _token(rest: str) -> Token:
    path, _, query = rest.partition("?")
    named = dict(part.partition("=")[::2] for part in path.split(";"))
    told = _words(query, _TOKEN_WORDS, "pkcs11")
    if set(named) != {"token"} or not named["token"] or not _TOKEN_WORDS - {"name"} <= set(told):
        raise SettingsError(
            "Set MARAC_CUSTODY to pkcs11:token=LABEL?module-path=FILE&pin-source=FILE."
        )
    return Token(
        module=Path(told["module-path"]),
        label=unquote(named["token"]),
        pin_file=Path(told["pin-source"].removeprefix("file:")),
        name=told.get("name", NAME),
    )


def _engine(rest: str) -> Engine:
    address = urlsplit(rest)
    told = _words(address.query, _ENGINE_WORDS, "transit")
    enters = set(told) & {"token-file", "role-file", "secret-file"}
    mount = address.path.strip("/")
    known = enters in ({"token-file"}, {"role-file", "secret-file"})
    if address.scheme != "https" or "@" in address.netloc or not mount or not known:
        raise SettingsError(
            "Set MARAC_CUSTODY to transit:https://HOST:PORT/MOUNT?token-file=FILE, or with "
            "role-file=FILE&secret-file=FILE: only over https, and without a secret in it."
        )
    files = {name: Path(told[name]) if name in told else None for name in _ENGINE_WORDS}
    return Engine(
        address=f"https://{address.netloc}",
        mount=mount,
        name=told.get("name", NAME),
        token_file=files["token-file"],
        role_file=files["role-file"],
        secret_file=files["secret-file"],
        ca_file=files["ca-file"],
    )


def _words(query: str, known: set[str], kind: str) -> Mapping[str, str]:
    """Return what stands behind the question mark; a word that is not known may be a secret."""
    pairs = parse_qsl(query, keep_blank_values=True)
    told = dict(pairs)
    if set(told) - known or len(told) != len(pairs) or not all(told.values()):
        raise SettingsError(
            f"MARAC_CUSTODY: {kind} takes {', '.join(sorted(known))}, each once, and files only."
        )
    return told

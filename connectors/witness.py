"""Asks witnesses of the log over HTTP (C2SP tlog-witness; see domain.witness.WitnessDoor).

Who they are is read strictly from a JSON file, format 1:
    {"version": 1, "needed": 1, "required": false,
     "witnesses": [{"key": "charity.example/eye+0a1b2c3d+...", "url": "https://eye.example"}]}
"""

import weakref
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broker.domain.errors import SettingsError
from broker.domain.witness import WitnessError
from broker.ledger.cosignature import WitnessKey
from broker.ledger.witness import Asked
from connectors.http import check_base_url, http_client

SECONDS: Final = 5.0
"""A witness signs in milliseconds; whoever waits for a receipt waits no longer than this."""
MAX_ANSWER_BYTES: Final = 4_096
SIZE_TYPE: Final = "text/x.tlog.size"
_MAX_DIGITS: Final = 18


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WitnessEntry(_Strict):
    """One witness: its key as it says it, and where it is asked."""

    key: str
    url: str


class WitnessList(_Strict):
    """Who cosigns.

    Args:
        needed: how many of them make a receipt final.
        required: nothing is delivered before its receipt is final.

    """

    version: Literal[1]
    needed: int = Field(ge=1)
    required: bool = False
    witnesses: tuple[WitnessEntry, ...] = Field(min_length=1, max_length=100)

    def public(self) -> tuple[WitnessKey, ...]:
        """Return their public keys."""
        return tuple(WitnessKey.of_verifier(one.key) for one in self.witnesses)

    def doors(self) -> tuple["HttpWitness", ...]:
        """Return where they are asked."""
        named = zip(self.public(), self.witnesses, strict=True)
        return tuple(HttpWitness(key.name, one.url) for key, one in named)


def read_witnesses(path: Path) -> WitnessList:
    """Read the list.

    Raises:
        SettingsError: it cannot be read, or would count somebody twice.

    """
    try:
        found = WitnessList.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"{path.name} is no list of witnesses: see connectors/README.md for its form."
        ) from error
    if len({one.public_key for one in found.public()}) < len(found.witnesses):
        raise SettingsError(f"{path.name} has a witness twice: each counts once.")
    if found.needed > len(found.witnesses):
        raise SettingsError(f"{path.name} needs more witnesses than it names: lower `needed`.")
    return found


class HttpWitness:
    """One witness at one address. For many threads."""

    __slots__ = ("__weakref__", "_client", "_url", "name")

    def __init__(self, name: str, url: str) -> None:
        """Keep one connection open between checkpoints."""
        self.name = name
        self._url = f"{check_base_url(url)}/add-checkpoint"
        self._client = http_client(headers={"Content-Type": "text/plain; charset=utf-8"})
        weakref.finalize(self, self._client.close)

    def add_checkpoint(self, old: int, path: tuple[bytes, ...], note: str) -> str:
        """Return the line; WitnessError with the size that it tells."""
        body = Asked(old=old, path=path, note=note).text().encode()
        try:
            with self._client.stream("POST", self._url, content=body, timeout=SECONDS) as answer:
                text = self._text(answer)
                status, kind = answer.status_code, answer.headers.get("Content-Type", "")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WitnessError(f"The witness {self.name} does not answer.") from error
        if status == HTTPStatus.OK:
            return text.rstrip("\n")
        if status == HTTPStatus.CONFLICT and kind.startswith(SIZE_TYPE):
            raise WitnessError(f"The witness {self.name} knows another size.", _size(text))
        raise WitnessError(
            f"The witness {self.name} refused, with status {status}.",
            inconsistent=status == HTTPStatus.UNPROCESSABLE_ENTITY,
        )

    def _text(self, answer: httpx.Response) -> str:
        """Read the answer, which is a line or two."""
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise WitnessError(f"The witness {self.name} answers at too great a length.")
        return content.decode("utf-8", "replace")


def _size(text: str) -> int | None:
    told = text.strip()
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _MAX_DIGITS else None

"""Puts sealed packages into the recipients' mailboxes.

A package is encrypted to its recipient and signed by the broker, so a mailbox need not be trusted
with what it holds; it must only keep it. Putting is idempotent, because the outbox repeats it
after a crash.
"""

import re
import weakref
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from broker.domain.errors import DeliveryError, SettingsError
from broker.domain.ids import DisclosureId
from connectors.http import check_base_url, http_client

DELIVERY_SECONDS: Final = 10.0
"""Per step of one attempt; well inside the outbox's lease of one minute."""
PACKAGE_CONTENT_TYPE: Final = "application/jose"
_TAKEN: Final = frozenset({200, 201, 204})
_DISCLOSURE_ID: Final = re.compile(r"[0-9a-f]{32}")


class HttpMailbox:
    """Implements `outbox.Mailbox` as PUT {url}/packages/{disclosure id}."""

    def __init__(self, *, ca_file: Path | None = None) -> None:
        """Take the authority that signs the mailboxes' certificates; None: the system's."""
        self._client = http_client(headers={"Content-Type": PACKAGE_CONTENT_TYPE}, ca_file=ca_file)
        weakref.finalize(self, self._client.close)

    def deliver(self, url: str, disclosure_id: DisclosureId, content: bytes) -> None:
        """Put the package. See `outbox.Mailbox`."""
        address = _address(url, disclosure_id)
        try:
            with self._client.stream(
                "PUT", address, content=content, timeout=DELIVERY_SECONDS
            ) as response:
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The original names the mailbox, and some agencies' names would locate somebody.
            raise DeliveryError(
                f"The mailbox could not be reached ({type(error).__name__}); the package waits."
            ) from None
        if status not in _TAKEN:
            raise DeliveryError(
                f"The mailbox answered with status {status}; the package waits: ask the agency."
            )


def _address(url: str, disclosure_id: DisclosureId) -> str:
    if not _DISCLOSURE_ID.fullmatch(disclosure_id):
        raise DeliveryError("A disclosure id is 32 hex digits: report this fault.")
    try:
        base = check_base_url(url)
    except (SettingsError, ValueError):
        raise DeliveryError(
            "The mailbox's address is not usable: correct it in the agency's registration."
        ) from None
    if ".." in urlsplit(base).path.split("/"):
        raise DeliveryError("The mailbox's address climbs out of its path: correct it.")
    return f"{base}/packages/{disclosure_id}"

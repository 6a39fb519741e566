"""Asks a time stamping authority over HTTP (RFC 3161 section 3.4). It learns a hash and no more."""

from http import HTTPStatus
from typing import Final

import httpx

from broker.domain.errors import SourceUnavailableError
from connectors.http import check_base_url, http_client

SECONDS: Final = 10.0
MAX_ANSWER_BYTES: Final = 65_536
_ASKED: Final = "application/timestamp-query"


def ask_authority(url: str, request: bytes) -> bytes:
    """Return the authority's answer, unchecked.

    Args:
        url: of the authority; HTTPS, or this machine.
        request: TimeStampReq, DER.

    Raises:
        SettingsError: the address is not one that we ask.
        SourceUnavailableError: it does not answer, or not with a stamp.

    """
    address = check_base_url(url)
    try:
        with (
            http_client(headers={"Content-Type": _ASKED}) as client,
            client.stream("POST", address, content=request, timeout=SECONDS) as answer,
        ):
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > MAX_ANSWER_BYTES:
                    break
            known = answer.status_code == HTTPStatus.OK and len(content) <= MAX_ANSWER_BYTES
    except (httpx.HTTPError, httpx.InvalidURL):
        known = False
    if not known:
        raise SourceUnavailableError("The time stamping authority does not answer: try it later.")
    return content

"""Pseudonyms: the same person is the same token inside a disclosure, and another one outside it.

Two recipients who compare what they got must not be able to join it, so the token depends on the
request and the recipient under the case's salt, and on nothing that either of them knows.
"""

import hashlib
import hmac

from broker.domain.decision import Permit
from redaction.labels import Label

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs without 0, 1, I and O, which people mix up when they read a token aloud."""
_SHORTEST = 2
_WORDS = {Label.PERSON: "Person"}


def pseudonym_key(permit: Permit) -> bytes:
    """Return the key of one disclosure to one recipient."""
    parts = (permit.request.request_id, permit.request.recipient, permit.request.case_id)
    message = b"pseudonym/1\0" + "\0".join(parts).encode()
    return hmac.digest(permit.context.salt, message, hashlib.sha256)


class Pseudonyms:
    """The tokens of one disclosure. Lengthens a token rather than give two people the same."""

    def __init__(self, key: bytes) -> None:
        """Start with nobody named."""
        self._key = key
        self._given: dict[tuple[Label, str], str] = {}

    def token(self, label: Label, identity: str) -> str:
        """Return `[Person 7K]` for an identity, always the same one."""
        known = self._given.get((label, identity))
        if known is not None:
            return known
        letters = self._letters(label, identity)
        word = _WORDS.get(label, label.value.replace("_", " ").capitalize())
        used = set(self._given.values())
        length = _SHORTEST
        while f"[{word} {letters[:length]}]" in used:
            length += 1
        self._given[label, identity] = f"[{word} {letters[:length]}]"
        return self._given[label, identity]

    def _letters(self, label: Label, identity: str) -> str:
        digest = hmac.digest(self._key, f"{label}\0{identity}".encode(), hashlib.sha256)
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)

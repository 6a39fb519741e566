"""How the log names what is personal. DO NOT change what is hashed: old entries hold the results.

A token is worthless without its salt: a case's salt lives in the sealed case document, so that
destroying it leaves entries that still verify and name nobody.
"""

import hmac
from hashlib import sha256

from broker.domain.ids import CaseId, CaseTag, Token

TOKEN_HEX_DIGITS = 32
"""128 bits: no two values of one county meet by chance (birthday bound 2^64)."""
SALT_BYTES = 32
"""As wide as the HMAC's output, RFC 2104 section 3."""


def token(salt: bytes, kind: str, value: str) -> Token:
    """Return HMAC-SHA256(salt, kind | value), cut to 32 hex digits.

    `kind` says what the value is (`practitioner`, `agency`...) and has no `|` in it: equal values
    of different kinds give different tokens.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a token needs a salt of {SALT_BYTES} bytes")
    made = hmac.new(salt, f"{kind}|{value}".encode(), sha256)
    return Token(made.hexdigest()[:TOKEN_HEX_DIGITS])


def case_tag(salt: bytes, case_id: CaseId) -> CaseTag:
    """Return the name under which the log keeps everything of one case."""
    return CaseTag(token(salt, "case", case_id))

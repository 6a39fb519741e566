"""Public keys of signed notes, as C2SP writes them. DO NOT change a byte: others read them."""

from base64 import b64decode, b64encode
from hashlib import sha256

KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
"""RFC 8032 section 5.1.5."""


def key_id(name: str, algorithm: bytes, public_key: bytes) -> bytes:
    """Return the first bytes of SHA-256(name, newline, algorithm, public key)."""
    return sha256(name.encode() + b"\n" + algorithm + public_key).digest()[:KEY_ID_BYTES]


def key_text(name: str, algorithm: bytes, public_key: bytes) -> str:
    """Return `name+keyid+base64`, the line that Go's note package reads."""
    encoded = b64encode(algorithm + public_key).decode()
    return f"{name}+{key_id(name, algorithm, public_key).hex()}+{encoded}"


def read_key_text(text: str, algorithm: bytes) -> tuple[str, bytes] | None:
    """Return name and public key; None unless it is exactly what `key_text` writes of them."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    try:
        public_key = b64decode(encoded, validate=True)[len(algorithm) :]
    except ValueError:
        return None
    whole = len(public_key) == PUBLIC_KEY_BYTES and key_text(name, algorithm, public_key) == text
    return (name, public_key) if whole else None

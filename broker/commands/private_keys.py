"""How commands read a recipient's private key: of either kind, and under one passphrase or two."""

from pathlib import Path

from broker.commands.passphrases import passphrase_from
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey, read_key
from keys.two_officers import needs_two, read_recovery_key


def private_key_from(
    path: Path, first: Path | None, second: Path | None
) -> RecipientPrivateKey | HybridPrivateKey:
    """Read a private key; a recovery key takes two officers.

    Args:
        path: of the key file.
        first: file with the passphrase; None: it is asked for.
        second: file with the other officer's, of a recovery key.

    """
    if not needs_two(path):
        return read_key(path, passphrase_from(first, confirm=False))
    return read_recovery_key(
        path,
        passphrase_from(first, confirm=False, whose="First officer's passphrase"),
        passphrase_from(second, confirm=False, whose="Second officer's passphrase"),
    )

"""What every backend says when it refuses: one sentence, and no word of what was asked."""

from broker.domain.errors import CustodyError, KeyServiceError, SettingsError

SIGNING_KEYS = ("log", "package")
WRAPPING_KEY = "wrapping"


def unavailable(why: str = "does not answer") -> KeyServiceError:
    """Return the error of a backend that cannot be asked now; asking again later may do."""
    return KeyServiceError(
        f"The service that keeps the broker's keys {why}, so nothing was signed or opened: look "
        "after it; the broker goes on by itself."
    )


def not_admitted() -> KeyServiceError:
    """Return the error of a backend that does not know us."""
    return unavailable("does not let the broker in")


def not_ours() -> CustodyError:
    """Return the error of a wrapped key that does not open."""
    return CustodyError(
        "A wrapped key does not open: check that the database and the keys belong together."
    )


def no_such_key() -> CustodyError:
    """Return the error of a name or a public key that nobody here holds the private half of."""
    return CustodyError(f"There is no key of that name; ask for one of {SIGNING_KEYS}.")


def not_ready(what: str) -> CustodyError:
    """Return the error of a backend in which no keys were made yet, or of which some are gone."""
    return CustodyError(
        f"{what} does not hold the broker's keys: make them with marac-broker database upgrade, "
        "or restore them from their backup."
    )


def not_installed(extra: str) -> SettingsError:
    """Return the error of an optional part that is not here."""
    return SettingsError(
        f"MARAC_CUSTODY needs a part that is not installed: install marac-broker[{extra}]."
    )


def check_signing(key: str) -> None:
    """Check that a name is a signing key's; CustodyError for another."""
    if key not in SIGNING_KEYS:
        raise no_such_key()


def check_rotates(key: str) -> None:
    """Check that a name is of a key that can be rotated; CustodyError for another."""
    if key not in (*SIGNING_KEYS, WRAPPING_KEY):
        raise CustodyError(f"Name one of {(*SIGNING_KEYS, WRAPPING_KEY)}.")

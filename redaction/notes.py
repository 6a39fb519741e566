"""One note by itself, outside the pipeline: what the command line redacts.

The same detection, profiles, application and verification as for a record; only the permit is
missing, so nothing that comes out of here can be sealed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import yaml

from broker.domain.errors import RedactionError
from broker.domain.people import Person
from broker.domain.record import Redaction, RedactionReceipt
from redaction.findings import Finding
from redaction.finish import check_text, finish, naming_of
from redaction.minimise import Unit
from redaction.profiles import Profile, profile_for
from redaction.propagate import propagate
from redaction.receipt import SALT_BYTES, receipt, redactions
from redaction.unread import UnreadError
from redaction.verify import verify

STRICTEST = "STRICTEST"


class Detector(Protocol):
    """What finds: the service, with its worker processes."""

    def detect(self, texts: Sequence[str], people: Sequence[Person]) -> list[tuple[Finding, ...]]:
        """Return the findings of each text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedNote:
    """A note after redaction. `flags` is not empty when a person must look first."""

    text: str = field(repr=False)
    removals: tuple[Redaction, ...]
    flags: tuple[str, ...]
    receipt: RedactionReceipt


def redact_note(
    text: str, people: Sequence[Person], profile: Profile, detector: Detector
) -> RedactedNote:
    """Return the note as the profile leaves it; tokens are this note's own.

    A note that cannot be read is held, and nothing of it is there.

    Raises:
        RedactionError: nothing can be read now.

    """
    salt = secrets.token_bytes(SALT_BYTES)
    try:
        check_text(text)
        found = propagate([text], detector.detect([text], people))
    except UnreadError as error:
        nothing = receipt([profile.name], (), salt)
        return RedactedNote(text="", removals=(), flags=(f"{error.why} text",), receipt=nothing)
    unit = Unit(item=0, order=0, field_name=None, text=text)
    naming = naming_of(secrets.token_bytes(SALT_BYTES), [unit], found)
    done = finish(unit, found[0], profile, naming)
    removals = tuple(redactions(unit, done.made, salt))
    return RedactedNote(
        text=done.text,
        removals=removals,
        flags=verify([done.output()], people),
        receipt=receipt([profile.name], removals, salt),
    )


def chosen_profile(profile: str | None, recipient_kind: str | None) -> Profile:
    """Return what the caller chose; a kind of recipient adds its own profile, never loosens.

    Raises:
        RedactionError: an unknown profile or kind.

    """
    names = [profile] if profile else []
    if recipient_kind is not None:
        kinds = _profiles_of_recipients()
        if recipient_kind not in kinds:
            raise RedactionError(f"Use one of {', '.join(sorted(kinds))} as the recipient's kind.")
        names.append(kinds[recipient_kind])
    return profile_for(" ".join(names) or STRICTEST)


def _profiles_of_recipients() -> dict[str, str]:
    stored = yaml.safe_load((Path(__file__).parent / "recipients.yaml").read_text("utf-8"))
    return {kind: name for name, kinds in stored.items() for kind in kinds.split()}

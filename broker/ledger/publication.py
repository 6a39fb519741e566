"""The statement that puts a policy in force. DO NOT rename, reorder in meaning, or reuse a member.

A statement is one JSON object in RFC 8785 form; `version` says how to read the others. What is
signed is CONTEXT followed by the statement, so that the log's key, which signs checkpoints too,
can never be made to say one thing where it meant the other: no checkpoint starts with CONTEXT.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from broker.domain.errors import LedgerError, PublicationError
from broker.domain.ids import PolicyVersion, PractitionerId
from broker.domain.policy import PolicyFiles, Publication, PublicationKind
from broker.ledger.entry import canonical_bytes, time_text

VERSION = 1
CONTEXT = b"marac-broker policy publication 1\n"
_TEXTS = (
    *("policy_version", "previous_digest", "kind", "effective_at", "published_at"),
    *("author", "submitter", "approver", "publisher"),
)
_TEXTS_OR_NONE = ("previous", "second", "reason")
_MEMBERS = frozenset((*_TEXTS, *_TEXTS_OR_NONE, "version", "number", "files"))


def write_statement(one: Publication) -> bytes:
    """Return the statement's bytes."""
    return canonical_bytes(
        {
            "version": VERSION,
            "number": one.number,
            "policy_version": one.version,
            "previous": one.previous,
            "previous_digest": one.previous_digest,
            "kind": one.kind.value,
            "effective_at": time_text(one.effective_at),
            "published_at": time_text(one.published_at),
            "author": one.author,
            "submitter": one.submitter,
            "approver": one.approver,
            "publisher": one.publisher,
            "second": one.second,
            "reason": one.reason,
            "files": dict(one.files),
        }
    )


def read_statement(statement: bytes) -> Publication:
    """Return the publication that the bytes state.

    Raises:
        PublicationError: they are not a statement of this version, or not in canonical form.

    """
    try:
        members: dict[str, Any] = json.loads(statement.decode("utf-8"))
        found = _from_members(members)
        known = set(members) == _MEMBERS and members["version"] == VERSION and _typed(members)
        same = write_statement(found) == statement
    except (LedgerError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable() from error
    if not known or not same:
        raise _unreadable()
    return found


def digest_files(files: PolicyFiles) -> tuple[tuple[str, str], ...]:
    """Return name and SHA-256 hex of each file, by name."""
    return tuple((name, sha256(files[name]).hexdigest()) for name in sorted(files))


def digest_statement(statement: bytes) -> str:
    """Return what the next statement calls this one."""
    return sha256(statement).hexdigest()


def _typed(members: dict[str, Any]) -> bool:
    """Whether each member is of its type; in Python `true` would pass for 1."""
    files: dict[object, object] = members["files"]
    return (
        type(members["number"]) is int
        and all(isinstance(members[name], str) for name in _TEXTS)
        and all(isinstance(members[name], str | None) for name in _TEXTS_OR_NONE)
        and all(isinstance(one, str) for one in files.values())
    )


def _from_members(members: dict[str, Any]) -> Publication:
    previous, second = members["previous"], members["second"]
    return Publication(
        number=members["number"],
        version=PolicyVersion(members["policy_version"]),
        previous=None if previous is None else PolicyVersion(previous),
        previous_digest=members["previous_digest"],
        kind=PublicationKind(members["kind"]),
        effective_at=datetime.fromisoformat(members["effective_at"]),
        published_at=datetime.fromisoformat(members["published_at"]),
        author=PractitionerId(members["author"]),
        submitter=PractitionerId(members["submitter"]),
        approver=PractitionerId(members["approver"]),
        publisher=PractitionerId(members["publisher"]),
        second=None if second is None else PractitionerId(second),
        reason=members["reason"],
        files=tuple(sorted(members["files"].items())),
    )


def _unreadable() -> PublicationError:
    return PublicationError(
        "statement", "The statement of a publication cannot be read: publish the version again."
    )

"""What IG leads see of the policy's versions; nobody else learns that there are any."""

from dataclasses import dataclass

from broker.domain.errors import PublicationError
from broker.domain.ids import PolicyVersion, Role
from broker.domain.policy import (
    PolicyFiles,
    PolicyRecord,
    PolicyStanding,
    Publication,
    StoredPublication,
    standing_of,
)
from broker.domain.request import Requester
from broker.ledger.publication import read_statement
from broker.service.desk import Desk
from broker.service.reject import turn_away

IG_LEAD = Role("ig-lead")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationSeen:
    """One publication as an IG lead sees it; `stated` is None where the row is damaged."""

    stored: StoredPublication
    stated: Publication | None
    standing: PolicyStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySeen:
    """One version, who had a hand in it, and how it was put in force, newest first."""

    record: PolicyRecord
    publications: tuple[PublicationSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every version, newest first, what is in force, and what has to be looked at."""

    versions: tuple[PolicySeen, ...]
    in_force: PolicyVersion
    alarms: tuple[str, ...]


def overview(desk: Desk, requester: Requester) -> Overview | None:
    """Return where every version stands; None to anybody but an IG lead, here and below."""
    if not is_ig_lead(desk, requester, "reading the policy versions"):
        return None
    return Overview(
        versions=tuple(seen(desk, one) for one in desk.shelf.store.records()),
        in_force=desk.policy.version,
        alarms=desk.rules.alarms,
    )


def policy_seen(desk: Desk, requester: Requester, version: PolicyVersion) -> PolicySeen | None:
    """Return where one version stands; None for one that is not there, too."""
    if not is_ig_lead(desk, requester, "reading a policy version"):
        return None
    record = desk.shelf.store.record(version)
    return None if record is None else seen(desk, record)


def policy_files(desk: Desk, requester: Requester, version: PolicyVersion) -> PolicyFiles | None:
    """Return the files of one version, once they are those of that version."""
    if not is_ig_lead(desk, requester, "reading a policy's files"):
        return None
    files = desk.shelf.store.files(version)
    if files is None or desk.shelf.reader.version_of(files) != version:
        return None
    return files


def is_ig_lead(desk: Desk, requester: Requester, attempt: str) -> bool:
    """Whether the registered practitioner is one; if not, the attempt is on record."""
    if requester.role == IG_LEAD:
        return True
    turn_away(desk, requester, attempt, None)
    return False


def newest_publication(desk: Desk) -> StoredPublication | None:
    """Return the publication with the highest number, whatever became of it."""
    return next(iter(desk.shelf.store.publications()), None)


def seen(desk: Desk, record: PolicyRecord) -> PolicySeen:
    """Return a version with its publications."""
    everything, now = desk.shelf.store.publications(), desk.clock.now()
    due = (one.number for one in everything if one.refused_at is None and one.due_at(now))
    in_force = max(due, default=None)
    return PolicySeen(
        record=record,
        publications=tuple(
            PublicationSeen(
                stored=one, stated=_stated(one), standing=standing_of(one, in_force, now)
            )
            for one in everything
            if one.version == record.version
        ),
    )


def _stated(stored: StoredPublication) -> Publication | None:
    """Return what was signed, for people to read; it is checked before it decides anything."""
    try:
        return None if stored.signed is None else read_statement(stored.signed.statement)
    except PublicationError:
        return None

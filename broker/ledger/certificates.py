r"""What a certificate of destruction says, as bytes to be signed and as text for people.

    certificate = {"version": 1, "statement": {...}, "signature": base64}
    signature   = Ed25519(log key, "marac-broker certificate of destruction v1\n" || statement)

The statement is RFC 8785 JSON made of the log entry alone: the same entry gives the same
certificate for ever, and whoever has the log can check every word of it. It names nobody.
DO NOT rename a member or change its meaning: a new one is a new version.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseTag
from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.entry import canonical_bytes, time_text

VERSION = 1
CONTEXT = b"marac-broker certificate of destruction v1\n"
CERTIFIED = (EventKind.CASE_ERASED, EventKind.PERIOD_ERASED)
_FROM_DETAIL = (
    "data",
    "key",
    "rows",
    "term",
    "authority",
    "policy_version",
    "closed_at",
    "period",
    "copies_open_until",
)
_WHAT = {
    "case-file": "everything on file about one case",
    "unknown-case": "requests of one month about cases that are not on file",
}

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate, for programs and for people."""

    entry: int
    case_tag: CaseTag | None
    document: bytes
    text: str


def certificate_of(entry: LedgerEntry, origin: str, sign: Sign) -> Certificate:
    """Return the certificate of an entry that says something was destroyed.

    Args:
        entry: as the log has it.
        origin: the log's name.
        sign: over CONTEXT and the statement.

    Raises:
        InvalidRequestError: the entry is about something else.

    """
    if entry.kind not in CERTIFIED:
        raise InvalidRequestError("Nothing was destroyed by this entry: look at `retention list`.")
    statement: dict[str, JsonValue] = {
        "version": VERSION,
        "origin": origin,
        "entry": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "at": time_text(entry.at),
        "case_tag": entry.case_tag,
        **{name: entry.detail[name] for name in _FROM_DETAIL if name in entry.detail},
    }
    signature = b64encode(sign(canonical_bytes(statement))).decode()
    document: JsonValue = {"version": VERSION, "statement": statement, "signature": signature}
    return Certificate(
        entry=entry.index,
        case_tag=entry.case_tag,
        document=canonical_bytes(document),
        text=_text(entry, origin, signature),
    )


def _text(entry: LedgerEntry, origin: str, signature: str) -> str:
    detail = entry.detail
    rows = detail.get("rows")
    counts = rows.items() if isinstance(rows, Mapping) else ()
    lines = (
        ("What", _WHAT.get(str(detail.get("data")), str(detail.get("data")))),
        ("Rows", ", ".join(f"{count} {table}" for table, count in counts) or "none"),
        ("Case, as the log names it", entry.case_tag or "none"),
        ("Data key destroyed", str(detail.get("key"))),
        ("When", time_text(entry.at)),
        ("Term", f"{detail.get('term')}, by {detail.get('authority')}"),
        ("Policy version", str(detail.get("policy_version", "see the log"))),
        ("No copy of the database opens it after", str(detail.get("copies_open_until"))),
        ("Log entry", f"{entry.index} of {origin}"),
        ("Leaf hash", entry.leaf_hash.hex()),
        ("Signature (Ed25519, the log's key)", signature),
    )
    body = "\n".join(f"{name}:\n    {value}" for name, value in lines)
    return f"CERTIFICATE OF DESTRUCTION\n\n{body}\n\n{_MEANS}\n"


_MEANS = (
    "The key that this was encrypted under was destroyed, and every row under it was deleted.\n"
    "The log keeps what was decided, under names that nobody can trace any more. Packages that\n"
    "were delivered are their recipients' to destroy."
)

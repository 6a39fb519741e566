"""The table of commands, run one after the other beside a county that is up.

A row's words may name what an earlier row told as {name}. Files are in a folder of the test's own.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broker.domain.words import EventKind as Kind

NOBODY = "0" * 32
HOUSING, ADVOCATE, HOLDER, ANN, BEN = "housing-1", "idva-1", "police-4", "coordinator-3", "acute-3"
ASKED = ("--case", "MR-0409", "--subject", "0409-victim", "--holder", "ashmere-police")
TEXT = ("--text", "It was more than they need.")
HOLD = ("--kind", "litigation", "--reason", "A claim was issued.")
OWN_SIDE = "it runs at an agency's or an advocate's own desk; no broker is there to log it"
RULES = "it reads rules that are in a folder, and nothing about anybody"
PUBLIC = "it writes what anybody may hold against us: hashes, signatures, public keys"
REJECTED = (Kind.REQUEST_REJECTED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    Args:
        name: its words, as its help has them.
        words: what follows them.
        leaves: every entry that it must have made, in order, and no other but the jobs' own.
        because: where it leaves none, why.
        status: with which it ends.
        tells: what a later row calls something that it writes.
        told: finds that in its output; else it is the first word.
        keeps: file for its output.
        walked_in: test that walks it instead, because it needs more than a county that is up.

    """

    name: str
    words: Sequence[str] = ()
    leaves: tuple[Kind, ...] = ()
    because: str = ""
    status: int = 0
    tells: str = ""
    told: Callable[[str], str] = lambda output: output.split()[0]
    keeps: str = ""
    walked_in: str = ""

    def __post_init__(self) -> None:
        """Leave no row without an entry or a reason."""
        if bool(self.leaves) == bool(self.because):
            raise ValueError(f"Say which entries {self.name} leaves, or why none.")


def _as(who: str, *words: str) -> tuple[str, ...]:
    return ("--as", who, *words)


def _disclosure(output: str) -> str:
    """Return the disclosure of a timeline, as JSON."""
    events = json.loads(output)["events"]
    entries = [json.loads(one["entry"]["canonical"]) for one in events]
    return str(next(one["detail"]["disclosure"] for one in entries if one["kind"] == "disclosure"))


COMMANDS = (
    Command(
        name="serve",
        leaves=(Kind.BROKER_STARTED, Kind.POLICY_LOADED),
        walked_in="flow/test_doors_commands.py",
    ),
    Command(
        name="demo",
        because="it has a broker of its own, which goes with its folder",
        walked_in="flow/test_demo.py",
    ),
    Command(name="research list", words=_as(HOUSING), leaves=(Kind.LIST_READ,)),
    Command(
        name="research ask",
        words=_as(HOUSING, *ASKED, "--category", "incident-summary"),
        leaves=(Kind.DECISION, Kind.DISCLOSURE, Kind.DELIVERED, Kind.ACKNOWLEDGED),
    ),
    Command(
        name="disclosures timeline",
        words=_as(ADVOCATE, "--case", "MR-0409", "--json"),
        leaves=(Kind.TIMELINE_READ,),
        tells="disclosure",
        told=_disclosure,
    ),
    Command(name="disclosures search", words=_as(ANN), leaves=(Kind.LOG_SEARCHED,)),
    Command(
        name="disclosures export",
        words=_as(ADVOCATE, "--case", "MR-0409", "--format", "csv", "--output", "case.csv"),
        leaves=(Kind.LOG_EXPORTED,),
    ),
    Command(
        name="receipts say",
        words=("{disclosure}", *_as(HOUSING, "--state", "opened")),
        leaves=(Kind.OPENED_RECEIPT,),
    ),
    Command(
        name="receipts list",
        words=("{disclosure}", *_as(HOUSING)),
        leaves=(Kind.DISCLOSURE_READ,),
    ),
    Command(name="receipts sign", because=OWN_SIDE, walked_in="api/test_opened.py"),
    Command(
        name="challenges open",
        words=("{disclosure}", *_as(ADVOCATE, "--reason", "too-much", *TEXT)),
        leaves=(Kind.CHALLENGE_OPENED,),
        tells="challenge",
    ),
    Command(name="challenges list", words=_as(HOLDER), leaves=(Kind.CHALLENGES_READ,)),
    Command(
        name="challenges answer",
        words=(
            "{challenge}",
            *_as(HOLDER, "--outcome", "partly", "--follows", "delete", *TEXT),
        ),
        leaves=(Kind.CHALLENGE_ANSWERED,),
    ),
    Command(
        name="challenges close",
        words=("{challenge}", *_as(ADVOCATE, "--settled", *TEXT)),
        leaves=(Kind.CHALLENGE_CLOSED,),
    ),
    Command(name="tasks list", words=_as(HOUSING), leaves=(Kind.TASKS_READ,), tells="task"),
    Command(
        name="tasks done",
        words=("{task}", *_as(HOUSING, "--note", "Deleted.")),
        leaves=(Kind.TASK_DONE,),
    ),
    Command(name="reviews list", words=_as(HOLDER), leaves=(Kind.REVIEWS_READ,)),
    Command(name="reviews show", words=(NOBODY, *_as(HOLDER)), leaves=REJECTED, status=1),
    Command(
        name="reviews edit",
        words=(NOBODY, *_as(HOLDER, "--leave-out", "0:0")),
        leaves=REJECTED,
        status=1,
    ),
    Command(
        name="reviews release",
        words=(NOBODY, *_as(HOLDER, "--seen", "0" * 64)),
        leaves=REJECTED,
        status=1,
    ),
    Command(
        name="reviews refuse",
        words=(NOBODY, *_as(HOLDER, "--because", "It is somebody else's.")),
        leaves=REJECTED,
        status=1,
    ),
    Command(name="alerts list", words=_as(ANN), leaves=(Kind.ALERTS_READ,)),
    Command(name="alerts acknowledge", words=(NOBODY, *_as(ANN)), leaves=REJECTED, status=1),
    Command(name="retention list", words=_as(ANN), leaves=(Kind.RETENTION_READ,)),
    Command(
        name="retention hold", words=("MR-0409", *_as(ANN, *HOLD)), leaves=(Kind.HOLD_CHANGED,)
    ),
    Command(
        name="retention lift", words=("MR-0409", *_as(ANN, *HOLD)), leaves=(Kind.HOLD_CHANGED,)
    ),
    Command(
        name="retention run",
        words=("--dry-run", "--at", "2043-01-01T00:00+00:00"),
        because="it looks ahead and destroys nothing; what a run destroys is in the table of jobs",
    ),
    Command(
        name="retention certificate",
        words=("0",),
        because="it is made of an entry that is there already, and holds nothing personal",
        status=2,
    ),
    Command(
        name="keys list",
        words=_as(HOUSING),
        leaves=(Kind.KEYS_READ,),
        tells="thumbprint",
        told=lambda output: output.split("\t")[3],
    ),
    Command(name="keys rotate", words=_as(HOUSING), leaves=(Kind.KEY_REGISTERED,)),
    Command(
        name="keys revoke",
        words=("{thumbprint}", *_as(HOUSING)),
        leaves=(Kind.KEYS_READ, Kind.KEY_REVOKED),
    ),
    Command(
        name="keys left",
        words=("police-2", *_as(HOLDER)),
        leaves=(Kind.PRACTITIONER_REGISTERED,),
    ),
    Command(
        name="keys generate",
        words=("--out", "pair", "--owner", HOUSING, "--passphrase-file", "passphrase"),
        because=OWN_SIDE,
    ),
    Command(
        name="keys register", leaves=(Kind.KEY_REGISTERED,), walked_in="flow/test_key_commands.py"
    ),
    Command(name="keys answer", because=OWN_SIDE, walked_in="flow/test_key_commands.py"),
    Command(
        name="keys custody list",
        because=PUBLIC,
        tells="log",
        told=lambda output: output.splitlines()[0].split("\t")[2],
    ),
    *(
        Command(
            name=f"policies {verb}",
            leaves=leaves,
            because="" if leaves else RULES,
            walked_in="flow/test_policy_commands.py",
        )
        for verb, leaves in (
            ("draft", (Kind.POLICY_DRAFTED,)),
            ("submit", (Kind.POLICY_SUBMITTED,)),
            ("approve", (Kind.POLICY_APPROVED,)),
            ("publish", (Kind.POLICY_PUBLISHED, Kind.POLICY_IN_FORCE)),
            ("rollback", (Kind.POLICY_ROLLBACK_ASKED, Kind.POLICY_ROLLED_BACK)),
            ("versions", ()),
            ("fetch", ()),
        )
    ),
    *(
        Command(name=f"policies {verb}", because=RULES, walked_in=f"unit/policies/{test}.py")
        for verb, test in (
            ("decide", "test_decide"),
            ("explain", "test_explain"),
            ("check", "test_check"),
            ("analyse", "test_analysis"),
            ("difference", "test_difference"),
            ("picture", "test_picture"),
            ("export", "test_odrl"),
        )
    ),
    Command(name="policies replay", leaves=(Kind.LOG_EXPORTED,), walked_in="flow/test_replay.py"),
    Command(name="ledger show", leaves=(Kind.LOG_EXPORTED,)),
    Command(name="ledger prove", words=("0",), because=PUBLIC),
    Command(name="ledger verify", because=PUBLIC),
    Command(name="ledger checkpoint", because=PUBLIC, keeps="checkpoint"),
    Command(name="ledger export", words=("--output", "before.jsonl"), leaves=(Kind.LOG_EXPORTED,)),
    Command(
        name="ledger compare",
        words=("before.jsonl", "before.jsonl", "--key", "{log}"),
        because=OWN_SIDE,
    ),
    Command(
        name="ledger witness init",
        words=(
            *("--state", "eye", "--name", "charity.example/eye"),
            *("--passphrase-file", "passphrase"),
        ),
        because=OWN_SIDE,
    ),
    Command(
        name="ledger witness watch",
        words=("--state", "eye", "--log", "{log}", "--passphrase-file", "passphrase"),
        because=OWN_SIDE,
    ),
    Command(
        name="ledger witness once",
        words=("checkpoint", "--state", "eye", "--passphrase-file", "passphrase"),
        because=OWN_SIDE,
    ),
    Command(name="ledger stamp", because=OWN_SIDE, walked_in="flow/test_stamps.py"),
    Command(name="ledger witness serve", because=OWN_SIDE, walked_in="flow/test_witness.py"),
    Command(name="open", because=OWN_SIDE, walked_in="unit/keys/test_hybrid.py"),
    Command(name="redact file", because=OWN_SIDE, walked_in="flow/test_readme.py"),
    Command(name="redact check", because=OWN_SIDE, walked_in="attack/test_redaction_receipts.py"),
    Command(name="redact missed", because=OWN_SIDE, walked_in="attack/test_redaction_missed.py"),
    Command(name="connectors list", because="it reads a file of the operator's"),
    Command(
        name="connectors test",
        words=("ashmere-nowhere",),
        because="it asks a holder's system about people who do not exist",
        status=2,
    ),
    Command(
        name="database upgrade",
        because="it makes tables where there are none; the start of a broker is an entry",
    ),
    Command(name="database backup", words=("copy",), leaves=(Kind.DATABASE_COPIED,)),
    Command(
        name="database restore",
        leaves=(Kind.DATABASE_RESTORED,),
        walked_in="flow/test_backup.py",
    ),
    Command(name="keys custody rotate", words=("package",), leaves=(Kind.BROKER_KEY_ROTATED,)),
    Command(name="keys custody rotate", words=("wrapping",), leaves=(Kind.BROKER_KEY_ROTATED,)),
    Command(name="keys custody rewrap", leaves=(Kind.KEYS_REWRAPPED,)),
    Command(name="keys custody rotate", words=("log",), leaves=(Kind.LOG_KEY_ROTATED,)),
)

"""The table of commands, run one after the other beside a county that is up.

A row's words may name what an earlier row told as {name}. Files are in a folder of the test's own.
"""

import json
import os
from pathlib import Path

from broker.commands.key_changes import KEYS
from broker.commands.research import body_of, office_of
from broker.demo.office import Sheet, system_key_file
from broker.domain.ids import AgencyId
from broker.domain.words import EventKind as Kind
from tests.flow.door_command import ADVOCATE, ANN, HOLDER, HOUSING, Command, as_
from tests.flow.door_policies import POLICIES

NOBODY = "0" * 32
ASKED = ("--case", "MR-0409", "--subject", "0409-victim", "--holder", "ashmere-police")
TEXT = ("--text", "It was more than they need.")
HOLD = ("--kind", "litigation", "--reason", "A claim was issued.")
OWN_SIDE = "it runs at an agency's or an advocate's own desk; no broker is there to log it"
PUBLIC = "it writes what anybody may hold against us: hashes, signatures, public keys"
REJECTED = (Kind.REQUEST_REJECTED,)


def _disclosure(output: str) -> str:
    """Return the disclosure of a timeline, as JSON."""
    events = json.loads(output)["events"]
    entries = [json.loads(one["entry"]["canonical"]) for one in events]
    return str(next(one["detail"]["disclosure"] for one in entries if one["kind"] == "disclosure"))


def collect(told: dict[str, str]) -> None:
    """Have the office's own things in the folder: the package, its keys, the broker's key."""
    with office_of(HOUSING) as (_, office):
        package = office.collect(told["disclosure"])
    assert package is not None
    sheet = Sheet.read(Path(os.environ["MARAC_STATE"]) / "county")
    for name, content in (
        ("package", package),
        ("broker.jwk", sheet.broker_key.encode()),
        ("office-passphrase", f"{sheet.passphrase}\n".encode()),
    ):
        Path(name).write_bytes(content)
    told["system_key"] = str(system_key_file(sheet.keys, AgencyId("ashmere-housing-la")))
    told["private_key"] = str(sheet.keys / f"{HOUSING}.key.pem")


def challenge(told: dict[str, str]) -> None:
    """Ask what only whoever holds the key can answer."""
    with office_of(HOUSING) as (_, office):
        jwk = Path(f"pair/{HOUSING}.public.jwk").read_text("ascii").strip()
        asked = body_of(office.post(f"{KEYS}/challenges", {"public_jwk": jwk}))
    told["challenge_to_key"] = asked["sealed"]


COMMANDS = (
    Command(name="serve", leaves=(Kind.BROKER_STARTED, Kind.POLICY_LOADED), stays=True),
    Command(
        name="demo",
        because="it has a broker of its own, which goes with its folder",
        walked_in="flow/test_demo.py",
    ),
    Command(name="research list", words=as_(HOUSING), leaves=(Kind.LIST_READ,)),
    Command(
        name="research ask",
        words=as_(HOUSING, *ASKED, "--category", "incident-summary"),
        leaves=(Kind.DECISION, Kind.DISCLOSURE, Kind.DELIVERED, Kind.ACKNOWLEDGED),
    ),
    Command(
        name="disclosures timeline",
        words=as_(ADVOCATE, "--case", "MR-0409", "--json"),
        leaves=(Kind.TIMELINE_READ,),
        tells="disclosure",
        told=_disclosure,
    ),
    Command(name="disclosures search", words=as_(ANN), leaves=(Kind.LOG_SEARCHED,)),
    Command(
        name="disclosures export",
        words=as_(ADVOCATE, "--case", "MR-0409", "--format", "csv", "--output", "case.csv"),
        leaves=(Kind.LOG_EXPORTED,),
    ),
    Command(
        name="receipts say",
        words=("{disclosure}", *as_(HOUSING, "--state", "opened")),
        leaves=(Kind.OPENED_RECEIPT,),
    ),
    Command(
        name="receipts list",
        words=("{disclosure}", *as_(HOUSING)),
        leaves=(Kind.DISCLOSURE_READ,),
    ),
    Command(
        name="receipts sign",
        first=collect,
        words=(
            *("package", "--disclosure", "{disclosure}", "--system-key", "{system_key}"),
            *("--passphrase-file", "office-passphrase"),
        ),
        because=OWN_SIDE,
    ),
    Command(
        name="open",
        words=(
            *("package", "--key", "{private_key}", "--broker-key", "broker.jwk"),
            *("--passphrase-file", "office-passphrase", "--disclosure", "{disclosure}"),
        ),
        because=OWN_SIDE,
    ),
    Command(
        name="challenges open",
        words=("{disclosure}", *as_(ADVOCATE, "--reason", "too-much", *TEXT)),
        leaves=(Kind.CHALLENGE_OPENED,),
        tells="challenge",
    ),
    Command(name="challenges list", words=as_(HOLDER), leaves=(Kind.CHALLENGES_READ,)),
    Command(
        name="challenges answer",
        words=(
            "{challenge}",
            *as_(HOLDER, "--outcome", "partly", "--follows", "delete", *TEXT),
        ),
        leaves=(Kind.CHALLENGE_ANSWERED,),
    ),
    Command(
        name="challenges close",
        words=("{challenge}", *as_(ADVOCATE, "--settled", *TEXT)),
        leaves=(Kind.CHALLENGE_CLOSED,),
    ),
    Command(name="tasks list", words=as_(HOUSING), leaves=(Kind.TASKS_READ,), tells="task"),
    Command(
        name="tasks done",
        words=("{task}", *as_(HOUSING, "--note", "Deleted.")),
        leaves=(Kind.TASK_DONE,),
    ),
    Command(name="reviews list", words=as_(HOLDER), leaves=(Kind.REVIEWS_READ,)),
    Command(name="reviews show", words=(NOBODY, *as_(HOLDER)), leaves=REJECTED, status=1),
    Command(
        name="reviews edit",
        words=(NOBODY, *as_(HOLDER, "--leave-out", "0:0")),
        leaves=REJECTED,
        status=1,
    ),
    Command(
        name="reviews release",
        words=(NOBODY, *as_(HOLDER, "--seen", "0" * 64)),
        leaves=REJECTED,
        status=1,
    ),
    Command(
        name="reviews refuse",
        words=(NOBODY, *as_(HOLDER, "--because", "It is somebody else's.")),
        leaves=REJECTED,
        status=1,
    ),
    Command(name="alerts list", words=as_(ANN), leaves=(Kind.ALERTS_READ,)),
    Command(name="alerts acknowledge", words=(NOBODY, *as_(ANN)), leaves=REJECTED, status=1),
    Command(name="retention list", words=as_(ANN), leaves=(Kind.RETENTION_READ,)),
    Command(
        name="retention hold", words=("MR-0409", *as_(ANN, *HOLD)), leaves=(Kind.HOLD_CHANGED,)
    ),
    Command(
        name="retention lift", words=("MR-0409", *as_(ANN, *HOLD)), leaves=(Kind.HOLD_CHANGED,)
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
        words=as_(HOUSING),
        leaves=(Kind.KEYS_READ,),
        tells="thumbprint",
        told=lambda output: output.split("\t")[3],
    ),
    Command(name="keys rotate", words=as_(HOUSING), leaves=(Kind.KEY_REGISTERED,)),
    Command(
        name="keys revoke",
        words=("{thumbprint}", *as_(HOUSING)),
        leaves=(Kind.KEYS_READ, Kind.KEY_REVOKED),
    ),
    Command(
        name="keys left",
        words=("police-2", *as_(HOLDER)),
        leaves=(Kind.PRACTITIONER_REGISTERED,),
    ),
    Command(
        name="keys generate",
        words=("--out", "pair", "--owner", HOUSING, "--passphrase-file", "passphrase"),
        because=OWN_SIDE,
    ),
    Command(
        name="keys answer",
        first=challenge,
        words=(
            *("pair/housing-1.key.pem", "--owner", HOUSING),
            *("--passphrase-file", "passphrase"),
        ),
        reads="{challenge_to_key}\n",
        because=OWN_SIDE,
    ),
    Command(
        name="keys register",
        words=(
            *("pair/housing-1.key.pem", "--held-by", "deputy", "--passphrase-file", "passphrase"),
            *as_(HOUSING),
        ),
        leaves=(Kind.KEY_REGISTERED,),
    ),
    Command(
        name="keys custody list",
        because=PUBLIC,
        tells="log",
        told=lambda output: output.splitlines()[0].split("\t")[2],
    ),
    *POLICIES,
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
    Command(
        name="ledger witness serve",
        words=(
            *("--state", "eye", "--listen", "127.0.0.1:0"),
            *("--passphrase-file", "passphrase"),
        ),
        because=OWN_SIDE,
        stays=True,
    ),
    Command(
        name="ledger stamp",
        words=(
            *("checkpoint", "--authority", "{authority}", "--tsa", "tsa.pem"),
            *("--output", "stamp.tsr"),
        ),
        because=OWN_SIDE,
    ),
    Command(
        name="redact file",
        words=("--input", "notes.jsonl", "--output", "out.jsonl", "--salts", "out.jsonl.salts"),
        because=OWN_SIDE,
    ),
    Command(
        name="redact check",
        words=("--receipt", "out.jsonl", "--original", "notes.jsonl"),
        because=OWN_SIDE,
    ),
    Command(
        name="redact missed",
        words=("--label", "PERSON", "--to", "missed.yaml", "--yes"),
        reads="Tell Ysolde Marchbanks.\nYsolde Marchbanks\n",
        because=OWN_SIDE,
    ),
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

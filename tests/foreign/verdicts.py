"""Three verifiers asked about the same file: ours, and two that have nothing of ours in them."""

import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from broker.commands.ledger_case import by_one_of
from broker.demo.systems.node import node_executable
from broker.domain.errors import InvalidRequestError, LedgerVerificationError, SettingsError
from broker.ledger.case_evidence import read_statement
from broker.ledger.checkpoint import Check, LogKey
from broker.ledger.compare import Statement
from broker.ledger.cosignature import WitnessKey
from broker.ledger.evidence import Verifier
from broker.ledger.standalone import verify_log
from broker.ledger.vouched import cosigned_by, note_in
from keys.signing import verify as signature_holds

HERE = Path(__file__).parent
STANDALONE = Path(verify_log.__file__).parent
NODE_SECONDS = 240
_HEAD = b'"newest_at":'


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A file, and what whoever checks it has besides.

    Args:
        others: further keys that the log is known to have had.

    """

    file: bytes
    key: str
    kept: str | None = None
    witnesses: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """Every `--key`."""
        return [self.key, *self.others]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verifier made of it.

    Args:
        status: 0 holds, 1 does not, 2 no such file.

    """

    status: int
    said: str

    @property
    def entry(self) -> int | None:
        """The entry at fault, where one is named."""
        found = re.match(r"Entry (\d+):", self.said)
        return None if found is None or self.status == 0 else int(found[1])


def ours(asked: Question) -> Verdict:
    """What `marac-broker ledger verify FILE` says."""
    try:
        witnesses = [WitnessKey.of_verifier(one) for one in asked.witnesses]
        kept: Statement | None = None
        if asked.kept is not None:
            kept = by_one_of(asked.keys, partial(read_statement, BytesIO(asked.kept.encode())))

        def proven(key: LogKey, check: Check) -> str:
            return Verifier(key=key, check=check, kept=kept).verify(BytesIO(asked.file))

        said = by_one_of(asked.keys, proven)
        if witnesses:
            note = note_in(BytesIO(asked.file))
            said = "\n".join((*cosigned_by(note, witnesses, signature_holds), said))
    except LedgerVerificationError as error:
        return Verdict(status=1, said=str(error))
    except (InvalidRequestError, SettingsError) as error:
        return Verdict(status=2, said=str(error))
    return Verdict(status=0, said=said)


def by_python(asked: Question) -> Verdict:
    """What the stand-alone Python file says."""
    try:
        keys = verify_log.read_keys(asked.keys)
        kept = None
        if asked.kept is not None:
            kept = verify_log.read_kept(BytesIO(asked.kept.encode()), keys)
        by = [verify_log.read_key(one, 4, "witness's key as it says it") for one in asked.witnesses]
        said = verify_log.check_file(BytesIO(asked.file), keys, kept, by)
    except verify_log.RefusedError as error:
        return Verdict(status=error.status, said=str(error))
    return Verdict(status=0, said="\n".join(["The file holds.", *said]))


def by_javascript(asked: Sequence[Question]) -> list[Verdict]:
    """What the stand-alone JavaScript file says of each."""
    question = [[b64encode(one.file).decode(), one.keys, one.kept, one.witnesses] for one in asked]
    done = subprocess.run(
        [node_executable(), HERE / "verdicts.mjs", STANDALONE / "verify_log.mjs"],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
        timeout=NODE_SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [Verdict(status=status, said=said) for status, said in json.loads(done.stdout)]


def agreed(asked: Sequence[Question]) -> list[Verdict]:
    """Return the one verdict on each file, once all three have given it.

    The two stand-alone programs must also use the same words; and which entry of an export is at
    fault, ours must say like them.
    """
    first, second, third = map(ours, asked), map(by_python, asked), by_javascript(asked)
    made = []
    for one, mine, python, javascript in zip(asked, first, second, third, strict=True):
        found = (one, mine, python, javascript)
        assert python == javascript, found
        assert mine.status == python.status, found
        if _HEAD in one.file.partition(b"\n")[0]:
            assert mine.entry == python.entry, found
        made.append(python)
    return made

"""One verdict from three verifiers, on one case's file and what might be done to it."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest

from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft
from broker.ledger.case_file import CaseFile
from broker.ledger.case_map import CaseHead, MapProof, OtherLeaf, key_of, map_of, value_of
from tests.foreign.logs import CASES, Log, log_of, written_file
from tests.foreign.test_standalone_verdicts import flipped
from tests.foreign.verdicts import Question, Verdict, agreed, by_python, ours

SIZE = 17
FLIPS = 400
LOG = log_of(SIZE)
KEY = LOG.key.verifier_text()
MINE, THEIRS = CaseTag("c" * 32), CaseTag("d" * 32)
NOBODY = CaseTag("e" * 32)
FILE = LOG.case_file(MINE)
SINCE = LOG.case_file(MINE, since=LOG.checkpoint(9))
EARLIER = LOG.case_file(MINE, 9)
OLD = replace(LOG, mapped=False)
ALONE = log_of(2, lambda _, one: replace(one, case_tag=None))


def asked(file: CaseFile, kept: str | None = None) -> Question:
    """The file, and what was kept."""
    return Question(file=written_file(file), key=KEY, kept=kept)


def text(file: CaseFile) -> str:
    """A file as something that was kept."""
    return written_file(file).decode()


SOUND: dict[str, tuple[Question, str]] = {
    "all": (asked(FILE), "in the signed map: 10. These are they"),
    "other-case": (asked(LOG.case_file(THEIRS)), "in the signed map: 3. These"),
    "absent": (asked(LOG.case_file(NOBODY)), "in the signed map: none."),
    "absent-alone": (asked(ALONE.case_file(NOBODY)), "in the signed map: none."),
    "since": (asked(SINCE), "begins with the 9 entries of an earlier"),
    "since-before-the-map": (
        asked(LOG.case_file(MINE, since=OLD.checkpoint(9))),
        "begins with the 9 entries of an earlier",
    ),
    "kept-note": (asked(SINCE, LOG.checkpoint(9).note), "goes on from the 9 entries"),
    "kept-file": (asked(SINCE, text(EARLIER)), "goes on from the 9 entries"),
    "kept-same": (asked(FILE, text(FILE)), "goes on from the 17 entries"),
    "kept-of-another": (asked(SINCE, text(LOG.case_file(THEIRS, 9))), "goes on from the 9"),
    "since-its-first": (asked(LOG.case_file(MINE, since=LOG.checkpoint(3))), "with the 3 entries"),
}


def with_proof(file: CaseFile, proof: MapProof) -> CaseFile:
    """The file with another word of the map."""
    return replace(file, proof=proof)


def hidden(count: int, other: OtherLeaf | None = None) -> CaseFile:
    """The file with the newest entries left out, and the map's proof as it is."""
    proof = replace(FILE.proof, other=other)
    return replace(FILE, entries=FILE.entries[:count], proof=proof)


def of_lines(change: Callable[[list[bytes]], list[bytes]], file: CaseFile = FILE) -> bytes:
    """The file with its lines changed."""
    return b"".join(change(written_file(file).splitlines(keepends=True)))


KEY_HASH = key_of(MINE)
VALUE_HASH = value_of(CaseHead(count=10, newest=FILE.entries[-1][0].leaf_hash))
PROOF_OF_THEIRS = replace(
    LOG.map().proof(THEIRS),
    other=OtherLeaf(
        key=key_of(THEIRS),
        value=value_of(CaseHead(count=3, newest=LOG.case_file(THEIRS).entries[-1][0].leaf_hash)),
    ),
)
RAW = written_file(FILE)
TAMPERED: dict[str, tuple[bytes, int]] = {
    "newest-left-out": (of_lines(lambda lines: lines[:-1]), 1),
    "newest-left-out-counted": (written_file(hidden(9)), 1),
    "all-left-out": (written_file(hidden(0)), 1),
    "all-left-out-own-leaf": (
        written_file(hidden(0, OtherLeaf(key=KEY_HASH, value=VALUE_HASH))),
        1,
    ),
    "all-left-out-cut-elsewhere": (
        written_file(hidden(0, OtherLeaf(key=KEY_HASH + VALUE_HASH[:1], value=VALUE_HASH[1:]))),
        1,
    ),
    "all-left-out-another-leaf": (
        written_file(replace(hidden(0), proof=PROOF_OF_THEIRS)),
        1,
    ),
    "first-left-out": (of_lines(lambda lines: [lines[0], *lines[2:]]), 1),
    "reordered": (of_lines(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]), 1),
    "twice": (of_lines(lambda lines: [*lines, lines[-1]]), 1),
    "of-another-case": (
        written_file(replace(FILE, entries=(*FILE.entries, *LOG.case_file(THEIRS).entries[:1]))),
        1,
    ),
    "edited": (RAW.replace(b'"kind":"disclosure"', b'"kind":"delivered"', 1), 1),
    "back-dated": (RAW.replace(b"10:00:00.000003", b"09:00:00.000003", 1), 1),
    "other-paths": (
        written_file(replace(FILE, entries=tuple((one, ()) for one, _ in FILE.entries))),
        1,
    ),
    "map-path-short": (
        written_file(with_proof(FILE, MapProof(path=FILE.proof.path[1:]))),
        1,
    ),
    "map-of-before": (written_file(with_proof(FILE, EARLIER.proof)), 1),
    "map-with-other": (
        written_file(with_proof(FILE, replace(FILE.proof, other=PROOF_OF_THEIRS.other))),
        1,
    ),
    "other-checkpoint": (written_file(replace(FILE, note=LOG.checkpoint(16).note)), 1),
    "no-map": (written_file(replace(FILE, note=OLD.checkpoint().note)), 1),
    "other-growth": (written_file(replace(SINCE, since=LOG.grown(LOG.checkpoint(8), SIZE))), 0),
    "false-growth": (
        written_file(replace(SINCE, since=replace(LOG.grown(LOG.checkpoint(8), SIZE), path=()))),
        1,
    ),
    "growth-from-later": (
        written_file(replace(EARLIER, since=replace(LOG.grown(LOG.checkpoint(9), SIZE)))),
        1,
    ),
    "no-head": (of_lines(lambda lines: lines[1:]), 2),
    "head-of-version-2": (RAW.replace(b'"version":1}\n', b'"version":2}\n', 1), 2),
    "head-with-spaces": (RAW.replace(b'","', b'", "', 1), 2),
    "count-true": (RAW.replace(b'"count":10', b'"count":true', 1), 2),
    "head-with-more": (RAW.replace(b'{"case_tag"', b'{"a":0,"case_tag"', 1), 2),
    "line-with-spaces": (RAW.replace(b'{"entry":', b'{"entry": ', 1), 1),
    "no-last-line-end": (RAW[:-1], 1),
    "empty-line": (RAW + b"\n", 1),
    "loose-base64": (RAW.replace(b'="]}', b'=\\n"]}', 1), 1),
}


@cache
def verdicts(name: str) -> dict[str, Verdict]:
    """Ask about a whole table at once: Node starts once."""
    tables = {
        "sound": lambda: {name: one for name, (one, _) in SOUND.items()},
        "tampered": lambda: {
            name: Question(file=file, key=KEY) for name, (file, _) in TAMPERED.items()
        },
    }
    table = tables[name]()
    return dict(zip(table, agreed(list(table.values())), strict=True))


@pytest.mark.parametrize("name", SOUND)
def test_what_holds_holds_for_all_three(name: str) -> None:
    """These entries and no others, or none at all; and what a pass does not show is said."""
    verdict = verdicts("sound")[name]

    assert verdict.status == 0, verdict
    assert SOUND[name][1] in verdict.said
    assert "Not shown: that the map was made from the log." in verdict.said


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_refused_by_all_three(name: str) -> None:
    """Left out, added, changed or proven by something else: nobody takes it."""
    assert verdicts("tampered")[name].status == TAMPERED[name][1]


def test_our_own_verifier_says_it_in_the_same_words() -> None:
    """Whichever program the advocate runs, the sentences are the same."""
    for question, _ in SOUND.values():
        assert by_python(question).said.splitlines()[1:] == ours(question).said.splitlines()


def late(index: int, draft: EntryDraft) -> EntryDraft:
    """The twelfth entry was made an hour before the one in front of it, as it says."""
    return replace(draft, at=draft.at - timedelta(hours=1)) if index == 13 else draft


def test_an_entry_that_says_an_earlier_time_is_pointed_out() -> None:
    """A new entry that was back-dated holds, because it is in the log; but somebody has to ask."""
    log = log_of(SIZE, late)

    (verdict,) = agreed([Question(file=written_file(log.case_file(MINE)), key=KEY)])

    assert verdict.status == 0
    assert "Ask about entry 13: it says an earlier time than one before." in verdict.said
    assert "Ask about" not in verdicts("sound")["all"].said


def rewritten(log: Log) -> Log:
    """Another log under the same key."""
    return replace(log, custody=LOG.custody)


OTHER = rewritten(log_of(SIZE, lambda at, one: replace(one, at=one.at + timedelta(at == 3))))
LONGER = rewritten(log_of(SIZE + 3, lambda at, one: replace(one, at=one.at + timedelta(at == 3))))


@pytest.mark.parametrize(
    ("file", "kept", "status"),
    [
        pytest.param(EARLIER, LOG.checkpoint().note, 1, id="an-older-head"),
        pytest.param(EARLIER, text(FILE), 1, id="an-older-file"),
        pytest.param(OTHER.case_file(MINE), LOG.checkpoint().note, 1, id="another-tree"),
        pytest.param(OTHER.case_file(MINE), text(FILE), 1, id="another-tree-kept-as-a-file"),
        pytest.param(LONGER.case_file(MINE), text(FILE), 1, id="another-tree-grown"),
        pytest.param(LONGER.case_file(MINE), LOG.checkpoint().note, 2, id="not-proven"),
        pytest.param(
            LONGER.case_file(MINE, since=LOG.checkpoint()), LOG.checkpoint().note, 1, id="forked"
        ),
        pytest.param(SINCE, OTHER.checkpoint(9).note, 1, id="grown-from-another-of-that-size"),
        pytest.param(FILE, text(FILE)[:-60], 1, id="what-was-kept-is-broken"),
        pytest.param(FILE, "nothing\n", 1, id="what-was-kept-is-nothing"),
    ],
)
def test_what_was_kept_finds_a_broker_that_rewrites(file: CaseFile, kept: str, status: int) -> None:
    """An earlier checkpoint, or an earlier file of the case, is all that it takes."""
    assert [one.status for one in agreed([asked(file, kept)])] == [status]


def test_two_maps_of_one_log_are_found() -> None:
    """The same entries under two signed maps: one of them hides somebody."""
    size, root = SIZE, LOG.checkpoint().root
    heads = {MINE: CaseHead(count=9, newest=FILE.entries[8][0].leaf_hash)}
    other = LOG.sign(size, root, map_of(heads.items()).root).note

    assert [one.status for one in agreed([asked(FILE, other)])] == [1]


@pytest.mark.parametrize("kept", [False, True])
def test_any_changed_byte_gets_one_verdict(kept: bool) -> None:  # noqa: FBT001
    """Wherever a byte is changed, in the file or in what was kept, it is never let pass."""
    random = Random(kept)
    changed = [flipped(written_file(SINCE), random) for _ in range(FLIPS)]
    different = [one for one in changed if one != written_file(SINCE)]
    if kept:
        questions = [
            Question(file=written_file(SINCE), key=KEY, kept=one.decode("utf-8", "replace"))
            for one in different
        ]
    else:
        questions = [Question(file=one, key=KEY) for one in different]

    found = agreed(questions)

    assert len(different) > FLIPS // 2
    assert all(one.status for one in found)


def test_the_file_tells_nothing_of_another_case() -> None:
    """Neither another case's tag nor the hash that the map keeps of it is in the file."""
    head = json.loads(written_file(FILE).partition(b"\n")[0])
    told = written_file(FILE)

    assert head["case_tag"] == MINE
    assert set(CASES) - {MINE, None} == {THEIRS}
    assert THEIRS.encode() not in told
    assert b64encode(key_of(THEIRS)) not in told

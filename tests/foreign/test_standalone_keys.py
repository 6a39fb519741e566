"""A log whose signing key was rotated: one verdict from three verifiers, for each key it had."""

from dataclasses import replace

import pytest

from broker.domain.ids import CaseTag
from tests.foreign.logs import log_of, written_file
from tests.foreign.verdicts import Question, agreed, by_javascript, by_python
from tests.simulators import MemoryCustody

SIZE, ROTATED_AT = 17, 9
BEFORE = log_of(SIZE)
AFTER = replace(BEFORE, custody=MemoryCustody(seed=b"\x07" * 32))
OLD, NEW = BEFORE.key.verifier_text(), AFTER.key.verifier_text()
KEPT = BEFORE.checkpoint(ROTATED_AT)
MINE = CaseTag("c" * 32)
CROSSING = written_file(AFTER.case_file(MINE, since=KEPT))
"""A client's file under the new key, with the proof that the log grew from what the old signed."""


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        pytest.param(AFTER.export(), KEPT.note, id="log"),
        pytest.param(CROSSING, KEPT.note, id="case"),
        pytest.param(CROSSING, None, id="case-alone"),
        pytest.param(CROSSING, written_file(BEFORE.case_file(MINE, 9)).decode(), id="case-file"),
    ],
)
def test_a_rotated_log_needs_both_its_keys_and_not_one(file: bytes, kept: str | None) -> None:
    """What the old key signed and the new one goes on from holds by both, in either order."""
    keys = [(OLD, (NEW,)), (NEW, (OLD,)), (OLD, ()), (NEW, ())]

    found = agreed([Question(file=file, key=key, others=more, kept=kept) for key, more in keys])

    assert [one.status for one in found] == [0, 0, 1, 1]


def test_which_key_signed_is_said_where_several_were_given() -> None:
    """A reader who knows when a key was put away sees that it should not have signed this."""
    (by_new, by_old, alone) = agreed(
        [
            Question(file=AFTER.export(), key=OLD, others=(NEW,)),
            Question(file=BEFORE.export(), key=OLD, others=(NEW,)),
            Question(file=BEFORE.export(), key=OLD),
        ]
    )

    said = "It is signed by the log's key {}."
    assert said.format(NEW.rpartition("+")[0]) in by_new.said
    assert said.format(OLD.rpartition("+")[0]) in by_old.said
    assert "It is signed by" not in alone.said


def test_a_key_of_nobody_adds_nothing() -> None:
    """A third key among those given makes no difference to what the other two signed."""
    stranger = replace(BEFORE, custody=MemoryCustody(seed=b"\x08" * 32))
    key = stranger.key.verifier_text()
    asked = [
        Question(file=AFTER.export(), key=OLD, others=(NEW, key)),
        Question(file=stranger.export(), key=OLD, others=(NEW,)),
    ]

    assert [one.status for one in agreed(asked)] == [0, 1]


def test_keys_of_two_logs_are_no_question() -> None:
    """One file is of one log; which, whoever checks has to know."""
    other = replace(BEFORE, origin="elsewhere.example/log").key.verifier_text()
    asked = Question(file=BEFORE.export(), key=OLD, others=(other,))

    (javascript,) = by_javascript([asked])

    assert javascript == by_python(asked)
    assert javascript.status == 2

"""What is taken out of a draft leaves a receipt that still checks against the holder's original."""

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.record import DraftPiece, Redaction
from redaction.edited import REVIEWER, Cut, replaced_ranges, without
from redaction.receipt import commitment

SALT = bytes(range(32))
ORIGINAL = "Mara told the neighbour at 8 Larch Court that he rang on Friday."


def removal(start: int, end: int, replacement: str, original: str = ORIGINAL) -> Redaction:
    """An earlier removal, as redaction writes it."""
    return Redaction(
        item=0,
        field_name=None,
        start=start,
        end=end,
        label="ADDRESS",
        party_role=None,
        reason="safe-location",
        rule="P/ADDRESS/unknown",
        recogniser="address",
        replacement=replacement,
        commitment=commitment(SALT, original[start:end]),
    )


def applied(original: str, lines: tuple[Redaction, ...]) -> str:
    """Put what the receipt says in the place of what it says, in the original."""
    parts, position = [], 0
    for one in sorted(lines, key=lambda line: line.start):
        assert one.start >= position
        parts += [original[position : one.start], one.replacement]
        position = one.end
    return "".join([*parts, original[position:]])


def piece(lines: tuple[Redaction, ...], original: str = ORIGINAL) -> DraftPiece:
    """The draft that those removals leave."""
    text = applied(original, lines)
    return DraftPiece(item=0, order=2, field_name=None, text=text, kept=(), removals=lines)


def cut(start: int, end: int, replacement: str = "[text removed: privilege]") -> Cut:
    """What a reviewer takes out."""
    return Cut(
        start=start,
        end=end,
        replacement=replacement,
        label="TEXT",
        party_role=None,
        reason="privilege",
        rule=f"{REVIEWER}/privilege",
        recogniser=REVIEWER,
    )


def check(made: DraftPiece, original: str = ORIGINAL) -> None:
    """Every line opens against the original, and together they make the text."""
    for one in made.removals:
        assert one.commitment == commitment(SALT, original[one.start : one.end])
    assert applied(original, made.removals) == made.text


def test_a_word_between_two_removals_is_found_in_the_original() -> None:
    """Its offsets count in the holder's own text, not in the draft."""
    earlier = (removal(0, 4, "[name removed: x]"), removal(27, 40, "[address]"))
    draft = piece(earlier)
    start = draft.text.index("rang")
    made = without(draft, [cut(start, start + 4)], SALT)

    (mine,) = (one for one in made.removals if one.recogniser == REVIEWER)
    assert ORIGINAL[mine.start : mine.end] == "rang"
    check(made)


def test_half_a_marker_takes_the_whole_of_it() -> None:
    """Nobody sees half of a replacement, and nobody gets back what it stands for."""
    draft = piece((removal(27, 40, "[address removed: safe-location]"),))
    start = draft.text.index("removed")
    made = without(draft, [cut(start, start + 3)], SALT)

    assert "[address" not in made.text
    assert "Larch" not in made.text
    assert [(one.start, one.end) for one in made.removals] == [(27, 40)]
    check(made)


def test_what_overlaps_is_taken_out_once() -> None:
    """Two reviewers' ranges that run into each other are one removal."""
    made = without(piece(()), [cut(0, 10), cut(5, 17), cut(20, 22)], SALT)

    assert [(one.start, one.end) for one in made.removals] == [(0, 17), (20, 22)]
    check(made)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, tuple[Redaction, ...], list[tuple[int, int]]]:
    """An original, what was removed from it, and ranges of the draft to take out."""
    original = draw(st.text(alphabet="ab cd.é\n", min_size=1, max_size=40))
    marks = sorted(draw(st.lists(st.integers(0, len(original)), max_size=8, unique=True)))
    ranges = list(zip(marks[::2], marks[1::2], strict=False))
    words = st.sampled_from(["", "[x]", "someone", "[Person 7K]"])
    lines = tuple(removal(start, end, draw(words), original) for start, end in ranges)
    length = len(applied(original, lines))
    offsets = st.integers(0, length)
    pairs = draw(st.lists(st.tuples(offsets, offsets), max_size=4))
    return original, lines, [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]


@settings(max_examples=300)
@given(edits())
def test_whatever_is_taken_out_the_receipt_checks(
    made: tuple[str, tuple[Redaction, ...], list[tuple[int, int]]],
) -> None:
    """Any ranges over any removals: each line opens, and nothing else has changed."""
    original, lines, ranges = made
    draft = piece(lines, original)
    result = without(draft, [cut(start, end, "~") for start, end in ranges], SALT)

    check(result, original)
    gone = {at for start, end in ranges for at in range(start, end)}
    kept = [draft.text[at] for at in range(len(draft.text)) if at not in gone]
    for start, end in replaced_ranges(draft):
        if gone & set(range(start, end)):
            kept = []  # A marker went with it, so more is gone than was asked.
    if kept and ranges:
        assert result.text.replace("~", "") == "".join(kept)

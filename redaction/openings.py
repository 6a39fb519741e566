"""How a compiled pattern can begin, read from the pattern: its first characters and its anchors.

The standard library's own parser is asked, so an edited pattern is read anew at the next start.
Every answer errs towards more: what is not understood counts as able to begin with anything.
"""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Any

FIRST = 3
"""Characters of a beginning that are told apart: enough to tell `tel` from `ten`."""
DIGIT_REACH = 10
"""Characters within which a pattern must meet a digit to be tried only near one."""
OTHER = 128
"""Class of every character that is not ASCII; ASCII characters are classes of their own."""
EVERY = (1 << (OTHER + 2)) - 1
"""Any character, and the end of the text, which is the last class."""
_MOST_PATHS = 2_000
"""Ways to begin above which a pattern is not worth telling apart."""
_NEVER = 1 << 20
"""More characters than any text has: no digit is required, or a repetition has no end."""
_ALSO_OTHER = frozenset("ksi")
"""Letters that a pattern without case also meets outside ASCII: long s, Kelvin, Turkish i."""
_EDGES = frozenset({"AT_BOUNDARY", "AT_BEGINNING", "AT_BEGINNING_LINE", "AT_BEGINNING_STRING"})
_NO_WORD = frozenset({"CATEGORY_NOT_WORD", "CATEGORY_SPACE"})
_WIDTHLESS = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})

Path = tuple[int, ...]
_Item = tuple[Any, Any]
_UNKNOWN_SHAPE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a parser that has changed leads to: it is no public part of Python."""


def _standard_parser() -> Any:  # noqa: ANN401  # it has no types
    try:
        return importlib.import_module("re._parser")
    except ImportError:
        return None


_parser = _standard_parser()


class _UntoldError(Exception):
    """The pattern has something that is not understood here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a match can begin with: sets of characters as bits, one tuple for every way.

    Args:
        near_digit: whether every match has a digit in its first word or soon after its beginning.

    """

    paths: frozenset[Path] = field(repr=False)
    near_digit: bool


def beginning_of(pattern: re.Pattern[str]) -> Beginning | None:
    """Return how a pattern begins; None where that cannot be told, or not by a word or sign."""
    flags = pattern.flags
    try:
        items = _parser.parse(pattern.pattern, flags)
        if not _at_token(items, flags):
            return None
        paths = frozenset(one + (EVERY,) * (FIRST - len(one)) for one in _paths(items, flags))
        near = _digit_in_word(items) or _digit_within(items, flags) <= DIGIT_REACH
    except (_UntoldError, *_UNKNOWN_SHAPE):
        return None
    return Beginning(paths=paths, near_digit=near)


def _at_token(items: Any, flags: int) -> bool:  # noqa: ANN401  # the parser's own type
    """Say whether every match begins with a sign that is no blank, and never inside a word."""
    inner = _alternatives(items[0], flags) if len(items) == 1 else None
    if inner is not None:
        return all(_at_token(one, own) for one, own in inner)
    first = reduce(int.__or__, (one[0] if one else EVERY for one in _paths(items, flags)), 0)
    if first & _category("CATEGORY_SPACE"):
        return False
    return not first & (_ALPHANUMERIC | 1 << OTHER) or _anchored(items)


def _anchored(items: Sequence[_Item]) -> bool:
    """Say whether a pattern first asks that no letter or digit stands before it."""
    for op, value in items:
        kind = str(op)
        if kind == "SUBPATTERN":
            return _anchored(value[3])
        if kind == "BRANCH":
            return all(_anchored(one) for one in value[1])
        if kind not in _WIDTHLESS:
            return False
        if _parts_words(kind, value):
            return True
    return False


def _parts_words(kind: str, value: Any) -> bool:  # noqa: ANN401  # the parser's own type
    """Say whether something without width keeps a letter or digit from standing before."""
    if kind == "AT":
        return str(value) in _EDGES
    direction, items = value
    if direction > 0:
        return False
    last, sign = str(items[-1][0]), items[-1][1]
    if kind == "ASSERT":
        return last == "LITERAL" and sign < OTHER and not _ALPHANUMERIC >> sign & 1
    return len(items) == 1 and last == "IN" and _any_alphanumeric(sign)


def _any_alphanumeric(members: Sequence[_Item]) -> bool:
    """Say whether a set holds every letter and digit, of any alphabet."""
    named = [(str(kind), str(value)) for kind, value in members]
    if named[0][0] != "NEGATE":
        return ("CATEGORY", "CATEGORY_WORD") in named
    left_out = [_member(one, 0) for one in members[1:] if str(one[1]) not in _NO_WORD]
    return not reduce(int.__or__, left_out, 0) & (_ALPHANUMERIC | 1 << OTHER)


def _paths(items: Sequence[_Item], flags: int) -> set[Path]:
    """Return every way to begin, as sets of characters; shorter ones may end there."""
    paths: set[Path] = {()}
    for item in items:
        if all(len(one) == FIRST for one in paths):
            break
        paths = _joined(paths, _steps(item, flags))
    return paths


def _joined(paths: set[Path], steps: set[Path]) -> set[Path]:
    joined = {(one + step)[:FIRST] for one in paths for step in steps}
    if len(joined) > _MOST_PATHS:
        raise _UntoldError
    return joined


def _steps(item: _Item, flags: int) -> set[Path]:
    """Return the beginnings of one item of a pattern."""
    kind, value = str(item[0]), item[1]
    if kind in _WIDTHLESS:
        return {()}
    if kind in _REPEATS:
        fewest, most, repeated = value
        return _repeated(fewest, most, repeated, flags)
    inner = _alternatives(item, flags)
    if inner is not None:
        return {path for items, own in inner for path in _paths(items, own)}
    return {(_accepted(item, flags),)}


def _repeated(fewest: int, most: int, items: Sequence[_Item], flags: int) -> set[Path]:
    once = _paths(items, flags)
    found: set[Path] = set()
    so_far: set[Path] = {()}
    for times in range(min(int(most), int(fewest) + FIRST) + 1):
        if times >= fewest:
            found |= so_far
        if times < most:
            so_far = _joined(so_far, once)
        if all(len(one) == FIRST for one in so_far):
            return found | so_far
    return found


def _alternatives(item: _Item, flags: int) -> list[tuple[Any, int]] | None:
    """Return what stands inside a group or a choice, each with its flags."""
    kind, value = str(item[0]), item[1]
    if kind == "BRANCH":
        return [(one, flags) for one in value[1]]
    if kind == "SUBPATTERN":
        _, added, taken, items = value
        return [(items, (flags | added) & ~taken)]
    return [(value, flags)] if kind == "ATOMIC_GROUP" else None


def _accepted(item: _Item, flags: int) -> int:
    """Return the characters that one item accepts, as bits."""
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return _literal(value, flags)
    if kind == "IN":
        return _set(value, flags)
    if kind in {"ANY", "NOT_LITERAL"}:
        return EVERY
    raise _UntoldError


def _literal(code: int, flags: int) -> int:
    if code >= OTHER:
        return EVERY if flags & re.IGNORECASE or chr(code).isspace() else 1 << OTHER
    if not flags & re.IGNORECASE:
        return 1 << code
    letter = chr(code).lower()
    also = 1 << OTHER if letter in _ALSO_OTHER else 0
    return 1 << ord(letter) | 1 << ord(letter.upper()) | also


def _set(members: Sequence[_Item], flags: int) -> int:
    """Return the characters of a set; one outside ASCII is always taken to be in it."""
    negated = str(members[0][0]) == "NEGATE"
    inside = reduce(int.__or__, (_member(one, flags) for one in members), 0)
    return ((~inside if negated else inside) & _ASCII) | 1 << OTHER


def _member(member: _Item, flags: int) -> int:
    kind, value = str(member[0]), member[1]
    if kind == "NEGATE":
        return 0
    if kind == "LITERAL":
        return _literal(value, flags)
    if kind == "CATEGORY":
        return _category(str(value))
    if kind != "RANGE" or value[1] >= OTHER:
        raise _UntoldError
    return reduce(int.__or__, (_literal(code, flags) for code in range(value[0], value[1] + 1)), 0)


@cache
def _category(name: str) -> int:
    r"""Return the ASCII characters of `\d`, `\w`, `\s` or what is not one of them."""
    sign = name.removeprefix("CATEGORY_").removeprefix("NOT_")[:1].lower()
    if sign not in {"d", "w", "s"}:
        raise _UntoldError
    pattern = re.compile("\\" + (sign.upper() if "_NOT_" in name else sign))
    return sum(1 << code for code in range(OTHER) if pattern.match(chr(code)))


_ASCII = (1 << OTHER) - 1
_ALPHANUMERIC = _category("CATEGORY_WORD") & ~(1 << ord("_"))


def _digit_in_word(items: Sequence[_Item]) -> bool:
    """Say whether the word that a match begins with always has a digit."""
    for op, value in items:
        kind = str(op)
        if kind == "ASSERT" and value[0] > 0 and _digit_in_word(value[1]):
            return True
        if kind in _WIDTHLESS:
            continue
        fewest, inside = _inside(kind, value)
        if (fewest and _digit_in_word(inside)) or (not inside and _holds_only((op, value), "0-9")):
            return True
        if not all(_holds_only(one, "0-9A-Za-z") for one in inside or [(op, value)]):
            return False
    return False


def _inside(kind: str, value: Any) -> tuple[int, Sequence[_Item]]:  # noqa: ANN401  # the parser's
    """Return how often a group or a repetition stands there at the least, and what is in it."""
    if kind in _REPEATS:
        return value[0], value[2]
    return (1, value[3]) if kind == "SUBPATTERN" else (1, ())


def _holds_only(item: _Item, ranges: str) -> bool:
    """Say whether an item accepts digits only, or letters and digits only, of any alphabet."""
    within = re.compile(f"[{ranges}]", re.ASCII).match
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return within(chr(value)) is not None
    if kind != "IN":
        return False
    named = [(str(kind), str(one)) for kind, one in value]
    if named[0][0] == "NEGATE":
        word = {("CATEGORY", "CATEGORY_NOT_WORD"), ("LITERAL", str(ord("_")))} <= set(named)
        return word and "A" in ranges
    return all(
        (kind == "LITERAL" and within(chr(one)))
        or (kind == "RANGE" and all(within(chr(code)) for code in range(one[0], one[1] + 1)))
        or str(one) == "CATEGORY_DIGIT"
        for kind, one in ((str(kind), one) for kind, one in value)
    )


def _digit_within(items: Sequence[_Item], flags: int) -> int:
    """Return the most characters before a digit that every match has; very many if it has none."""
    before = 0
    for item in items:
        within, longest = _digit_in(item, flags)
        if within < _NEVER:
            return before + within
        before += longest
        if before > DIGIT_REACH:
            break
    return _NEVER


def _digit_in(item: _Item, flags: int) -> tuple[int, int]:
    """Return how far into an item its digit comes at the latest, and how long it may be."""
    kind, value = str(item[0]), item[1]
    if kind in _WIDTHLESS:
        return _NEVER, 0
    if kind in _REPEATS:
        fewest, most, items = value
        longest = min(int(most), _NEVER) * _longest(items)
        return (_digit_within(items, flags) if fewest else _NEVER), longest
    inner = _alternatives(item, flags)
    if inner is not None:
        within = max(_digit_within(items, own) for items, own in inner)
        return within, max(_longest(items) for items, _ in inner)
    return (0 if _holds_only(item, "0-9") else _NEVER), 1


def _longest(items: Any) -> int:  # noqa: ANN401  # the parser's own type
    return min(int(items.getwidth()[1]), _NEVER)

"""Reads and writes the JSON Lines of `marac-broker policies decide`.

Other people's scripts use this format: keys are added, never renamed. An error names the line and
the nearest right word, and does not repeat what stood there: it may be somebody's name.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PolicyVersion
from policies.near import NEAREST, NearMiss
from policies.problems import nearest
from policies.vocabulary import Vocabulary

MAX_LINE_BYTES = 65_536
"""Bytes in one line: eighteen words take less than two thousand."""


def read_facts(lines: Iterable[bytes], vocabulary: Vocabulary) -> Iterator[Facts]:
    """Yield the facts of each line; a line of white space is none.

    Raises:
        InvalidRequestError: names the first line that is not facts.

    """
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE_BYTES:
            raise InvalidRequestError(f"Line {number} is longer than {MAX_LINE_BYTES} bytes.")
        if line.strip():
            yield _facts(number, _object(number, line), vocabulary)


def written(
    ruling: Ruling, version: PolicyVersion, nearly: Sequence[NearMiss] | None = None
) -> str:
    """Return one ruling as one line; with the rules that nearly matched where they are given."""
    answer: dict[str, object] = {
        "outcome": ruling.outcome,
        "rules": ruling.rules,
        "deciding_rules": ruling.deciding_rules,
        "obligations": ruling.obligations,
        "profile": ruling.profile,
        "basis": ruling.basis,
        "policy_version": version,
        "sentence": ruling.sentence,
    }
    if nearly is not None:
        answer["nearly"] = [_near(one) for one in nearly[:NEAREST]]
        answer["nearly_more"] = max(0, len(nearly) - NEAREST)
    return json.dumps(answer, ensure_ascii=False)


def _near(one: NearMiss) -> dict[str, object]:
    return {"rule": one.rule.rule_id, "fact": one.fact, "word": one.word, "fits": one.fits}


def _object(number: int, line: bytes) -> list[tuple[str, object]]:
    try:
        pairs = json.loads(
            line.decode("utf-8-sig" if number == 1 else "utf-8"), object_pairs_hook=_Pairs
        )
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"Line {number} is not JSON: write one object a line.") from error
    if not isinstance(pairs, _Pairs):
        raise InvalidRequestError(f"Line {number} is not an object: write facts as keys and words.")
    return pairs


class _Pairs(list[tuple[str, object]]):
    """The members of one JSON object in order, so that a key that stands twice is seen."""


def _facts(number: int, pairs: list[tuple[str, object]], vocabulary: Vocabulary) -> Facts:
    words: dict[str, str] = {}
    for place, (key, word) in enumerate(pairs, start=1):
        where = f"Line {number}, key {place}"
        if key not in FACT_NAMES:
            raise InvalidRequestError(f"{where}: there is no such fact{_hint(key, FACT_NAMES)}.")
        if key in words:
            raise InvalidRequestError(f"{where}: `{key}` stands twice; say it once.")
        if not isinstance(word, str):
            raise InvalidRequestError(f"{where}: write `{key}` as a word in quotation marks.")
        if word not in vocabulary.of(key):
            near = _hint(word, vocabulary.of(key))
            raise InvalidRequestError(f"{where}: `{key}` has no such word{near}.")
        words[key] = word
    return Facts(**words)


def _hint(word: str, valid: Iterable[str]) -> str:
    near = nearest(word, valid)
    return "" if near is None else f"; nearest: {near}"

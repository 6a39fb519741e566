"""Presidio's anonymizer, brought in when the first text is redacted and without its analyzer.

An optional operator of the anonymizer asks for the analyzer, which brings spaCy: a second and
90 MB in the broker's own process, where nothing ever analyses. It is told that there is none.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from types import ModuleType

_ANALYZER = "presidio_analyzer"
_importing = Lock()


def anonymised(text: str, ranges: Sequence[tuple[int, int, str]]) -> str:
    """Return the text with each range replaced, as Presidio's anonymizer does it.

    Args:
        text: the original.
        ranges: start, end and replacement of each; they do not overlap.

    """
    presidio = _presidio()
    names = [f"CHANGE_{number}" for number in range(len(ranges))]
    result = presidio.AnonymizerEngine().anonymize(
        text=text,
        analyzer_results=[
            presidio.RecognizerResult(entity_type=name, start=start, end=end, score=1.0)
            for name, (start, end, _) in zip(names, ranges, strict=True)
        ],
        operators={
            name: presidio.OperatorConfig("custom", {"lambda": lambda _, word=word: word})
            for name, (_, _, word) in zip(names, ranges, strict=True)
        },
        merge_entities_with_spaces=False,
    )
    return str(result.text)


@cache
def _presidio() -> ModuleType:
    with _importing, _withheld(_ANALYZER):
        import presidio_anonymizer  # noqa: PLC0415  # a broker that redacts nothing never needs it
    return presidio_anonymizer


@contextmanager
def _withheld(name: str) -> Iterator[None]:
    """Make an optional import fail, unless the process has loaded that module already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how Python spells "not to be imported"
    try:
        yield
    finally:
        del sys.modules[name]

"""The broker's own process stays small: what reads texts lives in the workers."""

import subprocess
import sys

_LOADED = (
    "import sys\n"
    "import broker.cli\n"
    "{more}\n"
    "print(*sorted({{'spacy', 'presidio_analyzer', 'thinc'}} & sys.modules.keys()))\n"
)
_APPLY = (
    "from redaction.anonymise import anonymised\n"
    "assert anonymised('Ann rang Bo', [(0, 3, 'A'), (9, 11, 'B')]) == 'A rang B'\n"
)


def _loaded(more: str = "") -> str:
    program = _LOADED.format(more=more)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_command_starts_without_a_language_model() -> None:
    """Asking for help does not load what only a redaction needs."""
    assert _loaded() == ""


def test_applying_a_redaction_loads_no_language_model() -> None:
    """The broker replaces words with Presidio's anonymizer alone: the analyzer stays out."""
    assert _loaded(_APPLY) == ""

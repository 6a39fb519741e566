"""What a process loads: people wait for a command's imports, and a broker's memory is theirs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from broker.cli import app

_READING = {"spacy", "thinc", "numpy", "presidio_analyzer"}
_SERVING = {"sqlalchemy", "fastapi", "pydantic", "uvicorn", "casbin", "cryptography", "httpx"}
_SELDOM = {"alembic", "psycopg", "openpyxl", "PIL", "lxml", "docx", "pypdf", "fpdf", "boto3"}
_SAY = "\nimport sys; print(*sorted(set({names!r}) & sys.modules.keys()))\n"
_PREPARE = """
import os
from broker.bootstrap import prepare, store_of
from broker.settings import from_environment
settings = from_environment(os.environ)
prepare(settings)
"""
_OPEN = f"{_PREPARE}store_of(settings).close()\nimport broker.commands.serve\n"


def _loaded(program: str, names: set[str], state: Path | None = None) -> str:
    told = {} if state is None else {"MARAC_STATE": str(state)}
    done = subprocess.run(
        [sys.executable, "-c", program + _SAY.format(names=sorted(names))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **told},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_command_line_loads_nothing_that_no_command_needs_yet() -> None:
    """Asking for help, or mistyping a word, waits for no database, web server or model."""
    assert _loaded("import broker.cli", _READING | _SERVING | _SELDOM) == ""


def test_a_serving_broker_loads_no_reader_of_texts_or_documents(tmp_path: Path) -> None:
    """What reads texts and documents, and what only an upgrade needs, stays out of its memory."""
    _loaded(_PREPARE, set(), tmp_path / "var")

    assert _loaded(_OPEN, _READING | _SELDOM, tmp_path / "var") == ""


@pytest.mark.parametrize("name", sorted(get_command(app).commands))  # type: ignore[attr-defined]
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    """The line beside a command in the list is the command's own, though it is not loaded."""
    listed = get_command(app).commands[name]  # type: ignore[attr-defined]
    real = listed.loaded()

    assert (real.name, " ".join(real.help.split())) == (name, listed.help)

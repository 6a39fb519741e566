import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
ANYTHING = "..."


def _steps() -> list[tuple[str, str]]:
    """Return each shown command with the output shown under it."""
    steps: list[tuple[str, str]] = []
    for block in BLOCK.findall(README):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            steps.append((command, output.strip()))
    return steps


def _pattern(shown: str) -> str:
    return ".*".join(re.escape(part) for part in shown.split(ANYTHING))


def test_the_readme_shows_what_the_commands_print(tmp_path: Path) -> None:
    """Every command in the README gives the output that stands under it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    steps = _steps()

    assert len(steps) >= 4
    for command, shown in steps:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        printed = (done.stdout + done.stderr).strip()
        assert re.fullmatch(_pattern(shown), printed, re.DOTALL), f"$ {command}\n{printed}"


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_the_readme_points_at_what_is_there(target: str) -> None:
    """Every link of the README leads somewhere."""
    assert (ROOT / target).exists()

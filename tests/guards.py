"""Keeps the house in order where no linter does: `make check` prints the faults and stops."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("broker", "policies", "redaction", "connectors", "keys", "tests")
LOCKS = ("requirements.lock", "requirements-dev.lock")
MAX_MODULE_LINES = 350
MAX_FUNCTION_LINES = 50
ONE_FILE = {"standalone": 830}
"""Folders of programs that people copy as one file, which may be that long."""
UNMEASURED = {"node_modules", "versions"}
"""Other people's code, and migrations, which are history and never edited."""
SOURCE_OF_A_PACKAGE = re.compile(r"://|^\s*-", re.MULTILINE)


def shared_casbin_files(installed: Iterable[Distribution]) -> list[str]:
    """Name files below casbin/ that two distributions own.

    `casbin` and `pycasbin` install the same folder, and whichever came last has silently replaced
    the other's enforcer.
    """
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for one in installed:
        for file in one.files or ():
            if file.parts[0] == "casbin":
                owners[str(file)].add(one.metadata["Name"])
    return [
        f"{file}: owned by {' and '.join(sorted(names))}; uninstall all but pycasbin, reinstall it"
        for file, names in sorted(owners.items())
        if len(names) > 1
    ]


def lock_faults(name: str, text: str) -> list[str]:
    """Name lines of a lock that say where packages come from, or pin without a hash."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("--hash=")]
    faults = [f"{name}: names a source: {one}" for one in lines if SOURCE_OF_A_PACKAGE.search(one)]
    if text.count("==") == 0 or "--hash=sha256:" not in text:
        faults.append(f"{name}: pins nothing by hash")
    return faults


def size_faults(path: Path, text: str) -> list[str]:
    """Name modules and functions that are more than one idea long."""
    faults = []
    length = len(text.splitlines())
    most = ONE_FILE.get(path.parent.name, MAX_MODULE_LINES)
    if length > most:
        faults.append(f"{path}: {length} lines, at most {most}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                faults.append(f"{path}:{node.lineno}: {node.name} has {lines} lines")
    return faults


def construction_faults(path: Path, text: str) -> list[str]:
    """Name places that construct a Permit or a Receipt where it is not theirs to construct."""
    homes = {"Permit": "policies", "Receipt": "broker/ledger"}
    return [
        f"{path}:{node.lineno}: only {homes[node.func.id]} may construct a {node.func.id}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in homes
        and not str(path).startswith((homes[node.func.id], "tests"))
    ]


def faults() -> list[str]:
    """Return every fault of the tree as it is."""
    found = shared_casbin_files(distributions())
    for name in LOCKS:
        found += lock_faults(name, (ROOT / name).read_text(encoding="utf-8"))
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if UNMEASURED & set(path.parts):
                continue
            text = path.read_text(encoding="utf-8")
            relative = path.relative_to(ROOT)
            found += size_faults(relative, text) + construction_faults(relative, text)
    return found


if __name__ == "__main__":
    problems = faults()
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201  # this is a command
    sys.exit(1 if problems else 0)

"""Which files are a pack, and the hash over every byte of them.

Nothing is normalised before hashing: a line end changed is another version. Do not change the
prefix, the order or the lengths in `version_of`: every logged decision names what they give.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from broker.domain.errors import PolicyLoadError
from broker.domain.ids import PolicyVersion
from policies.problems import Place, Problems
from policies.sheet import MAX_FILE_BYTES, TOO_LONG

MODEL, VOCABULARY, ROLES, GUARDS = "model.conf", "vocabulary.csv", "roles.csv", "guards.csv"
THRESHOLDS, LEGAL, PROPERTIES = "thresholds.csv", "legal.csv", "properties.yaml"
RETENTION = "retention.csv"
"""A pack without it is whole: nothing is destroyed by it."""
ALERTS = "alerts.csv"
"""A pack without it is whole: nobody is told of anything by it."""
PURPOSES, AREAS, TESTS = "purposes", "areas", "tests"
NEEDED = (MODEL, VOCABULARY, ROLES, GUARDS, THRESHOLDS, LEGAL)
AREA_RULES, AREA_THRESHOLDS = "rules.csv", "thresholds.csv"
MAX_PACK_BYTES = 8 * MAX_FILE_BYTES
"""Bytes in all files together: what a broker reads into memory at once."""
_HASH_PREFIX = b"marac-broker policy pack 2\n"
_AREA_MARK = b"area"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What purposes, areas and tables of tests are called, so that two names never look the same."""
_POLICY_LOOK = re.compile(
    r"\.(csv|conf|tsv|tab|txt|xls[xmb]?|ods|numbers|ya?ml)(?![a-z])", re.IGNORECASE
)
"""What somebody may have meant as policy, also under a wrong name, such as `guards.csv.bak`."""
_LOCKS = re.compile(r"\.~lock\..*#|~\$.*")
"""What a spreadsheet program leaves beside a file while it is open there."""


def read_directory(directory: Path) -> dict[str, bytes]:
    """Return the files of a pack by name.

    Raises:
        PolicyLoadError: a file cannot be read, or lies where a rule could be overlooked.

    """
    problems = Problems()
    files: dict[str, bytes] = {}
    try:
        for path in _candidates(directory):
            name = path.relative_to(directory).as_posix()
            if check_name(name, problems) and _can_be_read(path, name, problems):
                files[name] = path.read_bytes()
    except OSError as error:
        say = f"the pack cannot be read ({error.strerror}); check the folder and its permissions"
        raise PolicyLoadError((f"{directory.name}:1:1: {say}",)) from error
    problems.raise_if_any()
    return files


def check_files(files: Mapping[str, bytes], problems: Problems) -> None:
    """Report files that are missing, too long, or of a name that nothing reads."""
    for name in NEEDED:
        if name not in files:
            problems.add(Place(file=name), "the file is missing; a pack is not complete without it")
    if not any(name.startswith(f"{PURPOSES}/") for name in files):
        problems.add(Place(file=PURPOSES), "there is no file of rules for any purpose; add one")
    for name, content in files.items():
        # A sheet says by itself that it is too long.
        is_read = check_name(name, problems) and not name.endswith(".csv")
        if is_read and len(content) > MAX_FILE_BYTES:
            problems.add(Place(file=name), TOO_LONG)
    if sum(len(content) for content in files.values()) > MAX_PACK_BYTES:
        problems.add(Place(file=PURPOSES), f"the pack is longer than {MAX_PACK_BYTES} bytes")


def check_name(name: str, problems: Problems) -> bool:
    """Return whether a file of this name is part of a pack; report it if it is not."""
    if _belongs(PurePosixPath(name)):
        return True
    say = "this is no part of a pack; rename it to what it was meant to be or remove it"
    problems.add(Place(file=name), say)
    return False


def version_of(files: Mapping[str, bytes], area: str | None = None) -> PolicyVersion:
    """Return SHA-256 over names and bytes, each preceded by its length, in the order of names.

    A broker of an area runs other rules than one of none: the area's name comes last.
    """
    digest = hashlib.sha256(_HASH_PREFIX)
    parts = [part for name in sorted(files) for part in (name.encode(), files[name])]
    if area is not None:
        parts += (_AREA_MARK, area.encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return PolicyVersion(digest.hexdigest())


def rule_files(files: Mapping[str, bytes]) -> list[str]:
    """Return the files whose rules are in force everywhere, guards first."""
    purposes = sorted(name for name in files if name.startswith(f"{PURPOSES}/"))
    return [name for name in (GUARDS, *purposes) if name in files]


def areas_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the areas that have a file of their own."""
    return sorted({PurePosixPath(name).parts[1] for name in files if name.startswith(f"{AREAS}/")})


def _belongs(path: PurePosixPath) -> bool:
    parent, kebab = str(path.parent), _NAME.fullmatch(path.stem) is not None
    if parent == PURPOSES:
        return path.suffix == ".csv" and kebab
    if parent == TESTS:
        return path.suffix == ".yaml" and kebab
    if str(path.parent.parent) == AREAS:
        is_area = _NAME.fullmatch(path.parent.name) is not None
        return is_area and path.name in {AREA_RULES, AREA_THRESHOLDS}
    return str(path) in {*NEEDED, PROPERTIES, RETENTION, ALERTS}


def _candidates(directory: Path) -> list[Path]:
    """Return every file that an author may have meant as policy, also under a wrong name."""
    return sorted(path for path in _walk(directory) if _LOCKS.fullmatch(path.name) is None)


def _walk(directory: Path, inside: str = "") -> Iterator[Path]:
    """Yield what lies in the folders of a pack, and elsewhere what looks like a part of one."""
    for path in directory.iterdir():
        if path.is_dir() and not (inside and path.is_symlink()):  # A link could lead round.
            if not _is_beside(path):
                yield from _walk(path, inside or path.name)
        elif inside in {PURPOSES, AREAS} or _POLICY_LOOK.search(path.name) is not None:
            yield path


def _is_beside(folder: Path) -> bool:
    """Whether a folder holds caches, a platform's own copies, or code, and no policy."""
    return folder.name.startswith((".", "__")) or (folder / "__init__.py").exists()


def _can_be_read(path: Path, name: str, problems: Problems) -> bool:
    if not path.is_file():
        problems.add(Place(file=name), "this is no file, or a link that leads nowhere; mend it")
        return False
    if path.stat().st_size > MAX_FILE_BYTES:
        problems.add(Place(file=name), TOO_LONG)
        return False
    return True

"""Which files are a pack, which are passed over, and which stop loading."""

from pathlib import Path

import pytest

from broker.domain.errors import PolicyLoadError
from policies import loader
from policies.decide import PACKAGED
from policies.files import AREAS, MAX_PACK_BYTES, read_directory, version_of
from policies.sheet import MAX_FILE_BYTES
from tests.unit.policies.packs import GUARDS, files, policy, problems_of

_NO_PART = "this is no part of a pack; rename it to what it was meant to be or remove it"


def _written(folder: Path, **more: bytes) -> Path:
    for name, content in (files() | more).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_packaged_pack_is_its_files_of_policy_and_nothing_else() -> None:
    """Code, pages and caches that lie beside the packaged pack are no part of it."""
    names = set(read_directory(PACKAGED))

    assert {"model.conf", "vocabulary.csv", "roles.csv", GUARDS} < names
    assert {"thresholds.csv", "legal.csv", "areas/wolverley/rules.csv"} < names
    assert {"purposes/marac-research.csv", "tests/marac-research.yaml"} < names
    assert {Path(name).suffix for name in names} == {".conf", ".csv", ".yaml"}


def test_a_pack_in_a_folder_is_the_same_pack(tmp_path: Path) -> None:
    """What was written out is read back byte for byte, as the same version."""
    found = read_directory(_written(tmp_path))

    assert files() == found
    assert version_of(files()) == version_of(found)


@pytest.mark.parametrize("name", sorted(files()))
def test_every_file_counts_into_the_version(name: str) -> None:
    """A byte more in any file, tests and areas among them, is another version."""
    assert version_of(files()) != version_of(files(**{name: files()[name] + b"\n"}))


@pytest.mark.parametrize(
    "name",
    [
        "guards (1).csv",
        "guards - Copy.csv",
        "guards.csv.bak.csv",
        "guards.csv.bak",
        "guards.csv~",
        "guards.csv_old",
        "guards.csv.txt",
        "Guards.CSV",
        "guards.xlsx",
        "guards.xls",
        "guards.ods",
        "guards.numbers",
        "guards.tsv",
        "guards.txt",
        ".guards.csv",
        "guard.csv",
        "policy.conf",
        "properties.yml",
        "Properties.yaml",
        "purposes/marac-research.csv.bak",
        "purposes/marac-research (2).csv",
        "purposes/Marac-Research.csv",
        "purposes/marac_research.csv",
        "purposes/notes",
        "purposes/.hidden",
        "purposes/old/marac-research.csv",
        "Purposes/marac-research.csv",
        "purposes copy/marac-research.csv",
        "old/guards.csv",
        "areas/rules.csv",
        "areas/wolverley/guards.csv",
        "areas/wolverley/legal.csv",
        "areas/wolverley/rules.csv.bak",
        "areas/wolverley/north/rules.csv",
        "areas/Wolverley/rules.csv",
        "areas/wolverley 2/rules.csv",
        "tests/marac-research.yml",
        "tests/marac-research.csv",
        "tests/more/marac-research.yaml",
    ],
)
def test_a_file_that_might_have_been_meant_is_not_passed_over(tmp_path: Path, name: str) -> None:
    """A denial that was saved under another name, or in another folder, stops loading."""
    folder = _written(tmp_path)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"anything")

    with pytest.raises(PolicyLoadError) as refused:
        read_directory(folder)

    assert refused.value.problems == (f"{name}:1:1: {_NO_PART}",)


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "loader.py",
        "py.typed",
        "LICENSE",
        "__pycache__/loader.cpython-311.pyc",
        ".git/config.conf",
        ".~lock.guards.csv#",
        "~$guards.xlsx",
        "diagram/__init__.py",
    ],
)
def test_what_nobody_can_take_for_policy_is_passed_over(tmp_path: Path, name: str) -> None:
    """Pages, caches and the lock of an open spreadsheet stop nobody."""
    folder = _written(tmp_path)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"anything")

    assert read_directory(folder) == files()


def test_a_folder_in_the_place_of_a_file_is_no_file(tmp_path: Path) -> None:
    """A folder called guards.csv does not stand in for the guards."""
    folder = _written(tmp_path)
    (folder / GUARDS).unlink()
    (folder / GUARDS).mkdir()
    found = read_directory(folder)

    assert any(one.startswith(f"{GUARDS}:1:1: the file is missing") for one in problems_of(found))


@pytest.mark.parametrize(
    "name", ["model.conf", "vocabulary.csv", "roles.csv", GUARDS, "thresholds.csv", "legal.csv"]
)
def test_a_pack_without_one_of_its_files_is_none(name: str) -> None:
    """Each file that a decision rests on must be there."""
    found = problems_of(files(**{name: None}))

    assert f"{name}:1:1: the file is missing; a pack is not complete without it" in found


@pytest.mark.parametrize("name", ["Guards.csv", "purposes/../guards.csv", "", "notes.md", "areas"])
def test_a_pack_that_arrives_as_bytes_is_held_to_the_same_names(name: str) -> None:
    """A version that was stored elsewhere cannot bring in a file that nothing reads."""
    found = problems_of(files() | {name: b"anything"})

    assert any(one.endswith(_NO_PART) for one in found), found


@pytest.mark.parametrize("name", [GUARDS, "tests/marac-research.yaml", "model.conf"])
def test_a_file_that_is_too_long_is_not_read(tmp_path: Path, name: str) -> None:
    """A film saved under the name of a policy file stops loading before it fills the memory."""
    long = {name: b"x" * (MAX_FILE_BYTES + 1)}
    folder = _written(tmp_path, **long)

    with pytest.raises(PolicyLoadError, match=f"^{name}:1:1: the file is longer than "):
        read_directory(folder)
    assert any("longer than" in one for one in problems_of(files(**long)))


def test_a_pack_that_is_too_long_is_refused() -> None:
    """Many files that are each short enough can be too much together."""
    part = b"x" * MAX_FILE_BYTES
    count = MAX_PACK_BYTES // MAX_FILE_BYTES + 1
    found = problems_of(files() | {f"tests/part-{number}.yaml": part for number in range(count)})

    assert any(one.endswith(f"the pack is longer than {MAX_PACK_BYTES} bytes") for one in found)


@pytest.mark.parametrize("name", ["purposes/media.csv", "areas/north", "guards.csv.bak"])
def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path, name: str) -> None:
    """A file whose disk is gone is a fault, not a purpose without rules."""
    folder = _written(tmp_path)
    (folder / name).symlink_to(tmp_path / "gone")

    with pytest.raises(PolicyLoadError, match=f"^{name}:1:1: "):
        read_directory(folder)


def test_links_are_followed_and_do_not_lead_round(tmp_path: Path) -> None:
    """A pack may be linked into its folder, as container platforms do; a loop ends."""
    real, folder = _written(tmp_path / "real"), tmp_path / "linked"
    folder.mkdir()
    for path in real.iterdir():
        (folder / path.name).symlink_to(path)
    found = read_directory(folder)
    (real / AREAS / "loop").symlink_to(real / AREAS)

    assert found == files()
    with pytest.raises(PolicyLoadError, match=r"^areas/loop:1:1: "):
        read_directory(folder)


def test_a_pack_of_more_rules_than_were_measured_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody finds out in a meeting that the rules are too many to be quick."""
    monkeypatch.setattr(loader, "MAX_RULES", len(policy().pack.rules) - 1)
    found = problems_of(files())

    assert len(found) == 1
    assert "retire some" in found[0]


def test_a_folder_of_areas_without_a_file_is_no_area(tmp_path: Path) -> None:
    """An empty folder changes nothing for anybody."""
    folder = _written(tmp_path)
    (folder / AREAS / "ashmere").mkdir()

    assert read_directory(folder) == files()

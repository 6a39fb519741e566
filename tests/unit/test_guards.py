from importlib.metadata import Distribution, PackagePath
from pathlib import Path

from tests import guards


class _Installed(Distribution):
    def __init__(self, name: str, *files: str) -> None:
        self._name, self._files = name, files

    def read_text(self, filename: str) -> str | None:
        return f"Name: {self._name}\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))

    @property
    def files(self) -> list[PackagePath]:
        return [PackagePath(one) for one in self._files]


def test_two_owners_of_one_casbin_file_are_named() -> None:
    """The old `casbin` beside `pycasbin` stops the build."""
    both = [
        _Installed("casbin", "casbin/enforcer.py"),
        _Installed("pycasbin", "casbin/enforcer.py"),
    ]

    (fault,) = guards.shared_casbin_files(both)

    assert "casbin/enforcer.py: owned by casbin and pycasbin" in fault


def test_one_owner_is_fine() -> None:
    """Pycasbin alone passes."""
    assert guards.shared_casbin_files([_Installed("pycasbin", "casbin/enforcer.py")]) == []


def test_a_lock_that_names_a_registry_is_a_fault() -> None:
    """Where packages are fetched from is each machine's own business."""
    good = "six==1.16.0 \\\n    --hash=sha256:aa\n"

    assert guards.lock_faults("x", good) == []
    assert guards.lock_faults("x", "--index-url x\n" + good)
    assert guards.lock_faults("x", "six @ https://host/six.whl\n" + good)
    assert guards.lock_faults("x", "six\n")


def test_a_permit_made_outside_policies_is_a_fault() -> None:
    """Only policy says yes, only the log gives receipts."""
    assert guards.construction_faults(Path("broker/service/x.py"), "Permit(a=1)")
    assert guards.construction_faults(Path("connectors/x.py"), "Receipt()")
    assert guards.construction_faults(Path("policies/x.py"), "Permit(a=1)") == []
    assert guards.construction_faults(Path("broker/ledger/x.py"), "Receipt()") == []


def test_a_long_module_and_a_long_function_are_faults() -> None:
    """A module of 351 lines and a function of 51 are each more than one idea."""
    assert guards.size_faults(Path("x.py"), "x = 1\n" * 351)
    assert guards.size_faults(Path("x.py"), "def f():\n" + "    x = 1\n" * 50)
    assert guards.size_faults(Path("x.py"), "def f():\n" + "    x = 1\n" * 49) == []


def test_the_tree_has_no_fault() -> None:
    """Main keeps its own rules."""
    assert guards.faults() == []

"""Who makes a Permit."""

import ast
from pathlib import Path

import broker
import connectors
import keys
import policies
import redaction


def _makers(name: str) -> set[str]:
    """The modules that call `name(...)`, or name it where a call could follow."""
    found: set[str] = set()
    for package in (broker, connectors, keys, policies, redaction):
        root = Path(str(package.__file__)).parent
        for path in root.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(_constructs(node, name) for node in ast.walk(tree)):
                found.add(path.relative_to(root.parent).as_posix())
    return found


def _constructs(node: ast.AST, name: str) -> bool:
    """Whether the node calls the class, or binds it to another name under which it is called."""
    called: ast.expr | None
    if isinstance(node, ast.Call):
        called = node.func
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        called = node.value
    else:
        return False
    return isinstance(called, ast.Name | ast.Attribute) and name in {
        getattr(called, "id", None),
        getattr(called, "attr", None),
    }


def test_only_policy_makes_a_permit() -> None:
    """Nothing but the rules can say yes: no other module constructs a Permit."""
    assert {"policies/decide.py"} == _makers("Permit")

"""Commands that are imported when somebody runs them: people wait for every import."""

import importlib
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command


class Later(TyperCommand):
    """A command by its name and its line of help; what it does is imported when it is asked."""

    def __init__(self, name: str, place: str, line: str) -> None:
        """Stand for a function.

        Args:
            name: the word.
            place: `module:function` below broker.commands.
            line: what the list of commands says; a test holds it to what the command says.

        """
        super().__init__(name, help=line)
        self._place = place

    def make_context(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401  # click's own types
        """Hand over to the real command."""
        return self.loaded().make_context(*args, **extra)

    def loaded(self) -> Any:  # noqa: ANN401  # click's own type differs by release
        """Return the real command."""
        module, _, attribute = self._place.partition(":")
        found = getattr(importlib.import_module(f"broker.commands.{module}"), attribute)
        holder = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        holder.callback()(_nothing)  # Without it Typer makes one command of a group of one.
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=self.name, help=self.help)
        else:
            holder.command(self.name)(found)
        group: Any = get_command(holder)
        return group.commands[self.name]


class LaterGroup(Later):
    """A room of commands, likewise."""

    def __init__(self, name: str, line: str, module: str | None = None) -> None:
        """Stand for the `app` of a module, which has the group's name if no other is told."""
        super().__init__(name, f"{module or name}:app", line)

    @property
    def commands(self) -> dict[str, Any]:
        """The commands of the room."""
        return dict(self.loaded().commands)


def _nothing() -> None:
    pass

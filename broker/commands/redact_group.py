"""`marac-broker redact` and what belongs to it; without a further word it redacts a file."""

from typing import Any

import typer
from typer.core import TyperGroup

from broker.commands import redact, redact_check, redact_missed

FILE = "file"


class _FileByDefault(TyperGroup):
    """Reads `redact --input ...` as `redact file --input ...`: scripts say it so."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's own type differs by release
        """Put the default word in front where none was said."""
        said = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if said else [FILE, *args])


app = typer.Typer(
    cls=_FileByDefault,
    help="Redact a file of notes or a document; check receipts; keep what was missed as a test.",
)
app.command(FILE)(redact.redact)
app.command("check")(redact_check.check)
app.command("missed")(redact_missed.missed)

"""Commands by subject; each is a thin Typer application that broker.cli mounts."""

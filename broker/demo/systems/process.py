"""Starts a system as a process of its own, which ends when its standard input is closed."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Final

from broker.domain.errors import SettingsError

START_SECONDS: Final = 30.0
"""A system that has not said where it listens by then is not coming; usually it takes two."""
STOP_SECONDS: Final = 5.0


class SystemProcess:
    """One running system. It says one line of JSON when it is ready."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        instructions: Mapping[str, object] | None = None,
    ) -> None:
        """Start it; `instructions` are its first line of input, because arguments can be seen."""
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603  # Our own command, no shell.
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=environment,
                # An interrupt at the terminal goes to the demo alone, which then stops its systems.
                start_new_session=True,
            )
        self._log = log
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        if instructions is not None:
            self._tell(instructions)
        Thread(target=self._listen, daemon=True).start()

    @property
    def process_id(self) -> int:
        """The system's process id."""
        return self._process.pid

    def ready(self) -> Mapping[str, object]:
        """Return what it says when it is ready.

        Raises:
            SettingsError: it ended, or said nothing; its log says why.

        """
        try:
            said = json.loads(self._lines.get(timeout=START_SECONDS) or b"null")
        except (Empty, ValueError):
            said = None
        if not isinstance(said, dict):
            self.stop()
            raise SettingsError(f"A demo system did not start: read {self._log.name} and retry.")
        return said

    def stop(self) -> None:
        """End it: politely first, by closing its input."""
        for pipe in (self._process.stdin, self._process.stdout):
            _close(pipe)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, instructions: Mapping[str, object]) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(instructions).encode() + b"\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            self._lines.put(self._process.stdout.readline())


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:
        return  # It ended by itself.

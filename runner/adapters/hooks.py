"""Hook commands of a repository's configuration, run in the sandbox on the changed tree."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.errors import HookBlocked
from runner.ports import Command, Sandbox

BLOCKS = 2
"""The exit code that blocks an attempt; every other one is the hook's own affair."""
OUTPUT_CAP_BYTES = 2000


class HookCommands:
    """The port `Hooks`: each command is one shell line."""

    def __init__(
        self, sandbox: Sandbox, commands: Sequence[str], *, env: Mapping[str, str], readable: tuple[Path, ...]
    ) -> None:
        """`env` and `readable` are the repository's environment, as its tests get it."""
        self._sandbox = sandbox
        self._commands = tuple(commands)
        self._env = env
        self._readable = readable

    def check(self, checkout: Path, timeout_s: float) -> None:
        """Run each hook; its output goes back to the engine when it blocks. Raises HookBlocked.

        Together they get `timeout_s`: one that hangs leaves nothing to those after it.
        """
        until_s = time.monotonic() + timeout_s
        for line in self._commands:
            left_s = until_s - time.monotonic()
            command = Command(
                ("sh", "-c", line), checkout, left_s, self._env, self._readable, output_cap_bytes=OUTPUT_CAP_BYTES
            )
            done = self._sandbox.run(command)
            if done.exit_code == BLOCKS:
                raise HookBlocked(line, done.output)

"""Bytecode of what a job's tests import, made once: no later run compiles the repository again.

Only our own process writes here, from the files as they stand, and Python compares each file's hash when it loads one
of the repository's (checked hash-based pycs, PEP 552). So a changed file is compiled as ever, and what tests leave
behind is not believed. What the environment has compiled itself is copied: a cache elsewhere takes its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from runner.ports import Command, Ending, Sandbox

SCRIPT: Final = Path(__file__).with_name("suites_plugin") / "greenloop_compile.py.txt"
LEAST_NEW: Final = 20
"""For fewer modules no process is started."""
MOST_NEW: Final = 8_000
LEAST_S: Final = 2.0
MOST_S: Final = 20.0


class Bytecode:
    """A folder of compiled modules. Commands use it by `env`, which is empty until there is something, and `readable`.

    Python before 3.8 knows no cache elsewhere and goes without.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        """`folder` is made; it belongs to one job, whose trees have the same place."""
        folder.mkdir()
        self.env: dict[str, str] = {}
        self.readable = (folder,)
        self._sandbox = sandbox
        self._folder = folder
        self._known: set[str] = set()
        # Where tests can write anywhere, they could write here.
        self._is_off = sandbox.description.startswith("degraded")

    def learn(self, imported: Iterable[str], python: str, run: Command, timeout_s: float) -> None:
        """Compile the modules that a `run` imported, as far as that was not done, by the same Python.

        The run itself says what it `imported`: whatever it says, each of the tree's files gets its own bytecode.
        """
        new = sorted(set(imported) - self._known)[:MOST_NEW]
        if self._is_off or len(new) < LEAST_NEW or timeout_s < LEAST_S:
            return
        with tempfile.TemporaryDirectory(prefix="greenloop-bytecode-") as box:
            script, names = Path(box, "compile.py"), Path(box, "names")
            shutil.copyfile(SCRIPT, script)
            names.write_text("\n".join(new), encoding="utf-8", errors="replace")
            # Isolated: neither the tree nor its variables have a say in what is written.
            argv = (python, "-I", "-S", str(script), str(names), str(self._folder), str(run.workspace))
            made = replace(
                run,
                argv=argv,
                timeout_s=min(MOST_S, timeout_s),
                env={"PATH": run.env["PATH"]},
                readable=(*run.readable, Path(box)),
                writable=(self._folder,),
            )
            completed = self._sandbox.run(made)
        self._is_off = completed.ending is not Ending.EXITED or completed.exit_code != 0
        if not self._is_off:
            self._known |= set(new)
            self.env["PYTHONPYCACHEPREFIX"] = str(self._folder)

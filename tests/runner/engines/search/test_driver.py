"""The driver is what old interpreters can read, and needs nothing but the standard library and pytest."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from runner.engines.search.dialogue import Driver
from runner.engines.search.engine import DRIVER
from runner.errors import EngineFailure

FILES = sorted(DRIVER.glob("*.py"))


class CutShort:
    """A conversation with a process that was killed while it spoke."""

    ending = "killed: nobody reads what it says"

    def send(self, line: str) -> None:
        """Into the void."""

    def receive(self, timeout_s: float) -> str | None:
        """Half a line."""
        return '{"op": "compared", "behaviours": [[["a'


def test_half_a_line_is_a_driver_that_is_gone() -> None:
    """Its end is told, and the run goes on without it."""
    with pytest.raises(EngineFailure, match="killed: nobody reads"):
        Driver(CutShort()).compare((), (), limit_s=1.0, seconds=1.0)


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_the_driver_is_python_3_6(path: Path) -> None:
    """The target's interpreter may be years older than ours."""
    ast.parse(path.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_the_driver_needs_only_pytest(path: Path) -> None:
    """Nothing can be installed into the target's environment."""
    own = {file.stem for file in FILES}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in named:
                root = name.split(".")[0]
                assert root in sys.stdlib_module_names | own | {"pytest", "_pytest"}

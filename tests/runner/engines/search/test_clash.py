"""What the driver reads from a failing test's error."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from runner.engines.search.engine import DRIVER

RECURSIVE = """
def test_it(depth=0):
    assert depth >= 0, (
        "never"
    )
    test_it(depth + 1)
"""
COMPARING = """
def test_it():
    assert 1 == 1
    assert (
        "a" + "b"
        == "ac"
    )
"""


@pytest.fixture
def clash() -> ModuleType:
    """The driver's own module, as its interpreter would load it."""
    spec = importlib.util.spec_from_file_location("search_clash", DRIVER / "search_clash.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def failure(file: Path, text: str) -> BaseException:
    file.write_text(text)
    names: dict[str, object] = {}
    exec(compile(text, str(file), "exec"), names)
    with pytest.raises((AssertionError, RecursionError)) as caught:
        names["test_it"]()  # type: ignore[operator]
    return caught.value


def test_an_endless_recursion_reads_each_file_once(clash: ModuleType, tmp_path: Path) -> None:
    """A thousand frames of one file cost one look at it: SymPy's files are large, and the search has seconds."""
    error = failure(tmp_path / "test_deep.py", RECURSIVE)
    assert clash.clash_of(error)["type"] == "RecursionError"
    asked = clash.asserts_of.cache_info()
    assert asked.hits > 500
    assert asked.misses <= 3


def test_both_sides_of_the_failing_assertion_are_told(clash: ModuleType, tmp_path: Path) -> None:
    """The assertion that covers the failing line is taken, however many lines it has."""
    error = failure(tmp_path / "test_two.py", COMPARING)
    assert clash.clash_of(error)["pairs"] == [["text", "ab", "ac"]]

"""A change of what runs the tests is found where they ran, on either side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.proof import Cells, Matrix, RunOutcome, TestRun
from runner.verify.callers import changed_callers

HELPER = b"""
def checked(test):
    @wraps(test)
    def inner(*args):
        return test(*args)
    return inner

class Base:
    def run(self):
        with self.quiet():
            self.method()

    def quiet(self): ...
"""
RUN = TestRun("tests", 0, "all", RunOutcome.GREEN, {}, 0.1, callers=(("pkg/checks.py", 5), ("pkg/checks.py", 11)))
MATRIX = Matrix(Cells((RUN,)), Cells((RUN,)))


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (b"return test(*args)", b"return None", ["checked"]),
        (b"return inner", b"return print", ["checked"]),
        (b"self.method()", b"pass", ["Base.run"]),
        (b"def run(self)", b"def begin(self)", ["Base.begin", "Base.run"]),
        (b"def quiet(self): ...", b"def quiet(self): return Quiet()", []),
        (b"        return test", b"        # now\n        return test", []),
    ],
)
def test_a_changed_function_that_runs_tests_is_named(old: bytes, new: bytes, names: list[str]) -> None:
    """By the whole function around the running line; comments and functions beside it are none of it."""
    changed = HELPER.replace(old, new)
    found = changed_callers({"pkg/checks.py": HELPER}, {"pkg/checks.py": changed}, MATRIX)
    assert sorted(one.detail.split("`")[1] for one in found) == names
    assert {one.path for one in found} <= {"pkg/checks.py"}


@pytest.mark.parametrize(
    "head", ["try: pass\nexcept OSError:", "match 1:\n  case 1:", "if 1:\n pass\nelse:", "with a:"]
)
def test_a_function_in_any_block_is_seen(head: str) -> None:
    """Handlers and cases too."""
    text = f"{head}\n    def run(test):\n        return test()\n"
    run = replace(RUN, callers=(("a.py", text.count("\n")),))
    matrix = Matrix(Cells((run,)), Cells((run,)))
    changed = text.replace("test()", "None").encode()
    (found,) = changed_callers({"a.py": text.encode()}, {"a.py": changed}, matrix)
    assert "`run`" in found.detail


def test_a_new_function_around_the_tests_is_named() -> None:
    """Nothing of it ran on the base."""
    matrix = replace(MATRIX, base=Cells())
    found = changed_callers({"pkg/checks.py": None}, {"pkg/checks.py": HELPER}, matrix)
    assert [one.detail.split("`")[1] for one in found] == ["checked", "Base.run"]


@pytest.mark.parametrize("new", [None, b"def broken(:\n", b""])
def test_a_file_that_is_gone_or_no_longer_python_is_named(new: bytes | None) -> None:
    """What ran the tests on the base is not there any more."""
    assert changed_callers({"pkg/checks.py": HELPER}, {"pkg/checks.py": new}, MATRIX)
    assert not changed_callers({"pkg/other.py": HELPER}, {"pkg/other.py": new}, MATRIX)

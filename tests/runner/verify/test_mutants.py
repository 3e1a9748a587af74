"""Mutants are real changes of the edited lines and of nothing else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.verify.mutants import changed_lines, is_equivalent, mutants

SOURCE = """def f(a, b):
    # größer als ASCII
    if a < b and not a == "ü":
        return a + b * 2
    total = [x for x in range(3)]
    while b > 0:
        b -= 1
    return -a if b else None
""".encode()


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("return a < b", "return (a <= b)"),
        ("return a == b", "return (a != b)"),
        ("return a is None", "return (a is not None)"),
        ("return a in b", "return (a not in b)"),
        ("return a + b", "return (a - b)"),
        ("return a or b", "return (a and b)"),
        ("return not a", "return (a)"),
        ("return 7", "return (8)"),
        ("return True", "return (False)"),
        ("return 'x'", "return ('')"),
        ("return a", "return None"),
        ("a = 1", "pass"),
        ("if a: pass", "if (False): pass"),
        ("raise ValueError", "pass"),
    ],
)
def test_each_operator_makes_its_mutant(line: str, becomes: str) -> None:
    """Comparison, arithmetic, logic, constants, statements and branches."""
    source = f"def f(a, b):\n    {line}\n".encode()
    assert f"def f(a, b):\n    {becomes}\n".encode() in [mutant.source for mutant in mutants(source, {2}, seed=0)]


@pytest.mark.parametrize(
    ("line", "mutated", "same"),
    [
        ("return None", "return (None)", True),
        ("return 2 * 3", "return (6)", True),
        ("return a", "return a  # b", True),
        ("return 1", "return True", False),
        ("return a + b", "return (a - b)", False),
        ("return a is 1", "return (a is not 1)", False),
        ("x = b'a'", "return", False),
    ],
)
def test_what_compiles_to_the_same_is_equivalent(line: str, mutated: str, *, same: bool) -> None:
    """No test can tell them apart, wherever the parts stand in the file."""
    old, new = (f"def f(a, b):\n    {text}\n".encode() for text in (line, mutated))
    assert is_equivalent(old, new) is same
    assert not is_equivalent(old, b"def (")


@given(seed=st.integers(0, 1000), lines=st.sets(st.integers(1, 8)))
def test_mutants_are_valid_different_and_keep_to_their_lines(seed: int, lines: set[int]) -> None:
    """Each is Python, differs from the source and from all others, and leaves every other line as it was."""
    found = [*mutants(SOURCE, lines, seed=seed)]
    assert len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        assert mutant.source != SOURCE
        ast.parse(mutant.source)
        assert changed_lines(SOURCE, mutant.source) <= lines


def test_the_order_depends_on_the_seed_alone() -> None:
    """A run can be repeated from the seed in its bundle."""
    once, again, otherwise = ([*mutants(SOURCE, set(range(1, 9)), seed=seed)] for seed in (3, 3, 4))
    assert once == again
    assert once != otherwise


def test_a_large_new_file_is_parsed_for_the_mutants_that_are_taken_alone() -> None:
    """Each of its candidates was a whole file parsed, which took minutes."""
    large = SOURCE * 500
    assert next(mutants(large, set(range(1, 4001)), seed=3)).source != large


def test_an_expression_too_deep_to_be_written_has_no_mutant() -> None:
    """Its parts have, as far as they can be written."""
    deep = "+".join(["a"] * 300)
    assert [mutant.where for mutant in mutants(f"x = {deep}, 7\n".encode(), {1}, seed=0)][:1]


@pytest.mark.parametrize("source", [b"", b"def f(:\n", b"\xff\xfe", b"import os\n'text'\n"])
def test_nothing_to_mutate_gives_nothing(source: bytes) -> None:
    """Empty files, other languages, broken bytes, and lines that do nothing."""
    assert [*mutants(source, {1, 2}, seed=0)] == []


def test_what_no_test_can_notice_is_left_alone() -> None:
    """Docstrings and annotations."""
    source = b'def f(a: "int" = 1) -> "str":\n    "told"\n    b: "float"\n'
    assert [mutant.where for mutant in mutants(source, {1, 2, 3}, seed=0)] == ["line 1: `1` became `2`"]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n", {2}),
        (b"a\nc\n", b"a\nb\nc\n", {2}),
        (b"a\nb\nc\n", b"a\nc\n", {1, 2}),
        (b"a\nb\n", b"b\n", {1}),
        (b"", b"a\nb\n", {1, 2}),
        (b"a\n", b"a\n", set()),
        (b"a\n", b"", set()),
    ],
)
def test_changed_lines_are_those_of_the_new_file(before: bytes, after: bytes, lines: set[int]) -> None:
    """Of a deletion the lines around it."""
    assert changed_lines(before, after) == lines

"""Places like a mended one, that were left as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.verify.twins import twins

HINTS = """def check(self):
    if self.a:
        warn(
            hint="write ForeignKey(%s)" % self.name,
        )
    if self.b:
        warn(
            hint="write ForeignKey(%s)" % self.name,
        )
"""
CALLS = """def handle(command, source):
    if command:
        execute(command)
    else:
        execute(source.read())
"""


def changed(old: str, *pairs: tuple[str, str], path: str = "a.py") -> tuple[str, ...]:
    """The twins that are left when the first place of each pair is replaced."""
    new = old
    for before, after in pairs:
        new = new.replace(before, after, 1)
    return twins({path: old.encode()}, {path: new.encode()})


def test_a_line_between_the_same_lines_is_told() -> None:
    """One of two hints is mended; the other stands between the same two lines."""
    pair = ("write ForeignKey", "write ManyToManyField")
    assert changed(HINTS, pair) == (
        'a.py:8 stands as line 4 did before the change: `hint="write ForeignKey(%s)" % self.name,`',
    )
    assert changed(HINTS, pair, pair) == ()


def test_a_line_in_other_company_is_none() -> None:
    """What stands around it says that it is another matter."""
    other = HINTS.replace("    if self.b:\n        warn(\n", "    if self.b:\n        tell(\n            1,\n")
    assert changed(other, ("write ForeignKey", "write ManyToManyField")) == ()


def test_any_language_has_lines() -> None:
    """They are compared as texts."""
    script = "if (a) {\n  send(first, limit);\n}\n" * 2
    assert len(changed(script, ("limit)", "limit + 1)"), path="a.js")) == 1


def test_a_call_of_the_same_in_the_same_function_is_told() -> None:
    """Every changed call got another argument, one kept its shape."""
    assert changed(CALLS, ("execute(command)", "execute(command, globals())")) == (
        "a.py:5 stands as line 3 did before the change: `execute(source.read())`",
    )


@pytest.mark.parametrize(
    ("old", "pair"),
    [
        (CALLS.replace("source.read()", "source, 1"), ("execute(command)", "execute(command, globals())")),
        (CALLS.replace("command)", "command)\ndef other(source):", 1), ("execute(command)", "execute(command, {})")),
        (CALLS.replace("execute(", "table.get("), ("table.get(command)", "table.get(other)")),
        ('def f(k):\n    return k.get("a", 1), k.get("b", 1)\n', ('k.get("a", 1)', 'k.get("a")')),
        ('def f():\n    """\n    the old text\n    """\n' * 2, ("the old text", "the new text")),
        ("x = compute(1, y)\n" * 2, ("x = compute(1, y)", "def f(): ...")),
    ],
    ids=["another shape", "another function", "no other shape", "a look-up", "a docstring", "replaced, not mended"],
)
def test_what_is_only_alike_is_none(old: str, pair: tuple[str, str]) -> None:
    """A false alarm costs a right fix."""
    assert changed(old, pair) == ()


def test_tests_and_new_files_have_none() -> None:
    """What is tested twice alike is no defect, and a new file mends nothing."""
    assert changed(HINTS, ("write ForeignKey", "write ManyToManyField"), path="tests/test_a.py") == ()
    assert twins({"a.py": None}, {"a.py": HINTS.encode()}) == ()
    assert twins({"a.py": HINTS.encode()}, {"a.py": None}) == ()


@given(st.lists(st.sampled_from(HINTS.splitlines() + CALLS.splitlines()), max_size=12).map("\n".join))
def test_what_changes_nothing_leaves_nothing(text: str) -> None:
    """However broken the text is; and any other text is compared without a crash."""
    assert twins({"a.py": text.encode()}, {"a.py": text.encode()}) == ()
    twins({"a.py": text.encode()}, {"a.py": HINTS.encode()})


@pytest.mark.parametrize(
    "deep",
    [
        "X = (" + "\n + ".join(f"str({n})" for n in range(1200)) + ")\n",
        "def h(n):\n    if n: pass\n" + "    elif n: pass\n" * 1100,
    ],
    ids=["a sum", "arms"],
)
def test_what_nests_deep_is_read(deep: str) -> None:
    """A file may hold a sum of a thousand parts, or as many questions in a row."""
    call = ("execute(command)", "execute(command, globals())")
    assert len(changed(deep + CALLS, call)) == 1


def test_a_table_that_is_written_anew_has_no_twins() -> None:
    """Nobody mended one of fifteen hundred lines that are all others now."""
    old = "T = [\n" + "".join(f'    ("alpha", "beta", {n}),\n    same_row("gamma"),\n' for n in range(1500)) + "]\n"
    assert changed(old, *((f'"beta", {n})', f'"FJORD", [{n}, {n}])') for n in range(1500))) == ()

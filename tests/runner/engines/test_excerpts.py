"""What a prompt shows can be read, is never cut, and never takes more than its tokens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.budget import estimate_tokens
from runner.engines.excerpts import render_excerpts, unshown
from runner.models import Slice

LONG = "".join(f"    a{number} = compute({number}, rounding, precision)\n" for number in range(60))
TEXT = f'''"""Sums."""
import decimal
from money import (
    rounding,
    unused,
)
import os


class Sum(dict):
    """Adds."""

    def add(self, one):
        return rounding(one)

    def other(self):
        pass


def far():
{LONG}    return rounding(1)
'''
LINES = TEXT.split("\n")
ADD = Slice("sum.py", "Sum.add", 13, 14, "", 3.0, "")
HEAD = Slice("sum.py", "Sum", 10, 10, "", 0.0, "holds Sum.add")
FAR_HEAD = Slice("sum.py", "far", 20, 21, "", 2.0, "")
FILES = {"sum.py": TEXT, "b.py": "one = 1\n"}


def test_a_method_stands_under_its_class_with_the_imports_it_uses() -> None:
    """Head and used imports are there in the file's order, gaps are told, unused imports are not shown."""
    files = {"sum.py": TEXT.replace('    """Adds."""\n', "".join(f"    {name} = {name!r}\n" for name in "abc"))}
    add = Slice("sum.py", "Sum.add", 15, 16, "", 3.0, "")
    shown = render_excerpts([add, HEAD], files, token_cap=85, most=1).text
    assert shown.startswith("FILE: sum.py (lines 3-10, 15-16 of 83)\n")
    assert "   10 | class Sum(dict):\n(lines 11-14 are not shown)\n   15 |     def add(self, one):" in shown
    assert "import decimal" not in shown


def test_the_middle_of_a_long_docstring_makes_room() -> None:
    """It says nothing of how the code works; who asks for its lines by number gets them."""
    docstring = '    """Adds.\n' + "".join(f"    >>> add({number})\n" for number in range(40)) + '    """\n'
    files = {"a.py": f"def add(one):\n{docstring}    return one + 1\n"}
    shown = render_excerpts([Slice("a.py", "add", 1, 44, "", 1.0, "")], files, token_cap=200)
    assert '(lines 6-42 are not shown)\n   43 |     """\n   44 |     return one + 1' in shown.text
    assert [slice_.name for slice_ in shown.slices] == ["add"]
    assert unshown([Slice("a.py", "add", 1, 44, "", 1.0, "")], shown, files) == ""
    assert "add(20)" in render_excerpts([Slice("a.py", "lines 1-44", 1, 44, "", 1.0, "")], files, token_cap=900).text


def test_a_method_stands_under_its_class_whatever_else_was_found() -> None:
    """Whoever calls it has to know the class, also where the class's own lines are no slice of their own."""
    text = (
        "@final\nclass Till(Base):\n    name = 'x'\n" + "\n    rate = 1\n" * 20 + "\n    def add(self):\n        pass\n"
    )
    shown = render_excerpts([Slice("a.py", "Till.add", 45, 46, "", 1.0, "")], {"a.py": text}, token_cap=70).text
    assert "    1 | @final\n    2 | class Till(Base):\n(lines 3-44 are not shown)\n   45 |     def add" in shown


def test_the_values_of_all_of_a_long_definition_are_told() -> None:
    """It comes in several slices; what its last one uses has a place before the next definition."""
    text = (
        "LIMIT = 3\n\n\ndef far():\n" + "    one()\n" * 40 + "    return LIMIT\n\n\ndef other():\n" + "    pass\n" * 40
    )
    parts = [Slice("a.py", "far", 4 + 10 * part, 13 + 10 * part, "", 1.0, "") for part in range(5)]
    slices = [*parts, Slice("a.py", "other", 48, 88, "", 1.0, "")]
    assert "    1 | LIMIT = 3\n" in render_excerpts(slices, {"a.py": text}, token_cap=260).text


def test_remarks_alone_are_left_out() -> None:
    """A banner between two methods is part of the class, and no code."""
    files = {"a.py": "class A:\n    # ====\n    # SUMS\n    # ====\n" + "\n" * 30 + "    b = 1\n", "b.py": "one = 1\n"}
    slices = [Slice("a.py", "A", 2, 4, "", 2.0, ""), Slice("b.py", "one", 1, 1, "", 1.0, "")]
    assert "SUMS" not in render_excerpts(slices, files, token_cap=100).text


def test_a_file_of_which_only_imports_would_be_seen_is_left_out() -> None:
    """They say nothing by themselves."""
    imports = Slice("sum.py", "<module>", 2, 6, "", 1.0, "")
    shown = render_excerpts([Slice("b.py", "one", 1, 1, "", 2.0, ""), imports], FILES, token_cap=100)
    assert "sum.py" not in shown.text
    assert [slice_.path for slice_ in shown.slices] == ["b.py"]


def test_imports_that_nothing_shown_uses_take_no_room_unless_asked_for() -> None:
    """A block at the top of a file is mostly those, and each line costs one of the code at fault."""
    text = "import os\nimport decimal\nfrom money import coin\nLIMIT = coin(3)\n" + "\n" * 40 + "def far():\n    pass\n"
    top = Slice("sum.py", "<module>", 1, 4, "", 1.0, "")
    assert "import os" not in render_excerpts([top], {"sum.py": text}, token_cap=60).text
    assert (
        "    3 | from money import coin\n    4 | LIMIT" in render_excerpts([top], {"sum.py": text}, token_cap=60).text
    )
    assert "import os" in render_excerpts([top], {"sum.py": text}, token_cap=60, eager=1).text


def test_of_a_small_file_the_best_slices_bring_all() -> None:
    """What it defines belongs together, and the fault is as often beside what was found."""
    text = "def one():\n    return 1\n" + "\n" * 17 + "def two():\n    return one()\n"
    small, other = Slice("s.py", "one", 1, 2, "", 2.0, ""), Slice("b.py", "far", 27, 87, "", 1.0, "")
    shown = render_excerpts([small, other], {"s.py": text, "b.py": "\n" * 6 + TEXT}, token_cap=150).text
    assert "def two()" in shown


def test_the_values_that_the_best_slice_uses_come_before_the_next_slice() -> None:
    """What a name holds may be the fault itself, and nothing else tells it."""
    text = "LIMIT = 3\n\n\ndef first(n):\n    return n < LIMIT\n\n\n" + TEXT
    first = Slice("sum.py", "first", 4, 5, "", 3.0, "")
    far = Slice("sum.py", "far", 27, 87, "", 2.0, "")
    assert "    1 | LIMIT = 3\n" in render_excerpts([first, far], {"sum.py": text}, token_cap=40).text


def test_what_was_asked_for_stands_before_any_import() -> None:
    """The imports of the first piece must not take the place of the second."""
    head = "".join(f"from place_{n} import name_{n}\n" for n in range(9))
    text = (
        f"{head}\n\ndef one():\n    return {' + '.join(f'name_{n}' for n in range(9))}\n\n\ndef two():\n    return 2\n"
    )
    asked = [Slice("sum.py", "one", 12, 13, "", 1.0, ""), Slice("sum.py", "two", 16, 17, "", 1.0, "")]
    assert "def two()" not in render_excerpts(asked, {"sum.py": text}, token_cap=140).text
    assert "def two()" in render_excerpts(asked, {"sum.py": text}, token_cap=140, eager=2).text


def test_of_a_long_import_only_the_used_names_are_shown() -> None:
    """Thirty names of which two are used say nothing more."""
    names = "".join(f"    name_{n},\n" for n in range(12))
    text = f"from place import (\n{names})\n\n\ndef one():\n    return name_4\n" + "\n\nx = 1\n" * 40
    shown = render_excerpts([Slice("a.py", "one", 17, 18, "", 1.0, "")], {"a.py": text}, token_cap=60).text
    assert "    1 | from place import (\n(lines 2-5 are not shown)\n    6 |     name_4,\n" in shown
    assert "name_9" not in shown


def test_short_gaps_are_filled() -> None:
    """A line or two always, since to say that they are left out takes as many words; more with tokens to spare."""
    shown = render_excerpts([ADD, HEAD], FILES, token_cap=85, most=1).text
    assert '   11 |     """Adds."""' in shown
    later = Slice("sum.py", "far", 30, 31, "", 2.0, "")
    assert "(lines 22-29 are not shown)" in render_excerpts([FAR_HEAD, later], FILES, token_cap=110).text
    assert "not shown" not in render_excerpts([FAR_HEAD, later], FILES, token_cap=400).text


def test_the_parts_of_one_definition_count_once() -> None:
    """A long one that comes in parts does not push out the next best."""
    parts = [Slice("sum.py", "far", start, start + 9, "", 2.0, "") for start in (20, 40, 60)]
    shown = render_excerpts([*parts, ADD, Slice("b.py", "one", 1, 1, "", 1.0, "")], FILES, token_cap=900, most=2)
    assert shown.slices == (*parts, ADD)


def test_a_file_is_shown_whole_where_it_fits() -> None:
    """With tokens to spare nothing of a small file is left out."""
    shown = render_excerpts([Slice("b.py", "<module>", 1, 1, "", 1.0, ""), ADD], FILES, token_cap=4000).text
    assert "FILE: b.py (line 1 of 1)" in shown
    assert "FILE: sum.py (lines 1-81 of 81)" in shown
    assert "not shown" not in shown


@pytest.mark.parametrize("files", [{}, {"else.py": "x = 1\n"}])
def test_a_slice_whose_file_is_not_there_is_left_out(files: dict[str, str]) -> None:
    """Slices may name files that an attempt removed."""
    assert render_excerpts([ADD], files, token_cap=300).text == ""


def test_a_slice_past_the_end_of_its_file_shows_what_is_left() -> None:
    """An edit may have made the file shorter than the slice knows."""
    assert "line 1 of 1" in render_excerpts([Slice("b.py", "one", 1, 9, "", 1.0, "")], FILES, token_cap=300).text


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 80), st.integers(0, 30)), max_size=8), st.integers(0, 1200))
def test_no_line_is_shown_twice_and_the_cap_holds(spans: list[tuple[int, int]], token_cap: int) -> None:
    """Whatever the slices, the text fits, each line appears once, and what follows a number is that line."""
    slices = [
        Slice("sum.py", f"s{place}", start, start + more, "", 1.0, "") for place, (start, more) in enumerate(spans)
    ]
    shown = render_excerpts(slices, FILES, token_cap=token_cap).text
    assert estimate_tokens(shown) <= token_cap
    rows = [row.split(" | ", 1) for row in shown.split("\n") if " | " in row]
    numbers = [int(number) for number, _ in rows]
    assert numbers == sorted(set(numbers))
    assert all(text == LINES[int(number) - 1] for number, text in rows)

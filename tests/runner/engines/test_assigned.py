"""Where the names in shown lines get their values."""

from hypothesis import given
from hypothesis import strategies as st

from runner.engines.assigned import assigned, statement_end

PYTHON = """\
import re

LIMIT = 10
UNUSED = 11
TABLE = {
    1: "one",
    2: "two",
}
WORDS = [
    1,
    2,
    3,
    4,
    5,
]


class Reader:
    unit = "mm"
    other = "cm"

    def __init__(self, text, kind):
        self.text = text
        self.pattern = re.compile(
            r"(.*)",
        )
        self.spare = 0

    def reset(self):
        self.pattern = None

    def read(self):
        return self.pattern.match(self.text), self.unit, LIMIT, TABLE, WORDS


class Writer:
    def __init__(self):
        self.pattern = "w"
""".splitlines()
READ = PYTHON.index("        return self.pattern.match(self.text), self.unit, LIMIT, TABLE, WORDS") + 1


def told(text: list[str], *shown: int) -> list[str]:
    """The lines found for the shown ones, without their indentation."""
    return [text[number - 1].strip() for number in sorted(frozenset().union(*assigned(text, shown)))]


def test_attributes_and_constants_are_found_where_they_first_get_their_value() -> None:
    """With the method they are set in; what is unused, too long, an argument under its own name or another's is not."""
    assert told(PYTHON, READ) == [
        "LIMIT = 10",
        "TABLE = {",
        '1: "one",',
        '2: "two",',
        "}",
        'unit = "mm"',
        "def __init__(self, text, kind):",
        "self.pattern = re.compile(",
        'r"(.*)",',
        ")",
    ]


def test_what_is_used_first_comes_first_and_what_is_shown_is_left_out() -> None:
    """So that the tokens go to what matters; a longer statement only where it is asked for."""
    text = ["B = [", "1,", "2,", "]", "A = 2", "C = 3", "print(C, A)", "print(B)"]
    assert assigned(text, {6, 7, 8}) == [frozenset({5}), frozenset({1, 2, 3, 4})]
    assert assigned(text, {6, 7, 8}, longest=3) == [frozenset({5})]


def test_another_language_is_read_as_far_as_it_looks_alike() -> None:
    """Fields set in a constructor, exported constants."""
    text = [
        "export const LIMIT = 3;",
        "export default class Reader {",
        "  constructor(text) {",
        "    this.text = text;",
        "    this.pattern = /a/;",
        "  }",
        "  read() {",
        "    return this.pattern.exec(this.text, LIMIT);",
        "  }",
        "}",
    ]
    assert told(text, 8) == ["export const LIMIT = 3;", "constructor(text) {", "this.pattern = /a/;"]


def test_a_comparison_or_a_call_with_names_is_no_assignment() -> None:
    """Neither gives a name its value."""
    assert told(["limit == 3", "call(limit=3)", "print(limit)"], 3) == []


@given(st.lists(st.sampled_from([*PYTHON, "", "(", "x = (", "\\"]), min_size=1), st.data())
def test_whatever_the_text_the_lines_are_its_own(text: list[str], data: st.DataObject) -> None:
    """Damaged code raises nothing."""
    shown = data.draw(st.sets(st.integers(1, len(text))))
    assert frozenset().union(*assigned(text, shown)) <= set(range(1, len(text) + 1))


def test_a_statement_ends_with_its_brackets() -> None:
    """Or where a backslash no longer asks for more, or after so many lines."""
    text = ["a = (1,", "2)", "b = 1 + \\", "2", "c = ["]
    assert [statement_end(text, first, 9) for first in (1, 3, 5)] == [2, 4, 5]
    assert statement_end(["(", "", "", ""], 1, 2) == 3

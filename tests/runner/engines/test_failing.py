"""A prompt shows what the failing tests do, within its share of tokens."""

from __future__ import annotations

import pytest

from runner.budget import estimate_tokens
from runner.engines.failing import LONGEST_LINES, TOKENS, render_failing
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

TEXT = (
    "import os\nimport pytest\n\nclass TestSum:\n    @pytest.mark.slow\n    def test_add(self):\n"
    "        assert os.sep == 1\n\n    def test_other(self):\n        pass\n"
) + "\n" * LONGEST_LINES


def failing(id_: str, *frames: tuple[str, int], message: str = "assert 1 == 2") -> TestRun:
    result = TestResult(TestOutcome.FAILED, "fp", message, frames)
    return TestRun("pytest", 1, "all", RunOutcome.RED, {id_: result}, 0.1)


def test_the_test_is_shown_with_its_imports_and_failure() -> None:
    """And nothing else of its file."""
    said = render_failing(failing("t.py::TestSum::test_add[1]"), {"t.py": TEXT})
    assert "t.py::TestSum::test_add[1] fails:\nassert 1 == 2\n" in said
    assert "    1 | import os\n" in said
    assert "    7 |         assert os.sep == 1\n" in said
    assert "    4 | class TestSum:\n" in said
    assert "test_other" not in said


def test_what_a_bare_assert_compared_is_told_around_its_first_difference() -> None:
    """Where the failure's own words do not hold it: many runners print an assertion without its values."""
    sides = ("'" + "x" * 500 + "left'", "'" + "x" * 500 + "right'")
    run = failing("t.py::test_a", message="AssertionError")
    said = render_failing(run, {}, {"t.py::test_a": sides, "t.py::test_b": ("1", "2")})
    assert "left side:  ..." in said
    assert "xleft'\nright side: ..." in said
    assert "xright'\n" in said
    assert said.count("x") < 100
    assert "side" not in render_failing(failing("t.py::test_a"), {}, {"t.py::test_a": ("1", "2")})
    assert "left side:  3\nright side: 4" in render_failing(run, {}, {"t.py::test_a": ("3", "4")})


def test_each_failing_test_is_seen_even_if_in_part() -> None:
    """Where there is no room for all of it, lines around the one that fails; with what its class is patched with."""
    body = "".join(f"        step({n}, {'x' * 70})\n" for n in range(25))
    text = f"@patch('a')\nclass A:\n    @patch('b')\n    def test_a(self, a, b):\n{body}"
    ids = ("t.py::A::test_a", "u.py::A::test_a")
    results = {id_: TestResult(TestOutcome.FAILED, "fp", f"ValueError: {id_}", ((id_[:4], 24),)) for id_ in ids}
    said = render_failing(TestRun("pytest", 1, "all", RunOutcome.RED, results, 0.1), {"t.py": text, "u.py": text})
    assert said.count("step(19, ") == 2
    assert said.count("step(3, ") == 1
    assert said.count("@patch('a')") == said.count("@patch('b')") == 2
    assert estimate_tokens(said) <= TOKENS


def test_a_scripts_test_is_the_call_with_its_title() -> None:
    """From its first line to its last, and not so many lines around the one that fails."""
    other = "  it('adds', () => {\n    other();\n  });\n"
    wanted = "  it('never adds', function () {\n    if (a) {\n    }\n    expect(f()).toBe(1);\n  });\n"
    text = "describe('cart', () => {\n" + other + wanted + other.replace("adds", "it\\'s") * LONGEST_LINES + "});\n"
    text = "function helper() {\n  throw 1;\n}\n" + text
    run = failing("test/cart.js::cart never adds", ("test/cart.js", 11), ("test/cart.js", 2))
    said = render_failing(run, {"test/cart.js": text})
    assert "    8 |   it('never adds', function () {\n" in said
    assert "   12 |   });" in said
    assert "    2 |   throw 1;" in said
    assert "other();" not in said


def test_of_calls_with_one_title_the_suites_around_decide() -> None:
    """As where the same is asked of two functions; the one that comes first is not meant by both."""
    one = "  describe('{}', () => {{\n    it('adds', () => {{\n      expect({}()).toBe(1);\n    }});\n  }});\n"
    text = (
        "describe('cart', () => {\n"
        + "".join(one.format(name, name) for name in ("sums", "totals", "counts"))
        + "});\n"
    )
    padded = text + "// more\n" * 60
    said = render_failing(failing("test/cart.js::cart totals adds", ("test/other.js", 3)), {"test/cart.js": padded})
    assert "expect(totals())" in said
    assert "expect(sums())" not in said


def test_a_short_test_file_is_shown_whole() -> None:
    """What a model wrote for the task is one: its definitions outside of the test are the heart of it."""
    text = "class Model:\n    rate = 3\n\n\ndef test_a():\n    assert rate_of() == 3\n"
    assert "    2 |     rate = 3\n" in render_failing(failing("t.py::test_a", ("t.py", 6)), {"t.py": text})


def test_what_fails_alike_is_told_once() -> None:
    """A mixin's test fails in every heir of it; their names say enough."""
    ids = ("t.py::A::test_a", "t.py::B::test_a", "t.py::C::test_c")
    messages = ("ValueError: no", "ValueError: no", "ValueError: other")
    results = {
        id_: TestResult(TestOutcome.FAILED, "fp", message, (("t.py", 6),))
        for id_, message in zip(ids, messages, strict=True)
    }
    said = render_failing(TestRun("pytest", 1, "all", RunOutcome.RED, results, 0.1), {})
    assert "t.py::A::test_a fails at line 6:\nValueError: no\n" in said
    assert "t.py::B::test_a fails at line 6 in the same way\n" in said
    assert said.count("ValueError: no\n") == 1
    assert "t.py::C::test_c fails at line 6:\nValueError: other\n" in said


def test_a_long_test_is_shown_around_the_line_that_fails() -> None:
    """With its head, so that its fixtures are known."""
    body = "".join(f"    step({n})\n" for n in range(200))
    said = render_failing(
        failing("t.py::test_long", ("t.py", 120), ("src/a.py", 4)), {"t.py": f"def test_long(db):\n{body}"}
    )
    assert "def test_long(db):" in said
    assert "  120 |     step(118)\n" in said
    assert said.count("step(") <= LONGEST_LINES


def test_a_long_test_that_fails_in_a_helper_is_shown_where_it_calls_it() -> None:
    """The helper's own line says nothing of which of the test's many calls it was."""
    body = "".join(f"    step({n})\n" for n in range(200))
    text = f"def test_long(db):\n{body}\n\ndef step(n):\n    assert n != 118\n"
    said = render_failing(failing("t.py::test_long", ("t.py", 120), ("t.py", 205)), {"t.py": text})
    assert "  120 |     step(118)\n" in said
    assert "t.py::test_long fails at line 120:\n" in said
    inside = failing("t.py::test_long", ("t.py", 120), ("t.py", 3))  # a lambda of its own, defined at its top
    assert "  120 |     step(118)\n" in render_failing(inside, {"t.py": text})


def test_what_a_test_expects_is_shown_where_it_stands_outside_of_it() -> None:
    """A constant of the module, and the helper in which the assertion stands."""
    text = (
        'WANTED = (\n    "a"\n    "b"\n)\n\ndef check(one):\n    assert one == WANTED\n\ndef test_a():\n    check(1)\n'
    )
    said = render_failing(failing("t.py::test_a", ("t.py", 10), ("t.py", 7)), {"t.py": text})
    assert '    3 |     "b"\n' in said
    assert "    7 |     assert one == WANTED\n" in said


def test_a_test_without_a_name_in_the_file_is_shown_where_it_failed() -> None:
    """Generated and inherited tests have frames only."""
    said = render_failing(failing("t.py::generated", ("t.py", 7)), {"t.py": TEXT})
    assert "assert os.sep == 1" in said
    assert "assert" not in render_failing(failing("t.py::generated", message=""), {"t.py": TEXT})


@pytest.mark.parametrize("run", [None, TestRun("pytest", 0, "all", RunOutcome.GREEN, {}, 0.1)])
def test_without_a_failing_test_nothing_is_said(run: TestRun | None) -> None:
    """There may be no reproducer."""
    assert render_failing(run, {}) == ""


def test_two_tests_of_one_file_share_their_imports() -> None:
    """No line is shown twice."""
    tests = {f"t.py::TestSum::test_{name}": TestResult(TestOutcome.FAILED, "fp", "no") for name in ("add", "other")}
    said = render_failing(TestRun("pytest", 1, "all", RunOutcome.RED, tests, 0.1), {"t.py": TEXT})
    assert said.count("import os") == 1
    assert said.count("FILE: t.py") == 1
    assert "def test_other" in said


def test_many_failures_stay_within_their_share() -> None:
    """The rest is counted."""
    tests = {f"t.py::A::test_{n}": TestResult(TestOutcome.FAILED, "fp", "x" * 5000) for n in range(15)}
    said = render_failing(TestRun("pytest", 1, "all", RunOutcome.RED, tests, 0.1), {})
    assert estimate_tokens(said) <= TOKENS + 50
    assert "These fail too: t.py::A::test_3, test_4, test_5," in said
    assert "test_12 and 2 more" in said

"""Which tests are taken for the reproducer, and that it stays as it was."""

from __future__ import annotations

import pytest

from runner.models import Task
from runner.verify.reproducer import (
    Surroundings,
    candidates,
    changed_tests,
    check_frozen,
    freeze,
    named_tests,
    reported,
)

BEFORE = {
    "tests/test_shop.py": b"""
LIMIT = 3
def test_one():
    assert price(1) == 10
class TestCart:
    def test_add(self):
        assert add(1) == LIMIT
""",
    "tests/test_other.py": b"def test_other(): ...\n",
}
PLACE = Surroundings(("pkg",))
TEXT = BEFORE["tests/test_shop.py"]


MIXIN = b"""
class Shared:
    def test_shared(self):
        assert add(1) == {}
class Quiet(Shared): ...
class CartTests(Shared, django.test.TestCase): ...
class TestLate(Quiet): ...
class FastCartTests(CartTests):
    def test_fast(self): ...
"""


def test_a_mixins_test_is_run_where_it_is_inherited() -> None:
    """A runner does not take the mixin itself; one that nobody inherits in the file is left as it is."""
    before = {"tests/test_m.py": MIXIN.replace(b"{}", b"1")}
    changed = changed_tests(before, {"tests/test_m.py": MIXIN.replace(b"{}", b"2")})
    heirs = ("CartTests", "TestLate", "FastCartTests")
    assert changed == tuple(f"tests/test_m.py::{heir}::test_shared" for heir in heirs)
    alone = MIXIN.partition(b"class Quiet")[0]
    assert changed_tests({}, {"tests/test_m.py": alone}) == ("tests/test_m.py::Shared::test_shared",)


@pytest.mark.parametrize(
    ("after", "ids"),
    [
        (TEXT + b"def test_two():\n    assert True\n", ("tests/test_shop.py::test_two",)),
        (TEXT.replace(b"== 10", b"== 11"), ("tests/test_shop.py::test_one",)),
        (TEXT.replace(b"add(1)", b"add(2)"), ("tests/test_shop.py::TestCart::test_add",)),
        (TEXT.replace(b"LIMIT = 3", b"LIMIT = 4"), ("tests/test_shop.py",)),
        (TEXT.replace(b"    assert price", b"    # why\n    assert  price"), ()),
        (b"import os\n" + TEXT, ()),
        (b"def broken(:\n", ()),
        (None, ()),
    ],
    ids=["added", "changed", "method", "constant", "layout", "import", "syntax", "deleted"],
)
def test_a_patch_reproduces_with_what_it_adds_or_changes(after: bytes | None, ids: tuple[str, ...]) -> None:
    """Functions where they changed, the file where only what they stand on did; layout is no change."""
    assert changed_tests(BEFORE, {"tests/test_shop.py": after}) == ids


def test_a_patch_of_the_source_brings_no_test() -> None:
    """Only test files count, and a new one counts whole."""
    patch = {
        "shop.py": b"def test_price(): ...\n",
        "tests/test_new.py": b"def test_a(): ...\nasync def test_b(): ...\n",
    }
    assert changed_tests(BEFORE, patch) == ("tests/test_new.py::test_a", "tests/test_new.py::test_b")


@pytest.mark.parametrize(
    ("path", "content", "ids"),
    [
        ("checks/money.py", b"def test_a(): ...\n", ("checks/money.py::test_a",)),
        ("web/total.test.ts", b"test('a', () => {})\n", ("web/total.test.ts",)),
        ("test/res.send.js", b"describe('res', function () {\n  it('a', () => {})\n})\n", ("test/res.send.js",)),
        ("test/support/env.js", b"process.env.NODE_ENV = 'test'\n", ()),
        ("checks/total.mjs", b"test.only(`a`, () => {})\n", ("checks/total.mjs",)),
        ("shop_test.go", b"func TestA(t *testing.T) {}\n", ("shop_test.go",)),
        ("shop.py", b"def total(): ...\n", ()),
    ],
)
def test_a_patch_that_is_said_to_hold_tests_is_taken_at_its_word(
    path: str, content: bytes, ids: tuple[str, ...]
) -> None:
    """Whatever its files are called, and in other languages whole."""
    (found,) = candidates(Task("r", "base", "Bug", "label"), (), {path: content}, BEFORE, PLACE)
    assert found.ids == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("`tests/test_shop.py::TestCart::test_add` fails", ("tests/test_shop.py::TestCart::test_add",)),
        ("FAILED tests/test_shop.py::test_one[1-2] - assert", ("tests/test_shop.py::test_one[1-2]",)),
        ("since 2.0 test_other is red", ("tests/test_other.py::test_other",)),
        ("run tests/test_other.py", ("tests/test_other.py",)),
        ("tests/test_gone.py::test_gone and test_gone", ()),
        ("nothing here", ()),
    ],
)
def test_tests_that_the_text_names_are_found(text: str, ids: tuple[str, ...]) -> None:
    """Only those that exist, by node id, by a name that is defined once, or by file."""
    assert named_tests(text, BEFORE) == ids


@pytest.mark.parametrize("word", ["a" * 60_000, "_/" * 30_000, "a.py" * 15_000], ids=["letters", "folders", "files"])
def test_no_word_takes_long(word: str) -> None:
    """Each of these took up to a minute and a half; whoever writes an issue could hold a worker."""
    assert named_tests(f"{word} tests/test_other.py", BEFORE) == ("tests/test_other.py",)


def test_a_name_that_is_defined_twice_names_nothing() -> None:
    """Guessing which one was meant would be a claim."""
    twice = {"tests/test_a.py": b"def test_x(): ...\n", "tests/test_b.py": b"def test_x(): ...\n"}
    assert named_tests("test_x fails", twice) == ()


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({**BEFORE, "other/test_a.py": b""}, "tests/test_greenloop_total_is_wrong.py"),
        ({}, "tests/test_greenloop_total_is_wrong.py"),
    ],
)
def test_a_new_test_goes_where_the_others_are(files: dict[str, bytes], path: str) -> None:
    """To the folder that holds most of them, with a name made from the title."""
    task = Task("r", "base", "Total is wrong!\n```python\nimport shop\nassert shop.total([]) == 1\n```", "label")
    assert [one.path for one in reported(task, files, Surroundings(("shop",)))] == [path]


def test_what_is_given_is_believed_before_what_is_said() -> None:
    """Ids, then the patch, then names, then code; ids and patch leave no room for others."""
    task = Task("r", "base", "Bug\ntest_other\n```python\nassert f() == 1\n```", "label")
    patch = {"tests/test_new.py": b"def test_a(): ...\n"}

    def sources(given: tuple[str, ...], overlay: dict[str, bytes]) -> list[str]:
        return [one.source for one in candidates(task, given, overlay, BEFORE, PLACE)]

    assert sources(("a::b",), patch) == ["given"]
    assert sources((), patch) == ["test patch"]
    assert sources((), {}) == ["named by the task", "code in the task"]
    (given,) = candidates(task, ("a::b",), patch, BEFORE, PLACE)
    assert (given.required, given.overlay) == (("a::b",), patch)


@pytest.mark.parametrize(
    ("test", "start"), [("def test_a(): ...", b"def test_rep"), ("class A(TestCase): ...", b"import unitt")]
)
def test_code_of_the_task_is_written_as_the_repository_writes_tests(test: str, start: bytes) -> None:
    """A function, or a method where the tests are those of TestCases; a few of them at most."""
    calls = "".join(f"```\nassert f({number}) == 1\n```\n" for number in range(5))
    tests = {"tests/test_a.py": b"\n" + test.encode()}
    made = list(candidates(Task("r", "base", calls, "label"), (), {}, tests, PLACE))
    assert [one.source for one in made] == ["code in the task"] * 3
    assert all(content and start in content for one in made for content in one.overlay.values())


def test_a_frozen_reproducer_stays_as_it_was() -> None:
    """Changed, deleted or missing is a finding; unchanged is none."""
    overlay = {"tests/test_new.py": b"assert 1\n", "tests/old.py": None}
    frozen = freeze(overlay)
    assert check_frozen(frozen, overlay) == ()
    for tree in (
        {**overlay, "tests/test_new.py": b"assert 2\n"},
        {**overlay, "tests/test_new.py": None},
        {"tests/old.py": None},
    ):
        assert [one.rule for one in check_frozen(frozen, tree)] == ["reproducer-changed"]

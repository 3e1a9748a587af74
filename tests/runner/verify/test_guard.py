"""Each trick that would make a test green without mending anything has a name, and honest edits have none."""

from __future__ import annotations

import pytest

from runner.verify.guard import Edits, inspect

OLD_TEST = b"""
import pytest, unittest
def test_a():
    assert f(1) == 2
    assert f(2) == 4
class TestB(unittest.TestCase):
    def test_b(self):
        self.assertEqual(f(3), 6)
"""
PYPROJECT = b'[project]\nname = "x"\ndependencies = []\n[tool.pytest.ini_options]\naddopts = "-W error"\n'
SOURCE = b"def f(x):\n    return x\n"
REPRODUCER = b"""
def test_f():
    assert f(4096) == [1, 2, 3]
    assert f('(()())') == 'left'
    assert f('strict') in ('no', 77)
"""


def rules(path: str, old: bytes | None, new: bytes | None, **more: object) -> list[str]:
    """The names of the rules that one edited file breaks."""
    edits = Edits({path: old}, {path: new}, {path: new}, reproducer=(REPRODUCER,), **more)  # type: ignore[arg-type]
    return [finding.rule for finding in inspect(edits)]


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (None, "test-deleted"),
        (OLD_TEST.replace(b"def test_a", b"def test_z"), "test-deleted"),
        (OLD_TEST.replace(b"def test_a", b"def check_a"), "test-deleted"),
        (OLD_TEST.replace(b"def test_a", b"@pytest.mark.skip\ndef test_a"), "test-skipped"),
        (OLD_TEST.replace(b"def test_a", b"@pytest.mark.xfail(reason='x')\ndef test_a"), "test-skipped"),
        (OLD_TEST.replace(b"    def test_b", b"    @unittest.skipIf(True, 'x')\n    def test_b"), "test-skipped"),
        (OLD_TEST.replace(b"    assert f(1)", b"    pytest.skip('x')\n    assert f(1)"), "test-skipped"),
        (OLD_TEST.replace(b"    assert f(2) == 4\n", b""), "test-loosened"),
        (OLD_TEST.replace(b"f(2) == 4", b"f(2) == 3"), "test-loosened"),
        (OLD_TEST.replace(b"self.assertEqual(f(3), 6)", b"self.assertTrue(f(3))"), "test-loosened"),
        (b"def broken(:\n", "test-deleted"),
    ],
)
def test_weaker_python_tests_are_found(new: bytes | None, rule: str) -> None:
    """Deleted, renamed, skipped, expected to fail, or with an assertion less."""
    assert rule in rules("tests/test_a.py", OLD_TEST, new)


@pytest.mark.parametrize(
    "new",
    [
        OLD_TEST + b"def test_new():\n    assert f(0) == 0\n",
        OLD_TEST.replace(b"assert f(1) == 2", b"assert (f(1)\n            == 2)  # layout"),
        OLD_TEST.replace(b"    assert f(2)", b"    assert f(9) == 18\n    assert f(2)"),
        b'"""Now with a docstring."""\n' + OLD_TEST,
    ],
    ids=["added", "layout", "more", "docstring"],
)
def test_stronger_tests_are_welcome(new: bytes) -> None:
    """Adding tests and assertions is no tampering."""
    assert rules("tests/test_a.py", OLD_TEST, new) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"it('a', () => { expect(f()).toBe(1); });", b"it.skip('a', () => { expect(f()).toBe(1); });", "test-skipped"),
        (b"it('a', () => {\n expect(f()).toBe(1);\n})", b"it('a', () => {\n})", "test-loosened"),
        (b"it('a')", b"it.only('a')", "test-skipped"),
    ],
)
def test_weaker_tests_of_other_languages_are_found(old: bytes, new: bytes, rule: str) -> None:
    """By the marks that their frameworks use."""
    assert rule in rules("src/a.test.js", old, new)


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("pytest.ini", b"[pytest]\n", b"[pytest]\naddopts=--deselect x\n", ["config-changed"]),
        ("conftest.py", None, b"collect_ignore = ['a']\n", ["config-changed"]),
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace(b"-W error", b""), ["config-changed"]),
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace(b"[]", b'["y"]'), []),
        ("pyproject.toml", PYPROJECT, b"not toml [", ["config-changed"]),
        ("setup.cfg", b"[flake8]\nmax=79\n", b"[flake8]\nmax=200\n", ["config-changed"]),
        ("setup.cfg", b"[metadata]\nname=a\n", b"[metadata]\nname=b\n", []),
        ("package.json", b'{"scripts": {"test": "jest"}}', b'{"scripts": {"test": "true"}}', ["config-changed"]),
        ("package.json", b'{"version": "1"}', b'{"version": "2"}', []),
        ("package.json", b"{}", b"[1]", ["config-changed"]),
        ("Makefile", b"test:\n\tpytest\n", b"test:\n\ttrue\n", ["config-changed"]),
        ("sitecustomize.py", None, b"x = 1\n", ["config-changed"]),
        ("uv.lock", b"a", b"b", ["lock-changed"]),
        (".github/workflows/ci.yml", b"a", b"b", ["protected-path"]),
        (".gitmodules", None, b"b", ["protected-path"]),
        ("../outside.py", None, b"", ["protected-path"]),
        ("/etc/passwd", None, b"", ["protected-path"]),
        ("same.py", b"a = 1", b"a = 1", []),
    ],
)
def test_configuration_and_protected_paths(
    path: str, old: bytes | None, new: bytes | None, expected: list[str]
) -> None:
    """What judges elsewhere is left alone; mixed files may change where they do not judge."""
    assert rules(path, old, new) == expected


def test_links_and_programs_are_protected() -> None:
    """A link would write somewhere else; a program that goes may be missed."""
    assert rules("a.py", b"x", b"y", modes={"a.py": "120000"}) == ["protected-path"]
    assert rules("run", b"x", None, modes={"run": "100755"}) == ["protected-path"]
    assert rules("run", b"x", b"y", modes={"run": "100755"}) == []


def test_edits_stay_inside_the_plan() -> None:
    """Without a plan there is nothing to stay inside of."""
    assert rules("b.py", b"", b"x = 1\n", plan_files=("a.py",)) == ["outside-plan"]
    assert rules("a.py", b"", b"x = 1\n", plan_files=("a.py",)) == []
    assert rules("b.py", b"", b"x = 1\n") == []


@pytest.mark.parametrize(
    "body",
    [
        "    if x == 4096:\n        return [1, 2, 3]\n",
        "    if x in ('(()())', ')'):\n        return 'left'\n",
        "    return 77 if x == 'strict' else x\n",
        "    if x == 'strict':\n        return 77\n",
        "    match x:\n        case 'strict':\n            return 77\n",
        "    answer = x\n    if 4096 == x: answer = 7\n    return answer\n",
        "    if x == 'strict':\n        y = 77\n        return y\n",
    ],
)
def test_the_tests_own_literals_are_no_cases(body: str) -> None:
    """A telling literal compared, or a word compared and answered as the test wants it."""
    assert rules("f.py", SOURCE, b"def f(x):\n" + body.encode() + b"    return x\n") == ["special-cased"]


@pytest.mark.parametrize(
    "body",
    [
        "    if x == 'strict':\n        return g(x)\n",
        "    if x == 'strict':\n        raise ValueError('no')\n",
        "    if x == 'strict':\n        return 'no'\n",
        "    if x == 'strict':\n        return 78\n",
        "    if x > 4096:\n        return x\n",
        "    if x == 'other':\n        return 'no'\n",
        "    if x == 0:\n        return 1\n",
        "    if x is None or x is ...:\n        return True\n",
        "    return [1, 2, 3]\n",
    ],
)
def test_an_honest_branch_is_no_special_case(body: str) -> None:
    """Options have names that tests use too, and messages are checked by tests."""
    assert rules("f.py", SOURCE, b"def f(x):\n" + body.encode()) == []


def test_a_literal_that_was_compared_before_is_none_of_the_edits() -> None:
    """Only what the edit brings counts."""
    old = b"def f(x):\n    if x == 4096:\n        return [1, 2, 3]\n"
    assert rules("f.py", old, old + b"    return x\n") == []


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("os._exit(0)", "exit-call"),
        ("sys.exit()", "exit-call"),
        ("x = os.environ.get('PYTEST_CURRENT_TEST')", "test-detected"),
    ],
)
def test_code_must_not_end_or_notice_the_test_run(line: str, rule: str) -> None:
    """Neither stop the process that judges it, nor behave differently under test."""
    assert rules("f.py", SOURCE, SOURCE + line.encode() + b"\n") == [rule]
    assert rules("f.py", SOURCE + line.encode() + b"\n", line.encode() + b"\n" + SOURCE) == []


def test_the_frozen_reproducer_is_compared_with_the_whole_tree() -> None:
    """Also when the edits do not name it."""
    edits = Edits({}, {}, {"tests/test_new.py": b"changed"}, frozen={"tests/test_new.py": "0" * 64})
    assert [finding.rule for finding in inspect(edits)] == ["reproducer-changed"]

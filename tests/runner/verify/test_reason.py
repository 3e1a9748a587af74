"""A test that fails because it is broken, or for another reason than the task's, shows nothing."""

from __future__ import annotations

import pytest

from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun
from runner.verify.reason import difference, raised_in, refusal

PATH = "tests/test_greenloop_x.py"
ID = f"{PATH}::test_it"
CHAINED = 'Traceback:\n  File "t.py", line 3, in f\n    parse(x)\npkg.ParseError: because of\nSyntaxError: no\n'
ISSUE = "parse() raises KeyError for an empty line\n\nIt should have an argument `strict`."


def run_of(message: str, *, outcome: TestOutcome = TestOutcome.FAILED, place: str = PATH, mark: str = "f") -> TestRun:
    """A run with one test that ended so."""
    result = TestResult(outcome, mark if outcome is not TestOutcome.PASSED else "", message, ((place, 3),))
    red = RunOutcome.GREEN if outcome is TestOutcome.PASSED else RunOutcome.RED
    return TestRun("pytest", 1, "all", red, {ID: result}, 0.1)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("t.py:3: in test_it\n    assert f() == 2\nE   assert 1 == 2", "AssertionError"),
        ("t.py:3: in test_it\nE   KeyError: 'x'", "KeyError"),
        ("E   package.errors.ParseError: no", "ParseError"),
        ("E   Failed: DID NOT RAISE <class 'ValueError'>", "Failed"),
        ("E       fixture 'nothing' not found", "fixture"),
        ("Traceback (most recent call last):\n  File 't.py'\nAssertionError: 1 != 2", "AssertionError"),
        ("Traceback (most recent call last):\n  File 't.py'\nTypeError: no\n", "TypeError"),
        (CHAINED, "ParseError"),
    ],
)
def test_the_exception_is_read_however_the_runner_tells_it(message: str, name: str) -> None:
    """Pytest marks its lines, unittest ends with the exception."""
    assert raised_in(message) == name


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("E   assert 1 == 2", PATH),
        ("E   KeyError: ''", "src/parse.py"),
        ("E   TypeError: parse() got an unexpected keyword argument 'strict'", PATH),
        ("E   Failed: DID NOT RAISE <class 'ValueError'>", PATH),
    ],
)
def test_the_tasks_own_reason_is_taken(message: str, place: str) -> None:
    """An assertion, the exception that the task names, or the lack of what it asks for."""
    run = run_of(message, place=place)
    assert refusal((run, run), PATH, ISSUE) == ""


@pytest.mark.parametrize(
    ("message", "outcome", "told"),
    [
        ("E   ModuleNotFoundError: No module named 'nose'", TestOutcome.ERROR, "broken"),
        ("E   NameError: name 'pars' is not defined", TestOutcome.FAILED, "broken"),
        ("E   SyntaxError: invalid syntax", TestOutcome.ERROR, "broken"),
        ("E       fixture 'strict' not found", TestOutcome.ERROR, "broken"),
        ("E   ZeroDivisionError: division by zero", TestOutcome.FAILED, "does not speak"),
        ("E   assert 1 == 2", TestOutcome.ERROR, "before it asserts"),
        ("", TestOutcome.PASSED, "pass on the code as it is"),
    ],
)
def test_other_failures_are_refused_with_what_to_mend(message: str, outcome: TestOutcome, told: str) -> None:
    """The engine hears what was wrong with its test."""
    run = run_of(message, outcome=outcome)
    assert told in refusal((run, run), PATH, ISSUE)


def test_a_crash_is_any_exception_of_the_code_under_test() -> None:
    """Unless the task names one; an exception of the test's own making is no crash."""
    crash, named = "parse() crashes for an empty line", "parse() crashes with KeyError"
    inside, own = (run_of("E   OperationalError: near AS", place=place) for place in ("src/parse.py", PATH))
    assert refusal((inside, inside), PATH, crash) == ""
    assert "does not speak" in (told := refusal((inside, inside), PATH, named))
    assert "(raised at src/parse.py:3)" in told
    assert "does not speak" in refusal((own, own), PATH, crash)


def test_what_is_told_of_a_failure_begins_with_a_whole_line() -> None:
    """The end of a long output says most; half a word at its head says nothing."""
    run = run_of("first\n" + "x" * 200 + "\nsecond line\n" + "y" * 200 + "\nE   ZeroDivisionError: no")
    told = refusal((run, run), PATH, ISSUE)
    assert f"anything: second line\n{'y' * 200}\n" in told


def test_a_test_that_fails_by_chance_or_not_at_all_is_refused() -> None:
    """Two runs have to tell the same, and there has to be a run."""
    first, second = run_of("E   assert 1 == 2"), run_of("E   assert 1 == 3", mark="g")
    assert "another way each time" in refusal((first, second), PATH, ISSUE)
    assert "another way each time" in refusal((first,), PATH, ISSUE)
    empty = TestRun("pytest", 5, "all", RunOutcome.NONE_COLLECTED, {}, 0.1, output="no tests ran")
    assert "no tests ran" in refusal((empty,), PATH, ISSUE)


def test_another_exception_than_the_tasks_is_told() -> None:
    """A note, no refusal: whoever named the test may know better."""
    assert (
        difference(run_of("E   OSError: no"), ISSUE) == "the task speaks of KeyError, the reproducer fails with OSError"
    )
    assert difference(run_of("E   KeyError: ''"), ISSUE) == ""
    assert difference(run_of("E   assert 1 == 2"), ISSUE) == ""
    assert difference(run_of("E   OSError: no"), "nothing works") == ""


@pytest.mark.parametrize(
    ("said", "message", "is_taken"),
    [
        ("KeyError: no price for 'tea'", "E   KeyError: no price for 'milk'", True),
        ("KeyError: no price for 'tea'", "E   KeyError: 3", False),
        ("KeyError", "E   KeyError: 3", True),
        (">>> import numpy\nKeyError", "E   ModuleNotFoundError: No module named 'numpy'", False),
        ("There should be a module `prices`", "E   ModuleNotFoundError: No module named 'prices'", True),
        (">>> from shop.prices import tea", "E   ModuleNotFoundError: No module named 'shop.prices'", True),
    ],
)
def test_the_exception_says_what_the_task_has_it_say(said: str, message: str, *, is_taken: bool) -> None:
    """In some of the same words; a module that only the reporter had is not what the task asks for."""
    run = run_of(message, place="src/shop.py")
    assert (refusal((run, run), PATH, said) == "") == is_taken


def test_another_database_says_the_same_in_other_letters() -> None:
    """What both messages speak of counts; one that speaks of something else is told so, with the test's own line."""
    issue = 'It ends in `IntegrityError: duplicate key value violates unique constraint "auth_permission_type_uniq"`'
    run = run_of("E   db.IntegrityError: UNIQUE constraint failed: auth_permission.type", place="db.py")
    assert refusal((run, run), PATH, issue) == ""
    other = run_of("E   db.IntegrityError: no such table", place=PATH)
    told = refusal((other, other), PATH, issue)
    assert "which says something else in the issue" in told
    assert "(from line 3 of the test)" in told


@pytest.mark.parametrize(("raised", "place", "is_taken"), [
    ("OperationalError: ambiguous column name: rank", "db.py", True),
    ("OperationalError: ambiguous column name: rank", PATH, False),
    ("OperationalError: no such table: rank", "db.py", False),
])  # fmt: skip
def test_another_type_with_the_same_words_is_the_tasks(raised: str, place: str, *, is_taken: bool) -> None:
    """What one database calls a programming error is an operational one to the next."""
    issue = 'django.db.utils.ProgrammingError: column reference "status" is ambiguous'
    run = run_of(f"E   {raised}", place=place)
    assert (refusal((run, run), PATH, issue) == "") == is_taken


@pytest.mark.parametrize(("seen", "is_taken"), [("parse", True), ("render", False)])
def test_another_exception_out_of_the_same_functions_is_the_tasks(seen: str, *, is_taken: bool) -> None:
    """The issue's traceback is of an older state: the same call goes wrong in the same place, and says it otherwise."""
    issue = (
        '>>> load("")\n  File "<stdin>", line 1, in <module>\n  File "/x/shop/load.py", line 3, in load\n'
        f'  File "/x/shop/parse.py", line 9, in {seen}\nAttributeError: no cols'
    )
    run = run_of("src/load.py:4: in load\nsrc/parse.py:3: in parse\nE   ValueError: no rows", place="src/parse.py")
    assert (refusal((run, run), PATH, issue) == "") == is_taken

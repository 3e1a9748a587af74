"""The next attempt learns from the failed ones."""

from __future__ import annotations

from runner.models import Localisation, Parameters, Slice
from runner.phases.strategy import Past, Strategy, next_strategy
from runner.proof import RunOutcome, TestOutcome, TestResult, TestRun

ONE, TWO, THREE = (Slice(f"{name}.py", name, 1, 9, "", 1.0, "") for name in "abc")


def red(**prints: str) -> TestRun:
    tests = {id_: TestResult(TestOutcome.FAILED, print_) for id_, print_ in prints.items()}
    return TestRun("pytest", 1, "all", RunOutcome.RED, tests, 0.1)


def test_the_first_attempt_begins_at_the_base_with_the_best_code() -> None:
    """There is nothing to learn from yet."""
    strategy = next_strategy((), red(a="1"), 0)
    assert strategy == Strategy()
    assert strategy.slices(Localisation((), (ONE, TWO, THREE), (TWO, ONE))) == (TWO, ONE, THREE)


def test_what_turned_some_tests_green_is_gone_on_from() -> None:
    """Two failed, one is left: the next attempt goes on; as many as before, or none at all: it begins at the base."""
    base = red(a="1", b="2")
    assert next_strategy([Past(1, red(a="1"))], base, 1).start == 1
    assert next_strategy([Past(1, red(a="3", b="2"))], base, 1).start == 0
    assert next_strategy([Past(1, red())], base, 1).start == 0
    assert next_strategy([Past(1, red(a="1"))], None, 1).start == 0


def test_the_same_failure_twice_is_stuck() -> None:
    """Also when a reply that could not be read came between."""
    first, same, other = Past(1, red(a="1")), Past(3, red(a="1")), Past(3, red(a="2"))
    assert next_strategy([first, Past(2), same], red(a="0"), 0).is_stuck
    assert not next_strategy([first, Past(2), other], red(a="0"), 0).is_stuck
    assert not next_strategy([first], red(a="1"), 0).is_stuck


def test_a_stuck_run_looks_wider_and_elsewhere() -> None:
    """What nobody has seen comes first, and as much of it as any row of the grid shows."""
    pasts = [Past(1, red(a="1"), (ONE,)), Past(2, red(a="1"), (ONE, THREE))]
    strategy = next_strategy(pasts, red(a="1"), 0)
    assert strategy.slices(Localisation((), (ONE, TWO, THREE), (ONE,))) == (TWO, ONE, THREE)
    rows = [Parameters("ollama", slices_shown=shown) for shown in (4, 12, 8)]
    assert strategy.row(rows).slices_shown == 12
    assert Strategy().row(rows) == rows[0]

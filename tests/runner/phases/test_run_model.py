"""What is believed of a run before its attempts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.models import Parameters
from runner.phases.run_model import POOLED, PRIORS, Beliefs, Beta, Model, Start
from runner.run_record import AttemptRecord, RunRecord

GREEN, RED = True, False
ROW = Parameters("search", slices_shown=12, temperature=0.0)


def run_of(repository: str, *attempts: bool, seconds: float = 10.0, exit_: str = "VERIFIED") -> RunRecord:
    """A recorded run whose attempts took `seconds` each."""
    made = tuple(AttemptRecord(green=green, seconds=seconds, slices_shown=12) for green in attempts)
    return RunRecord(repository, "search", exit_, made, {"map": 1.0, "logic": 2.0}, limit_s=90.0)


def model(history: Sequence[RunRecord], row: Parameters = ROW, start: Start = Start("mine")) -> Model:  # noqa: B008
    """The model of the row."""
    return Beliefs(history, start).model_of(row)


def rate(chance: Beta) -> float:
    """The chance that it amounts to."""
    return chance.greens / (chance.greens + chance.reds)


def median_s(model: Model) -> float:
    """Of a green attempt."""
    return math.exp(model.costs.green_s.mu)


def test_without_history_the_prior_speaks() -> None:
    """And says that nothing was seen."""
    made = model(())
    assert rate(made.first) == pytest.approx(rate(PRIORS["search"].first))
    assert median_s(made) == pytest.approx(PRIORS["search"].green_s)
    assert made.n_history == 0


def test_a_new_repository_borrows_from_the_others() -> None:
    """What a hundred runs elsewhere showed is where it begins."""
    made = model([run_of(f"r{number % 7}", number % 10 > 0, seconds=30.0) for number in range(100)])
    assert rate(made.first) == pytest.approx(0.9, abs=0.03)
    assert median_s(made) == pytest.approx(30.0, rel=0.05)
    assert made.n_history == 100


def test_its_own_past_soon_speaks_for_itself() -> None:
    """Others count as a few runs at most, however many there are."""
    others = [run_of("others", GREEN, seconds=30.0)] * 200
    own = [run_of("mine", RED, seconds=5.0)] * int(2 * POOLED)
    made = model([*own, *others])
    assert rate(made.first) == pytest.approx(1 / 3, abs=0.05)
    assert rate(model(others).first) > 0.95


def test_the_first_attempt_and_later_ones_are_told_apart() -> None:
    """A search that found nothing at first seldom finds it later; one chance for all would promise too much."""
    made = model([run_of("others", GREEN)] * 40 + [run_of("others", RED, RED, RED)] * 20)
    assert rate(made.first) == pytest.approx(2 / 3, abs=0.05)
    assert rate(made.later) < 0.1


def test_green_and_red_attempts_take_their_own_time() -> None:
    """Red ones use the clock up, green ones are proven."""
    runs = [run_of("others", GREEN, seconds=8.0), run_of("others", RED, seconds=50.0)] * 30
    costs = model(runs).costs
    assert math.exp(costs.green_s.mu) == pytest.approx(8.0, rel=0.15)
    assert math.exp(costs.red_s.mu) == pytest.approx(50.0, rel=0.15)


def test_what_the_clock_cut_off_took_longer_than_was_seen() -> None:
    """A cut attempt is no red one: it says how long it took at least, and nothing of its chance."""
    whole = [run_of("others", GREEN, seconds=20.0)] * 20
    cut = [run_of("others", RED, seconds=20.0, exit_="TIME_SPENT")] * 20
    made = model([*whole, *cut])
    assert rate(made.first) > 0.9
    assert median_s(made) > median_s(model(whole)) * 1.05
    assert made.costs.green_s.sigma > 0.0


def test_an_engine_that_gives_up_is_expected_to() -> None:
    """A search has two places to look at: after the second nothing is left, after the first there always is."""
    stops = model([run_of("others", RED, RED, exit_="BUDGET_SPENT")] * 20).costs.stops
    assert stops[0] < 0.01
    assert stops[1] > 0.95


def test_attempts_are_told_for_the_time_that_was_left() -> None:
    """Search and stress fill the time they get: what took 10 s of a short clock takes longer of a long one."""
    short = [replace(run_of("others", GREEN, seconds=10.0), limit_s=25.0)] * 40
    assert median_s(model(short)) > 1.2 * median_s(model([run_of("others", GREEN, seconds=10.0)] * 40))


@pytest.mark.parametrize("exit_", ["CANCELLED", "CRASHED", "ENGINE_UNREACHABLE"])
def test_ends_that_are_not_the_engines_doing_do_not_count(exit_: str) -> None:
    """A server that was restarted says nothing of the next repair."""
    assert model([run_of("mine", RED, exit_=exit_)] * 9).n_history == 0


def test_few_values_leave_the_spread_wide() -> None:
    """Three runs alike do not make the fourth certain."""
    few, many = ([run_of("mine", GREEN, seconds=9.9)] * count for count in (3, 60))
    assert model(few).costs.green_s.sigma > 2 * model(many).costs.green_s.sigma


def test_what_has_elapsed_is_certain() -> None:
    """The seconds of Map and Logic are known when the attempts begin."""
    fixed_s = model([run_of("mine", GREEN)] * 5, start=Start("mine", 7.5)).costs.fixed_s
    assert (math.exp(fixed_s.mu), fixed_s.sigma) == (pytest.approx(7.5), 0.0)


def test_rows_of_a_model_differ_and_those_of_the_search_do_not() -> None:
    """A search has no prompt: what it is shown makes it neither surer nor slower."""
    wide, narrow = Parameters("ollama", slices_shown=12), Parameters("ollama", slices_shown=2)
    assert model((), wide).first_factor > model((), narrow).first_factor
    assert model((), wide).costs.asking_s > model((), narrow).costs.asking_s
    bold, careful = replace(wide, temperature=0.6), replace(wide, temperature=0.0)
    assert model((), bold).first_factor < model((), careful).first_factor
    assert model(()) == model((), replace(ROW, slices_shown=40))

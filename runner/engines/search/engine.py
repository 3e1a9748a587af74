"""The repair engine that needs no model: failing tests say where, general rules say what, passing tests say whether."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.edits.apply import digest, encode
from runner.engines.search.campaign import Campaign, overlay_of
from runner.engines.search.dialogue import Driver, Trial
from runner.engines.search.generate import Candidate, Subject, candidates
from runner.engines.search.patch import edit_of
from runner.engines.search.rank import Ranked
from runner.engines.search.source import Source, Unit, constants_of, units_of
from runner.engines.search.spectrum import Line, Survey, returns_of, suspicion_of, types_of
from runner.engines.search.view import FileView, FunctionView, mentioned_in
from runner.models import EngineContext, Plan, Proposal, Task, Usage
from runner.ports import Clock, Command, Sandbox
from runner.verify.test_paths import is_test_path

DRIVER: Final = Path(__file__).parent / "driver"
SHARE_OF_TIME: Final = 0.6
"""Of the seconds left, what the search may take; the proof needs the rest."""

FAILING_SURVEYED: Final = 12
PASSING_SURVEYED: Final = 40
PASSING_TYPED: Final = 6
PASSING_FILES: Final = 8
STUCK_SURVEYED: Final = 3
LEAST_LIMIT_S: Final = 0.06
"""Processor seconds that any test may take; candidates that were about to pass get a second chance with more."""
SURVEY_S: Final = 2.0
SURVEY_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class SearchEnvironment:
    """What the target's tests run in: variables, paths to bind read-only, and arguments for every pytest call."""

    env: Mapping[str, str]
    readable: tuple[Path, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Surveys:
    failing: Mapping[str, Survey]
    passing: Mapping[str, Survey]

    @property
    def all(self) -> tuple[Survey, ...]:
        return (*self.failing.values(), *self.passing.values())


class SearchEngine:
    """Proposes the simplest change that turns the failing tests green and keeps the passing ones so."""

    name = "search"

    def __init__(self, sandbox: Sandbox, environment: SearchEnvironment, clock: Clock) -> None:
        self._sandbox = sandbox
        self._environment = environment
        self._clock = clock

    def check(self) -> str:
        """The built-in engine always answers."""
        return "the built-in search engine answers; it needs no model"

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:  # noqa: ARG002 -- the port's
        """Leaves the plan to the rules."""
        return None, Usage()

    def propose(self, context: EngineContext) -> Proposal:
        """The simplest confirmed candidate, the others as alternatives; no edits if there is none.

        Raises EngineFailure when the tests cannot be run at all.
        """
        failing = tuple(name for name in (context.reproducing.failing if context.reproducing else ()) if "::" in name)
        if not failing:
            return Proposal((), "the search needs a failing test with a pytest id (path::name); there is none")
        sources, unreadable = read_sources(context)
        if not sources:
            return Proposal((), f"the search repairs Python; none of the plan's files is readable Python{unreadable}")
        command = Command(
            argv=("python3", str(DRIVER)),
            workspace=Path(context.checkout),
            timeout_s=context.seconds_left,
            env=self._environment.env,
            readable=(DRIVER, *self._environment.readable),
        )
        with self._sandbox.converse(command) as conversation:
            return _Session(Driver(conversation), context, sources, self._clock).propose(
                failing, self._environment.arguments
            )


def read_sources(context: EngineContext) -> tuple[dict[str, Source], str]:
    """The plan's Python files that are not tests, parsed; and what could not be read."""
    sources: dict[str, Source] = {}
    unreadable = ""
    for path in context.plan.files:
        if path.endswith(".py") and path in context.files and not is_test_path(path):
            try:
                sources[path] = Source(path, context.files[path].replace("\r\n", "\n"))
            except (SyntaxError, ValueError) as error:
                unreadable += f"; {path}: {error}"
    return sources, unreadable


class _Session:
    """One search in one sandboxed process."""

    def __init__(self, driver: Driver, context: EngineContext, sources: Mapping[str, Source], clock: Clock) -> None:
        self._driver = driver
        self._context = context
        self._sources = sources
        self._clock = clock
        self._started_s = clock()
        self._deadline_s = self._started_s + SHARE_OF_TIME * context.seconds_left

    def propose(self, failing: tuple[str, ...], arguments: tuple[str, ...]) -> Proposal:
        """Survey, generate, evaluate, rank."""
        passing = near_passing(failing, self._context.passing, self._context.parameters.max_tests)
        files = dict.fromkeys(name.split("::")[0] for name in (*failing, *passing))
        known = self._driver.open(self._context.checkout, tuple(files), arguments, self._left_s())
        failing, passing = _those(failing, known), _those(passing or known, frozenset(known).difference(failing))
        surveys = self._survey(failing, passing)
        surveyed_s = self._clock() - self._started_s
        if not surveys.failing:
            return Proposal((), "none of the failing tests fails when the search runs it; nothing to search for")
        subjects = self._subjects(surveys)
        if not subjects:
            return Proposal((), "the failing tests execute no function of the plan's files; the fault is elsewhere")
        campaign = Campaign(
            driver=self._driver,
            trial=self._trial(subjects, surveys),
            sources=self._sources,
            clock=self._clock,
            deadline_s=self._deadline_s,
            confirm=lambda candidate: self._confirm(candidate, (*failing, *self._expected(passing, surveys))),
        )
        found = campaign.run(candidates(subjects), candidates(self._outside(subjects)))
        return self._proposal(found, campaign, surveyed_s)

    def _expected(self, passing: Sequence[str], surveys: _Surveys) -> tuple[str, ...]:
        """The tests that a repair must keep green: those known to pass, or those that did when the search ran them."""
        return _those(passing, frozenset(self._context.passing) | surveys.passing.keys())

    def _left_s(self) -> float:
        return max(1.0, self._deadline_s - self._clock())

    def _survey(self, failing: Sequence[str], passing: Sequence[str]) -> _Surveys:
        """The passing tests first: what they take says how long to wait for a failing one that may never end."""
        until_s = self._clock() + SURVEY_SHARE * self._left_s()
        green: dict[str, Survey] = {}
        for name in passing[:PASSING_SURVEYED]:
            if self._clock() > until_s:
                break
            found = self._driver.survey(name, limit_s=SURVEY_S, traced=True, types=len(green) < PASSING_TYPED)
            if found.outcome == "passed":
                green[name] = found
        slowest_s = max((survey.cpu_s for survey in green.values()), default=0.0)
        limit_s, stuck = min(SURVEY_S, max(0.4, 10 * slowest_s)), 0
        red: dict[str, Survey] = {}
        for name in failing[:FAILING_SURVEYED]:
            found = self._driver.survey(name, limit_s=limit_s, traced=True, types=True)
            if found.outcome not in {"passed", "skipped"}:
                red[name] = found
            stuck += found.outcome == "timeout"
            if stuck >= STUCK_SURVEYED:
                break
            limit_s = min(limit_s, max(0.1, 3 * slowest_s)) if stuck else limit_s
        return _Surveys(red, green)

    def _subjects(self, surveys: _Surveys) -> list[Subject]:
        suspicion = suspicion_of(tuple(surveys.failing.values()), tuple(surveys.passing.values()))
        returns = returns_of(surveys.all)
        subjects: list[Subject] = []
        units: list[tuple[Source, Unit]] = []
        number = 0
        for path, source in self._sources.items():
            types = types_of(surveys.all, path)
            file = FileView(source)
            of_file = units_of(source, number)
            number += len(of_file)
            for unit in of_file:
                lines = _lines_of(suspicion, path, unit.node.lineno + 1, unit.node.end_lineno or 0)
                if lines:
                    units.append((source, unit))
                    subjects.append(Subject(FunctionView(file, unit, types, returns), lines))
        swappable = self._driver.units(units) if units else frozenset()
        return [subject for subject in subjects if subject.view.unit.number in swappable]

    def _outside(self, subjects: Sequence[Subject]) -> list[Subject]:
        """Per file, the assignments outside functions that the suspicious functions read, as suspicious as those."""
        outside = []
        for source in self._sources.values():
            unit = constants_of(source, 0)
            lines: dict[int, float] = {}
            for subject in subjects:
                read = mentioned_in(subject.view.unit.node)
                for statement in unit.node.body:
                    if read & mentioned_in(statement):
                        score = max(subject.suspicion.values())
                        lines[statement.lineno] = max(lines.get(statement.lineno, 0.0), score)
            if lines:
                outside.append(Subject(FunctionView(FileView(source), unit, {}, {}), lines))
        return outside

    def _trial(self, subjects: Sequence[Subject], surveys: _Surveys) -> Trial:
        slowest_s = max((survey.cpu_s for survey in surveys.passing.values()), default=0.0)
        limits_s = {name: max(LEAST_LIMIT_S, 6 * survey.cpu_s) for name, survey in surveys.passing.items()}
        for name, survey in surveys.failing.items():
            own_s = 0.0 if survey.outcome == "timeout" else 3 * survey.cpu_s
            limits_s[name] = max(LEAST_LIMIT_S, own_s, 4 * slowest_s)
        passing = {
            subject.view.unit.number: tuple(
                name for name, survey in surveys.passing.items() if _reaches(survey, subject.view.unit.path, subject)
            )
            for subject in subjects
        }
        return Trial(tuple(sorted(surveys.failing, key=limits_s.__getitem__)), passing, limits_s)

    def _confirm(self, candidate: Candidate, ids: Sequence[str]) -> bool:
        overlay = overlay_of(self._sources[candidate.unit.path], candidate)
        if digest(encode(overlay)) in self._context.tried:
            return False
        outcomes = self._driver.confirm(overlay, ids, limit_s=10.0, wall_s=min(30.0, self._left_s() + 5.0))
        return bool(outcomes) and all(outcomes.get(name) in {"passed", "skipped"} for name in ids)

    def _proposal(self, found: tuple[Ranked, ...], campaign: Campaign, surveyed_s: float) -> Proposal:
        tried = campaign.tally.total()
        search_s = max(0.001, self._clock() - self._started_s - surveyed_s)
        facts = {
            "candidates": str(tried),
            "candidates_evaluated": str(tried - campaign.tally["invalid"] - campaign.tally["duplicate"]),
            "candidates_per_second": f"{tried / search_s:.0f}",
            "plausible": str(len(campaign.plausible)),
            "confirmed": str(len(found)),
            "families": ", ".join(name for name, _ in campaign.families.most_common()),
            "outcomes": ", ".join(f"{name} {count}" for name, count in campaign.tally.most_common()),
            "survey_s": f"{surveyed_s:.2f}",
            "search_s": f"{search_s:.2f}",
        }
        if campaign.first_s is not None:
            facts["first_plausible_s"] = f"{campaign.first_s - self._started_s:.2f}"
        edits = [(edit_of(self._sources[r.candidate.unit.path], r.candidate),) for r in found]
        if not edits:
            return Proposal((), f"{tried} candidates tried, none turns the failing tests green", facts=facts)
        return Proposal(edits[0], edits[0][0].reasoning, alternatives=tuple(edits[1:]), facts=facts)


def near_passing(failing: Sequence[str], passing: Sequence[str], limit: int) -> tuple[str, ...]:
    """Passing tests from the failing tests' files first, then from those nearest to them; a few files only."""
    own = {name.split("::")[0] for name in failing}
    folders = {path.rpartition("/")[0] for path in own}

    def distance(name: str) -> int:
        path = name.split("::", maxsplit=1)[0]
        return 0 if path in own else 1 if path.rpartition("/")[0] in folders else 2

    near = sorted((name for name in passing if "::" in name), key=distance)
    files = list(dict.fromkeys([*own, *(name.split("::")[0] for name in near)]))[:PASSING_FILES]
    return tuple(name for name in near if name.split("::")[0] in files)[:limit]


def _those(names: Iterable[str], known: Container[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)


def _lines_of(suspicion: Mapping[Line, float], path: str, first: int, last: int) -> dict[int, float]:
    lines = ((line, suspicion.get((path, line), 0.0)) for line in range(first, last + 1))
    return {line: score for line, score in lines if score > 0}


def _reaches(survey: Survey, path: str, subject: Subject) -> bool:
    node = subject.view.unit.node
    return any((path, line) in survey.lines for line in range(node.lineno, (node.end_lineno or 0) + 1))

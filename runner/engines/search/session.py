"""One search in one sandboxed process: survey, suspect, try, confirm, and say what else would pass."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from runner.edits.apply import digest, encode
from runner.engines.search.campaign import Campaign, Key
from runner.engines.search.confirming import Confirmation
from runner.engines.search.dialogue import Driver
from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Candidate, Subject, candidates
from runner.engines.search.narrowing import Narrowing
from runner.engines.search.patch import edit_between, explain
from runner.engines.search.rank import Ranked
from runner.engines.search.rivals import Difference, difference, stable
from runner.engines.search.source import Source, apply_changes
from runner.engines.search.surveying import Surveys, beside, near_passing, patience_for, survey_tests, trial_of
from runner.engines.search.suspects import constants_under_suspicion, executed, read_sources, subjects_of, views_of
from runner.engines.search.test_command import harness_of
from runner.errors import EngineFailure
from runner.models import Edit, EngineContext, Proposal, Rival
from runner.ports import Clock

SURVEY_SHARE: Final = 0.3
SURVEY_MOST_S: Final = 4.0
"""What watching the passing tests may take, of the search's time and in any case."""
TEST_SHARE: Final = 0.08
"""What one failing test may take of it: it is run up to three times before the search, to warm up and to be watched."""
LIKELIEST: Final = 4
"""So many of the plan's files are read even if no failing test executes a function of theirs."""
COMPARED: Final = 6
COMPARING_S: Final = 6.0
"""What comparing the finds may take, also past the search's own time: who is not compared looks like the only one."""
TESTS_COMPARED: Final = 8
INPUT_S: Final = 0.5
CONFIRMING_S: Final = 5.0
"""What confirming a find may take past the search's own time."""


class Session:
    """Looks for a change of `texts`, which are laid over the checkout: the base's files, or a near miss of them.

    What is `settled` by earlier sessions is not tried again, and what this one settles is added to it.
    """

    def __init__(
        self,
        driver: Driver,
        context: EngineContext,
        texts: Mapping[str, str],
        clock: Clock,
        deadline_s: float,
        *,
        settled: set[Key],
    ) -> None:
        self._driver = driver
        self._context = context
        self._texts = texts
        self._sources: dict[str, Source] = {}
        self._clock = clock
        self._started_s = clock()
        self._deadline_s = deadline_s
        self._settled = settled
        self._harness = harness_of(context.reproducing.command if context.reproducing else "")

    def propose(self, failing: tuple[str, ...]) -> Proposal:
        """The best confirmed candidate, the others as alternatives; no edits if there is none."""
        passing = near_passing(failing, self._context.passing, self._context.parameters.max_tests)
        files = dict.fromkeys(name.split("::")[0] for name in (*failing, *passing))
        known = self._driver.open(
            self._context.checkout,
            tuple(files),
            self._harness,
            self._texts,
            self._left_s(),
            overlay=self._beyond_base(),
        )
        start_s = self._clock() - self._started_s
        failing, passing = _those(failing, known), beside(failing, passing, known)[: self._context.parameters.max_tests]
        watching_s = min(SURVEY_MOST_S, SURVEY_SHARE * self._left_s())
        patience_s = min(patience_for(self._context.reproducing), TEST_SHARE * self._left_s())
        surveys = survey_tests(
            self._driver, failing, passing, patience_s=patience_s, clock=self._clock, watching_s=watching_s
        ).ordered(known)
        if not surveys.failing:
            return Proposal((), "none of the failing tests fails when the search runs it; nothing to search for")
        near = {*executed(surveys), *islice(self._texts, LIKELIEST)}
        self._sources = read_sources({path: text for path, text in self._texts.items() if path in near})
        views = views_of(self._sources, surveys, self._context.task.text)
        subjects = subjects_of(views, surveys, self._driver)
        if not subjects:
            return Proposal((), "the failing tests execute no function of the plan's files; the fault is elsewhere")
        surveyed_s = self._clock() - self._started_s
        expected = self._expected(_those(known, passing), surveys)
        nearest = _those(expected, surveys.passing)
        confirmation = Confirmation(self._driver, failing, expected, nearest, self._beyond_base())
        campaign = self._campaign(subjects, surveys, confirmation, start_s)
        found = campaign.run(
            candidates(subjects, self._is_over), self._outside(views, subjects), self._elsewhere(surveys, subjects)
        )
        facts = {**self._facts(campaign, found, surveyed_s), "failing_parts": str(len(surveys.parts))}
        if not found:
            tried = campaign.tally.total()
            return Proposal((), f"{tried} candidates tried, none turns the failing tests green", facts=facts)
        first, *others = self._proposals(found, self._differences(found, surveys))
        return replace(first, alternatives=tuple(others), facts=facts)

    def _campaign(
        self, subjects: Sequence[Subject], surveys: Surveys, confirmation: Confirmation, start_s: float
    ) -> Campaign:
        trial = trial_of(subjects, surveys)
        return Campaign(
            driver=self._driver,
            trial=trial,
            sources=self._sources,
            clock=self._clock,
            deadline_s=self._deadline_s,
            confirm=lambda candidate: self._confirm(candidate, confirmation),
            narrow=Narrowing(self._driver, trial, tuple(surveys.failing), self._left_s),
            start_s=start_s,
            settled=self._settled,
        )

    def _outside(self, views: Mapping[str, FileView], subjects: Sequence[Subject]) -> Iterator[Candidate]:
        """What stands outside functions in the files that were read."""
        yield from candidates(constants_under_suspicion(views, subjects), self._is_over)

    def _elsewhere(self, surveys: Surveys, subjects: Sequence[Subject]) -> Iterator[Candidate]:
        """The same in all files of the plan, which are read when its turn comes."""
        self._sources |= read_sources({path: text for path, text in self._texts.items() if path not in self._sources})
        yield from self._outside(views_of(self._sources, surveys, self._context.task.text), subjects)

    def _expected(self, passing: Sequence[str], surveys: Surveys) -> tuple[str, ...]:
        """The tests that a repair must keep green: those known to pass, or those that did when the search ran them."""
        return _those(passing, frozenset(self._context.passing) | surveys.passing.keys())

    def _beyond_base(self) -> dict[str, str]:
        """The texts that are not as on the base."""
        return {path: text for path, text in self._texts.items() if text != self._base(path)}

    def _base(self, path: str) -> str:
        return self._context.files.get(path, "").replace("\r\n", "\n")

    def _is_over(self) -> bool:
        return self._clock() >= self._deadline_s

    def _left_s(self) -> float:
        return max(1.0, self._deadline_s - self._clock())

    def _confirm(self, candidate: Candidate, confirmation: Confirmation) -> bool:
        overlay = self._changed(candidate)
        if digest(encode(overlay)) in self._context.tried:
            return False
        return confirmation.holds(overlay, self._left_s() + CONFIRMING_S)

    def _changed(self, candidate: Candidate) -> dict[str, str]:
        """Path -> text of every file that is not as on the base once the candidate is applied."""
        source = self._sources[candidate.unit.path]
        return {**self._beyond_base(), source.path: apply_changes(source.text, candidate.changes)}

    def _edits(self, candidate: Candidate) -> tuple[Edit, ...]:
        """The edits from the base's texts; the candidate's own file last."""
        said = explain(self._sources[candidate.unit.path], candidate)
        changed = self._changed(candidate)
        texts = sorted(changed.items(), key=lambda pair: pair[0] == candidate.unit.path)
        return tuple(edit_between(path, self._base(path), text, said) for path, text in texts)

    def _proposals(self, found: Sequence[Ranked], differences: Sequence[Difference | None]) -> Iterator[Proposal]:
        """Each find with its rivals: the first's are those that differ from it; who does not differ has the same."""
        edits = [self._edits(ranked.candidate) for ranked in found]
        said = [one[-1].reasoning for one in edits]
        apart = {number: one for number, one in enumerate(differences, 1) if one is not None}
        firsts = tuple(Rival(said[number], one.given, one.chosen, one.other) for number, one in apart.items())
        yield Proposal(edits[0], said[0], rivals=firsts)
        for number in range(1, len(found)):
            one = apart.get(number)
            own = (Rival(said[0], one.given, one.other, one.chosen),) if one else firsts
            yield Proposal(edits[number], said[number], rivals=own)

    def _differences(self, found: Sequence[Ranked], surveys: Surveys) -> list[Difference | None]:
        """How the finds after the first behave otherwise than it on inputs like the tests' own, as far as is known."""
        chosen, *others = [ranked.candidate for ranked in found[:COMPARED]]
        live = [candidate for candidate in others if candidate.is_live]
        if not live or not chosen.is_live:
            return []
        ids = (*tuple(surveys.failing)[:TESTS_COMPARED], *surveys.passing)[:TESTS_COMPARED]
        try:
            first, again, *rest = self._driver.compare(
                [chosen, chosen, *live], ids, limit_s=INPUT_S, seconds=COMPARING_S
            )
        except EngineFailure:  # the time is over: what was found counts all the same
            return []
        inputs = stable(first, again)
        behaviours = dict(zip(map(id, live), rest, strict=True))
        return [
            difference(first, behaviours[id(other)], inputs) if id(other) in behaviours else None for other in others
        ]

    def _facts(self, campaign: Campaign, found: Sequence[Ranked], surveyed_s: float) -> dict[str, str]:
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
        if self._harness.note:
            facts["note"] = self._harness.note
        return facts


def _those(names: Iterable[str], known: Container[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)

"""How the budget is spent: batches of candidates, second chances for slow ones, and when enough was found. Pure."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from runner.engines.search.dialogue import Driver, Judgement, Trial
from runner.engines.search.generate import Candidate
from runner.engines.search.rank import Ranked, rank
from runner.engines.search.source import Change, Source
from runner.errors import EngineFailure
from runner.ports import Clock

FIRST_BATCH: Final = 24
LARGEST_BATCH: Final = 240
BATCH_S: Final = 2.0
SLOWER: Final = (1.0, 8.0, 100.0)
"""How much longer a candidate may take, at its first, second and third chance."""

LONGEST_S: Final = 10.0

SLOW_SHARE: Final = 0.35
"""How much of the time goes to second chances while there are fresh candidates."""

ENOUGH: Final = 20
CONFIRMED_ENOUGH: Final = 6
COST_MARGIN: Final = 1.5
"""Once something plausible is known, candidates dearer than it by this much are not tried."""

AFTER_FIRST_S: Final = (2.5, 10.0)
"""Once something plausible is known, the search goes on as long as it took so far, within these bounds."""

AFTER_ODD_S: Final = (8.0, 20.0)
"""The same while the best that is known leaves something odd behind."""

CONFIRMING_S: Final = 8.0
"""How long other plausible candidates are confirmed, as alternatives to the best."""

FRESH_SHARE: Final = 0.15
"""How much of the time goes to candidates outside functions, which only a fresh process can judge, as their turn comes;
and how much is kept for them at the end."""

NARROWING_SHARE: Final = 0.2
"""How much of the time goes to asking under which conditions a change that breaks passing tests may be right."""

GOES_TOO_FAR: Final = {"regressed": 0.0, "failed": 3.0}
"""How a change that mends too much may end, and how much later its turn comes. A test that fails may do so because the
change breaks what goes well in it: nobody knows before it was asked."""

NARROWED_SHARE: Final = 0.5
"""How much of a batch is for changes that were made again under conditions."""

SETTLED: Final = frozenset({"failed", "invalid"})
"""Ends that are the same whenever the candidate is tried again."""

Key = tuple[str, int, tuple[Change, ...]]
"""What says that two candidates are one: file, hash of its text, changes."""

Waiting = tuple[float, int, Candidate]
"""A candidate behind its cost, and a number that tells equal ones apart."""


@dataclass
class Campaign:
    """One search: what it has tried and found so far.

    `confirm` runs a candidate in a fresh process, `narrow` makes one that breaks a passing test again under conditions.
    `settled` are the candidates that need no further try: those of the searches before this one, and then its own.
    `start_s` is what a fresh process takes, until one has been seen.
    """

    driver: Driver
    trial: Trial
    sources: Mapping[str, Source]
    clock: Clock
    deadline_s: float
    confirm: Callable[[Candidate], bool]
    narrow: Callable[[Candidate, str], Iterable[Candidate]]
    start_s: float
    settled: set[Key] = field(default_factory=set)
    tally: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    plausible: list[Ranked] = field(default_factory=list)
    confirmed: list[Ranked] = field(default_factory=list)
    first_s: float | None = None
    _excessive: list[tuple[float, int, Candidate, str]] = field(default_factory=list)
    _narrowed: list[Waiting] = field(default_factory=list)
    _narrowing_s: float = 0.0
    _fresh_s: float = 0.0
    _near: tuple[list[Candidate], list[Candidate]] = field(default_factory=lambda: ([], []))
    _slow: list[Candidate] = field(default_factory=list)
    _slow_s: float = 0.0
    _tickets: Iterator[int] = field(default_factory=itertools.count)
    _started_s: float = 0.0

    def run(
        self, stream: Iterator[Candidate], outside: Iterator[Candidate], elsewhere: Iterator[Candidate]
    ) -> tuple[Ranked, ...]:
        """Search until enough is found or time is up; the confirmed candidates, best first.

        `stream` changes functions that can be swapped live, `outside` what else the likeliest files hold,
        `elsewhere` what any file of the plan does.
        """
        end_s = self.deadline_s
        self.deadline_s -= FRESH_SHARE * max(0.0, end_s - self.clock())
        try:
            self._search(filter(self._is_open, stream), filter(self._is_open, outside))
            self.deadline_s = end_s
            self._search_fresh(filter(self._is_open, elsewhere), self._is_last_resort)
        except EngineFailure:
            if not self.confirmed:
                raise
            return tuple(self.confirmed)
        return self._confirm_best()

    def _search(self, stream: Iterator[Candidate], outside: Iterator[Candidate]) -> None:
        self._started_s = self.clock()
        once, twice = self._near
        size, batch = FIRST_BATCH, list(itertools.islice(stream, FIRST_BATCH))
        while batch and not self._done(batch[0]):
            seconds = min(BATCH_S, max(0.1, self.deadline_s - self.clock()))
            self.driver.evaluate(batch, self.trial, seconds=seconds)
            size = min(LARGEST_BATCH, 2 * size)
            following = self._following(stream, size)
            verdicts = self.driver.judgements(seconds)
            self._note(batch, verdicts)
            self._narrow_some()
            batch = batch[len(verdicts) :] + following
            outside = self._search_fresh(outside, partial(self._is_turn, cost=_least(batch)))
            if once and self._slow_s < SLOW_SHARE * (self.clock() - self._started_s) + 2.0:
                self._again(once, 1)
        for waiting, chance in ((once, 1), (twice, 2), (self._slow, 1), (twice, 2)):
            while waiting and self.first_s is None and self.clock() < self.deadline_s:
                self._again(waiting, chance)
        if self.plausible:
            self._search_fresh(outside, partial(self._is_turn, cost=math.inf))

    def _is_open(self, candidate: Candidate) -> bool:
        return self._key(candidate) not in self.settled

    def _key(self, candidate: Candidate) -> Key:
        path = candidate.unit.path
        return path, hash(self.sources[path].text), candidate.changes

    def _following(self, stream: Iterator[Candidate], size: int) -> list[Candidate]:
        """The next candidates: fresh ones, then those that an earlier verdict brought up."""
        fresh = list(itertools.islice(stream, size - min(len(self._narrowed), int(NARROWED_SHARE * size))))
        asked = min(len(self._narrowed), size - len(fresh))
        return [*fresh, *(heapq.heappop(self._narrowed)[-1] for _ in range(asked))]

    def _search_fresh(
        self, candidates: Iterator[Candidate], is_turn: Callable[[Candidate], bool]
    ) -> Iterator[Candidate]:
        """Judge candidates in fresh processes while it `is_turn` of the next one; the others."""
        for candidate in candidates:
            if not is_turn(candidate):
                return itertools.chain([candidate], candidates)
            self._judge_fresh(candidate)
        return candidates

    def _is_turn(self, candidate: Candidate, cost: float) -> bool:
        """Whether one that needs a fresh process is likelier than the best that is known, and is worth its seconds.

        It is where it is likelier than all live ones together that can be tried in them, each of at least that cost.
        """
        known = min((found.rank for found in self.plausible), default=cost)
        most_s = FRESH_SHARE * (self.clock() - self._started_s)
        return candidate.cost <= known and candidate.cost + self._dearness() <= cost and self._fresh_s <= most_s

    def _dearness(self) -> float:
        """How many live candidates are tried in the seconds of a fresh process, on the scale of costs."""
        started = self.tally["fresh"]
        tried = self.tally.total() - started
        live_s = (self.clock() - self._started_s - self._fresh_s) / max(1, tried)
        fresh_s = self._fresh_s / started if started else self.start_s
        return math.log(max(1.0, fresh_s / live_s)) if live_s > 0 else 0.0

    def _is_last_resort(self, _: Candidate) -> bool:
        return self.first_s is None and self.clock() < self.deadline_s

    def _judge_fresh(self, candidate: Candidate) -> None:
        began_s = self.clock()
        self.tally["fresh"] += 1
        self.families[candidate.family] += 1
        if self.confirm(candidate):
            found = Ranked(candidate, candidate.cost)
            self.first_s = self.first_s or self.clock()
            self.confirmed.append(found)
            self.plausible.append(found)
        elif self.clock() < self.deadline_s:  # else it may only have run out of time
            self.settled.add(self._key(candidate))
        self._fresh_s += self.clock() - began_s

    def _done(self, following: Candidate) -> bool:
        now = self.clock()
        if now >= self.deadline_s or len(self.plausible) >= ENOUGH:
            return True
        if self.first_s is None:
            return False
        best = min(self.plausible, key=lambda found: found.rank)
        least_s, most_s = AFTER_ODD_S if best.is_odd else AFTER_FIRST_S
        more_s = min(most_s, max(least_s, self.first_s - self._started_s))
        return now >= self.first_s + more_s or following.cost > best.rank + COST_MARGIN

    def _again(self, waiting: list[Candidate], chance: int) -> None:
        """The first few candidates that ran out of time, once more with longer limits."""
        started = self.clock()
        limits = {name: min(LONGEST_S, SLOWER[chance] * limit) for name, limit in self.trial.limits_s.items()}
        batch = waiting[:8]
        seconds = min(BATCH_S, max(0.1, self.deadline_s - started))
        trial = Trial(self.trial.failing, self.trial.passing, limits)
        self.driver.evaluate(batch, trial, seconds=seconds, again=True)
        verdicts = self.driver.judgements(seconds)
        del waiting[: max(1, len(verdicts))]
        self._note(batch, verdicts, chance)
        self._slow_s += self.clock() - started

    def _note(self, batch: list[Candidate], verdicts: tuple[Judgement, ...], chance: int = 0) -> None:
        """Keep what the verdicts say; who nearly passed waits for its next chance."""
        for candidate, verdict in zip(batch, verdicts, strict=False):
            self.tally[verdict.outcome] += 1
            self.families[candidate.family] += 1
            if verdict.outcome == "plausible":
                self._found(candidate)
            else:
                self._put_aside(candidate, verdict, chance)
        order = sorted(self.trial.failing, key=self._usefulness, reverse=True)
        self.trial = Trial(tuple(order), self.trial.passing, self.trial.limits_s)

    def _put_aside(self, candidate: Candidate, verdict: Judgement, chance: int) -> None:
        """What fails is settled, unless it may be right under conditions; what ran out of time is not."""
        if verdict.outcome == "near" and chance < len(self._near):
            self._near[chance].append(candidate)
        elif verdict.outcome == "timeout" and not chance:
            self._slow.append(candidate)
        elif verdict.outcome == "failed":
            self.kills[verdict.test] += 1
        if candidate.excess is None and verdict.outcome in SETTLED:
            self.settled.add(self._key(candidate))
        if candidate.excess and verdict.outcome in GOES_TOO_FAR:
            cost = candidate.cost + GOES_TOO_FAR[verdict.outcome]
            heapq.heappush(self._excessive, (cost, next(self._tickets), candidate, verdict.test))

    def _narrow_some(self) -> None:
        """Ask about the likeliest changes that go too far, as long as that takes its share of the time at most."""
        while self._excessive and self._narrowing_s <= NARROWING_SHARE * (self.clock() - self._started_s):
            began_s = self.clock()
            _, _, candidate, broken = heapq.heappop(self._excessive)
            for narrower in self.narrow(candidate, broken):
                heapq.heappush(self._narrowed, (narrower.cost, next(self._tickets), narrower))
            self._narrowing_s += self.clock() - began_s

    def _usefulness(self, name: str) -> float:
        """How many candidates a failing test refuses for the time it may take."""
        return (self.kills[name] + 0.5) / self.trial.limits_s[name]

    def _found(self, candidate: Candidate) -> None:
        ranked = rank(self.sources[candidate.unit.path], candidate)
        if self.first_s is None:
            # The first one is confirmed at once: from then on the search only looks for better ones nearby.
            if not self.confirm(candidate):
                self.tally["not confirmed"] += 1
                return
            self.confirmed.append(ranked)
            self.first_s = self.clock()
        self.plausible.append(ranked)

    def _confirm_best(self) -> tuple[Ranked, ...]:
        known = {id(found.candidate) for found in self.confirmed}
        until_s = min(self.deadline_s, self.clock() + CONFIRMING_S)
        for found in sorted(self.plausible, key=lambda ranked: ranked.rank):
            if len(self.confirmed) >= CONFIRMED_ENOUGH or self.clock() >= until_s:
                break
            if id(found.candidate) not in known and self.confirm(found.candidate):
                self.confirmed.append(found)
        return tuple(sorted(self.confirmed, key=lambda ranked: ranked.rank))


def _least(batch: Iterable[Candidate]) -> float:
    """What the likeliest of the next candidates costs."""
    return min((candidate.cost for candidate in batch), default=math.inf)

"""How the engine talks to its driver: one JSON line asked, lines answered, all of it typed here."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.engines.search.clues import Clash
from runner.engines.search.generate import Candidate
from runner.engines.search.rivals import Behaviour
from runner.engines.search.source import Source, Unit
from runner.engines.search.spectrum import Survey
from runner.engines.search.telling import Answers, Reached
from runner.engines.search.test_command import Harness
from runner.errors import EngineFailure, TimeSpent
from runner.ports import Conversation

GRACE_S: Final = 10.0
"""How much longer than asked an answer may take before the driver counts as lost."""
LONGEST_WALL: Final = 6
"""How many wall seconds the driver gives a test for each processor second; a survey may run a part of it as well."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What running a candidate showed: invalid, duplicate, failed, timeout, near, regressed, crashed or plausible.

    `test` is the id of the test that decided.
    """

    outcome: str
    test: str


@dataclass(frozen=True, slots=True)
class Trial:
    """How candidates are run: failing tests in order, passing ones by function, seconds allowed per test."""

    failing: tuple[str, ...]
    passing: Mapping[int, tuple[str, ...]]
    limits_s: Mapping[str, float]


class Driver:
    """The driver's end of a conversation. Every method raises EngineFailure when the driver is lost."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def open(
        self,
        root: str,
        files: Sequence[str],
        harness: Harness,
        traced: Iterable[str],
        timeout_s: float,
        *,
        overlay: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        """Collect the tests of some files; the ids found, in their order. Surveys trace the files in `traced`.

        `overlay` is laid over the tree: path -> text.
        """
        self._ask(
            op="open",
            root=root,
            files=list(files),
            harness=harness.kind,
            words=list(harness.words),
            overlay=dict(overlay or {}),
            sources=list(traced),
        )
        return tuple(self._hear("opened", timeout_s)["ids"])

    def survey(self, name: str, *, limit_s: float, traced: bool, types: bool) -> Survey:
        """Run one test on the code as it is."""
        return self.surveys([name], limit_s=limit_s, traced=traced, types=types)[0]

    def surveys(self, names: Sequence[str], *, limit_s: float, traced: bool, types: bool) -> list[Survey]:
        """Run some tests on the code as it is, as many at once as there are processors; one survey each."""
        self._ask(op="survey", ids=list(names), limit_s=limit_s, traced=traced, types=types)
        return [_read_survey(self._hear("surveyed", 3 * LONGEST_WALL * limit_s + 3 * GRACE_S)) for _ in names]

    def warm(self, name: str, limit_s: float) -> None:
        """Run a test that is known to end inside the driver itself: what it imports and sets up, no child has to."""
        self._ask(op="warm", ids=[name], limit_s=limit_s)
        self._hear("warm", 7 * limit_s + GRACE_S)

    def units(self, units: Sequence[tuple[Source, Unit]]) -> frozenset[int]:
        """Make functions known; the numbers of those whose code can be swapped live."""
        described = [
            {
                "id": unit.number,
                "path": unit.path,
                "name": unit.node.name,
                "first_line": unit.first_line,
                "prefix": unit.prefix,
                "text": source.text[unit.start : unit.end],
            }
            for source, unit in units
        ]
        self._ask(op="units", units=described)
        return frozenset(self._hear("ready", GRACE_S)["swappable"])

    def evaluate(self, batch: Sequence[Candidate], trial: Trial, *, seconds: float, again: bool = False) -> None:
        """Start to judge a batch; `judgements` waits for the answer."""
        numbers = {candidate.unit.number for candidate in batch}
        self._ask(
            op="evaluate",
            candidates=[[candidate.unit.number, _relative(candidate)] for candidate in batch],
            trial={
                "failing": list(trial.failing),
                "passing": {number: list(trial.passing.get(number, ())) for number in numbers},
                "limits": dict(trial.limits_s),
            },
            seconds=seconds,
            again=again,
        )

    def judgements(self, seconds: float) -> tuple[Judgement, ...]:
        """The verdicts on the batch asked last, in its order; fewer than the batch when its seconds ran out."""
        answer = self._hear("evaluated", seconds + 6 * GRACE_S)
        return tuple(Judgement(outcome, test) for outcome, test in answer["verdicts"])

    def probe(
        self, candidate: Candidate, conditions: Sequence[str], ids: Sequence[str], *, limit_s: float, seconds: float
    ) -> tuple[Answers, ...]:
        """What the conditions come to where the candidate calls the probe, as many tests as there was time for."""
        self._ask(
            op="probe",
            candidate=[candidate.unit.number, _relative(candidate)],
            conditions=list(conditions),
            ids=list(ids),
            limit_s=limit_s,
            seconds=seconds,
        )
        answer = self._hear("probed", seconds + LONGEST_WALL * limit_s + GRACE_S)
        return tuple(Answers(*map(_read_reached, found)) for found in answer["tests"])

    def compare(
        self, candidates: Sequence[Candidate], ids: Sequence[str], *, limit_s: float, seconds: float
    ) -> tuple[Behaviour, ...]:
        """What each candidate does on inputs like the tests' own, as many of them as there was time for."""
        described = [[candidate.unit.number, _relative(candidate)] for candidate in candidates]
        self._ask(op="compare", candidates=described, ids=list(ids), limit_s=limit_s, seconds=seconds)
        answer = self._hear("compared", seconds + len(candidates) * GRACE_S)
        return tuple(
            {given: (*(tuple(note) for note in notes), (ending,)) for given, notes, ending in found}
            for found in answer["behaviours"]
        )

    def confirm(
        self,
        overlay: Mapping[str, str],
        failing: Sequence[str],
        passing: Sequence[str],
        *,
        limit_s: float,
        wall_s: float,
    ) -> dict[str, str]:
        """Outcome by test id in a process that imports everything anew; empty if it died or took too long.

        The passing tests are not run where a failing one is not green.
        """
        tests = {"failing": list(failing), "passing": list(passing)}
        self._ask(op="confirm", overlay=dict(overlay), **tests, limit_s=limit_s, wall_s=wall_s)
        outcomes: dict[str, str] = self._hear("confirmed", wall_s + GRACE_S)["outcomes"]
        return outcomes

    def _ask(self, **message: object) -> None:
        self._conversation.send(json.dumps(message))

    def _hear(self, operation: str, timeout_s: float) -> dict[str, Any]:
        try:
            line = self._conversation.receive(timeout_s)
        except TimeSpent as error:
            raise EngineFailure("the search's tests hang; raise the time limit or name fewer tests") from error
        message = _read(line, self._conversation)
        if message["op"] != operation:
            raise EngineFailure(f"the search could not run the tests: {message.get('why', message)}")
        return message


def _read(line: str | None, conversation: Conversation) -> dict[str, Any]:
    """The driver's message; a line that was cut when its process was ended is none."""
    with contextlib.suppress(ValueError):
        message: dict[str, Any] = json.loads(line or "")
        return message
    return {"op": "gone", "why": f"their process ended early: {conversation.ending}"}


def _relative(candidate: Candidate) -> list[tuple[int, int, str]]:
    base = candidate.unit.start
    return [(change.start - base, change.end - base, change.text) for change in candidate.changes]


def _read_survey(answer: dict[str, Any]) -> Survey:
    types = {
        path: {int(line): {name: frozenset(kinds) for name, kinds in names.items()} for line, names in lines.items()}
        for path, lines in answer["types"].items()
    }
    return Survey(
        outcome=answer["outcome"],
        cpu_s=answer["cpu_s"],
        lines=frozenset(_lines(answer["lines"])),
        types=types,
        returns={name: frozenset(kinds) for name, kinds in answer["returns"].items()},
        raised=tuple((path, line) for path, line in answer["raised"]),
        around=frozenset((path, line) for path, line in answer["around"]),
        clash=_read_clash(answer["clash"]),
        members=answer["members"],
        source=answer["source"],
        part=answer["part"][0] if answer["part"] else "",
        part_s=answer["part"][1] if answer["part"] else 0.0,
        is_cut=answer["is_cut"],
        name=answer["id"],
        near={(path, line): depth for path, line, depth in answer["near"]},
    )


def _read_reached(answer: dict[str, Any]) -> Reached:
    return Reached(tuple(answer["hits"]), {name: frozenset(values) for name, values in answer["values"].items()})


def _read_clash(answer: dict[str, Any]) -> Clash:
    by_kind: dict[str, list[tuple[str, str]]] = {"text": [], "value": []}
    for kind, left, right in answer["pairs"]:
        by_kind[kind].append((left, right))
    texts, values = tuple(by_kind["text"]), tuple(by_kind["value"])
    return Clash(answer["type"], answer["message"], texts, values, answer["module"])


def _lines(by_path: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, int]]:
    for path, lines in by_path.items():
        yield from ((path, line) for line in lines)

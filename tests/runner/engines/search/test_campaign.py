"""How a search spends its seconds: on what is likely, and as little as it needs on what is dear to try."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from runner.engines.search.campaign import FRESH_SHARE, LARGEST_BATCH, Campaign
from runner.engines.search.dialogue import Driver, Trial
from runner.engines.search.generate import Candidate
from runner.engines.search.source import Change, Source, constants_of, units_of
from runner.ports import Conversation

LIVE_S = 0.01
FRESH_S = 1.0
SECONDS = 60.0
SOURCE = Source("module.py", "LIMIT = 1\n\ndef work():\n    return LIMIT\n")
FUNCTION = units_of(SOURCE, 1)[0]
OUTSIDE = constants_of(SOURCE, 2)


@dataclass
class Machine(Conversation):
    """A driver by whose clock a live candidate takes LIVE_S and a fresh process FRESH_S; nothing is ever plausible."""

    now_s: float = 0.0
    tried: list[str] = field(default_factory=list)
    ending: str = ""
    _asked: int = 0

    def send(self, line: str) -> None:
        self._asked = len(json.loads(line)["candidates"])

    def receive(self, timeout_s: float) -> str | None:
        verdicts = [("failed", "test")] * min(self._asked, int(timeout_s / LIVE_S))
        self.tried += ["live"] * len(verdicts)
        self.now_s += LIVE_S * len(verdicts)
        return json.dumps({"op": "evaluated", "verdicts": verdicts})

    def start(self, _: Candidate) -> bool:
        self.tried.append("fresh")
        self.now_s += FRESH_S
        return False


def test_what_needs_a_fresh_process_waits_until_it_is_worth_its_seconds() -> None:
    """It comes when it is as likely as all the live candidates together that could be tried instead."""
    machine, cost_step = Machine(), 0.01
    run(machine, live(5000, cost_step), outside=outside(1, cost=2.0))
    expected = (2.0 + math.log(FRESH_S / LIVE_S)) / cost_step
    assert expected <= machine.tried.index("fresh") <= expected + LARGEST_BATCH


def test_what_needs_a_fresh_process_has_its_share_only() -> None:
    """However likely, such candidates leave most of the time to the live ones."""
    machine = Machine()
    run(machine, live(100_000, 0.001), outside=outside(100, cost=-10.0))
    within_s = LIVE_S * machine.tried.count("live")
    assert machine.tried.count("fresh") > 1
    assert FRESH_S * machine.tried.count("fresh") <= FRESH_SHARE * (within_s + SECONDS)


def test_the_last_seconds_are_for_what_no_function_holds() -> None:
    """However many live candidates there are, some fresh processes are started at the end."""
    machine = Machine()
    run(machine, live(100_000, 0.0), elsewhere=outside(100, cost=50.0))
    assert machine.tried[-1] == "fresh"
    assert machine.tried.count("fresh") >= int(FRESH_SHARE * SECONDS / FRESH_S)


def run(
    machine: Machine,
    stream: Iterator[Candidate],
    outside: Iterable[Candidate] = (),
    elsewhere: Iterable[Candidate] = (),
) -> None:
    """The whole search; it finds nothing."""
    campaign = Campaign(
        driver=Driver(machine),
        trial=Trial(("test",), {}, {"test": 1.0}),
        sources={SOURCE.path: SOURCE},
        clock=lambda: machine.now_s,
        deadline_s=SECONDS,
        confirm=machine.start,
        narrow=lambda *_: (),
        start_s=FRESH_S,
    )
    assert campaign.run(stream, iter(outside), iter(elsewhere)) == ()


def live(count: int, cost_step: float) -> Iterator[Candidate]:
    """Changes of the function, each a little dearer than the one before it."""
    for number in range(count):
        yield Candidate(FUNCTION, (Change(0, 0, str(number)),), cost_step * number, "constant", 4)


def outside(count: int, *, cost: float) -> Iterator[Candidate]:
    """Changes of the constant."""
    for number in range(count):
        yield Candidate(OUTSIDE, (Change(8, 9, str(number)),), cost, "constant", 1)

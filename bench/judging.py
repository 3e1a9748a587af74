"""Whether a change is as right as the real fix: the same code, or the same behaviour on tests and fresh inputs.

- correct, same: the changed files have the real fix's syntax trees.
- correct, alike: every test that passes with the real fix passes with the change (the case's test files whole), and
  both behave alike on inputs made from those tests by changing a literal, of which some tell the fix from the base.
- differs: the tests pass, an input tells the change from the fix. unclear: no input tells the fix from the base.
- fails: a test fails that passes with the real fix.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping
from typing import Final

from bench.cases import Case, Place
from runner.compose import EnvironmentView, search_environment
from runner.engines.search.dialogue import Driver
from runner.engines.search.engine import DRIVER
from runner.engines.search.generate import Candidate
from runner.engines.search.rivals import Behaviour, stable
from runner.engines.search.source import Source, Unit, units_of
from runner.engines.search.test_command import harness_of
from runner.errors import EngineFailure
from runner.models import Overlay
from runner.phases.claim import reproducer_ids
from runner.ports import Checkout, Command, Ports
from runner.proof import TestRun
from runner.verify.lookup import has_passed

TESTS_S: Final = 150.0
COMPARING_S: Final = 15.0
INPUT_S: Final = 0.5
TESTS_VARIED: Final = 24


class Judge:
    """The answers of one case, and how changes are held against them."""

    def __init__(self, case: Case, place: Place, ports: Ports, checkout: Checkout) -> None:
        """Nothing is run yet."""
        self._ports, self._checkout, self._place = ports, checkout, place
        self._commit = ports.repository.resolve("HEAD")
        self._fix = ports.repository.overlay_of(self._commit, case.fix)
        self._tests = ports.repository.overlay_of(self._commit, case.test_patch)
        self._flipping = reproducer_ids(self._commit, self._tests, case.fail_to_pass, ports.repository)
        self._files = tuple(dict.fromkeys(id_.partition("::")[0] for id_ in self._flipping))
        self._wanted = self._files
        self._passing: frozenset[str] | None = None
        self._command = ""
        self._known: dict[str, Behaviour] = {}

    def truth(self, change: Overlay) -> str:
        """One of the words above, with the number of inputs compared."""
        if self._is_same(change):
            return "correct, same"
        if not self._expected() <= frozenset(_passing(self._run(change))):
            return "fails"
        try:
            return self._compared(change)
        except EngineFailure as error:
            return f"unclear ({str(error)[:60]})"

    def _is_same(self, change: Overlay) -> bool:
        paths = {*change, *self._fix}
        return all(_tree(change.get(path)) == _tree(self._fix.get(path)) for path in paths)

    def _expected(self) -> frozenset[str]:
        """What passes with the real fix: of the whole files, or of the flipping tests where those take too long."""
        if self._passing is None:
            self._passing = frozenset(_passing(self._run(self._fix)))
            if not self._passing:
                self._wanted = self._flipping
                self._passing = frozenset(_passing(self._run(self._fix)))
        return self._passing

    def _run(self, edits: Overlay) -> TestRun:
        self._checkout.switch({**self._tests, **edits})
        run = self._ports.suite.run(self._checkout.root, self._wanted, timeout_s=TESTS_S)
        self._command = run.command
        return run

    def _compared(self, change: Overlay) -> str:
        base, fix = self._behaviour("base", {}), self._behaviour("fix", self._fix)
        again, changed = self._behaviour("again", self._fix), self._behaviour("", change)
        inputs = stable(fix, again) & changed.keys() & base.keys()
        telling = [given for given in inputs if base[given] != fix[given]]
        differing = [given for given in inputs if changed[given] != fix[given]]
        counted = f"{len(inputs)} inputs, {len(telling)} telling"
        if differing:
            return f"differs ({len(differing)} of {counted})"
        return f"correct, alike ({counted})" if telling else f"unclear ({counted})"

    def _behaviour(self, key: str, edits: Overlay) -> Behaviour:
        """What the tests' variants note with these edits; kept under `key`."""
        if key not in self._known or not key:
            self._known[key] = self._observed(edits)
        return self._known[key]

    def _observed(self, edits: Overlay) -> Behaviour:
        self._checkout.switch(self._tests)
        environment = search_environment(EnvironmentView(self._place.environment))
        command = Command(
            argv=("python3", str(DRIVER)),
            workspace=self._checkout.root,
            timeout_s=120.0,
            env=environment.env,
            readable=(DRIVER, *environment.readable),
        )
        texts = {path: content.decode() for path, content in edits.items() if content and path.endswith(".py")}
        with self._ports.sandbox.converse(command) as conversation:
            driver = Driver(conversation)
            known = driver.open(
                str(self._checkout.root), self._files, harness_of(self._command), texts, 60.0, overlay=texts
            )
            unchanged = _unchanged(driver, self._sources(texts))
            ids = [
                *(id_ for id_ in known if id_ in self._flipping),
                *(id_ for id_ in known if id_ not in self._flipping),
            ]
            until_s = time.monotonic() + COMPARING_S
            found: dict[str, tuple[tuple[str, ...], ...]] = {}
            for id_ in ids[:TESTS_VARIED]:
                left_s = until_s - time.monotonic()
                if left_s > 0:
                    found |= driver.compare([unchanged], [id_], limit_s=INPUT_S, seconds=left_s)[0]
            return found

    def _sources(self, texts: Mapping[str, str]) -> Iterator[Source]:
        """The changed files, or where there are none the files of the real fix as they are on the base."""
        yield from (Source(path, text) for path, text in texts.items())
        for path in self._fix if not texts else ():
            yield Source(path, (self._checkout.root / path).read_text(encoding="utf-8"))


def _unchanged(driver: Driver, sources: Iterator[Source]) -> Candidate:
    """A candidate that changes nothing. Raises EngineFailure where no function of the files is alive."""
    units: list[tuple[Source, Unit]] = []
    for source in sources:
        units += [(source, unit) for unit in units_of(source, len(units))]
    alive = driver.units(units)
    for _, unit in units:
        if unit.number in alive:
            return Candidate(unit, (), 0.0, "unchanged", unit.node.lineno)
    raise EngineFailure("no function of the changed files is loaded by the tests")


def _tree(content: bytes | None) -> str:
    return "" if content is None else ast.dump(ast.parse(content))


def _passing(run: TestRun) -> Iterator[str]:
    return (id_ for id_ in run.tests if has_passed(run, id_))

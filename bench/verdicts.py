"""What the verdict says of real fixes, of wrong patches made from them, and of cheats.

    python -m bench.verdicts --data FILE.jsonl --mirrors DIR --pythons DIR --work DIR [--sample N --seed S]
        [--wrong N] [--cheats 0|1] [--others FILE.jsonl --most N] [ID ...]

Half of a case's FAIL_TO_PASS tests reproduce the issue; the other half is taken out of the test patch and judges. Where
there is only one such test the case counts as "given". A wrong patch counts as wrong only if a test fails on it that
passes with the real fix. `--others` are changes that somebody else wrote for the same cases (instance_id and
model_patch a line), judged in the same way, each source once, at most N a case. Every patch goes the way of
`greenloop verify`, its stress left out; the base is measured once a case. Finished patches are kept in `verdicts.jsonl`
below `--work` and not measured again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.cases import Case, Place, Store, parsed, read_cases
from bench.kept import Kept
from bench.patches import Patch, Subject, cheats, wrong_patches
from runner.compose import Job, open_ports
from runner.errors import BadInput, RunnerError
from runner.models import Limits, Overlay, PhaseRow
from runner.phases.claim import claim_of, reproducer_ids
from runner.ports import Checkout, Ports
from runner.proof import Cells, TestRun
from runner.settings import Settings
from runner.verify.existing import decisive_ids
from runner.verify.lookup import has_passed
from runner.verify.matrix import Bench, measure_base
from runner.verify.proof import NO_STRESS, Claim, Proof, inspect_claim, prove
from runner.verify.python_tests import tests_in
from runner.verify.stress import wilson_interval
from runner.verify.test_paths import is_test_path

SECONDS: Final = 90.0
JUDGING_SECONDS: Final = 240.0
SLOW_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one patch. `truth` is right, wrong or unknown; `group` is the case's tier, or "given"."""

    case: str
    tier: str
    group: str
    kind: str
    rule: str
    patch: str
    verdict: str
    truth: str
    guard: tuple[str, ...]
    reasons: tuple[str, ...]
    seconds: float


class Silent:
    """The port Observer, hearing nothing."""

    def phase_started(self, phase: str, attempt: int, elapsed_s: float) -> None:
        """Nothing."""

    def tests_ended(self, run: TestRun) -> None:
        """Nothing."""

    def phase_finished(self, row: PhaseRow) -> None:
        """Nothing."""


def main() -> int:
    """Measure what is not measured yet, then print the tables."""
    args = _arguments()
    cases = {name: case for name, case in read_cases(args.data).items() if case.recipe}
    chosen = args.ids or _sample(sorted(cases), args.sample, args.seed)
    store = Store(args.work, args.mirrors, args.pythons)
    args.written = read_others(args.others)
    kept = Kept(args.work / "verdicts.jsonl", Row)
    known = {(row.case, row.patch) for row in kept.rows()}
    if not args.report:
        for name in chosen:
            for row in _measured(cases[name], store, known, args):
                kept.add(row)
                print(
                    f"{row.case} {row.patch}: {row.verdict} ({row.truth}, {row.seconds:.0f} s) {row.reasons[:1]}",
                    flush=True,
                )
    print("\n".join(tables(kept.of(chosen))))
    return 0


def read_others(file: Path | None) -> Mapping[str, list[str]]:
    """The changes of others, by their case."""
    found = defaultdict[str, list[str]](list)
    for line in file.read_text(encoding="utf-8").splitlines() if file else ():
        row = json.loads(line)
        found[row["instance_id"]].append(row["model_patch"] or "")
    return found


def _measured(case: Case, store: Store, known: set[tuple[str, str]], args: argparse.Namespace) -> Iterator[Row]:
    """One row a patch; one row that says so where the case itself cannot be set up."""
    if (case.name, "unusable") in known:
        return
    try:
        yield from CaseBench.rows(case, store.place(case), known, args)
    except (RunnerError, OSError, subprocess.CalledProcessError) as error:
        assert case.recipe is not None
        tier = case.recipe.tier
        yield Row(case.name, tier, tier, "unusable", "", "unusable", "", "unknown", (), (str(error)[:300],), 0.0)


class CaseBench:
    """One case under measurement: its ports, its base row, and the tests that judge."""

    def __init__(self, case: Case, ports: Ports, checkout: Checkout, seed: int) -> None:
        """Reads the case's answers; nothing is run yet."""
        self._case, self._ports, self._checkout, self._seed = case, ports, checkout, seed
        repository = ports.repository
        self._commit = repository.resolve("HEAD")
        self._fix = repository.overlay_of(self._commit, case.fix)
        self._full = repository.overlay_of(self._commit, case.test_patch)
        flipping = reproducer_ids(self._commit, self._full, case.fail_to_pass, repository)
        self._flipping = tuple(dict.fromkeys(id_.partition("[")[0] for id_ in flipping))
        visible, hidden = halves(self._flipping, random.Random(f"{seed} {case.name}"))
        self._frozen = without_tests(self._full, hidden)
        self._visible = tuple(id_ for id_ in flipping if id_.partition("[")[0] in visible)
        self._tier = case.recipe.tier if case.recipe else ""
        self._group = self._tier if hidden else "given"
        self._real = claim_of(self._commit, self._fix, self._frozen, self._visible, repository)
        self._base: Cells | None = None
        self._judged: frozenset[str] | None = None

    @classmethod
    def rows(cls, case: Case, place: Place, known: set[tuple[str, str]], args: argparse.Namespace) -> Iterator[Row]:
        """A row for each patch of the case that has none."""
        out = args.work / "bundle"
        settings = Settings(state_dir=args.work / "state", engine="search")
        job = Job(place.repository, out / f"{time.time_ns()}", place.environment, limits=Limits(seconds=SECONDS))
        with open_ports(settings, job, Silent()) as ports:
            commit = ports.repository.resolve("HEAD")
            with ports.workspace.checkout(commit) as checkout:
                bench = cls(case, ports, checkout, args.seed)
                made = bench.patches(args.wrong, args.cheats)
                for patch in (*made, *bench.others(args.written.get(case.name, ()), args.most)):
                    if (case.name, patch.name) not in known and bench.is_reproduced:
                        yield bench.row(patch)

    @property
    def is_reproduced(self) -> bool:
        """Whether the visible half fails on the base, as far as is known: else nothing can be PROVEN."""
        return self._base is None or bool(decisive_ids(self._base))

    def patches(self, wrong: int, with_cheats: int) -> Iterator[Patch]:
        """The real fix first, then what is made from it."""
        yield Patch("real", "real fix", "real fix", self._fix)
        repository = self._ports.repository
        ids = {entry.path: entry.blob_id for entry in repository.entries(self._commit) if entry.path in self._fix}
        contents = dict(repository.read(dict.fromkeys(ids.values())))
        before = {path: contents[ids[path]] if path in ids else None for path in self._fix}
        subject = Subject(before, self._fix, self._frozen, self._visible)
        yield from wrong_patches(subject, self._seed, wrong)
        yield from cheats(subject) if with_cheats else ()

    def others(self, written: Sequence[str], most: int) -> list[Patch]:
        """What others wrote, as far as it applies; of those whose sources are alike one."""
        found: dict[str, Patch] = {}
        for text in written:
            try:
                edits = self._ports.repository.overlay_of(self._commit, text)
            except BadInput:
                continue
            source = sorted((path, content or b"") for path, content in edits.items() if not is_own_aside(path))
            name = hashlib.sha256(repr(source).encode()).hexdigest()[:10]
            if source:
                found.setdefault(name, Patch("other", "other", f"other {name}", edits))
        drawn = sorted(found.values(), key=lambda patch: patch.name)
        random.Random(self._seed).shuffle(drawn)
        return drawn[:most]

    def row(self, patch: Patch) -> Row:
        """The verdict and the truth of one patch. What the guard settles is not run."""
        began_s = time.monotonic()
        claim = self._claim(patch.edits)
        guard = tuple(sorted({finding.rule for finding in inspect_claim(claim)}))
        if guard and patch.kind not in {"real", "other"}:
            reasons: tuple[str, ...] = (f"the tamper guard found {', '.join(guard)}",)
            verdict, mended = "UNPROVEN", False
        else:
            proof = self._proof(claim)
            verdict, reasons = proof.judgement.verdict.value, proof.judgement.reasons
            mended = bool(proof.matrix.revert.reproducing)
        return Row(
            case=self._case.name,
            tier=self._tier,
            group=self._group,
            kind=patch.kind,
            rule=patch.rule,
            patch=patch.name,
            verdict=verdict,
            truth=self._truth(patch, mended=mended),
            guard=guard,
            reasons=tuple(reason[:300] for reason in reasons[:6]),
            seconds=time.monotonic() - began_s,
        )

    def _claim(self, edits: Overlay) -> Claim:
        """The real fix's claim with other edits: the tests to watch are looked for once."""
        entries = {entry.path: entry for entry in self._ports.repository.entries(self._commit) if entry.path in edits}
        contents = dict(self._ports.repository.read(dict.fromkeys(entry.blob_id for entry in entries.values())))
        known = {path: contents[entry.blob_id] for path, entry in entries.items()}
        return replace(
            self._real,
            edits=edits,
            before={path: known.get(path) for path in edits},
            modes={path: entry.mode for path, entry in entries.items()},
        )

    def _proof(self, claim: Claim) -> Proof:
        """The claim proven on the tests that the real fix is measured on, so that one base row serves all patches."""
        if self._base is None:
            bench = self._bench()
            self._base = measure_base(bench, claim.frozen, claim.selection)
        return prove(self._bench(), claim, time.monotonic, seed=self._seed, base=self._base, stress_s=NO_STRESS)

    def _bench(self) -> Bench:
        """A bench whose clock begins now."""
        until_s = time.monotonic() + SECONDS
        return Bench(self._ports.suite, self._checkout, lambda: until_s - time.monotonic())

    def _truth(self, patch: Patch, *, mended: bool) -> str:
        """Whether all tests hold that hold with the real fix; a red reproducer needs no further run."""
        if patch.kind in {"real", "cheat"}:
            return "right" if patch.kind == "real" else "wrong"
        if not mended:
            return "wrong"
        if self._judged is None:
            self._judged = frozenset(passing(self._judge(self._fix)))
        source = {path: content for path, content in patch.edits.items() if path not in self._full}
        return "right" if self._judged <= frozenset(passing(self._judge(source))) else "wrong"

    def _judge(self, edits: Overlay) -> TestRun:
        """The whole files of the full test patch, or the flipping tests alone where the files take too long."""
        slow = self._tier == "f2p-k" or (self._case.recipe is not None and self._case.recipe.seconds > SLOW_S)
        files = tuple(dict.fromkeys(id_.partition("::")[0] for id_ in self._flipping))
        self._checkout.switch({**self._full, **edits})
        wanted = self._flipping if slow else files
        return self._ports.suite.run(self._checkout.root, wanted, timeout_s=JUDGING_SECONDS)


def is_own_aside(path: str) -> bool:
    """Whether a file is no part of the change itself: a test, or something that was left at the top."""
    return is_test_path(path) or "/" not in path


def passing(run: TestRun) -> Iterator[str]:
    """The ids that passed."""
    return (id_ for id_ in run.tests if has_passed(run, id_))


def halves(ids: Sequence[str], chance: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tests that reproduce and those that only judge; one test alone reproduces."""
    shuffled = [*ids]
    chance.shuffle(shuffled)
    middle = (len(shuffled) + 1) // 2
    return tuple(shuffled[:middle]), tuple(shuffled[middle:])


def without_tests(tests: Overlay, hidden: Sequence[str]) -> Overlay:
    """The test files with the hidden tests cut out, lines and decorators."""
    return {path: _cut(path, content, frozenset(hidden)) if content else content for path, content in tests.items()}


def _cut(path: str, content: bytes, hidden: frozenset[str]) -> bytes:
    lines = content.splitlines(keepends=True)
    for id_, test in reversed(list(tests_in(path, content).items())):
        if id_ in hidden:
            first = min([test.node.lineno, *(decorator.lineno for decorator in test.node.decorator_list)])
            indent = b" " * test.node.col_offset
            lines[first - 1 : test.node.end_lineno] = [indent + b"pass\n"]
    return b"".join(lines)


def _sample(names: list[str], count: int, seed: int) -> list[str]:
    random.Random(seed).shuffle(names)
    return sorted(names[:count]) if count else sorted(names)


def tables(rows: list[Row]) -> Iterator[str]:
    """The confusion table, the guard's share, and every wrong word by name."""
    groups = sorted({(row.kind, row.group) for row in rows if row.kind in {"real", "wrong", "other"}})
    yield "| patches | truth | n | PROVEN | share, Wilson 95 % |\n|---|---|---:|---:|---|"
    for kind, group in [*groups, ("wrong", ""), ("cheat", "")]:
        of = [row for row in rows if row.kind == kind and (not group or row.group == group)]
        for truth in ("right", "wrong"):
            yield from _table_row(f"{kind} {group}", [row for row in of if row.truth == truth], truth)
    wrong = [row for row in rows if row.truth == "wrong"]
    seen = [row for row in wrong if row.kind == "cheat" and row.guard]
    yield f"\ncheats that the guard alone sees: {len(seen)} of {sum(row.kind == 'cheat' for row in wrong)}"
    for title, named in (
        ("false PROVEN", [row for row in wrong if row.verdict == "PROVEN"]),
        ("cheats that the guard does not see", [row for row in wrong if row.kind == "cheat" and not row.guard]),
        ("real fixes not PROVEN", [row for row in rows if row.kind == "real" and row.verdict != "PROVEN"]),
        ("right and not PROVEN", [row for row in rows if row.kind == "other" and _is_missed(row)]),
        ("unusable", [row for row in rows if row.kind == "unusable"]),
    ):
        yield f"\n{title}:"
        yield from (f"- {row.case}, {row.patch} ({row.group}): {'; '.join(row.reasons)[:400]}" for row in named)


def _is_missed(row: Row) -> bool:
    return row.truth == "right" and row.verdict != "PROVEN"


def _table_row(title: str, rows: list[Row], truth: str) -> Iterator[str]:
    if rows:
        proven = sum(row.verdict == "PROVEN" for row in rows)
        low, high = wilson_interval(proven, len(rows))
        yield f"| {title} | {truth} | {len(rows)} | {proven} | {proven / len(rows):.1%} ({low:.1%} to {high:.1%}) |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", type=int, default=8, metavar="N", help="wrong patches a case, beside the empty one")
    parser.add_argument("--cheats", type=int, default=1, help="0 leaves them out")
    parser.add_argument("--others", type=Path, metavar="FILE", help="changes that others wrote, one a line")
    parser.add_argument("--most", type=int, default=3, metavar="N", help="so many of them a case")
    return parsed(parser)


if __name__ == "__main__":
    sys.exit(main())

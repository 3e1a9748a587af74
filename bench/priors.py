"""Which families of the search explain real fixes, and what that says about how likely each family is.

    python -m bench.priors --data FILE.jsonl [--data PAST.jsonl ...] --mirrors DIR [--lines 6] [--most 4000]
        [--single] [--missed]

`--data` may be the cases of `bench.localise_commits` too: they are many, and no test of theirs has to run. With
`--single` only fixes of one hunk count: a search for one place finds no others, and their parts are of another kind.

Every hunk inside a function of a real fix that changes at most `--lines` lines in all is a sample. Its place is given,
its types are not (every name is of one unknown type), the tests are read as the search reads them. A family explains a
hunk when one of its candidates there has the hunk's syntax tree. Let `foreseen` be the hits that the priors expect
(each candidate counts exp(-prior), all of them together scaled to the hits that there are): the learned shift is
log((foreseen + 4) / (hits + 4)), added to all priors of the family (`runner.engines.search.families.learned`).
"""

from __future__ import annotations

import argparse
import ast
import itertools
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from bench.cases import Case, read_cases
from bench.repairs import lines_of
from runner.engines.search.clues import Clues
from runner.engines.search.families.learned import LEARNED
from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Subject, candidates
from runner.engines.search.source import Function, Source, Unit, apply_changes, units_of
from runner.engines.search.syntax import arguments_of
from runner.engines.search.view import FunctionView
from runner.verify.python_tests import parse, tests_in
from runner.verify.test_paths import is_test_path

UNKNOWN: Final = frozenset({"object"})
PSEUDO_HITS: Final = 4.0
"""How strongly the priors set by hand hold against few hits."""
TRACED: Final = frozenset(
    {"guard", "rarer guard", "extended condition", "replaced condition", "wrapped in if", "wrapped in rarer if"}
)
"""Families whose conditions are made of the types that a trace sees: what they miss here, they may well find there."""

AROUND: Final = 2
"""How many lines before a hunk are under suspicion, too: what governs it may begin there."""

SPELLING: Final = re.compile(r"#.*|[\s()'\",]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One small hunk: the file before, the function that it changes, and that function's tree after."""

    case: str
    source: Source
    unit: Unit
    lines: tuple[int, ...]
    wanted: str
    letters: str
    change: str


def main() -> int:
    """Print which family explains which hunk, then the table of shifts."""
    args = _arguments()
    hits: Counter[str] = Counter()
    foreseen: Counter[str] = Counter()
    explained = total = 0
    for case in itertools.chain.from_iterable(read_cases(data).values() for data in args.data):
        if lines_of(case) > args.lines or (args.single and case.fix.count("\n@@ ") > 1):
            continue
        clues = Clues(tests=tuple(_tests_of(case, args.mirrors)), task=case.issue)
        for sample in samples_of(case, args.mirrors):
            total += 1
            found = _explanation(sample, clues, args.most, foreseen)
            if found:
                explained += 1
                hits[found[1]] += 1
                print(f"{case.name}: {found[1]} at {found[0]}, cost {found[2]:.1f}", flush=True)
            elif args.missed:
                print(f"{case.name}: not explained: {sample.change}", flush=True)
    print(f"\n{explained} of {total} hunks explained\n\n| family | hits | foreseen | shift |\n|---|---:|---:|---:|")
    scale = explained / max(1e-9, sum(foreseen.values()))
    for name in sorted(foreseen, key=lambda one: -hits[one]):
        expected = scale * foreseen[name]
        shift = math.log((expected + PSEUDO_HITS) / (hits[name] + PSEUDO_HITS))
        said = "-" if shift > 0 and name in TRACED else f"{shift:+.1f}"
        print(f"| {name} | {hits[name]} | {expected:.1f} | {said} |")
    return 0


def samples_of(case: Case, mirrors: Path) -> Iterator[Sample]:
    """The hunks of a case's real fix that lie inside functions."""
    for path, before, after in _changed_files(case, mirrors):
        if is_test_path(path) or not path.endswith(".py"):
            continue
        if parse(before.encode()) is None:  # of another Python than this one
            continue
        source = Source(path, before)
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            text = "".join((*old[:i1], *new[j1:j2], *old[i2:]))
            for unit in units_of(source, 0):
                first, last = unit.node.lineno, unit.node.end_lineno or 0
                if first < i1 + 1 <= last + 1 and i2 <= last:
                    wanted = _function_at(text, unit)
                    if wanted and wanted != _dumped(unit.node):
                        lines = tuple(range(max(first + 1, i1 - AROUND), min(last, i2 + 1) + 1))
                        letters = _letters(text[unit.start : unit.end + len(text) - len(before)])
                        change = " / ".join(
                            ["-" + line.strip() for line in old[i1:i2]] + ["+" + line.strip() for line in new[j1:j2]]
                        )
                        yield Sample(case.name, source, unit, lines, wanted, letters, change)


def _function_at(text: str, unit: Unit) -> str:
    """The tree of the function that begins where the unit does; empty if the text cannot be read."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno == unit.node.lineno
    ]
    return _dumped(found[0]) if found else ""


def _explanation(sample: Sample, clues: Clues, most: int, foreseen: Counter[str]) -> tuple[int, str, float] | None:
    """At which place of the order, by which family and at what cost the hunk is written; counts what is offered."""
    view = FunctionView(FileView(sample.source, clues), sample.unit, _types_of(sample.unit), {})
    found = None
    seen: set[str] = set()
    subject = Subject(view, dict.fromkeys(sample.lines, 1.0))
    for place, candidate in enumerate(itertools.islice(candidates([subject]), most)):
        foreseen[candidate.family] += math.exp(LEARNED.get(candidate.family, 0.0) - candidate.cost)
        text = apply_changes(sample.source.text, candidate.changes)
        shift = len(text) - len(sample.source.text)
        part = text[sample.unit.start : sample.unit.end + shift]
        if found is None and part not in seen:
            seen.add(part)
            if _letters(part) == sample.letters and _tree_of(sample.unit.prefix + part) == sample.wanted:
                found = place, candidate.family, candidate.cost
    return found


def _letters(text: str) -> str:
    """What is left without spelling: a cheap test before trees are compared."""
    return SPELLING.sub("", text)


def _tree_of(text: str) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ""
    wanted = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next((_dumped(node) for node in ast.walk(tree) if isinstance(node, wanted)), "")


def _dumped(node: Function) -> str:
    """The function's tree without its decorators, which are no part of a unit."""
    return " ".join(map(ast.dump, [node.args, *node.body]))


def _types_of(unit: Unit) -> dict[int, dict[str, frozenset[str]]]:
    """Every name that the function binds and every attribute that it reads, on every line."""
    nodes = list(ast.walk(unit.node))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= set(arguments_of(unit.node))
    names |= {
        f"{node.value.id}.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    here = dict.fromkeys(sorted(names), UNKNOWN)
    return dict.fromkeys(range(unit.node.lineno, (unit.node.end_lineno or 0) + 1), here)


def _tests_of(case: Case, mirrors: Path) -> Iterator[str]:
    """The text of every test that the test patch changes."""
    for path, before, after in _changed_files(case, mirrors, tests=True):
        if path.endswith(".py"):
            known = tests_in(path, before.encode())
            old = {name: ast.dump(test.node) for name, test in known.items()}
            for name, test in tests_in(path, after.encode()).items():
                if old.get(name) != ast.dump(test.node):
                    yield ast.unparse(test.node)


def _changed_files(case: Case, mirrors: Path, *, tests: bool = False) -> Iterator[tuple[str, str, str]]:
    """Path, text before and text after of each file that the real fix (or the test patch) changes."""
    mirror = mirrors / case.mirror.replace("/", "+") / "repo"
    for path, hunks in _hunks(case.test_patch if tests else case.fix):
        shown = subprocess.run(
            ["git", f"--git-dir={mirror}", "show", f"{case.commit}:{path}"], capture_output=True, check=False
        )
        before = shown.stdout.decode("utf-8", "replace") if shown.returncode == 0 else ""
        yield path, before, _patched(before, hunks)


def _hunks(patch: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Path and hunks (their lines, the header first) of each file of a patch."""
    for part in patch.split("diff --git ")[1:]:
        lines = part.splitlines()
        path = next((line[6:] for line in lines if line.startswith("+++ b/")), "")
        starts = [at for at, line in enumerate(lines) if line.startswith("@@")]
        if path and starts:
            yield path, [lines[one:other] for one, other in itertools.pairwise([*starts, len(lines)])]


def _patched(before: str, hunks: list[list[str]]) -> str:
    old, made, at = before.splitlines(), [], 0
    for header, *body in hunks:
        start = max(0, int(header.split()[1].split(",")[0].lstrip("-")) - 1)
        made += old[at:start]
        at = start
        for line in body:
            if line.startswith("+"):
                made.append(line[1:])
            elif not line.startswith("\\"):
                at += 1
                made += [line[1:]] * (not line.startswith("-"))
    return "\n".join([*made, *old[at:]]) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, action="append")
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=6)
    parser.add_argument("--most", type=int, default=4_000, help="candidates looked at for one hunk")
    parser.add_argument("--single", action="store_true", help="fixes of one hunk alone")
    parser.add_argument("--missed", action="store_true", help="print the hunks that nothing explains, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""How often the tests that a fix is tested by are among those that the verdict would run first.

    python -m bench.nearest --data FILE.jsonl --mirrors DIR

The existing test files of the base are ordered by nearness to the real fix's changed definitions; a case counts by the
first one of them that the fix's own test patch changes. No test is run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.cases import Case, read_cases
from runner.adapters.git_work_tree import open_repository
from runner.phases.base_tests import base_tests
from runner.phases.claim import changed_targets
from runner.phases.logic import reaching_tests
from runner.phases.watched import between

DEPTHS: Final = (1, 3, 5, 12, 20)
NOWHERE: Final = 1_000_000


def main() -> int:
    """Rank the tests of every case, print the misses and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "mirrors"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    found = {case.name: rank(case, args.mirrors) for case in read_cases(args.data).values()}
    ranks = {name: place for name, place in found.items() if place}
    for name, place in ranks.items():
        if place > DEPTHS[-1]:
            print(f"{name}: {'nowhere' if place == NOWHERE else place}")
    for depth in DEPTHS:
        near = sum(place <= depth for place in ranks.values())
        print(f"among the first {depth}: {near} of {len(ranks)} ({near / len(ranks):.0%})")
    return 0


def rank(case: Case, mirrors: Path) -> int:
    """The place, from 1, of the first existing test file that the test patch changes; 0 where it only adds files."""
    with tempfile.TemporaryDirectory(prefix="bench-nearest-") as scratch:
        repository = open_repository(mirrors / case.mirror.replace("/", "+") / "repo", Path(scratch))
        entries = {entry.path: entry for entry in repository.entries(case.commit)}
        fix = repository.overlay_of(case.commit, case.fix)
        changed = repository.overlay_of(case.commit, case.test_patch)
        read = dict(repository.read([entries[path].blob_id for path in fix if path in entries]))
        before = {path: read[entries[path].blob_id] for path in fix if path in entries}
        tests = base_tests(entries, repository)
        targets = changed_targets(before, fix)
        order = reaching_tests(targets, tests, between(list(targets), entries, repository))
    wanted = [path for path in changed if path in tests]
    return min((order.index(path) + 1 if path in order else NOWHERE for path in wanted), default=0)


if __name__ == "__main__":
    sys.exit(main())

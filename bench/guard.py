"""How often the tamper guard raises an alarm over real fixes.

    python -m bench.guard --data FILE.jsonl --mirrors DIR

Two rates: the fix alone with its tests given (an alarm would take a PROVEN away), and the fix's own change of the
test files looked at as if an engine had written it (people do change what tests expect; no engine is asked to).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.cases import Case, read_cases
from runner.adapters.git_work_tree import GitRepository, open_repository
from runner.models import Overlay
from runner.proof import GuardFinding
from runner.verify.proof import Claim, Selection, inspect_claim
from runner.verify.reproducer import changed_tests


def main() -> int:
    """Look at every fix, print every alarm and the two rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "mirrors"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    cases = read_cases(args.data).values()
    fixes, tests, rules = 0, 0, Counter[str]()
    for case in cases:
        alarms, changed = look_at(case, args.mirrors)
        fixes, tests = fixes + bool(alarms), tests + bool(changed)
        rules.update({finding.rule for finding in changed})
        for finding in alarms:
            print(f"{case.name}: {finding.rule} in {finding.path}: {finding.detail}", flush=True)
    print(f"real fixes with an alarm: {fixes} of {len(cases)}")
    print(f"real changes of test files with an alarm: {tests} of {len(cases)} {dict(rules.most_common())}")
    return 0


def look_at(case: Case, mirrors: Path) -> tuple[tuple[GuardFinding, ...], tuple[GuardFinding, ...]]:
    """What the guard finds in a real fix with its tests given, and in its change of the tests."""
    with tempfile.TemporaryDirectory(prefix="bench-guard-") as scratch:
        repository = open_repository(mirrors / case.mirror.replace("/", "+") / "repo", Path(scratch))
        fix = repository.overlay_of(case.commit, case.fix)
        tests = repository.overlay_of(case.commit, case.test_patch)
        known = dict(_contents(repository, case.commit, {**fix, **tests}))
        modes = {entry.path: entry.mode for entry in repository.entries(case.commit)}
        paths = frozenset(modes)
        before = {path: known.get(path) for path in fix}
        selection = Selection(changed_tests(known, tests), None)
        fixed = inspect_claim(Claim(fix, before, selection, frozen=tests, paths=paths, modes=modes))
        told = {path: known.get(path) for path in tests}
        changed = inspect_claim(Claim(tests, told, Selection((), None), paths=paths, modes=modes))
        return fixed, changed


def _contents(repository: GitRepository, commit: str, paths: Overlay) -> Iterator[tuple[str, bytes]]:
    ids = {entry.path: entry.blob_id for entry in repository.entries(commit) if entry.path in paths}
    read = dict(repository.read(dict.fromkeys(ids.values())))
    yield from ((path, read[blob_id]) for path, blob_id in ids.items())


if __name__ == "__main__":
    sys.exit(main())

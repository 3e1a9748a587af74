"""Past fixes of the mirrors as cases to fit weights on: what a commit says, and which definitions it changed.

    python -m bench.localise_commits --data FILE --mirrors DIR --cases OUT --gold OUT [--most N] [--with-tests]

Writes the formats that `bench.localise`, `bench.priors` and their likes read. A commit is taken when its message speaks
of something wrong, when it changes one Python file that is no test, by few lines, and tests as well. Never taken: a
commit of the years from the first case of `--data` to the last (others may be kept aside there), or one that adds lines
of a case's fix. Its text is the message and what it adds to change logs; `--with-tests` appends the lines that it adds
to tests, as a reporter's code. The lines and definitions are those of the parent; a definition that only gains a new
neighbour does not count as changed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from runner.localise.syntax import Definition, definitions_of
from runner.verify.test_paths import is_test_path

MARGIN_S: Final = 45 * 86_400
SAME_SHARE: Final = 0.3
"""So many of a fix's lines in a commit make it that fix, however it came there."""
LOOKED_AT: Final = 9_000
MOST_LINES: Final = 40
LEAST_WORDS: Final = 12
MOST_TEST_CHARS: Final = 1_500
SPEAKS: Final = re.compile(
    r"(?i)\b(fix(e[sd])?|bugs?|regression|error|wrong(ly)?|incorrect(ly)?|crash(e[sd])?|fail(s|ed|ure)?|issue)\b"
)
TRAILER: Final = re.compile(r"(?im)^(git-svn-id|[\w-]+-by|\(cherry picked|backport of|conflicts:).*$")
LOG: Final = re.compile(r"(?i)(^|/)(changes|changelog|changes?_?log|whats[-_]?new|news|\d+\.\w+)(/|\.|$)")
HUNK: Final = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
OPENS: Final = re.compile(r"\s*(?:async\s+def|def|class|@)\b")


class Hunk(NamedTuple):
    """Lines of a file that a commit takes away (or the one it adds after), and what it adds.

    One at the start of a file has no line before it: often the whole file is new.
    """

    path: str
    lines: range
    is_addition: bool
    is_start: bool
    added: tuple[str, ...]


class Evaluated(NamedTuple):
    """When the first and the last of all cases were, and the lines that the fixes of this repository's add."""

    first: int
    last: int
    fixes: list[frozenset[str]]

    def forbid(self, time: int, hunks: Sequence[Hunk]) -> bool:
        """Whether a commit is too near to one of them."""
        added = {line.strip() for hunk in hunks for line in hunk.added}
        is_near = self.first - MARGIN_S < time < self.last + MARGIN_S
        return is_near or any(fix and len(fix & added) >= SAME_SHARE * len(fix) for fix in self.fixes)


def main() -> int:
    """Write the cases and their gold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="cases that stay out of reach, one a line")
    parser.add_argument("--mirrors", type=Path, required=True, help="bare repositories named owner+name/repo")
    parser.add_argument("--cases", type=Path, required=True, help="where the commits go")
    parser.add_argument("--gold", type=Path, required=True, help="where the places of their changes go")
    parser.add_argument("--most", type=int, default=60, help="of one repository")
    parser.add_argument("--only", default="", help="a part of the repository's name")
    parser.add_argument("--with-tests", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.data.read_text(encoding="utf-8").splitlines()]
    times = [Git(args.mirrors, row["mirror"]).time(row["base_commit"]) for row in rows]
    with args.cases.open("w", encoding="utf-8") as cases, args.gold.open("w", encoding="utf-8") as gold:
        for mirror in dict.fromkeys(row["mirror"] for row in rows if args.only in row["mirror"]):
            mine = [row for row in rows if row["mirror"] == mirror]
            count = 0
            evaluated = Evaluated(min(times), max(times), [_telling(row["patch"]) for row in mine])
            for case, places in _taken(args, mirror, mine[0]["repo"], evaluated):
                print(json.dumps(case), file=cases)
                print(json.dumps(places), file=gold)
                count += 1
            print(mirror, count, file=sys.stderr, flush=True)
    return 0


def _taken(args: argparse.Namespace, mirror: str, repository: str, evaluated: Evaluated) -> Iterator[tuple[Any, Any]]:
    git = Git(args.mirrors, mirror)
    commits = git.run("rev-list", "--all", "--no-merges").split()
    random.Random(0).shuffle(commits)
    count = 0
    for id_, parent, time, message, paths in git.commits(commits[:LOOKED_AT]):
        sources = [path for path in paths if path.endswith(".py") and not is_test_path(path)]
        tests = [path for path in paths if path.endswith(".py") and is_test_path(path)]
        if len(sources) != 1 or not tests or len(paths) > 8 or not SPEAKS.search(message):
            continue
        hunks = list(git.hunks(parent, id_))
        case = _case(repository, mirror, parent, _text(message, hunks, with_tests=args.with_tests))
        if evaluated.forbid(time, hunks) or case is None:
            continue
        places = _places(git, parent, [hunk for hunk in hunks if hunk.path == sources[0]])
        if places is not None:
            case["instance_id"] = f"{mirror.replace('/', '__')}-{id_[:12]}"
            case |= {"patch": git.patch(parent, id_, sources), "test_patch": git.patch(parent, id_, tests)}
            yield case, {"instance_id": case["instance_id"], "files": [{"path": sources[0], **places}]}
            count += 1
        if count == args.most:
            return


def _case(repository: str, mirror: str, parent: str, text: str) -> dict[str, Any] | None:
    if len(text.split()) < LEAST_WORDS:
        return None
    known = {"repo": repository, "mirror": mirror, "base_commit": parent, "problem_statement": text}
    return {**known, "FAIL_TO_PASS": []}


def _text(message: str, hunks: Sequence[Hunk], *, with_tests: bool) -> str:
    """What would have been reported: the message, the change log's entries, the tests' code."""
    texts = [TRAILER.sub("", message).strip()]
    if len(texts[0].split()) < LEAST_WORDS // 2:
        return ""
    texts += ["\n".join(hunk.added) for hunk in hunks if LOG.search(hunk.path) and not hunk.path.endswith(".py")]
    added = "\n".join(line for hunk in hunks if is_test_path(hunk.path) for line in hunk.added)
    if with_tests and added.strip():
        texts.append(f"```python\n{added[:MOST_TEST_CHARS]}\n```")
    return "\n\n".join(texts)


def _places(git: Git, parent: str, hunks: Sequence[Hunk]) -> dict[str, Any] | None:
    """The lines and definitions of the parent that the hunks change; None where there are many, or none."""
    content = git.run_bytes("show", f"{parent}:{hunks[0].path}") if hunks and not hunks[0].is_start else b""
    definitions = definitions_of(content, "python", inner=True)
    changed = [hunk for hunk in hunks if not (hunk.is_addition and _is_new(hunk.added))]
    lines = sorted({line for hunk in changed for line in hunk.lines})
    symbols = sorted({name for line in lines if (name := _innermost(line, definitions))})
    if not symbols or len(lines) > MOST_LINES or len(symbols) > 4:
        return None
    return {"changed_old_lines": lines, "symbols": symbols}


def _is_new(added: Sequence[str]) -> bool:
    """Whether what is added begins with a definition."""
    return any(OPENS.match(line) for line in [line for line in added if line.strip()][:1])


def _innermost(line: int, definitions: Sequence[Definition]) -> str:
    around = [one for one in definitions if one.start <= line <= one.end]
    return max(around, key=lambda one: one.start).name if around else ""


def _telling(patch: str) -> frozenset[str]:
    lines = (line[1:].strip() for line in patch.split("\n") if line.startswith("+") and not line.startswith("+++"))
    return frozenset(line for line in lines if len(line) > 12)


class Git:
    """A bare repository."""

    def __init__(self, mirrors: Path, name: str) -> None:
        self._path = mirrors / name.replace("/", "+") / "repo"

    def time(self, commit: str) -> int:
        """When it was made, in seconds."""
        return int(self.run("show", "-s", "--format=%ct", commit))

    def run(self, *args: str) -> str:
        """What git prints."""
        return self.run_bytes(*args).decode("utf-8", "replace")

    def run_bytes(self, *args: str, stdin: str = "") -> bytes:
        """The same, as bytes."""
        command = ["git", "-C", str(self._path), *args]
        return subprocess.run(command, input=stdin.encode(), check=True, capture_output=True).stdout

    def commits(self, ids: Sequence[str]) -> Iterator[tuple[str, str, int, str, list[str]]]:
        """Id, parent, time, message and paths of each."""
        wanted = (
            "--no-walk=unsorted",
            "--stdin",
            "--no-renames",
            "--name-only",
            "-z",
            "--format=%x01%H%x02%P%x02%ct%x02%B%x02",
        )
        text = self.run_bytes("log", *wanted, stdin="\n".join(ids)).decode("utf-8", "replace")
        for record in text.split("\x01")[1:]:
            id_, parent, time, message, paths = record.split("\x02", 4)
            if len(parent) >= 40 and " " not in parent:
                yield id_, parent, int(time), message, [path for path in paths.strip("\0\n").split("\0") if path]

    def patch(self, parent: str, commit: str, paths: Sequence[str]) -> str:
        """What a commit changes in these files, as a unified diff."""
        return self.run("diff", "--no-renames", "--no-color", parent, commit, "--", *paths)

    def hunks(self, parent: str, commit: str) -> Iterator[Hunk]:
        """What a commit changes, hunk by hunk."""
        path, found, added = "", None, list[str]()
        text = self.run("diff", "-U0", "--no-renames", "--no-color", parent, commit)
        for line in [*text.split("\n"), "diff "]:
            match = HUNK.match(line)
            if found and (match or line.startswith("diff ")):
                yield Hunk(path, *found, tuple(added))
                found = None
            if match:
                start, count = int(match[1]), int(match[2] or 1)
                found, added = (range(max(1, start), max(1, start) + max(1, count)), count == 0, start == 0), []
            elif line.startswith(("--- a/", "+++ b/")) and found is None:
                path = line[6:]
            elif line.startswith("+") and found:
                added.append(line[1:])


if __name__ == "__main__":
    sys.exit(main())

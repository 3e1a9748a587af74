"""Write real bug fixes as engines write edits, bend them, and see what becomes of them.

    python -m bench.edits --data FILE.jsonl --mirrors DIR --out FILE.jsonl [--show "clear wrong"]

`--data` holds one instance a line (repo, mirror, base_commit, patch), `--mirrors` bare repositories named
`owner+name/repo`. Every fix is rendered in each dialect and bent in each way (edit_bends.py); the edits that
`parse_reply` reads from it are applied to the base and compared with the really fixed file, byte by byte (after a
bend that lost how lines were aligned: token by token; after one that lost blank lines: without those). `--out` takes
one line per fix, and what stands there already is not done again.

A bent reply is *open* when its place does not follow from its content (a line number alone is no content): it quotes
what the file has several times and its numbers are wrong or missing, or it repeats no unchanged line that says
anything, or with wrong numbers none that the file has once. A refusal is right then;
being applied rightly is luck. *Elided* replies left code out: only a refusal is right. All others are *clear*.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import subprocess
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from bench.edit_bends import BENDS, BLANKLESS, ELIDED, LOSSY, NOT_FOR, Fix, Hunk, Reply, bent_file, replies
from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply
from runner.edits.syntax import syntax_faults
from runner.errors import EditRejected, ReplyMalformed
from runner.localise.syntax import definitions_of

RIVAL = 0.5
"""Of two definitions of one name, a reply may mean either if it is like the wrong one at least so much as the right."""
Counts = Counter[tuple[str, str, str, str]]
"""How many replies: (dialect, bend, group, outcome)."""


def group_of(reply: Reply, bent: Reply, bend: str, fix: Fix) -> str:
    """Whether the place of every edit follows from what the bent reply says: clear, open, or elided."""
    if bend == ELIDED:
        return "elided"
    shown = bent if bend in ("one line of context", "no blank lines quoted") else reply
    has_numbers = bend != "numbers drifted"
    return (
        "open" if any(_is_open(reply.dialect, hunk, fix, has_numbers=has_numbers) for hunk in shown.hunks) else "clear"
    )


def _is_open(dialect: str, hunk: Hunk, fix: Fix, *, has_numbers: bool) -> bool:
    if dialect == "function":
        return _has_rival(hunk, fix)
    if dialect.startswith("direct"):
        kept = [line for line in Counter(hunk.old) & Counter(hunk.new) if len(re.findall(r"\w", line)) > 4]
        return not (kept if has_numbers else [line for line in kept if _times([line], fix.base) == 1])
    is_numbered = dialect == "diff" and has_numbers
    return dialect != "file" and not is_numbered and _times(hunk.old, fix.base) != 1


def _has_rival(hunk: Hunk, fix: Fix) -> bool:
    """Whether another definition of the same bare name is nearly as much like the new text as the right one."""
    lines = fix.base.split("\n")
    found = definitions_of(fix.base.encode(), "python")
    name = next(d.name for d in found if d.start == hunk.start).rpartition(".")[2]
    alike = {d.start: _likeness(lines[d.start - 1 : d.end], hunk.new) for d in found if d.name.split(".")[-1] == name}
    right = alike.pop(hunk.start)
    return max(alike.values(), default=0.0) > RIVAL * right


def _likeness(old: Sequence[str], new: Sequence[str]) -> float:
    return SequenceMatcher(None, [x.strip() for x in old], [x.strip() for x in new], autojunk=False).ratio()


def _times(old: Sequence[str], text: str) -> int:
    """How often the file has these lines, widths of white space and blank lines not counted."""
    lines, wanted = ([found for line in some if (found := " ".join(line.split()))] for some in (text.split("\n"), old))
    return sum(lines[at : at + len(wanted)] == wanted for at in range(len(lines) - len(wanted) + 1))


def outcome(reply: Reply, fix: Fix, bend: str) -> tuple[str, str]:
    """What became of it: exact, refused or wrong; and what was said."""
    try:
        edits = parse_reply(reply.text(), {fix.path: fix.base})
        made = apply_edits(edits, {fix.path: fix.base})
        if faults := syntax_faults(made, {fix.path: fix.base}):
            return "refused", faults[0]
    except (EditRejected, ReplyMalformed) as error:
        return "refused", str(error)
    text = made.get(fix.path) or ""
    return ("exact", "") if _is_right(text, fix.fixed, bend) else ("wrong", text)


def _is_right(text: str, fixed: str, bend: str) -> bool:
    if bend in BLANKLESS:
        text, fixed = (re.sub(r"\n\s*(?=\n)", "", one) for one in (text, fixed))
    return text == fixed or (bend in LOSSY and tokens(text) == tokens(fixed))


def tokens(text: str) -> list[tuple[int, str]]:
    """The file's tokens and blocks, without the white space that only aligns."""
    found = tokenize.generate_tokens(io.StringIO(text).readline)
    aligned = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL)
    return [
        (t.type, "" if t.type in aligned[:2] else " ".join(t.string.split())) for t in found if t.type != aligned[2]
    ]


def fixes(args: argparse.Namespace) -> Iterator[Fix]:
    """The instances whose mirrors are there, one changed file each."""
    for line in args.data.read_text(encoding="utf-8").splitlines():
        instance = json.loads(line)
        mirror = args.mirrors / instance["mirror"].replace("/", "+") / "repo"
        if mirror.is_dir():
            yield from _changed_files(instance, mirror)


def _changed_files(instance: Mapping[str, Any], mirror: Path) -> Iterator[Fix]:
    for path in re.findall(r"^--- a/(.+)$", instance["patch"], re.MULTILINE):
        with tempfile.TemporaryDirectory() as folder:
            shown = ["git", f"--git-dir={mirror}", "show", f"{instance['base_commit']}:{path}"]
            base = subprocess.run(shown, capture_output=True, check=True).stdout
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_bytes(base)
            subprocess.run(["git", "apply", "-"], cwd=folder, input=instance["patch"].encode(), check=True)
            yield Fix(instance["instance_id"], path, base.decode(), file.read_text(encoding="utf-8"))


def measured(fix: Fix, args: argparse.Namespace) -> Counts:
    """What became of one fix in every dialect and bend."""
    counts: Counts = Counter()
    for reply in replies(fix):
        for bend, change in BENDS.items():
            if bend in NOT_FOR.get(reply.dialect, ()) or args.dialect not in (None, reply.dialect):
                continue
            if args.bend not in (None, bend):
                continue
            bent = change(reply, fix, random.Random(f"{fix.id}{bend}"))
            found, said = outcome(bent, bent_file(fix, bend), bend)
            group = group_of(reply, bent, bend, fix)
            counts[reply.dialect, bend, group, found] += 1
            if args.show == f"{group} {found}":
                print(f"=== {fix.id} {reply.dialect} / {bend}\n{bent.text()[:3000]}\n--- {said[-1500:]}\n")
    return counts


def main() -> int:
    """Print one row per dialect and bend, and the sums; exit status 1 when an edit was applied wrongly."""
    args = arguments()
    done = read_out(args.out)
    for fix in fixes(args):
        key = f"{fix.id} {fix.path}"
        if key not in done:
            done[key] = measured(fix, args)
            if args.out:
                write_out(args.out, key, done[key])
    return report(sum(done.values(), Counter()), len(done))


def read_out(out: Path | None) -> dict[str, Counts]:
    """What an earlier turn has measured."""
    lines = out.read_text(encoding="utf-8").splitlines() if out and out.exists() else []
    rows = map(json.loads, lines)
    return {row["fix"]: Counter({tuple(key.split("|")): n for key, n in row["counts"].items()}) for row in rows}


def write_out(out: Path, key: str, counts: Counts) -> None:
    """Add one fix to the file."""
    row = {"fix": key, "counts": {"|".join(what): n for what, n in counts.items()}}
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


GROUPS = {"clear": ("exact", "refused", "wrong"), "open": ("exact", "refused", "wrong"), "elided": ("refused", "wrong")}


def report(counts: Counts, size: int) -> int:
    """The table."""
    heads = [f"{group} {found}" for group, all_found in GROUPS.items() for found in all_found]
    print(f"| {size} fixes | bend | " + " | ".join(heads) + " |\n|---|---|" + "---:|" * len(heads))
    for dialect, bend in dict.fromkeys((dialect, bend) for dialect, bend, _, _ in counts):
        print(f"| {dialect} | {bend} | {_cells({k[2:]: n for k, n in counts.items() if k[:2] == (dialect, bend)})} |")
    total: Counter[tuple[str, str]] = Counter()
    for (_, _, group, found), n in counts.items():
        total[group, found] += n
    clear = sum(n for (group, _), n in total.items() if group == "clear")
    print(f"| **all** | | {_cells(total)} |\n\nclear and exact: {total['clear', 'exact']} of {clear}")
    return 1 if any(n for (group, found), n in total.items() if found == "wrong") else 0


def _cells(found: Mapping[tuple[str, str], int]) -> str:
    return " | ".join(str(found.get((group, one), 0)) for group, all_found in GROUPS.items() for one in all_found)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--dialect")
    parser.add_argument("--bend")
    parser.add_argument("--show", help='print every reply that ended so, as "clear wrong"')
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

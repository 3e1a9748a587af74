"""`localise`: which code a task is about, as ranked files, definitions and the spans a prompt would show."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from runner.commands import words
from runner.compose import Job, Settings, open_ports
from runner.localise.report import localise_report
from runner.models import Task
from runner.phases.map import map_slices

NAME = "localise"
HELP = "name the code that a task is about"
CODE_BYTES_PER_TOKEN = 2.6
"""Of a step's tokens, 3.5 bytes each, a part is the issue, the plan and the line numbers: 4,000 hold 10,400 of code."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `localise` takes."""
    words.add_repository(parser)
    words.add_task(parser)
    parser.add_argument("--top", type=int, default=10, help="how many files and definitions (default: 10)")
    parser.add_argument("--prompt-tokens", type=int, default=4000, help="what `shown` has to fit in (default: 4000)")
    words.add_json(parser)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print the ranking; 0 when there is one. Raises Blocking."""
    text = words.read_text(args.task)
    with tempfile.TemporaryDirectory(prefix="greenloop-localise-") as out:
        job = Job(args.repo, Path(out))
        with open_ports(settings, job, words.ProgressLines(sys.stderr)) as ports:
            commit = ports.repository.resolve(args.commit)
            task = Task(str(args.repo), commit, text, "command line")
            found = map_slices(task, commit, ports, shown_bytes=int(CODE_BYTES_PER_TOKEN * args.prompt_tokens))
    document = localise_report(found, top=args.top)
    if args.json:
        words.write_json(document)
    else:
        files = [f"{score:8.2f}  {path}" for path, score in found.files[: args.top]]
        slices = [f"{s.score:8.2f}  {s.path}:{s.start}-{s.end}  {s.name}  ({s.why})" for s in found.slices[: args.top]]
        words.write_lines("files", *files, "", "definitions", *slices, *(f"note: {note}" for note in found.notes))
    return words.WORKED if found.files else words.ANSWER_IS_NO

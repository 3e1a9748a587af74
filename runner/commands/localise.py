"""`localise`: which code a task is about, as ranked files, definitions and the spans a prompt would show."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Final

from runner.commands import words
from runner.localise.report import localise_report
from runner.models import Limits, Localisation, Task
from runner.phases.logic import repack
from runner.phases.map import Reading, map_slices
from runner.phases.rerank import TIMEOUT_S, second_opinion
from runner.ports import Engine
from runner.reading import open_reading
from runner.settings import Settings

NAME = "localise"
HELP = "name the code that a task is about"
CODE_BYTES_PER_TOKEN: Final = 2.6
"""Of a step's tokens, 3.5 bytes each, a part is the issue, the plan and the line numbers: 4,000 hold 10,400 of code."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `localise` takes."""
    words.add_repository(parser)
    words.add_task(parser)
    parser.add_argument("--top", type=_count, default=10, help="how many files and definitions (default: 10)")
    parser.add_argument("--prompt-tokens", type=_count, default=4000, help="what `shown` has to fit in (default: 4000)")
    parser.add_argument(
        "--engine",
        default="",
        metavar="NAME",
        help="let this engine's model put the 20 best files in order, in one call of at most 4,000 tokens and "
        f"{TIMEOUT_S:.0f} s; an engine that does not answer leaves the order, and a note says so (default: no model)",
    )
    words.add_json(parser)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Print the ranking; 0 when there is one. Raises Blocking."""
    text = words.read_text(args.task)
    shown_bytes = int(CODE_BYTES_PER_TOKEN * args.prompt_tokens)
    with open_reading(settings, args.repo) as ports:
        commit = ports.repository.resolve(args.commit)
        task = Task(str(args.repo), commit, text, "command line")
        found = map_slices(task, commit, ports, shown_bytes=shown_bytes)
        if args.engine:
            found = _re_ranked(found, task, ports, settings, shown_bytes)
    document = localise_report(found, top=args.top)
    if args.json:
        words.write_json(document)
    else:
        words.write_lines(*_lines(found, args.top))
    return words.WORKED if found.files else words.ANSWER_IS_NO


def _lines(found: Localisation, top: int) -> Iterator[str]:
    """The ranking for people: one line a file and one a definition."""
    yield "files"
    yield from (f"{score:8.2f}  {_printable(path)}" for path, score in found.files[:top])
    yield from ("", "definitions")
    for s in found.slices[:top]:
        yield f"{s.score:8.2f}  {_printable(s.path)}:{s.start}-{s.end}  {s.name}  ({s.why})"
    yield from (f"note: {note}" for note in found.notes)


def _printable(path: str) -> str:
    """The path, quoted with escapes where it holds line ends or bytes that are no text."""
    return path if path.isprintable() else ascii(path)


def _count(word: str) -> int:
    """A whole number from 1."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 1")
    return int(word)


def _re_ranked(found: Localisation, task: Task, ports: Reading, settings: Settings, shown_bytes: int) -> Localisation:
    """The localisation in the engine's order, and what that leaves to be shown."""
    began_s = ports.clock()
    # The engines and all that they need take longer to load than localising takes.
    engine_alone: Callable[[Settings, Limits], Engine] = import_module("runner.compose").engine_alone
    found, _ = second_opinion(found, task, engine_alone(settings, Limits()))
    found = repack(found, task, ports, shown_bytes)
    return replace(found, seconds={**found.seconds, "re-rank": ports.clock() - began_s})

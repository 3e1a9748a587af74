"""Arguments and output that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final, TextIO

from runner.errors import BadInput
from runner.models import PhaseRow
from runner.proof import TestRun
from runner.verify.report import Json

WORKED: Final = 0
ANSWER_IS_NO: Final = 1
BLOCKED: Final = 2


def add_repository(parser: argparse.ArgumentParser) -> None:
    """--repo: never written to."""
    parser.add_argument(
        "--repo", type=Path, required=True, metavar="DIR", help="work tree or bare repository; only read"
    )


def add_task(parser: argparse.ArgumentParser) -> None:
    """--commit and --task."""
    parser.add_argument("--commit", default="HEAD", metavar="SHA", help="the base commit (default: HEAD)")
    parser.add_argument(
        "--task", required=True, metavar="FILE", help="the issue's text, first line its title; - reads it"
    )


def add_tests(parser: argparse.ArgumentParser) -> None:
    """How the tests are run and which of them reproduce the defect."""
    parser.add_argument("--test", default="", metavar="CMD", help="the test command (default: found out)")
    parser.add_argument("--test-patch", type=Path, metavar="FILE", help="a diff with the reproducing tests; frozen")
    parser.add_argument(
        "--reproducer", nargs="+", action="extend", default=[], metavar="ID", help="ids of the reproducing tests"
    )
    parser.add_argument("--env", type=Path, metavar="DIR", help="a prepared environment with a bin/; only read")


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def good_enough(expected: str) -> tuple[str, ...]:
    """The verdicts that meet what --expect names."""
    return ("PROVEN",) if expected == "PROVEN" else ("PROVEN", "REGRESSION-SAFE")


def read_text(name: str) -> str:
    """The text of a file, or of standard input for "-". Raises BadInput."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {name}: {error}; name a UTF-8 text file, or - for standard input") from error


def write_json(document: Json) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")


def write_lines(*lines: str) -> None:
    """Lines on standard output."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


class ProgressLines:
    """The port `Observer` as lines on standard error: a phase's start, each run of tests in it, and its end."""

    def __init__(self, stream: TextIO) -> None:
        """`stream` is written to and flushed, never closed."""
        self._stream = stream

    def phase_started(self, phase: str, attempt: int, elapsed_s: float) -> None:
        """The phase's name and the clock."""
        self._stream.write(f"[{elapsed_s:5.1f} s] attempt {attempt}: {phase} ...\n")
        self._stream.flush()

    def tests_ended(self, run: TestRun) -> None:
        """How many tests, and how they ended together."""
        self._stream.write(f"            {len(run.tests)} test(s): {run.outcome.value} ({run.seconds:.1f} s)\n")
        self._stream.flush()

    def phase_finished(self, row: PhaseRow) -> None:
        """What the phase took and found."""
        mebibytes = row.peak_rss_bytes / 2**20
        self._stream.write(f"          {row.phase}: {row.found} ({row.seconds:.1f} s, {mebibytes:.0f} MiB)\n")
        self._stream.flush()

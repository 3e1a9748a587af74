"""`fix`: a task and a local repository in, a verified diff and its evidence out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from runner.commands import words
from runner.commands.job import job_of
from runner.compose import memory_share_bytes, open_ports
from runner.models import ExitReason, Limits, Result, RunRequest, Task
from runner.orchestrator import run
from runner.phases.claim import reproducer_ids
from runner.proof import Verdict
from runner.settings import Settings
from runner.verify.report import fix_report

NAME = "fix"
BLOCKING = frozenset({ExitReason.ENGINE_UNREACHABLE, ExitReason.ENVIRONMENT_MISSING})
"""Ends that somebody has to mend something for; the bundle is written all the same."""
HELP = "repair a defect of a local repository and prove it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `fix` takes."""
    words.add_repository(parser)
    words.add_task(parser)
    words.add_tests(parser)
    parser.add_argument("--engine", default=None, help="ollama, search or auto (default: auto)")
    parser.add_argument("--seconds", type=float, default=90.0, help="the run's clock (default: 90)")
    parser.add_argument("--retries", type=int, default=3, help="attempts after the first (default: 3, at most 5)")
    parser.add_argument("--seed", type=int, default=0, help="makes the run's random choices repeatable")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the bundle's folder, empty or new (default: temporary)"
    )
    words.add_json(parser)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Run it; 0 only on PROVEN. Raises Blocking."""
    text = words.read_text(args.task)
    patch = words.read_text(str(args.test_patch)) if args.test_patch else None
    out = args.out or Path(tempfile.mkdtemp(prefix="greenloop-evidence-"))
    limits = Limits(args.seconds, args.retries, memory_bytes=int(memory_share_bytes(settings)))
    job = job_of(args, settings, commit=args.commit, out=out, limits=limits)
    with open_ports(settings, job, words.ProgressLines(sys.stderr)) as ports:
        base = ports.repository.resolve(args.commit)
        frozen = ports.repository.overlay_of(base, patch) if patch and args.reproducer else {}
        request = RunRequest(
            task=Task(str(args.repo), base, text, "command line"),
            limits=limits,
            engine=ports.engine.name,
            out=str(out),
            test_patch=patch,
            reproducer=reproducer_ids(base, frozen, tuple(args.reproducer), ports.repository),
            seed=args.seed,
            notes=job.notes,
        )
        result = run(request, ports)
    if args.json:
        words.write_json(fix_report(result))
    else:
        words.write_lines(*_summary(result))
    if result.exit in BLOCKING:
        sys.stderr.write(f"greenloop: {blocked_by(result, request.notes)}\n")
        return words.BLOCKED
    return words.WORKED if result.verdict is Verdict.PROVEN else words.ANSWER_IS_NO


def blocked_by(result: Result, notes: tuple[str, ...]) -> str:
    """The last of the reasons, before the notes on the environment that they end with."""
    return result.reasons[len(result.reasons) - len(notes) - 1]


def _summary(result: Result) -> list[str]:
    lines = [f"{result.verdict.value} ({result.exit.value}) after {result.receipt.seconds:.1f} s"]
    lines += [f"  - {reason}" for reason in result.reasons]
    if result.contested:
        lines.append(
            "  - with this change the reproducer passes: whether it or the existing tests are right is yours to say"
        )
    lines += ["", result.diff.rstrip(), ""] if result.diff else []
    return [*lines, f"evidence: {result.bundle}", f"trace: {result.trace_id}"]

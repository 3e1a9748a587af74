"""`verify`: whether somebody's change does what it claims, measured as our own edits are."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from runner.adapters.signing import PublicKey
from runner.budget import Budget
from runner.commands import bundles, words
from runner.commands.job import job_of
from runner.compose import open_ports
from runner.errors import BadInput, TimeSpent
from runner.ledger import Ledger
from runner.models import Limits, Overlay, Spent, Task
from runner.phases.claim import claim_of, with_report
from runner.ports import Ports, Repository
from runner.proof import Judgement, Matrix, Verdict
from runner.settings import Settings
from runner.verify.matrix import Bench
from runner.verify.proof import Claim, Proof, prove
from runner.verify.report import verify_report
from runner.verify.reproducer import NO_TEST_KNOWN

NAME = "verify"
HELP = "prove or refute a change that is already written"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `verify` takes."""
    parser.add_argument("--repo", type=Path, metavar="DIR", help="work tree or bare repository; only read")
    parser.add_argument("--base", metavar="SHA", help="the commit without the change")
    change = parser.add_mutually_exclusive_group(required=True)
    change.add_argument("--head", metavar="SHA", help="the commit with the change")
    change.add_argument("--patch", type=Path, metavar="FILE", help="the change as a unified diff")
    change.add_argument("--bundle", type=Path, metavar="DIR", help="a folder of evidence, checked offline with --key")
    parser.add_argument(
        "--task", metavar="FILE", help="the issue's text; - reads it. Code in it that fails has to work as well"
    )
    words.add_tests(parser)
    parser.add_argument("--seconds", type=float, default=90.0, help="the clock (default: 90)")
    parser.add_argument(
        "--expect", choices=("PROVEN", "REGRESSION-SAFE"), default="PROVEN", help="what exits 0 (default: PROVEN)"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="public key; checks the bundle, or the head's signed evidence as well"
    )
    parser.add_argument(
        "--replay", action="store_true", help="measure a bundle's matrix again in --repo and compare cell by cell"
    )
    words.add_json(parser)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Measure the change; 0 when the verdict is at least what --expect names. Raises Blocking."""
    if args.bundle:
        return bundles.execute(args, settings)
    if args.repo is None or args.base is None:
        raise BadInput("--repo and --base are missing; they name the repository and the commit without the change")
    if args.replay:
        raise BadInput("--replay measures a bundle again; name its folder with --bundle")
    limits = Limits(seconds=args.seconds)
    with tempfile.TemporaryDirectory(prefix="greenloop-verify-") as out:
        job = job_of(args, settings, commit=args.base, out=Path(out, "bundle"), limits=limits)
        with open_ports(replace(settings, engine="search"), job, words.ProgressLines(sys.stderr)) as ports:
            base, head = _sides(args, ports.repository)
            tests = _test_patch(args, base, ports.repository)
            ledger = Ledger(Budget(limits, time.monotonic(), Spent()), ports)
            with ledger.phase("verify", "EVALUATOR", 1) as entry:
                change, modes = ports.repository.changes(base, head), ports.repository.modes(base, head)
                claim = claim_of(base, change, tests, tuple(args.reproducer), ports.repository, modes=modes)
                task = Task(str(args.repo), base, words.read_text(args.task), "command line") if args.task else None
                proof = _prove(claim, task, base, ports, ledger.seconds_left)
                entry.found = proof.judgement.verdict.value
            judgement = _with_evidence(args, _with_note(proof.judgement, claim, tests), ports)
            receipt = ledger.receipt()
    if args.json:
        words.write_json(verify_report(judgement, proof.matrix, proof.guard, proof.stress, receipt))
    else:
        words.write_lines(judgement.verdict.value, *(f"  - {reason}" for reason in judgement.reasons))
    return words.WORKED if judgement.verdict.value in words.good_enough(args.expect) else words.ANSWER_IS_NO


def _sides(args: argparse.Namespace, repository: Repository) -> tuple[str, str]:
    """The base commit, and the commit or tree that has the change."""
    base = repository.resolve(args.base)
    if args.head:
        return base, repository.resolve(args.head)
    return base, repository.patched(base, words.read_text(str(args.patch)))


def _test_patch(args: argparse.Namespace, base: str, repository: Repository) -> Overlay:
    """The tests that are laid over both sides."""
    return repository.overlay_of(base, words.read_text(str(args.test_patch))) if args.test_patch else {}


def _prove(claim: Claim, task: Task | None, base: str, ports: Ports, seconds_left: Callable[[], float]) -> Proof:
    with ports.workspace.checkout(base) as checkout:
        bench = Bench(ports.suite, checkout, seconds_left)
        try:
            wider = with_report(claim, task, bench, ports.repository) if task else claim
            return prove(bench, wider, ports.clock, seed=0)
        except TimeSpent as spent:  # what was measured until then settles nothing
            return Proof(Matrix(), (), Judgement(Verdict.UNPROVEN, (str(spent),)), None)


def _with_note(judgement: Judgement, claim: Claim, tests: Overlay) -> Judgement:
    """The judgement, and that somebody gave a test patch for nothing."""
    if claim.selection.reproducing or not tests:
        return judgement
    return replace(judgement, reasons=(*judgement.reasons, NO_TEST_KNOWN))


def _with_evidence(args: argparse.Namespace, judgement: Judgement, ports: Ports) -> Judgement:
    """The judgement, lowered when the evidence that lies beside the head does not verify with --key."""
    if args.key is None:
        return judgement
    if not args.head:
        raise BadInput("--key checks the evidence of a commit; name it with --head")
    head = ports.repository.resolve(args.head)
    faults = bundles.faults_beside(ports, head, PublicKey(words.read_text(str(args.key))))
    if not faults:
        return Judgement(judgement.verdict, (*judgement.reasons, "the signed evidence of this head verifies"))
    return Judgement(Verdict.UNPROVEN, tuple(f"evidence: {fault}" for fault in faults))

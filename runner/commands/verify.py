"""`verify`: whether somebody's change does what it claims, measured as our own edits are."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from runner.adapters.bundle import verify_bundle
from runner.adapters.signing import PublicKey
from runner.budget import Budget
from runner.commands import words
from runner.compose import Settings, open_ports
from runner.errors import BadInput
from runner.ledger import Ledger
from runner.models import Limits, Overlay, Spent
from runner.ports import Ports
from runner.proof import Judgement, Verdict
from runner.verify.matrix import Bench, Selection
from runner.verify.proof import Claim, Proof, prove
from runner.verify.report import verify_report
from runner.verify.reproducer import changed_tests
from runner.verify.test_paths import is_test_path

NAME = "verify"
HELP = "prove or refute a change that is already written"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `verify` takes."""
    words.add_repository(parser)
    parser.add_argument("--base", required=True, metavar="SHA", help="the commit without the change")
    change = parser.add_mutually_exclusive_group(required=True)
    change.add_argument("--head", metavar="SHA", help="the commit with the change")
    change.add_argument("--patch", type=Path, metavar="FILE", help="the change as a unified diff")
    words.add_tests(parser)
    parser.add_argument("--seconds", type=float, default=90.0, help="the clock (default: 90)")
    parser.add_argument(
        "--expect", choices=("PROVEN", "REGRESSION-SAFE"), default="PROVEN", help="what exits 0 (default: PROVEN)"
    )
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="public key; checks the head's signed evidence as well"
    )
    words.add_json(parser)


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Measure the change; 0 when the verdict is at least what --expect names. Raises Blocking."""
    patch = words.read_text(str(args.patch)) if args.patch else ""
    tests = words.read_text(str(args.test_patch)) if args.test_patch else ""
    limits = Limits(seconds=args.seconds)
    with tempfile.TemporaryDirectory(prefix="greenloop-verify-") as out:
        job = words.job_of(args, settings, commit=args.base, out=Path(out, "bundle"), limits=limits)
        with open_ports(replace(settings, engine="search"), job, words.ProgressLines(sys.stderr)) as ports:
            base = ports.repository.resolve(args.base)
            change = ports.repository.changes(base, ports.repository.resolve(args.head)) if args.head else None
            edits = change if change is not None else ports.repository.overlay_of(base, patch)
            frozen = ports.repository.overlay_of(base, tests) if tests else {}
            ledger = Ledger(Budget(limits, time.monotonic(), Spent()), ports)
            with ledger.phase("verify", "EVALUATOR", 1) as entry:
                claim = _claim(base, edits, frozen, tuple(args.reproducer), ports)
                proof = _prove(base, claim, ports, ledger.seconds_left)
                entry.found = proof.judgement.verdict.value
            judgement = _with_evidence(args, proof.judgement, ports)
            receipt = ledger.receipt()
    if args.json:
        words.write_json(verify_report(judgement, proof.matrix, proof.guard, proof.stress, receipt))
    else:
        words.write_lines(judgement.verdict.value, *(f"  - {reason}" for reason in judgement.reasons))
    return words.WORKED if judgement.verdict.value in _good_enough(args.expect) else words.ANSWER_IS_NO


def _good_enough(expected: str) -> tuple[str, ...]:
    return ("PROVEN",) if expected == "PROVEN" else ("PROVEN", "REGRESSION-SAFE")


def _claim(base: str, edits: Overlay, frozen: Overlay, named: tuple[str, ...], ports: Ports) -> Claim:
    """The change as a claim: its own tests are the reproducer unless a test patch or ids are given."""
    entries = {entry.path: entry for entry in ports.repository.entries(base)}
    known = {path: entries[path].blob_id for path in {**edits, **frozen} if path in entries}
    contents = dict(ports.repository.read(dict.fromkeys(known.values())))
    before = {path: contents[blob_id] for path, blob_id in known.items()}
    own_tests = {path: content for path, content in edits.items() if is_test_path(path)}
    shown = frozen or own_tests
    return Claim(
        edits=edits,
        before={path: frozen.get(path, before.get(path)) for path in edits},
        selection=Selection(named or changed_tests(before, shown), None),
        frozen=shown,
        required=named,
        modes={path: entries[path].mode for path in edits if path in entries},
    )


def _prove(base: str, claim: Claim, ports: Ports, seconds_left: Callable[[], float]) -> Proof:
    with ports.workspace.checkout(base) as checkout:
        return prove(Bench(ports.suite, checkout, seconds_left), claim, ports.clock, seed=0)


def _with_evidence(args: argparse.Namespace, judgement: Judgement, ports: Ports) -> Judgement:
    """The judgement, lowered when the evidence that lies beside the head does not verify with --key."""
    if args.key is None:
        return judgement
    if not args.head:
        raise BadInput("--key checks the evidence of a commit; name it with --head")
    head = ports.repository.resolve(args.head)
    faults = _evidence_faults(ports, head, PublicKey(words.read_text(str(args.key))))
    if not faults:
        return Judgement(judgement.verdict, (*judgement.reasons, "the signed evidence of this head verifies"))
    return Judgement(Verdict.UNPROVEN, tuple(f"evidence: {fault}" for fault in faults))


def _evidence_faults(ports: Ports, head: str, key: PublicKey) -> tuple[str, ...]:
    try:
        evidence = ports.repository.resolve(f"refs/greenloop/evidence/{head}")
    except BadInput as error:
        raise BadInput(
            f"there is no evidence for {head[:12]} here; get it: git fetch origin 'refs/greenloop/*:refs/greenloop/*'"
        ) from error
    entries = ports.repository.entries(evidence)
    contents = dict(ports.repository.read(dict.fromkeys(entry.blob_id for entry in entries)))
    with tempfile.TemporaryDirectory(prefix="greenloop-evidence-") as folder:
        for entry in entries:
            target = Path(folder, entry.path)
            if ".." in entry.path.split("/"):
                return (f"{entry.path} leads out of the bundle",)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents[entry.blob_id])
        return verify_bundle(Path(folder), key)

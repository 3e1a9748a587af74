"""How a bundle of evidence is checked from a shell: its signature, what it says, and on wish its matrix once more."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runner.adapters.bundle import verify_bundle
from runner.adapters.signing import PublicKey
from runner.commands import words
from runner.commands.job import job_of
from runner.compose import open_ports
from runner.errors import BadInput, EvidenceInvalid
from runner.models import Limits, Overlay
from runner.phases.claim import replayed_claim
from runner.ports import Ports
from runner.proof import Judgement, Matrix, Verdict
from runner.settings import Settings
from runner.verify.matrix import Bench
from runner.verify.proof import NO_STRESS, prove
from runner.verify.recorded import Recorded, differences, read_recorded, verdict_faults
from runner.verify.report import bundle_report

GET: Final = "get it: git fetch origin 'refs/greenloop/*:refs/greenloop/*'"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a bundle's folder says of a run: what was measured, on which commit, and the change."""

    recorded: Recorded
    base_commit: str
    tree_sha: str
    diff: str


def execute(args: argparse.Namespace, settings: Settings) -> int:
    """Check the bundle; 0 when it verifies and its verdict is at least what --expect names. Raises Blocking."""
    if args.key is None:
        raise BadInput("--key is missing; `greenloop doctor` of the installation that signed prints the public key")
    if not args.bundle.is_dir():
        raise BadInput(f"{args.bundle} is no folder; name the bundle's folder, as `fix` printed it")
    faults = verify_bundle(args.bundle, PublicKey(words.read_text(str(args.key))))
    stored = read_stored(args.bundle) if not faults else None
    again: Matrix | None = None
    if stored is not None:
        faults = verdict_faults(stored.recorded)
        if args.replay:
            again, contradictions = _replay(args, settings, stored)
            faults += contradictions
    judgement = _judgement(stored, faults, is_replayed=again is not None)
    if args.json:
        words.write_json(bundle_report(judgement, stored.recorded.matrix if stored else Matrix(), again, faults))
    else:
        words.write_lines(judgement.verdict.value, *(f"  - {reason}" for reason in judgement.reasons))
    return words.WORKED if judgement.verdict.value in words.good_enough(args.expect) else words.ANSWER_IS_NO


def read_stored(folder: Path) -> Stored:
    """The parts of a bundle that say what was proven. Raises EvidenceInvalid."""
    try:
        artifacts = json.loads((folder / "artifacts.json").read_text(encoding="utf-8"))
        tree = artifacts["verified_tree"]
        return Stored(
            recorded=read_recorded((folder / "tests.json").read_text(encoding="utf-8")),
            base_commit=artifacts["task"]["base_commit"],
            tree_sha=tree["sha"] if tree else "",
            diff=(folder / "change.diff").read_bytes().decode("utf-8", "surrogateescape"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceInvalid(f"the bundle in {folder} is not whole ({error!r}); get it again") from error


def faults_beside(ports: Ports, head: str, key: PublicKey) -> tuple[str, ...]:
    """What is wrong with the evidence that lies in the repository for a commit. Raises BadInput if there is none."""
    try:
        evidence = ports.repository.resolve(f"refs/greenloop/evidence/{head}")
    except BadInput as error:
        raise BadInput(f"there is no evidence for {head[:12]} here; {GET}") from error
    entries = ports.repository.entries(evidence)
    contents = dict(ports.repository.read(dict.fromkeys(entry.blob_id for entry in entries)))
    with tempfile.TemporaryDirectory(prefix="greenloop-evidence-") as folder:
        files = {entry.path: contents[entry.blob_id] for entry in entries}
        faults = _lay(Path(folder), files) or verify_bundle(Path(folder), key)
        return faults or _other_tree(ports, head, {}, read_stored(Path(folder)))


def _lay(folder: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    for name, content in files.items():
        if ".." in name.split("/"):
            return (f"{name} leads out of the bundle",)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return ()


def _other_tree(ports: Ports, commit: str, change: Overlay, stored: Stored) -> tuple[str, ...]:
    """A fault if the tree is not the one that the evidence is about."""
    sha = ports.repository.tree_sha(commit, change)
    return () if sha == stored.tree_sha else (f"the evidence is about tree {stored.tree_sha[:12]}, not {sha[:12]}",)


def _replay(args: argparse.Namespace, settings: Settings, stored: Stored) -> tuple[Matrix, tuple[str, ...]]:
    """The matrix measured again in a fresh checkout of --repo, and what contradicts the recorded one."""
    if args.repo is None:
        raise BadInput("--replay runs the tests again; name the repository with --repo")
    with tempfile.TemporaryDirectory(prefix="greenloop-replay-") as out:
        limits = Limits(seconds=args.seconds)
        job = job_of(args, settings, commit=stored.base_commit, out=Path(out, "bundle"), limits=limits)
        with open_ports(replace(settings, engine="search"), job, words.ProgressLines(sys.stderr)) as ports:
            base = ports.repository.resolve(stored.base_commit)
            change = ports.repository.overlay_of(base, stored.diff)
            faults = _other_tree(ports, base, change, stored) if stored.tree_sha else ()
            claim = replayed_claim(base, change, stored.recorded.matrix, ports.repository)
            ends_s = time.monotonic() + args.seconds
            with ports.workspace.checkout(base) as checkout:
                bench = Bench(ports.suite, checkout, lambda: ends_s - time.monotonic())
                proof = prove(bench, claim, ports.clock, seed=0, stress_s=NO_STRESS)
    told = differences(stored.recorded.matrix, proof.matrix)
    if proof.judgement.verdict is not stored.recorded.verdict:
        told = (f"measured again it is {proof.judgement.verdict.value}: {proof.judgement.reasons[0]}", *told)
    return proof.matrix, (*faults, *told)


def _judgement(stored: Stored | None, faults: tuple[str, ...], *, is_replayed: bool) -> Judgement:
    """What the evidence says, or that it cannot be believed."""
    if stored is None or faults:
        return Judgement(Verdict.UNPROVEN, tuple(f"evidence: {fault}" for fault in faults))
    held = "the signature covers every file, and the matrix leads to the verdict"
    repeated = ("measured again, every cell came out the same",) if is_replayed else ()
    return Judgement(stored.recorded.verdict, (held, *repeated, *stored.recorded.reasons))

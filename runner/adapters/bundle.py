"""Where a run's evidence lies: one folder, written file by file, sealed at the end, checkable by itself."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from runner.errors import BadInput, EvidenceInvalid

ENVELOPE: Final = "attestation.dsse.json"
FINAL_CERTIFICATE: Final = "certificate-65537.json"
BESIDE: Final = frozenset({ENVELOPE, FINAL_CERTIFICATE})
"""What lies beside the signed set: these speak about it and cannot be in it."""


class Checker(Protocol):
    """A public key."""

    def subjects(self, envelope: str) -> Mapping[str, str]:
        """Name -> SHA-256 of what the envelope covers. Raises EvidenceInvalid unless the key signed it."""

    def facts(self, envelope: str) -> Mapping[str, str]:
        """What the envelope says of the run. Raises EvidenceInvalid unless the key signed it."""


class Signer(Protocol):
    """A private key."""

    def sign(self, digests: Mapping[str, str], facts: Mapping[str, str]) -> str:
        """The signed envelope over the files' digests, as JSON."""


class RunBundle:
    """The port `Bundle`. Makes its folder; raises BadInput if something is in it already."""

    def __init__(self, path: Path, signer: Signer, checker: Checker) -> None:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise BadInput(f"{path} is not empty; a run's bundle needs a folder of its own")
        self.path = str(path)
        self._folder = path
        self._signer = signer
        self._checker = checker

    def write(self, name: str, content: str) -> None:
        """Write one file, wholly or not at all. `name` is a POSIX path inside the bundle.

        Bytes that were no UTF-8 and were read with "surrogateescape" are written as they were.
        """
        target = self._folder / name
        if not target.resolve().is_relative_to(self._folder.resolve()) or name in BESIDE:
            raise BadInput(f"a bundle cannot hold a file named {name!r}; use another name")
        _write_atomically(target, content)

    def seal(self, facts: Mapping[str, str]) -> bool:
        """Sign every file's digest, then verify from the folder alone and write certificate 65537 about it."""
        _write_atomically(self._folder / ENVELOPE, self._signer.sign(_digests(self._folder), facts))
        faults = _signed_faults(self._folder, self._checker)
        _write_atomically(self._folder / FINAL_CERTIFICATE, _certificate(self._folder, facts, faults))
        return not faults


def verify_bundle(folder: Path, checker: Checker) -> tuple[str, ...]:
    """What is wrong with a bundle, judged from its folder and the key alone; empty when nothing is."""
    faults = _signed_faults(folder, checker)
    if faults:
        return faults
    facts = checker.facts((folder / ENVELOPE).read_text(encoding="utf-8"))
    try:
        certificate = (folder / FINAL_CERTIFICATE).read_bytes()
    except OSError:
        return (f"{FINAL_CERTIFICATE} is missing: the bundle was never verified after it was signed",)
    # It lies beside the signed set, but every byte of it follows from the envelope.
    altered = certificate != _certificate(folder, facts, ()).encode()
    return (f"{FINAL_CERTIFICATE} or {ENVELOPE} was altered after signing",) if altered else ()


def _certificate(folder: Path, facts: Mapping[str, str], faults: tuple[str, ...]) -> str:
    """Certificate 65537: the signature over the bundle was checked from its folder alone, and what came of it."""
    envelope_sha256 = hashlib.sha256((folder / ENVELOPE).read_bytes()).hexdigest()
    certificate = {
        "format": 1,
        "rung": 65537,
        "name": "final",
        "passed": not faults,
        "facts": {**facts, "envelope_sha256": envelope_sha256, "faults": "; ".join(faults)},
    }
    return json.dumps(certificate, sort_keys=True, indent=2) + "\n"


def _signed_faults(folder: Path, checker: Checker) -> tuple[str, ...]:
    """What is wrong with the envelope and the files that it covers."""
    try:
        envelope = (folder / ENVELOPE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return (f"{ENVELOPE} is missing or unreadable: the bundle was never sealed",)
    try:
        signed = checker.subjects(envelope)
    except EvidenceInvalid as error:
        return (f"{ENVELOPE}: {error}",)
    found = _digests(folder)
    missing = (f"{name} is signed but missing" for name in sorted(signed.keys() - found.keys()))
    extra = (f"{name} is not covered by the signature" for name in sorted(found.keys() - signed.keys()))
    altered = (
        f"{name} was altered after signing" for name in sorted(signed) if found.get(name, signed[name]) != signed[name]
    )
    return (*missing, *altered, *extra)


def _digests(folder: Path) -> dict[str, str]:
    """Path inside the bundle -> SHA-256, of everything but what lies beside the signed set."""
    return {
        name: _digest(path)
        for path in sorted(folder.rglob("*"))
        if (name := path.relative_to(folder).as_posix()) not in BESIDE and (path.is_symlink() or not path.is_dir())
    }


def _digest(path: Path) -> str:
    # A link is never followed: it could make the bundle's content change outside the bundle.
    return "link" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()


def _write_atomically(target: Path, content: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape"))
        os.chmod(name, 0o644)  # mkstemp makes it 0600; a bundle is there to be read
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise

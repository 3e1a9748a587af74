"""How the files that a test run leaves are read: who wrote them is not trusted."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.errors import BadInput
from runner.proof import Line, TestResult
from runner.verify.junit import read_junit
from runner.verify.script_reports import MISSHAPEN

REPORT_CAP_BYTES: Final = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Witness:
    """A runner's word beside its report: which of its own parts were exchanged, and how many tests failed.

    `began` and `callers` are as in TestRun, `imported` are the source files of the modules that it used.
    """

    changed: tuple[str, ...]
    failed: int
    began: tuple[str, ...] = ()
    callers: tuple[Line, ...] = ()
    imported: tuple[str, ...] = ()


def read_junit_file(path: Path, checkout: Path) -> Mapping[str, TestResult] | None:
    """What a JUnit report says, or None when there is none that can be read."""
    try:
        return read_junit(read_regular_file(path), str(checkout), lambda name: (checkout / name).is_file())
    except (OSError, BadInput):
        return None


def read_text(path: Path) -> str:
    """The file's text; "" where there is none."""
    try:
        return read_regular_file(path).decode("utf-8", "replace")
    except (OSError, BadInput):
        return ""


def read_count(path: Path) -> int:
    """The number in a file; 0 where there is none."""
    said = read_text(path)
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def read_witness(path: Path) -> Witness | None:
    """What the runner said of itself at its end; None where it said nothing that can be read."""
    try:
        said = json.loads(read_regular_file(path))
        callers = tuple((path, int(line)) for path, _, line in (place.rpartition(":") for place in said["callers"]))
        changed, began, imported = (tuple(map(str, said[key])) for key in ("changed", "began", "imported"))
        return Witness(changed, int(said["failed"]), began, callers, imported)
    except (OSError, BadInput, *MISSHAPEN):
        return None


def read_regular_file(path: Path) -> bytes:
    """The file's bytes: a link would show our files, a pipe would make us wait. Raises OSError and BadInput."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput("the report is not a file; look at what the tests do with their working folder")
        content = file.read(REPORT_CAP_BYTES + 1)
    if len(content) > REPORT_CAP_BYTES:
        raise BadInput(f"the report is larger than {REPORT_CAP_BYTES} bytes; select fewer tests")
    return content

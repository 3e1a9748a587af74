"""Which test runners are known: a further one is one file and one line here."""

from __future__ import annotations

from typing import Final

from runner.adapters.suites_command import TemplateRunner
from runner.adapters.suites_invocation import RunnerKind
from runner.adapters.suites_pytest import PytestRunner
from runner.adapters.suites_unittest import UnittestRunner

RUNNERS: Final[tuple[RunnerKind, ...]] = (
    PytestRunner(),
    UnittestRunner(),
    TemplateRunner(),
)
"""Asked in this order, both for a given command and for a repository without one."""

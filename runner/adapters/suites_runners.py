"""Which test runners are known: a further one is one file and one line here."""

from __future__ import annotations

from typing import Final

from runner.adapters.suites_cargo import CargoRunner
from runner.adapters.suites_command import TemplateRunner
from runner.adapters.suites_django import DjangoRunner
from runner.adapters.suites_go import GoRunner
from runner.adapters.suites_invocation import RunnerKind
from runner.adapters.suites_java import GradleRunner, MavenRunner
from runner.adapters.suites_jest import JestRunner
from runner.adapters.suites_mocha import MochaRunner
from runner.adapters.suites_node_test import NodeTestRunner
from runner.adapters.suites_pytest import PytestRunner
from runner.adapters.suites_sympy import SympyRunner
from runner.adapters.suites_tap import TapRunner
from runner.adapters.suites_unittest import UnittestRunner
from runner.adapters.suites_vitest import VitestRunner

RUNNERS: Final[tuple[RunnerKind, ...]] = (
    TemplateRunner(),
    DjangoRunner(),
    SympyRunner(),
    PytestRunner(),
    UnittestRunner(),
    CargoRunner(),
    GoRunner(),
    MavenRunner(),
    GradleRunner(),
    VitestRunner(),
    JestRunner(),
    MochaRunner(),
    TapRunner(),
    NodeTestRunner(),
)
"""Asked in this order, both for a given command and for a repository without one: the particular before the general."""

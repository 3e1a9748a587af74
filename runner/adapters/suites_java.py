"""How Maven and Gradle are run and their JUnit XML collected.

https://maven.apache.org/surefire/maven-surefire-plugin/ and https://docs.gradle.org/current/userguide/java_testing.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, files_of, replay_of
from runner.adapters.suites_report import read_junit_file
from runner.proof import TestResult

SOURCES: Final = ("src/test/java", "src/test/kotlin", "src/test/groovy", "src/test/scala")


class JvmRunner(RunnerKind):
    """A build tool that leaves one JUnit XML file for each test class in the tree."""

    programs: frozenset[str]
    manifests: tuple[str, ...]
    default: tuple[str, ...]
    reports: tuple[str, ...]

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command starts the build tool or its wrapper."""
        return bool(words) and PurePosixPath(words[0]).name in self.programs

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether there is a build file of its kind."""
        return any((checkout / name).is_file() for name in self.manifests)

    def invoke(self, ask: Ask) -> Invocation:
        """The command, with the test classes of a selection."""
        words = ask.words or self.default
        chosen = self.chosen(tuple(_class_of(file) for file in files_of(ask.selection or ())))
        return Invocation((*words, *self.quiet, *chosen), replay_of(words, chosen, {}))

    quiet: tuple[str, ...] = ()

    def chosen(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """The options that select these test classes; none for all."""
        raise NotImplementedError

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:  # noqa: ARG002  # it is in the reports
        """What the reports of this run say; None where it left none."""
        results: dict[str, TestResult] = {}
        files = list(self._fresh_reports(ask))
        for file in files:
            for id_, test in (read_junit_file(file, ask.checkout) or {}).items():
                classname, _, name = id_.partition("::")
                results[f"{_file_of(classname, ask.checkout)}::{name}"] = test
        return results if files else None

    def _fresh_reports(self, ask: Ask) -> Iterator[Path]:
        """Reports that were in the tree before this run say nothing about it."""
        began_ns = ask.folder.stat().st_mtime_ns
        for pattern in self.reports:
            for file in sorted(ask.checkout.glob(pattern)):
                if file.lstat().st_mtime_ns >= began_ns:
                    yield file


class MavenRunner(JvmRunner):
    """Maven with Surefire or Failsafe."""

    name = "maven"
    programs = frozenset({"mvn", "mvnw", "mvnd"})
    manifests = ("pom.xml",)
    default = ("mvn", "test")
    reports = ("**/target/surefire-reports/TEST-*.xml", "**/target/failsafe-reports/TEST-*.xml")
    quiet = ("--batch-mode", "--offline", "--fail-at-end")

    def chosen(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """One -Dtest for all."""
        lenient = ("-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false")
        return (f"-Dtest={','.join(classes)}", *lenient) if classes else ()

    def is_missing(self, output: str) -> bool:
        """What Maven says when it may not download what it needs."""
        return "could not be resolved" in output or "in offline mode" in output


class GradleRunner(JvmRunner):
    """Gradle's test task."""

    name = "gradle"
    programs = frozenset({"gradle", "gradlew"})
    manifests = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
    default = ("gradle", "test")
    reports = ("**/build/test-results/*/TEST-*.xml",)
    quiet = ("--offline", "--continue", "--console=plain", "--no-daemon", "--rerun-tasks")

    def chosen(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """One --tests for each."""
        return tuple(word for name in classes for word in ("--tests", name))

    def is_missing(self, output: str) -> bool:
        """What Gradle says when it may not download what it needs."""
        return "No cached version" in output or "available for offline mode" in output


def _class_of(file: str) -> str:
    """The class that a file of tests defines, as the language has it."""
    for source in SOURCES:
        _, found, below = file.partition(f"{source}/")
        if found:
            return ".".join(PurePosixPath(below).with_suffix("").parts)
    return PurePosixPath(file).stem


def _file_of(classname: str, checkout: Path) -> str:
    """The file of a test class, also of one inside another; the class itself where there is none."""
    path = classname.partition("$")[0].replace(".", "/")
    for source in SOURCES:
        for file in checkout.glob(f"**/{source}/{path}.*"):
            return file.relative_to(checkout).as_posix()
    return classname

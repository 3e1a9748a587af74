"""How `go test` is run and read. https://pkg.go.dev/cmd/go#hdr-Test_packages ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, files_of, replay_of
from runner.adapters.suites_report import read_text
from runner.proof import TestResult
from runner.verify.line_reports import read_go

PATTERN_CAP_CHARS: Final = 8_000
"""More names than fit are run with all of their packages."""


class GoRunner(RunnerKind):
    """Go's tests; a selection runs the packages that it lies in, and of them the tests that it names."""

    name = "go test"
    can_shuffle = True

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command is `go test …`."""
        return bool(words) and PurePosixPath(words[0]).name == "go" and "test" in words

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether there is a Go module."""
        return (checkout / "go.mod").is_file()

    def invoke(self, ask: Ask) -> Invocation:
        """With its events as JSON; nothing is taken from its cache of results."""
        words = ask.words or ("go", "test", "./...")
        at = words.index("test") + 1
        order = () if ask.shuffle_seed is None else (f"-shuffle={ask.shuffle_seed}",)
        packages: tuple[str, ...] = ()
        options = words[at:]
        if ask.selection is not None:
            options = tuple(word for word in options if not word.startswith("./"))
            packages = tuple(dict.fromkeys(f"./{PurePosixPath(file).parent}" for file in files_of(ask.selection)))
            options = (*options, *_named(ask.selection))
        argv = (*words[:at], "-json", "-count=1", *order, *options, *packages)
        replay = replay_of((*words[:at], *options), packages, {})
        return Invocation(argv, replay, {"GOPROXY": "off"})

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:
        """What its events say; None where it printed none."""
        lines = output.splitlines()
        if not any(line.startswith("{") for line in lines):
            return None
        module = re.search(r"^module\s+(\S+)", read_text(ask.checkout / "go.mod"), re.MULTILINE)
        return read_go(lines, _Places(ask.checkout, module[1] if module else ""), str(ask.checkout))


def _named(selection: tuple[str, ...]) -> tuple[str, ...]:
    """The option for the tests of a selection; none where whole files are in it, or too many to be told."""
    names = dict.fromkeys(id_.split("::")[1] for id_ in selection if "::" in id_)
    pattern = f"-run=^({'|'.join(names)})$"
    is_told = all("::" in id_ for id_ in selection) and len(pattern) <= PATTERN_CAP_CHARS
    return (pattern,) if names and is_told else ()


class _Places:
    """Where a module's tests are defined; each package's files are read once."""

    def __init__(self, checkout: Path, module: str) -> None:
        self._checkout = checkout
        self._module = module
        self._texts: dict[str, dict[str, str]] = {}

    def __call__(self, package: str, test: str) -> str:
        """The file of the package that defines the test; the package's folder where there is none."""
        folder = package.removeprefix(self._module).strip("/")
        if folder not in self._texts:
            found: list[Path] = []
            with suppress(OSError):  # a test can name a package as long as it likes
                found = sorted((self._checkout / folder).glob("*_test.go"))
            self._texts[folder] = {str(PurePosixPath(folder, file.name)): read_text(file) for file in found}
        files = self._texts[folder]
        definition = f"func {test}(" if test else ""
        return next((path for path, text in files.items() if definition in text), folder or ".")

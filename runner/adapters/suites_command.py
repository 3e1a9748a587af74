"""How any command that writes JUnit XML is run: it says where in a {junit} placeholder."""

from __future__ import annotations

from typing import Final

from runner.adapters.suites_invocation import Ask, Invocation, RunnerKind, fitting, replay_of

JUNIT: Final = "{junit}"
TESTS: Final = "{tests}"


class TemplateRunner(RunnerKind):
    """A command with {junit}, and {tests} where a selection goes; without {tests} it always runs all."""

    name = "command"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command says where its report goes."""
        return any(JUNIT in word for word in words)

    def invoke(self, ask: Ask) -> Invocation:
        """The command with its placeholders filled."""
        selection = fitting(ask.selection or ())
        argv = _fill(ask.words, str(ask.junit), selection)
        return Invocation(argv, replay_of(_fill(ask.words, "junit.xml", selection), (), {}))


def _fill(words: tuple[str, ...], junit: str, selection: tuple[str, ...]) -> tuple[str, ...]:
    filled: list[str] = []
    for word in words:
        filled += selection if word == TESTS else [word.replace(JUNIT, junit)]
    return tuple(filled)

"""Everything that can go wrong in a run, as one tree whose messages say what to do next. Pure.

RunnerError
├── Blocking                the run cannot start or go on; exit status 2 on the command line
│   ├── BadInput            what was asked for is malformed
│   │   ├── PlanInvalid     plan.json breaks its schema; carries every fault
│   │   └── EvidenceInvalid a bundle does not verify
│   ├── MissingTool         a program this needs is not on the machine
│   └── EnvironmentMissing  the repository's tests have nothing to run in
├── EngineFailure           the engine could not be asked or gave nothing usable
│   ├── EngineUnreachable
│   └── ReplyMalformed
├── EditRejected            edits do not apply; carries every fault; nothing was written
├── HookBlocked             a configured hook command ended with exit code 2
├── OutdatedTests           the engine leaves to a person which is right, its change or existing tests
└── BudgetSpent             a limit was reached
    ├── TimeSpent
    └── MemorySpent
"""

from __future__ import annotations

from runner.models import Usage


class RunnerError(Exception):
    """Base of all errors that runner raises on purpose."""


class Blocking(RunnerError):
    """The run cannot start or go on; somebody has to change something first."""


class BadInput(Blocking):
    """What was asked for is malformed; the message names the part and its mend."""


class PlanInvalid(BadInput):
    """plan.json breaks its schema. `faults` holds all of them, each as "JSON path: what is wrong"."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(f"plan.json has {len(faults)} fault(s); mend each: " + "; ".join(faults))
        self.faults = faults


class EvidenceInvalid(BadInput):
    """A bundle does not verify; the message names the file or signature that breaks it."""


class MissingTool(Blocking):
    """A program is not on this machine; the message holds the command that installs it."""


class EnvironmentMissing(Blocking):
    """The repository's tests have nothing to run in; the message says what to configure."""


class EngineFailure(RunnerError):
    """The engine could not be asked or gave nothing usable. `usage` is what it took all the same."""

    usage = Usage()


class EngineUnreachable(EngineFailure):
    """Nothing answers where the engine should be; the message says how to start it."""


class ReplyMalformed(EngineFailure):
    """The engine's reply cannot be read; the message is fit to be fed back to it, and so is the reply (`answer`)."""

    def __init__(self, message: str, answer: str = "", usage: Usage = Usage()) -> None:  # noqa: B008 -- frozen
        super().__init__(message)
        self.answer = answer
        self.usage = usage


class EditRejected(RunnerError):
    """The edits of an attempt do not apply; none of them was applied. `faults` and `answer` are fit to be fed back."""

    def __init__(self, faults: tuple[str, ...], answer: str = "", usage: Usage = Usage()) -> None:  # noqa: B008 -- frozen
        super().__init__("the edits were not applied: " + "; ".join(faults))
        self.faults = faults
        self.answer = answer
        self.usage = usage


class HookBlocked(RunnerError):
    """A hook command ended with exit code 2; `output` is what it printed, to be fed back."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"the hook `{command}` blocked the attempt: {output.strip()}")
        self.command = command
        self.output = output


class OutdatedTests(RunnerError):
    """The engine makes no other change: existing tests ask for what the task calls wrong; the message says why."""


class BudgetSpent(RunnerError):
    """A limit of the run was reached."""


class TimeSpent(BudgetSpent):
    """The run's clock has run out."""


class MemorySpent(BudgetSpent):
    """The job's process tree reached its share of the machine's memory."""

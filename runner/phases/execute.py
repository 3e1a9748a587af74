"""One attempt at the plan: read, ask the engine, apply, check, test what is nearest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.edits.apply import apply_edits, digest, encode
from runner.edits.syntax import syntax_faults
from runner.errors import EditRejected, EngineFailure, OutdatedTests
from runner.models import BlobEntry, Edit, EngineContext, Overlay, Proposal, Usage
from runner.plan_schema import in_order
from runner.ports import Checkout, Ports
from runner.proof import RunOutcome, TestRun
from runner.verify.protected import protection

READ_CAP_BYTES = 1_000_000
"""Larger files are left out of what an engine sees."""

MOST_LOOKS = 2
"""How often an engine may ask for code in an attempt."""

LEAST_TO_ASK_S = 30.0
"""With less of its time an engine has to answer: a second look would take the place of its edits."""

TESTS_READ = 8
"""Of so many failing tests the files are read: more than a prompt shows."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt made: the source overlay, the run of the decisive tests on it, and the engine's answer."""

    overlay: Overlay
    run: TestRun
    proposal: Proposal
    debt: frozenset[str] = frozenset()

    @property
    def is_green(self) -> bool:
        """Whether the decisive tests pass, but for those that failed before and are not asked for."""
        if self.run.outcome is RunOutcome.RED:
            return bool(self.debt) and set(self.run.failing) <= self.debt
        return self.run.outcome is RunOutcome.GREEN


@dataclass(frozen=True, slots=True)
class Trial:
    """What an attempt needs besides the engine's context.

    `frozen` are the reproducer's files, `decisive` the test ids that have to be green (None: all) but for `debt`,
    which failed before; `queue` holds what an earlier proposal named as plausible, to be tried before the engine is
    asked again; `look` makes the context in which an engine sees the code that it asked for. `charge` hears what every
    call used, `begin` the digest of the change before anything of it is run.
    """

    checkout: Checkout
    entries: Mapping[str, BlobEntry]
    frozen: Overlay
    decisive: tuple[str, ...] | None
    debt: frozenset[str]
    queue: Sequence[Proposal]
    look: Callable[[Sequence[str]], EngineContext]
    charge: Callable[[Usage], None]
    begin: Callable[[str], None]


def execute(context: EngineContext, trial: Trial, ports: Ports, time_out: Callable[[], float]) -> Tried:
    """Run the plan's DAG: scan steps in parallel, mutate steps one at a time.

    `time_out` gives the seconds that a run of the tests may take from now on: the engine has its share first.
    Raises EditRejected or HookBlocked (both fit to be fed back), EngineFailure, TimeSpent.
    """
    proposal = Proposal((), "")
    for wave in in_order(context.plan.steps):
        scans = [path for step in wave if step.action == "read" for path in step.paths]
        context = replace(context, files={**context.files, **read_texts(scans, trial.entries, ports)})
        if any(step.action == "edit" for step in wave):
            context, proposal = _answered(context, trial, ports)
    overlay = _overlay(context, trial, proposal.edits)
    trial.checkout.switch({**overlay, **trial.frozen})
    ports.hooks.check(trial.checkout.root, time_out())
    trial.checkout.switch({**overlay, **trial.frozen})
    run = ports.suite.run(trial.checkout.root, trial.decisive, timeout_s=time_out())
    return Tried(overlay, run, proposal, trial.debt)


def read_texts(paths: Sequence[str], entries: Mapping[str, BlobEntry], ports: Ports) -> dict[str, str]:
    """The texts of those paths that exist, are not binary and not huge, read in the scan pool."""
    wanted = [p for p in dict.fromkeys(paths) if p in entries and entries[p].size_bytes <= READ_CAP_BYTES]

    def read(path: str) -> bytes:
        return next(content for _, content in ports.repository.read([entries[path].blob_id]))

    contents = zip(wanted, ports.scan.map(read, wanted), strict=True)
    return {path: raw.decode("utf-8", "surrogateescape") for path, raw in contents if b"\0" not in raw[:8000]}


def files_of_tests(
    ids: Sequence[str], frozen: Overlay, entries: Mapping[str, BlobEntry], ports: Ports
) -> dict[str, str]:
    """The texts of the files that the first of these tests stand in, as they run."""
    paths = dict.fromkeys(id_.partition("::")[0] for id_ in ids[:TESTS_READ])
    return texts_as_run(paths, frozen, entries, ports)


def texts_as_run(
    paths: Iterable[str], frozen: Overlay, entries: Mapping[str, BlobEntry], ports: Ports
) -> dict[str, str]:
    """The texts of these files as the tests find them: the reproducer's own in place of the base's."""
    wanted = list(paths)
    read = read_texts([path for path in wanted if path not in frozen], entries, ports)
    ours = {path: (frozen[path] or b"").decode("utf-8", "surrogateescape") for path in wanted if path in frozen}
    return {**read, **ours}


def _answered(context: EngineContext, trial: Trial, ports: Ports) -> tuple[EngineContext, Proposal]:
    """The engine's edits and what it saw: asked again with the code that it wants, twice while there is time for it."""
    proposal = _propose(context, trial, ports)
    for look in range(1, MOST_LOOKS + 1):
        if proposal.wanted:
            context = replace(trial.look(proposal.wanted), seen=proposal.shown)
            context = replace(context, may_ask=look < MOST_LOOKS and context.seconds_left >= LEAST_TO_ASK_S)
            proposal = _with_both(proposal, _propose(context, trial, ports))
    if proposal.wanted:
        raise EditRejected(("the engine goes on asking for code and makes no edit",))
    return context, proposal


def _propose(context: EngineContext, trial: Trial, ports: Ports) -> Proposal:
    for waiting in trial.queue:
        if digest(encode(apply_edits(waiting.edits, context.files))) not in context.tried:
            return waiting
    trial.checkout.switch(trial.frozen)
    with ports.tracer.span(f"engine {ports.engine.name}", "LLM") as span:
        span.content("input.value", "\n\n".join(context.feedback))
        try:
            proposal = ports.engine.propose(context)
        except EngineFailure as failure:
            trial.charge(failure.usage)
            span.fail(str(failure))
            raise
        except EditRejected as failure:
            trial.charge(failure.usage)
            raise
        trial.charge(proposal.usage)
        span.set("llm.token_count.prompt", proposal.usage.tokens_in)
        span.set("llm.token_count.completion", proposal.usage.tokens_out)
        span.content("output.value", proposal.reasoning)
        for key, value in proposal.facts.items():
            span.set(f"greenloop.engine.{key}", value)
    if proposal.objection:
        told = f"the engine says that the tests lost with attempt {context.best} ask for what the task calls wrong"
        raise OutdatedTests(f"{told}: {proposal.objection}")
    if not (proposal.edits or proposal.wanted):
        raise EditRejected((proposal.reasoning or "the engine found no edit",))
    return proposal


def _with_both(asking: Proposal, answer: Proposal) -> Proposal:
    """The answer, with what both calls used and the code that was asked for."""
    before = [str(asking.facts["asked_for"])] if "asked_for" in asking.facts else []
    facts = {**answer.facts, "asked_for": "; ".join([*before, *asking.wanted])}
    return replace(answer, usage=asking.usage + answer.usage, facts=facts)


def _overlay(context: EngineContext, trial: Trial, edits: Sequence[Edit]) -> dict[str, bytes | None]:
    faults = [fault for edit in edits for fault in _path_faults(edit.path, context, trial)]
    if faults:
        raise EditRejected(tuple(dict.fromkeys(faults)))
    changed = apply_edits(edits, context.files)
    if faults := list(syntax_faults(changed, context.files)):
        raise EditRejected(tuple(faults))
    overlay = encode(changed)
    if (name := digest(overlay)) in context.tried:
        raise EditRejected(("exactly this change was tried before; do something else",))
    trial.begin(name)
    return overlay


def _path_faults(path: str, context: EngineContext, trial: Trial) -> list[str]:
    faults = []
    if reason := protection(path):
        faults.append(f"{path}: {reason}; no edit may touch it")
    elif path in trial.frozen:
        faults.append(f"{path}: holds the reproducing test, which is frozen")
    elif path not in context.plan.files:
        faults.append(f"{path}: not among the plan's files ({', '.join(context.plan.files)})")
    elif path in trial.entries and trial.entries[path].mode not in ("100644", "100755"):
        faults.append(f"{path}: a symbolic link cannot be edited")
    return faults

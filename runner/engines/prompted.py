"""An engine made of a text model and two prompts: one asks for the plan, one for the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath
from textwrap import shorten
from typing import Any, Protocol

import jinja2

from runner.budget import estimate_tokens
from runner.edits.apply import against
from runner.edits.feedback import fitting, state_name
from runner.edits.parse import parse_reply
from runner.engines.asking import OTHERS_CAP_BYTES, asked_lines, called, in_turn, read_wanted, render_others
from runner.engines.excerpts import moved, render_excerpts, unshown
from runner.engines.failing import last_lines, render_failing, render_lost
from runner.engines.issue import condensed
from runner.engines.objecting import may_object, read_objection
from runner.engines.planned import planned_first
from runner.engines.rerank import SCHEMA as SCHEMA_OF_ORDER
from runner.engines.rerank import candidates_of, read_order, render_question
from runner.engines.write_test import read_test, render_request
from runner.errors import BudgetSpent, EditRejected, ReplyMalformed, TimeSpent
from runner.localise.kinds import language_of
from runner.models import DraftTest, EngineContext, Limits, Localisation, Plan, Proposal, Slice, Task, TestWanted, Usage
from runner.plan_schema import SCHEMA, load_plan

TASK_CAP_BYTES = 3000
UNMET_CAP_BYTES = 200
UNTESTED_CAP_CHARS = 400
UNKNOWN_CAP_CHARS = 200
LINE_TOKENS = 14.0
"""What a line of code takes with its number, about."""
FEEDBACK_CAP_BYTES = 2000
LEAST_S = 1.0
"""With fewer seconds left a model is not asked."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer, its own counts of tokens, and whether it had to stop before its end."""

    text: str
    usage: Usage
    is_cut: bool = False


class TextModel(Protocol):
    """Turns a prompt into text."""

    name: str

    def check(self) -> str:
        """One line that says what answers. Raises EngineUnreachable with what to do."""

    def complete(
        self, prompt: str, *, schema: Mapping[str, Any] | None, temperature: float, timeout_s: float
    ) -> Completion:
        """The model's answer, shaped by a JSON schema if one is given. Raises EngineFailure or TimeSpent."""


class PromptedEngine:
    """Asks a text model for plan and edits; what it answers is read by runner.edits, never trusted."""

    def __init__(self, model: TextModel, templates: Mapping[str, str], limits: Limits, python: str = "") -> None:
        """`templates` maps "plan.j2", "rerank.j2", "reproduce.j2" and "edit.j2" to their texts.

        `python` is the version that the repository's Python code runs on, where that is known: "3.8".
        """
        environment = jinja2.Environment(  # noqa: S701 -- prompts are text, not HTML
            loader=jinja2.DictLoader(templates),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["python"] = python
        self.name = model.name
        self._model = model
        self._plan = environment.get_template("plan.j2")
        self._rerank = environment.get_template("rerank.j2")
        self._reproduce = environment.get_template("reproduce.j2")
        self._edit = environment.get_template("edit.j2")
        self._limits = limits

    def check(self) -> str:
        """One line that says what answers. Raises EngineUnreachable with what to do."""
        return self._model.check()

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:  # noqa: ARG002 -- the port's
        """The model's plan where more of the same is no use, else none: a plan takes as long as an attempt.

        Raises PlanInvalid with every fault, EngineFailure, BudgetSpent, TimeSpent.
        """
        if not context.is_stuck:
            return None, Usage()
        prompt, _ = self._within_budget(self._plan, context)
        answer = self._ask(prompt, context.seconds_left, schema=SCHEMA, temperature=context.parameters.temperature)
        return load_plan(_object_in(answer.text), context.files), answer.usage

    def rerank(self, task: Task, found: Localisation, *, timeout_s: float) -> tuple[tuple[str, ...], Usage]:
        """The model's order of the best files, in one small call. Raises ReplyMalformed, EngineFailure, TimeSpent."""
        candidates = candidates_of(found)
        if len(candidates) < 2:
            return (), Usage()
        prompt = render_question(self._rerank.render, task, candidates, self._limits.prompt_tokens)
        answer = self._ask(prompt, timeout_s, schema=SCHEMA_OF_ORDER)
        return read_order(answer.text, [candidate.path for candidate in candidates]), answer.usage

    def write_test(self, wanted: TestWanted, *, timeout_s: float) -> DraftTest:
        """The model's test file, or what it asks to see before.

        Raises ReplyMalformed fit to be told, EngineFailure, BudgetSpent, TimeSpent.
        """
        prompt = render_request(self._reproduce.render, wanted, self._limits.prompt_tokens)
        answer = self._ask(prompt, timeout_s)
        if words := read_wanted(answer.text) if wanted.may_ask else ():
            return DraftTest("", answer.usage, words)
        try:
            return DraftTest(read_test(answer.text, wanted.path), answer.usage)
        except ReplyMalformed as failure:
            raise ReplyMalformed(str(failure), answer.text, answer.usage) from failure

    def propose(self, context: EngineContext) -> Proposal:
        """The model's edits, or what it asks to see before.

        Raises ReplyMalformed or EditRejected fit to be fed back, EngineFailure, TimeSpent.
        """
        prompt, shown = self._within_budget(self._edit, context)
        answer = self._ask(prompt, context.seconds_left, temperature=context.parameters.temperature)
        if wanted := read_wanted(answer.text) if context.may_ask else ():
            return Proposal((), "", usage=answer.usage, shown=shown, wanted=wanted)
        if objection := read_objection(answer.text, context.lost):
            return Proposal((), "", usage=answer.usage, shown=shown, objection=objection)
        state = _state(context)
        try:
            edits = against(context.files, state, parse_reply(answer.text, {**context.files, **state}))
        except ReplyMalformed as failure:
            raise ReplyMalformed(str(failure), answer.text, answer.usage) from failure
        except EditRejected as failure:
            raise EditRejected(failure.faults, answer.text, answer.usage) from failure
        reasoning = "; ".join(dict.fromkeys(edit.reasoning for edit in edits))
        return Proposal(edits=edits, reasoning=reasoning, usage=answer.usage, shown=shown)

    def _ask(
        self, prompt: str, seconds: float, *, schema: Mapping[str, Any] | None = None, temperature: float = 0.0
    ) -> Completion:
        """One call, if clock and tokens allow it. Raises TimeSpent, BudgetSpent, ReplyMalformed, EngineFailure."""
        tokens = estimate_tokens(prompt)
        if tokens > self._limits.prompt_tokens:
            raise BudgetSpent(f"the prompt takes {tokens} tokens; its limit is {self._limits.prompt_tokens}")
        if seconds < LEAST_S:
            raise TimeSpent(f"{seconds:.1f} s are too few to ask {self.name} once more; allow more with --seconds")
        answer = self._model.complete(prompt, schema=schema, temperature=temperature, timeout_s=seconds)
        if answer.is_cut:
            told = "the answer was cut because it is too long; write the edits alone, as short as can be"
            raise ReplyMalformed(told, usage=answer.usage)
        return answer

    def _within_budget(self, template: jinja2.Template, context: EngineContext) -> tuple[str, tuple[Slice, ...]]:
        """The prompt with as much code as its token budget holds, and which slices that are.

        Raises BudgetSpent when even none is too much.
        """
        cap = min(context.parameters.prompt_tokens, self._limits.prompt_tokens)
        run = context.at_start or context.reproducing
        first = _first_file(context)
        values = {
            "suffix": PurePosixPath(first).suffix,
            "language": language_of(first),
            "text": condensed(context.task.text, TASK_CAP_BYTES),
            "plan": context.plan,
            "failing": render_failing(run, context.test_files, context.compared),
            "feedback": fitting(context.feedback, FEEDBACK_CAP_BYTES),
            "lost": render_lost(context.lost, context.test_files) if may_object(context.lost) else "",
            "best": context.best,
            "untested": shorten(context.untested, UNTESTED_CAP_CHARS),
            "state": state_name(context.start) if context.start else "",
            "may_ask": context.may_ask,
            "unknown": shorten("; ".join(context.unknown), UNKNOWN_CAP_CHARS),
        }
        extra = {"others": "x" * OTHERS_CAP_BYTES, "unmet": "x" * (UNMET_CAP_BYTES if context.asked else 0)}
        frame_tokens = estimate_tokens(template.render(values, code="", room_lines=999, **extra))
        if frame_tokens >= cap:
            raise BudgetSpent(f"the prompt takes {frame_tokens} tokens before any code; its limit is {cap}")
        texts = {**context.files, **_state(context)}
        room_lines = (cap - frame_tokens) / LINE_TOKENS
        slices = in_turn(context.asked, context.slices, room_lines, last_lines(run), context.seen)
        slices = planned_first(slices, context.plan, context.files)
        code = render_excerpts(
            moved(slices, context.files, texts),
            texts,
            token_cap=cap - frame_tokens,
            most=context.parameters.slices_shown + len({(one.path, one.name) for one in context.asked}),
            eager=sum(1 for _ in takewhile(frozenset(context.asked).__contains__, slices)),
        )
        shown = {(slice_.path, slice_.name) for slice_ in code.slices}
        unmet = unshown(moved(context.asked, context.files, texts), code, texts)
        others = render_others(called(code, texts, context.asked), context.slices, code.slices)
        extra = {"others": others, "unmet": shorten(unmet, UNMET_CAP_BYTES)}
        prompt = template.render(values, code=code.text, room_lines=asked_lines(room_lines, context.asked), **extra)
        return prompt, tuple(s for s in context.slices if (s.path, s.name) in shown)


def _first_file(context: EngineContext) -> str:
    """The best file that may change; of what is shown alone the tests come first where they were asked for."""
    paths = [slice_.path for slice_ in context.slices]
    return next((path for path in paths if path in context.plan.files), next(iter(paths), ""))


def _object_in(text: str) -> str:
    """The JSON object in a reply, without a fence or words around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _state(context: EngineContext) -> Mapping[str, str]:
    """The files that differ from the base where the model goes on from."""
    return context.near_miss if context.start else {}

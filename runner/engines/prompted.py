"""An engine made of a text model and two prompts: one asks for the plan, one for the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jinja2

from runner.budget import estimate_tokens
from runner.edits.feedback import cut
from runner.edits.parse import parse_reply
from runner.engines.excerpts import render_excerpts
from runner.errors import BudgetSpent
from runner.models import EngineContext, Limits, Plan, Proposal, Task, Usage
from runner.plan_schema import SCHEMA, load_plan

TASK_CAP_BYTES = 3000
FEEDBACK_CAP_BYTES = 2800


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer and its own counts of tokens."""

    text: str
    usage: Usage


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

    def __init__(self, model: TextModel, templates: Mapping[str, str], limits: Limits) -> None:
        """`templates` maps "plan.j2" and "edit.j2" to their texts."""
        environment = jinja2.Environment(  # noqa: S701 -- prompts are text, not HTML
            loader=jinja2.DictLoader(templates),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.name = model.name
        self._model = model
        self._plan = environment.get_template("plan.j2")
        self._edit = environment.get_template("edit.j2")
        self._limits = limits

    def check(self) -> str:
        """One line that says what answers. Raises EngineUnreachable with what to do."""
        return self._model.check()

    def plan(self, task: Task, context: EngineContext) -> tuple[Plan | None, Usage]:
        """The model's plan. Raises PlanInvalid with every fault, EngineFailure, TimeSpent."""
        prompt = self._within_budget(self._plan, context, title=task.title)
        answer = self._model.complete(
            prompt, schema=SCHEMA, temperature=context.parameters.temperature, timeout_s=context.seconds_left
        )
        return load_plan(answer.text, context.files), answer.usage

    def propose(self, context: EngineContext) -> Proposal:
        """The model's edits. Raises ReplyMalformed fit to be fed back, EngineFailure, TimeSpent."""
        prompt = self._within_budget(self._edit, context, title=context.task.title)
        answer = self._model.complete(
            prompt, schema=None, temperature=context.parameters.temperature, timeout_s=context.seconds_left
        )
        edits = parse_reply(answer.text, context.files)
        return Proposal(edits=edits, reasoning="; ".join(e.reasoning for e in edits), usage=answer.usage)

    def _within_budget(self, template: jinja2.Template, context: EngineContext, *, title: str) -> str:
        """The prompt with as much code as its token budget holds. Raises BudgetSpent when even none is too much."""
        cap = min(context.parameters.prompt_tokens, self._limits.prompt_tokens)
        values = {
            "title": title,
            "text": cut(context.task.text, TASK_CAP_BYTES),
            "plan": context.plan,
            "failures": _failures(context),
            "feedback": cut("\n\n".join(context.feedback), FEEDBACK_CAP_BYTES),
        }
        frame_tokens = estimate_tokens(template.render(values, code=""))
        if frame_tokens >= cap:
            raise BudgetSpent(f"the prompt takes {frame_tokens} tokens before any code; its limit is {cap}")
        slices = context.slices[: context.parameters.slices_shown]
        code = render_excerpts(slices, context.files, token_cap=cap - frame_tokens)
        return template.render(values, code=code)


def _failures(context: EngineContext) -> tuple[tuple[str, str], ...]:
    run = context.reproducing
    return tuple((id_, cut(run.tests[id_].message, 500)) for id_ in run.failing[:3]) if run else ()

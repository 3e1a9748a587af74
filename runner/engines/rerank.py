"""How a text model is asked to put the best files in order, and how its answer is read: never trusted. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runner.budget import estimate_tokens
from runner.edits.feedback import cut
from runner.engines.issue import condensed
from runner.errors import BudgetSpent, ReplyMalformed
from runner.models import Localisation, Task

MOST_FILES: Final = 20
NAMES_SHOWN: Final = 4
REASON_CAP_BYTES: Final = 160
TASK_CAP_BYTES: Final = 4000
PROMPT_CAP_TOKENS: Final = 4000
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file as the model sees it: its path, its best definitions' names, and why the best of them was found."""

    path: str
    names: tuple[str, ...]
    reason: str


def candidates_of(found: Localisation) -> tuple[Candidate, ...]:
    """The best files with what is known of them without reading them again."""
    return tuple(_candidate(path, found) for path, _ in found.files[:MOST_FILES])


def _candidate(path: str, found: Localisation) -> Candidate:
    slices = [slice_ for slice_ in found.slices if slice_.path == path]
    names = dict.fromkeys(slice_.name for slice_ in slices if not slice_.name.startswith("<"))
    return Candidate(path, tuple(names)[:NAMES_SHOWN], cut(slices[0].why if slices else "", REASON_CAP_BYTES))


def render_question(render: Callable[..., str], task: Task, candidates: Sequence[Candidate], cap_tokens: int) -> str:
    """The prompt, with as many candidates, best first, as fit. Raises BudgetSpent when not even two do."""
    cap = min(cap_tokens, PROMPT_CAP_TOKENS)
    text = condensed(task.text, TASK_CAP_BYTES)
    for count in range(len(candidates), 1, -1):
        prompt = render(text=text, candidates=candidates[:count])
        if estimate_tokens(prompt) <= cap:
            return prompt
    raise BudgetSpent(f"no two files fit in a prompt of {cap} tokens; allow more, or there is nothing to order")


def read_order(reply: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The known paths that a reply names, in its order, each once; JSON, list or prose.

    Paths that were not asked about are passed over. Raises ReplyMalformed when none is left.
    """
    known = sorted(paths, key=len, reverse=True)
    any_of = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, known))})(?![\w/-])")
    order = tuple(dict.fromkeys(any_of.findall(reply.replace("\\/", "/")))) if known else ()
    if not order:
        raise ReplyMalformed("the reply names none of the files that it was to put in order")
    return order

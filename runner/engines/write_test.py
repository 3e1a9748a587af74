"""How a text model is asked for a test that shows a defect, and how its answer is read: never trusted. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Final

from runner.budget import estimate_tokens
from runner.edits.feedback import cut
from runner.engines.excerpts import render_excerpts
from runner.engines.issue import condensed
from runner.errors import BudgetSpent, ReplyMalformed
from runner.models import TestWanted
from runner.verify.python_tests import parse, tests_in

TASK_CAP_BYTES: Final = 4000
DEFINITIONS_SHOWN: Final = 10
REFUSED_CAP_BYTES: Final = 2600
CODE_SHARE: Final = 0.6
"""The most of a prompt's tokens that code may take: the issue and the example say more about a test."""
FENCE: Final = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n(.*?)^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)


def render_request(render: Callable[..., str], wanted: TestWanted, cap_tokens: int) -> str:
    """The prompt, with as much code as fits. Raises BudgetSpent when not even the issue and the example do."""
    values = {
        "text": condensed(wanted.task.text, TASK_CAP_BYTES),
        "path": wanted.path,
        "example_path": wanted.example_path,
        "example": wanted.example,
        "refused": cut(wanted.refused, REFUSED_CAP_BYTES),
        "may_ask": wanted.may_ask,
        "unknown": "; ".join(wanted.unknown),
    }
    # With some code, since that brings a heading of its own.
    frame_tokens = estimate_tokens(render(**values, code="-"))
    if frame_tokens >= cap_tokens:
        raise BudgetSpent(f"the prompt takes {frame_tokens} tokens before any code; its limit is {cap_tokens}")
    room = min(cap_tokens - frame_tokens, int(CODE_SHARE * cap_tokens))
    most = DEFINITIONS_SHOWN + len({(one.path, one.name) for one in wanted.asked})
    code = render_excerpts(wanted.slices, wanted.files, token_cap=room, most=most, eager=len(wanted.asked))
    return render(**values, code=code.text)


def read_test(reply: str, path: str) -> str:
    """The test file's text: the longest fenced block, or the whole reply where there is none.

    Raises ReplyMalformed when a Python file does not parse or defines no test.
    """
    blocks = [match[2] for match in FENCE.finditer(reply.replace("\r\n", "\n"))]
    text = textwrap.dedent(max(blocks, key=len, default=reply)).strip("\n") + "\n"
    if not text.strip():
        raise ReplyMalformed("the reply holds no code; answer with the whole test file in one fenced block")
    if not path.endswith(".py"):
        return text
    if parse(text.encode()) is None:
        raise ReplyMalformed("the test file is no valid Python; write it out whole in one fenced block")
    if not tests_in(path, text.encode()):
        raise ReplyMalformed("the file defines no function whose name begins with `test`")
    return text

"""How a model says that existing tests ask for what the task calls wrong, in place of another change. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from runner.edits.feedback import cut
from runner.engines.asking import EDITS
from runner.errors import ReplyMalformed

OUTDATED: Final = re.compile(r"^[\s>*`-]*OUTDATED:\s*(?P<said>\S.*?)[\s`*]*$", re.MULTILINE)
MOST_OUTDATED: Final = 5
"""A change that loses more tests is no small change of what they ask for."""
SAID_CAP_BYTES: Final = 400


def may_object(lost: Collection[str]) -> bool:
    """Whether so many lost tests can be left to a person."""
    return 0 < len(lost) <= MOST_OUTDATED


def read_objection(reply: str, lost: Collection[str]) -> str:
    """What a reply says of the lost tests, all of them; nothing where it holds edits, or says nothing of any.

    Raises ReplyMalformed where one of several is left out.
    """
    said = [] if EDITS.search(reply) else [match["said"] for match in OUTDATED.finditer(reply)]
    if not said or not may_object(lost):
        return ""
    forgotten = [id_ for id_ in lost if not any(id_.rpartition("::")[2] in line for line in said)]
    if forgotten and len(lost) > 1:
        raise ReplyMalformed(
            f"OUTDATED is not said of {', '.join(forgotten)}; what the issue leaves as it is has to work"
        )
    return cut("; ".join(said), SAID_CAP_BYTES)

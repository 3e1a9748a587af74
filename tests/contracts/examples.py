"""GitHub's own webhook payload examples, from the npm package `@octokit/webhooks-examples`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.contracts.openapi import PACKAGES

EXAMPLES: Final = PACKAGES / "webhooks-examples" / "api.github.com" / "index.json"


@dataclass(frozen=True, slots=True)
class Example:
    """One payload as GitHub sent it."""

    event: str
    action: str | None
    payload: Mapping[str, Any]


@cache
def examples() -> tuple[Example, ...]:
    """Every payload of the package, in its order."""
    return tuple(_read())


def _read() -> Iterator[Example]:
    for group in json.loads(EXAMPLES.read_text()):
        for payload in group["examples"]:
            yield Example(group["name"], payload.get("action"), payload)


def of(event: str, action: str | None = None) -> tuple[Example, ...]:
    """The examples of an event, of one action where that is given."""
    return tuple(e for e in examples() if e.event == event and action in (None, e.action))

"""Whether requests, answers and webhooks are what GitHub's OpenAPI description says.

The description comes from the npm package `@octokit/openapi`; a test that uses this needs the piece `contracts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4, Schema

PACKAGES: Final = Path(__file__).resolve().parents[2] / ".greenloop" / "contracts" / "node_modules" / "@octokit"
DESCRIPTION: Final = PACKAGES / "openapi" / "generated" / "api.github.com.json"
_URN: Final = "urn:github"

# GitHub refuses any operation with these where the caller may not use it; the description lists them for a few only.
REFUSALS: Final = {401: "basic-error", 403: "basic-error", 404: "basic-error", 422: "validation-error-simple"}

# The same operation under an address that the description does not list.
ALIASES: Final = {
    # GitHub answers the root folder without the last slash too; PyGithub asks so.
    "/repos/{owner}/{repo}/contents": "/repos/{owner}/{repo}/contents/{path}",
    # An older address that GitHub still answers and PyGithub still uses.
    "/repos/{owner}/{repo}/statuses/{ref}": "/repos/{owner}/{repo}/commits/{ref}/statuses",
}


@dataclass(frozen=True, slots=True)
class KnownDeparture:
    """A place where GitHub itself does not keep to its description, and why it may be left."""

    fault: re.Pattern[str]
    reason: str


ALLOWED: Final = (
    KnownDeparture(
        re.compile(r"(POST|PUT) /repos/\{owner\}/\{repo\}/issues/\{issue_number\}/labels request: \$: \["),
        "the description's own text says that an array of labels may be passed directly; PyGithub does",
    ),
    KnownDeparture(
        re.compile(
            r"GET /app/installations 200: \$\[\d+\]\.account: '(name|slug|created_at|updated_at)' is a required"
        ),
        "this one list says that an account is a user and an enterprise at once (allOf); elsewhere it is either",
    ),
)


class Traffic(Protocol):
    """One REST request with its answer; `template` is GitHub's path template, None for an unknown path."""

    @property
    def method(self) -> str: ...
    @property
    def template(self) -> str | None: ...
    @property
    def path(self) -> str: ...
    @property
    def request_body(self) -> Any: ...
    @property
    def status(self) -> int: ...
    @property
    def response_body(self) -> Any: ...


@cache
def description() -> Mapping[str, Any]:
    """GitHub's OpenAPI description, with what it leaves implicit written out."""
    return dict(json.loads(DESCRIPTION.read_text(), object_hook=_explicit))


def _explicit(schema: dict[str, Any]) -> dict[str, Any]:
    """Says what GitHub means where OpenAPI 3.0 reads it otherwise.

    `nullable` beside `enum`, `oneOf` or `anyOf` means that null is one of them; by the letter it has no effect there.
    A `discriminator` is a hint for code generators; the one of `contents` cannot even be read from a list.
    """
    if schema.get("nullable") is True:
        if None not in schema.get("enum", [None]):
            schema["enum"] = [*schema["enum"], None]
        for choice in ("oneOf", "anyOf"):
            if choice in schema and "type" not in schema:
                schema[choice] = [*schema[choice], {"nullable": True, "enum": [None]}]
    if isinstance(schema.get("discriminator"), dict):
        del schema["discriminator"]
    return schema


@cache
def _registry() -> Registry[Schema]:
    return Registry().with_resource(_URN, DRAFT4.create_resource(description()))


@cache
def _validator(pointer: str) -> OAS30Validator:
    return OAS30Validator({"$ref": f"{_URN}#{pointer}"}, registry=_registry(), format_checker=oas30_format_checker)


def _pointer(*steps: str) -> str:
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _deepest(error: Any) -> Iterator[str]:
    """The faults that matter: of several alternatives, those of the one that came closest."""
    if not error.context:
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
        yield f"${where}: {error.message[:160]}"
        return
    branches: dict[Any, list[Any]] = {}
    for sub in error.context:
        branches.setdefault(sub.schema_path[0], []).append(sub)
    for sub in min(branches.values(), key=len):
        yield from _deepest(sub)


def faults(pointer: str, value: Any) -> list[str]:
    """What is wrong with a value, judged by the schema at a place in the description."""
    plain = json.loads(json.dumps(value))
    return [text for error in _validator(pointer).iter_errors(plain) for text in _deepest(error)]


def schema_faults(name: str, value: Any) -> list[str]:
    """What is wrong with a value, judged by a named schema of the description."""
    return faults(_pointer("components", "schemas", name), value)


def request_faults(method: str, template: str, body: Any) -> list[str]:
    """What is wrong with the body of a request; a request without a body has none where none is required."""
    steps = ("paths", ALIASES.get(template, template), method.lower())
    operation = description()["paths"].get(steps[1], {}).get(steps[2])
    if operation is None:
        return [f"GitHub knows no {method} {template}"]
    described = operation.get("requestBody")
    if body is None:
        return ["the body is missing"] if described and described.get("required") else []
    if described is None:
        return [] if body == {} else ["GitHub takes no body here"]
    return faults(_pointer(*steps, "requestBody", "content", "application/json", "schema"), body)


def response_faults(method: str, template: str, status: int, body: Any) -> list[str]:
    """What is wrong with an answer: its status and its body."""
    steps = ("paths", ALIASES.get(template, template), method.lower())
    answers = description()["paths"].get(steps[1], {}).get(steps[2], {}).get("responses", {})
    told = answers.get(str(status))
    if told is None:
        if status in REFUSALS:
            return schema_faults(REFUSALS[status], body)
        return [f"status {status} is not among {', '.join(answers)}"]
    place = _pointer(*steps, "responses", str(status))
    if "$ref" in told:
        place = str(told["$ref"]).removeprefix("#")
        told = description()["components"]["responses"][place.rpartition("/")[2]]
    kinds = told.get("content", {})
    if not kinds:
        return [] if body is None else ["the answer has no body in GitHub's description"]
    kind = "application/json" if "application/json" in kinds else next(iter(kinds))
    return faults(place + _pointer("content", kind, "schema"), body)


def webhook_faults(event: str, payload: Mapping[str, Any]) -> list[str]:
    """What is wrong with the payload of a webhook."""
    action = payload.get("action")
    name = "-".join(part.replace("_", "-") for part in (event, action) if part)
    if name not in description()["x-webhooks"]:
        return [f"GitHub sends no {name}"]
    place = ("x-webhooks", name, "post", "requestBody", "content", "application/json", "schema")
    title = f"webhook {event}.{action}" if action else f"webhook {event}"
    found = [f"{title}: {fault}" for fault in faults(_pointer(*place), payload)]
    return [fault for fault in found if not any(it.fault.match(fault) for it in ALLOWED)]


def violations(journal: Iterable[Traffic]) -> list[str]:
    """Every way in which recorded REST traffic departs from GitHub's description; no two alike.

    What a client sends wrongly is its fault and shows as a request's fault only where the hub took it.
    """
    found: dict[str, None] = {}
    for it in journal:
        if it.template is None:
            continue
        title = f"{it.method} {it.template}"
        if it.status < 400:
            found |= {f"{title} request: {f}": None for f in request_faults(it.method, it.template, it.request_body)}
        answer = response_faults(it.method, it.template, it.status, it.response_body)
        found |= {f"{title} {it.status}: {f}": None for f in answer}
    return [text for text in found if not any(it.fault.match(text) for it in ALLOWED)]

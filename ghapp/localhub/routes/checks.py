"""REST: check runs and commit statuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from ghapp.localhub.errors import Forbidden, NotFound, Unprocessable
from ghapp.localhub.jsontypes import Body, Json, JsonObject
from ghapp.localhub.models import CheckOutput, CheckRun, Status
from ghapp.localhub.payloads import code
from ghapp.localhub.payloads.accounts import repository, repository_api
from ghapp.localhub.routing import Reply, Request, Route

_STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
_STATES = ("error", "failure", "pending", "success")


def _sha(request: Request, revision: str) -> str:
    found = request.hub.git(request.home).resolve(revision)
    if found is None:
        raise Unprocessable(f"No commit found for SHA: {revision}")
    return found


def _moment(body: Body, name: str, default: datetime) -> datetime:
    value = body.text_or_none(name)
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else default
    except ValueError:
        raise body.fault(name, "invalid") from None


def _output(body: Body, before: CheckOutput) -> CheckOutput:
    sent = body.child("output")
    if sent is None:
        return before
    return CheckOutput(sent.text_or_none("title") or before.title, sent.text("summary"), sent.text_or_none("text"))


def _changed(request: Request, run: CheckRun, body: Body) -> CheckRun:
    """A check run with what the request sets; a conclusion completes it."""
    now = request.hub.state.now()
    status = body.choice("status", _STATUSES, default=run.status)
    conclusion = body.choice("conclusion", _CONCLUSIONS) if "conclusion" in body else run.conclusion
    if conclusion is not None:
        status = "completed"
    elif status == "completed":
        raise body.fault("conclusion", "missing_field")
    ended = _moment(body, "completed_at", run.completed_at or now) if status == "completed" else None
    return replace(
        run,
        name=body.text_or_none("name") or run.name,
        status=status,
        conclusion=conclusion,
        external_id=body.text_or_none("external_id") or run.external_id,
        details_url=body.text_or_none("details_url") or run.details_url,
        started_at=_moment(body, "started_at", run.started_at),
        completed_at=ended,
        output=_output(body, run.output),
    )


def _keep(request: Request, run: CheckRun, action: Literal["created", "completed"] | None) -> None:
    request.hub.state.check_runs[run.id] = run
    if action is not None:
        body: JsonObject = {"action": action, "check_run": code.check_run_event(request.hub.state, run)}
        request.hub.announce("check_run", request.home, request.actor, body)


def _suite_id(request: Request, app_id: int, sha: str) -> int:
    """Check runs of one App on one commit share a suite."""
    state = request.hub.state
    mine = (run.suite_id for run in state.checks_of(request.home.id, sha) if run.app_id == app_id)
    return next(mine, None) or state.next_id()


def create_check_run(request: Request) -> Reply:
    """A new check run on a commit."""
    state, body = request.hub.state, request.body("CheckRun")
    if request.app_id is None:
        raise Forbidden("You must authenticate via a GitHub App.")
    name, sha = body.text("name"), _sha(request, body.text("head_sha"))
    fresh = CheckRun(
        id=state.next_id(),
        suite_id=_suite_id(request, request.app_id, sha),
        repository_id=request.home.id,
        app_id=request.app_id,
        head_sha=sha,
        name=name,
        status="queued",
        conclusion=None,
        external_id="",
        details_url=None,
        started_at=state.now(),
        completed_at=None,
        output=CheckOutput(),
    )
    run = _changed(request, fresh, body)
    _keep(request, run, "created")
    if run.status == "completed":
        _keep(request, run, "completed")
    return Reply(201, code.check_run(state, run))


def _run(request: Request) -> CheckRun:
    found = request.hub.state.check_runs.get(request.number("check_run_id"))
    if found is None or found.repository_id != request.home.id:
        raise NotFound
    return found


def get_check_run(request: Request) -> Reply:
    """One check run."""
    return Reply(200, code.check_run(request.hub.state, _run(request)))


def update_check_run(request: Request) -> Reply:
    """Changes a check run; only the App that made it may."""
    before = _run(request)
    if before.app_id != request.app_id:
        raise Forbidden(
            f"Invalid app_id `{request.app_id}` - check run can only be modified by the GitHub App that created it."
        )
    run = _changed(request, before, request.body("CheckRun"))
    ended = run.status == "completed" and before.status != "completed"
    _keep(request, run, "completed" if ended else None)
    return Reply(200, code.check_run(request.hub.state, run))


def list_check_runs(request: Request) -> Reply:
    """The check runs of a commit, newest first."""
    state, query = request.hub.state, request.query
    found = [
        code.check_run(state, run)
        for run in state.checks_of(request.home.id, _sha(request, request.params["ref"]))
        if query.get("check_name", run.name) == run.name and query.get("status", run.status) == run.status
    ]
    return Reply(200, {"total_count": len(found), "check_runs": found}, items_key="check_runs")


def rerequest(request: Request) -> Reply:
    """A person asks the App to run a check again."""
    run = _run(request)
    body: JsonObject = {"action": "rerequested", "check_run": code.check_run_event(request.hub.state, run)}
    request.hub.announce("check_run", request.home, request.actor, body)
    return Reply(201, {})


def create_status(request: Request) -> Reply:
    """A new status of a commit."""
    state, body = request.hub.state, request.body("Status")
    status = Status(
        id=state.next_id(),
        repository_id=request.home.id,
        sha=_sha(request, request.params["sha"]),
        state=body.choice("state", _STATES),
        context=body.text_or_none("context") or "default",
        description=body.text_or_none("description"),
        target_url=body.text_or_none("target_url"),
        user_id=request.actor.id,
        created_at=state.now(),
    )
    state.statuses[status.id] = status
    return Reply(201, code.status(state, status))


def _statuses(request: Request, sha: str) -> list[Status]:
    mine = [s for s in request.hub.state.statuses.values() if (s.repository_id, s.sha) == (request.home.id, sha)]
    return mine[::-1]


def list_statuses(request: Request) -> Reply:
    """All statuses of a commit, newest first."""
    found = _statuses(request, _sha(request, request.params["ref"]))
    return Reply(200, [code.status(request.hub.state, s) for s in found])


def combined_status(request: Request) -> Reply:
    """The last status of each context, and the worst of them."""
    state, sha = request.hub.state, _sha(request, request.params["ref"])
    latest = {s.context: s for s in reversed(_statuses(request, sha))}
    words = {s.state for s in latest.values()}
    worst = "failure" if words & {"failure", "error"} else "success" if words == {"success"} else "pending"
    api = repository_api(state.urls, request.home)
    told: list[Json] = [
        {name: value for name, value in code.status(state, s).items() if name != "creator"} for s in latest.values()
    ]
    body: JsonObject = {
        "state": worst,
        "statuses": told,
        "sha": sha,
        "total_count": len(told),
        "repository": repository(state, request.home),
        "commit_url": f"{api}/commits/{sha}",
        "url": f"{api}/commits/{sha}/status",
    }
    return Reply(200, body)


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("POST", f"{_REPO}/check-runs", "checks:write", create_check_run),
    Route("GET", f"{_REPO}/check-runs/{{check_run_id}}", "checks:read", get_check_run),
    Route("PATCH", f"{_REPO}/check-runs/{{check_run_id}}", "checks:write", update_check_run),
    Route("POST", f"{_REPO}/check-runs/{{check_run_id}}/rerequest", "checks:read", rerequest, "write"),
    Route("GET", f"{_REPO}/commits/{{ref}}/check-runs", "checks:read", list_check_runs),
    Route("POST", f"{_REPO}/statuses/{{sha}}", "statuses:write", create_status, "write"),
    Route("GET", f"{_REPO}/commits/{{ref}}/status", "statuses:read", combined_status),
    Route("GET", f"{_REPO}/commits/{{ref}}/statuses", "statuses:read", list_statuses),
    # An older address of the same list, which PyGithub still uses.
    Route("GET", f"{_REPO}/statuses/{{ref}}", "statuses:read", list_statuses),
)

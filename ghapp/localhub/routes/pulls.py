"""REST: pull requests, their files, commits, reviews and reviewers."""

from __future__ import annotations

from dataclasses import replace

from ghapp.localhub.errors import ApiError, FieldFault, NotFound, Unprocessable
from ghapp.localhub.jsontypes import Body, JsonObject
from ghapp.localhub.models import Issue, Pull, Repository, Review
from ghapp.localhub.payloads import code, discussion
from ghapp.localhub.payloads.accounts import user
from ghapp.localhub.pulls import base_of, files_of, full_payload, merge, pull_event, require_new, settle
from ghapp.localhub.pushes import Move, after_push
from ghapp.localhub.routes.issues import edited
from ghapp.localhub.routing import Reply, Request, Route

_VERDICTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class NotMergeable(ApiError):
    """The pull request is closed or already merged."""

    status = 405


def _pull(request: Request) -> tuple[Issue, Pull]:
    issue = request.issue()
    if issue.pull is None:
        raise NotFound
    return issue, issue.pull


def _told(request: Request, issue: Issue, status: int = 200) -> Reply:
    if issue.pull is None:
        raise NotFound
    return Reply(status, full_payload(request.hub, issue, issue.pull))


def _branch(home: Repository, name: str) -> str:
    """`owner:branch` or `branch`; forks are not kept here. Raises Unprocessable for somebody else's."""
    owner, colon, branch = name.rpartition(":")
    if colon and owner.lower() != home.owner.lower():
        raise Unprocessable("Validation Failed", (FieldFault("PullRequest", "head", "invalid"),))
    return branch


def list_pulls(request: Request) -> Reply:
    """Pull requests by state, head and base, newest first."""
    wanted, query = request.query.get("state", "open"), request.query
    told = []
    for issue in request.hub.state.issues_of(request.home.id):
        pull = issue.pull
        if pull is None or wanted not in (issue.state, "all"):
            continue
        head = f"{request.home.owner}:{pull.head_ref}"
        if query.get("head", head) == head and query.get("base", pull.base_ref) == pull.base_ref:
            told.append(code.pull_request(request.hub.state, issue, pull))
    return Reply(200, told)


def create_pull(request: Request) -> Reply:
    """A new pull request from one branch to another."""
    body = request.body("PullRequest")
    head, base = _branch(request.home, body.text("head")), body.text("base")
    title = body.text("title")
    require_new(request.hub, request.home, head, base)
    issue = _new_pull(request, body, title, head, base)
    git = request.hub.git(request.home)
    if issue.pull is not None:
        git.set_ref(f"refs/pull/{issue.number}/head", issue.pull.head_sha)
    pull_event(request.hub, issue, request.actor, "opened")
    return _told(request, issue, 201)


def _new_pull(request: Request, body: Body, title: str, head: str, base: str) -> Issue:
    state, now = request.hub.state, request.hub.state.now()
    refs = request.hub.git(request.home).refs("refs/heads/")
    pull = Pull(
        id=state.next_id(),
        head_ref=head,
        head_sha=refs[f"refs/heads/{head}"],
        base_ref=base,
        base_sha=refs[f"refs/heads/{base}"],
        draft=body.flag("draft"),
    )
    issue = Issue(
        id=state.next_id(),
        repository_id=request.home.id,
        number=state.next_number(request.home.id),
        title=title,
        body=body.text_or_none("body"),
        user_id=request.actor.id,
        app_id=request.app_id,
        created_at=now,
        updated_at=now,
        pull=pull,
    )
    return state.put_issue(issue)


def get_pull(request: Request) -> Reply:
    """One pull request."""
    return _told(request, _pull(request)[0])


def edit_pull(request: Request) -> Reply:
    """Changes title, body or state."""
    issue, pull = _pull(request)
    body = request.body("PullRequest")
    issue = _edit_text(request, issue, body)
    if "state" in body and body.choice("state", ("open", "closed")) != issue.state:
        if pull.merged_at is not None:
            raise body.fault("state", "invalid")
        issue = settle(request.hub, issue, request.actor, "closed" if issue.state == "open" else "open")
    return _told(request, issue)


def _edit_text(request: Request, issue: Issue, body: Body) -> Issue:
    changed, was = edited(issue, body, request.hub.state.now())
    if was:
        request.hub.state.put_issue(changed)
        pull_event(request.hub, changed, request.actor, "edited", {"changes": was})
    return changed


def list_files(request: Request) -> Reply:
    """The files that a pull request changes."""
    _, pull = _pull(request)
    files = files_of(request.hub.git(request.home), pull)
    return Reply(200, [code.file_change(request.hub.state, request.home, pull.head_sha, f) for f in files])


def list_commits(request: Request) -> Reply:
    """The commits of a pull request, oldest first."""
    _, pull = _pull(request)
    git = request.hub.git(request.home)
    found = git.commits(pull.head_sha, f"^{base_of(git, pull)}")[::-1]
    return Reply(200, [code.commit(request.hub.state, request.home, c) for c in found])


def list_reviews(request: Request) -> Reply:
    """The reviews of a pull request, oldest first."""
    issue, _ = _pull(request)
    state = request.hub.state
    return Reply(200, [discussion.review(state, r) for r in state.reviews_of(issue)])


def create_review(request: Request) -> Reply:
    """A review, submitted at once."""
    issue, pull = _pull(request)
    body, state = request.body("PullRequestReview"), request.hub.state
    verdict = body.choice("event", tuple(_VERDICTS), default="COMMENT")
    text = body.text_or_none("body") or ""
    if verdict != "COMMENT" and issue.user_id == request.actor.id:
        word = "approve" if verdict == "APPROVE" else "request changes on"
        raise Unprocessable(f"Can not {word} your own pull request")
    if verdict != "APPROVE" and not text:
        raise body.fault("body", "missing_field")
    review = Review(
        id=state.next_id(),
        repository_id=request.home.id,
        number=issue.number,
        user_id=request.actor.id,
        body=text,
        state=_VERDICTS[verdict],
        commit_sha=body.text_or_none("commit_id") or pull.head_sha,
        submitted_at=state.now(),
    )
    state.reviews[review.id] = review
    _announce_review(request, issue, pull, review)
    return Reply(200, discussion.review(state, review))


def _announce_review(request: Request, issue: Issue, pull: Pull, review: Review) -> None:
    told = discussion.review(request.hub.state, review)
    # The event writes the state in small letters, the REST API in capitals.
    body: JsonObject = {
        "action": "submitted",
        "review": {**told, "state": review.state.lower(), "body": review.body or None},
        "pull_request": code.pull_request(request.hub.state, issue, pull),
    }
    request.hub.announce("pull_request_review", request.home, request.actor, body)


def list_reviewers(request: Request) -> Reply:
    """Who was asked to review."""
    _, pull = _pull(request)
    state = request.hub.state
    return Reply(200, {"users": [user(state.urls, state.users[i]) for i in pull.reviewer_ids], "teams": ()})


def request_reviewers(request: Request) -> Reply:
    """Asks collaborators for a review."""
    issue, pull = _pull(request)
    state, home = request.hub.state, request.home
    for login in request.body("PullRequest").texts("reviewers"):
        who = state.user_named(login)
        if who.id == issue.user_id:
            raise Unprocessable("Review cannot be requested from pull request author.")
        if who.login != home.owner and who.login not in home.collaborators:
            raise Unprocessable(
                "Reviews may only be requested from collaborators. One or more of the users or teams you"
                f" specified is not a collaborator of the {home.full_name} repository."
            )
        if who.id not in pull.reviewer_ids:
            pull = replace(pull, reviewer_ids=(*pull.reviewer_ids, who.id))
            issue = state.put_issue(replace(issue, pull=pull, updated_at=state.now()))
            asked: JsonObject = {"requested_reviewer": user(state.urls, who)}
            pull_event(request.hub, issue, request.actor, "review_requested", asked)
    return Reply(201, code.pull_request(state, issue, pull))


def merge_pull(request: Request) -> Reply:
    """Merges with a merge commit."""
    issue, pull = _pull(request)
    body = request.body("PullRequest")
    if issue.state != "open" or pull.draft:
        raise NotMergeable("Pull Request is not mergeable")
    wanted = body.text_or_none("sha")
    if wanted is not None and wanted != pull.head_sha:
        raise NotMergeable("Head branch was modified. Review and try the merge again.")
    title = body.text_or_none("commit_title") or f"Merge pull request #{issue.number} from {pull.head_ref}"
    sha = merge(request.hub, issue, pull, request.actor, f"{title}\n\n{issue.title}")
    settle(request.hub, request.issue(), request.actor, "closed")
    after_push(request.hub, request.home, request.actor, [Move(f"refs/heads/{pull.base_ref}", pull.base_sha, sha)])
    return Reply(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


_ALL = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_ALL}/{{pull_number}}"
ROUTES = (
    Route("GET", _ALL, "pull_requests:read", list_pulls),
    Route("POST", _ALL, "pull_requests:write", create_pull, "write"),
    Route("GET", _ONE, "pull_requests:read", get_pull),
    Route("PATCH", _ONE, "pull_requests:write", edit_pull, "triage"),
    Route("GET", f"{_ONE}/files", "pull_requests:read", list_files),
    Route("GET", f"{_ONE}/commits", "pull_requests:read", list_commits),
    Route("GET", f"{_ONE}/reviews", "pull_requests:read", list_reviews),
    Route("POST", f"{_ONE}/reviews", "pull_requests:write", create_review),
    Route("GET", f"{_ONE}/requested_reviewers", "pull_requests:read", list_reviewers),
    Route("POST", f"{_ONE}/requested_reviewers", "pull_requests:write", request_reviewers, "triage"),
    Route("PUT", f"{_ONE}/merge", "contents:write", merge_pull, "write"),
)

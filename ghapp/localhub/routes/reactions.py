"""REST: reactions to issues and to comments."""

from __future__ import annotations

from ghapp.localhub.errors import NotFound
from ghapp.localhub.models import Reaction
from ghapp.localhub.payloads import discussion
from ghapp.localhub.routes.issues import comment_in_path
from ghapp.localhub.routing import Reply, Request, Route


def _subject_id(request: Request) -> int:
    return comment_in_path(request).id if "comment_id" in request.params else request.issue().id


def list_reactions(request: Request) -> Reply:
    """Who reacted how."""
    state = request.hub.state
    return Reply(200, [discussion.reaction(state, r) for r in state.reactions_to(_subject_id(request))])


def create_reaction(request: Request) -> Reply:
    """Leaves an emoji; the same one twice by the same account stays one, answered with 200."""
    state = request.hub.state
    content = request.body("Reaction").choice("content", discussion.REACTIONS)
    subject_id = _subject_id(request)
    for known in state.reactions_to(subject_id):
        if (known.user_id, known.content) == (request.actor.id, content):
            return Reply(200, discussion.reaction(state, known))
    left = Reaction(state.next_id(), subject_id, request.actor.id, content, state.now())
    state.reactions[left.id] = left
    return Reply(201, discussion.reaction(state, left))


def delete_reaction(request: Request) -> Reply:
    """Takes an emoji back; only its own."""
    known = request.hub.state.reactions.get(request.number("reaction_id"))
    if known is None or known.subject_id != _subject_id(request) or known.user_id != request.actor.id:
        raise NotFound
    del request.hub.state.reactions[known.id]
    return Reply(204)


_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/reactions"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
ROUTES = (
    Route("GET", _ISSUE, "issues:read", list_reactions),
    Route("POST", _ISSUE, "issues:write", create_reaction),
    Route("DELETE", f"{_ISSUE}/{{reaction_id}}", "issues:write", delete_reaction),
    Route("GET", _COMMENT, "issues:read", list_reactions),
    Route("POST", _COMMENT, "issues:write", create_reaction),
    Route("DELETE", f"{_COMMENT}/{{reaction_id}}", "issues:write", delete_reaction),
)

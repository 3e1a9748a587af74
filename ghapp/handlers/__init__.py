"""Which handler answers which event: one line each."""

from __future__ import annotations

from ghapp.handlers.issue_comment import on_comment
from ghapp.handlers.issue_labeled import on_label
from ghapp.handlers.pull_request_closed import on_close
from ghapp.handlers.ref_pushed import on_push
from ghapp.handlers.repositories_added import on_repositories
from ghapp.router import Router
from ghapp.webhook import CommentCreated, IssueLabeled, PullRequestClosed, RefPushed, RepositoriesAdded

ROUTER = Router(
    {
        IssueLabeled: on_label,
        CommentCreated: on_comment,
        PullRequestClosed: on_close,
        RefPushed: on_push,
        RepositoriesAdded: on_repositories,
    }
)

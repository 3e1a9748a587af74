"""Which handler answers which event: one line each."""

from __future__ import annotations

from ghapp.handlers.issue_comment import on_comment
from ghapp.handlers.issue_labeled import on_label
from ghapp.handlers.pull_request_closed import on_close
from ghapp.handlers.repositories_added import on_repositories
from ghapp.router import Router
from ghapp.webhook import CommentCreated, IssueLabeled, PullRequestClosed, RepositoriesAdded

ROUTER = Router(
    {
        IssueLabeled: on_label,
        CommentCreated: on_comment,
        PullRequestClosed: on_close,
        RepositoriesAdded: on_repositories,
    }
)

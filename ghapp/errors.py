"""Everything that can go wrong on the GitHub side, as one tree whose messages say what to do next. Pure.

GhappError
├── SettingsInvalid         the environment does not describe a working App; carries every fault
├── WebhookRefused          a delivery that is not taken in
│   ├── BadSignature        nobody who knows the secret sent it
│   ├── TooLarge            longer than the cap
│   └── MalformedPayload    signed, but not what GitHub documents
├── GitHubFailed            GitHub answered with an error or not at all
│   ├── GitHubUnreachable   no answer, or a server error that stayed
│   ├── RateLimited         GitHub asks to wait longer than a job can
│   └── GitHubRefused       4xx: a missing permission, a wrong name, a conflict
├── GitFailed               a git command for clone or push ended badly
├── TreeMismatch            what was pushed is not what was verified
├── QueueUnreachable        Redis does not answer
├── TemplateMissing         a template's text is not there
├── UnknownJob              a job id that the store does not know
├── JobNotWaiting           a job that is at work or over already
├── ToolMissing             a program that the demo or the server starts is not on the machine
├── ServiceFailed           a supervised service did not start, or died
└── DemoFailed              the demo's way from label to pull request broke off
"""

from __future__ import annotations


class GhappError(Exception):
    """Base of all errors that ghapp raises on purpose."""


class SettingsInvalid(GhappError):
    """The environment does not describe a working App. `faults` holds all of them, one line each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(f"{len(faults)} setting(s) to mend:\n  " + "\n  ".join(faults))
        self.faults = faults


class WebhookRefused(GhappError):
    """A delivery that is not taken in."""


class BadSignature(WebhookRefused):
    """Nobody who knows the webhook secret sent this body."""


class TooLarge(WebhookRefused):
    """The body is longer than the cap."""


class MalformedPayload(WebhookRefused):
    """The body is signed but is not what GitHub documents; the message names the field."""


class GitHubFailed(GhappError):
    """GitHub answered with an error or not at all."""


class GitHubUnreachable(GitHubFailed):
    """GitHub did not answer, or kept answering with a server error."""


class RateLimited(GitHubFailed):
    """GitHub asks to wait for `wait_s` seconds, longer than a job can."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"GitHub's rate limit asks to wait {wait_s:.0f} s; ask again after that")
        self.wait_s = wait_s


class GitHubRefused(GitHubFailed):
    """GitHub refused a request with `status`; the message repeats what it said."""

    def __init__(self, status: int, action: str, reason: str) -> None:
        super().__init__(f"GitHub refused to {action} ({status}): {reason}")
        self.status = status


class GitFailed(GhappError):
    """A git command ended badly; the message holds its last words, never a token."""


class TreeMismatch(GhappError):
    """The tree of the pushed commit is not the tree that was verified. Nothing may be opened for it."""

    def __init__(self, verified: str, pushed: str) -> None:
        super().__init__(f"verified tree {verified} but the commit holds {pushed}; ask again")
        self.verified = verified
        self.pushed = pushed


class QueueUnreachable(GhappError):
    """Redis does not answer where GREENLOOP_REDIS_URL points; start it or mend the address."""


class TemplateMissing(GhappError):
    """The text of a template is not there; the message names the file that has to be restored."""


class UnknownJob(GhappError):
    """The store has no job with this id; it was made by another server or its state folder was removed."""


class JobNotWaiting(GhappError):
    """The job is at work or over already; there is nothing left to do for whoever came late."""


class ToolMissing(GhappError):
    """A program is not on this machine; the message holds the command that installs it."""


class ServiceFailed(GhappError):
    """A supervised service did not start, or died; the message holds the end of its log."""

    def __init__(self, name: str, what: str, tail: str) -> None:
        super().__init__(f"{name}: {what}; mend what its log says and start again:\n{tail or '(its log is empty)'}")
        self.name = name


class DemoFailed(GhappError):
    """The demo's way from label to pull request broke off; the message says where and what to look at."""

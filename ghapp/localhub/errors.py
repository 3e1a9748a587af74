"""What can go wrong in the local hub.

HubError
├── SeedInvalid       a seed file or a set-up call does not make sense
├── GitFailed         a git command ended badly
└── ApiError          an answer GitHub gives instead of data, with its status
    ├── BadCredentials   401
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    └── Unprocessable    422
"""

from __future__ import annotations

from dataclasses import dataclass

DOCS_URL = "https://docs.github.com/rest"


class HubError(Exception):
    """Whatever the local hub reports."""


class SeedInvalid(HubError):
    """A seed or a set-up call names something that is not there."""


class GitFailed(HubError):
    """A git command ended with another status than 0."""

    def __init__(self, argv: tuple[str, ...], exit_code: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(argv)}: exit {exit_code}: {stderr.strip()}")
        self.exit_code = exit_code
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One entry of `errors` in GitHub's "Validation Failed" body; an empty `field` is left out."""

    resource: str
    field: str
    code: str
    message: str | None = None

    def as_json(self) -> dict[str, str]:
        """The entry as GitHub writes it."""
        entry = {"resource": self.resource, "field": self.field, "code": self.code, "message": self.message}
        return {name: value for name, value in entry.items() if value}


class ApiError(HubError):
    """A REST request that is refused; carries what the body says."""

    status = 500

    def __init__(self, message: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults = faults

    def body(self) -> dict[str, str | list[dict[str, str]]]:
        """The JSON body that GitHub sends with this refusal."""
        answer: dict[str, str | list[dict[str, str]]] = {"message": self.message}
        if self.faults:
            answer["errors"] = [fault.as_json() for fault in self.faults]
        return {**answer, "documentation_url": DOCS_URL, "status": str(self.status)}


class BadCredentials(ApiError):
    """No usable token."""

    status = 401

    def __init__(self, message: str = "Bad credentials") -> None:
        super().__init__(message)


class Forbidden(ApiError):
    """A good token that may not do this."""

    status = 403

    def __init__(self, message: str = "Resource not accessible by integration") -> None:
        super().__init__(message)


class NotFound(ApiError):
    """It does not exist, or the token may not know that it does."""

    status = 404

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(message)


class Conflict(ApiError):
    """The repository is not in a state for this."""

    status = 409


class Unprocessable(ApiError):
    """The request is well formed and makes no sense."""

    status = 422

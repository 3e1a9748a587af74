"""When the hub refuses for rate: GitHub's primary and secondary limits, armed on request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

HOURLY: Final = 5000
WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left until `reset_at`."""

    used: int
    reset_at: datetime

    @property
    def remaining(self) -> int:
        """Requests left in this window."""
        return max(0, HOURLY - self.used)

    def headers(self) -> dict[str, str]:
        """The headers that every REST answer carries.

        https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        return {
            "X-RateLimit-Limit": str(HOURLY),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(self.reset_at.timestamp())),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Resource": "core",
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit that a request ran into; `retry_after_s` counts from now."""

    kind: Literal["primary", "secondary"]
    retry_after_s: int


@dataclass(slots=True)
class Limits:
    """Counts requests per caller and hands out armed refusals."""

    _windows: dict[str, Allowance] = field(default_factory=dict)
    _armed: list[Refusal] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, refusal: Refusal, *, requests: int = 1) -> None:
        """The next `requests` requests, whoever sends them, get this refusal."""
        with self._lock:
            self._armed += [refusal] * requests

    def next_refusal(self) -> Refusal | None:
        """The refusal that is due for the request at hand, if any."""
        with self._lock:
            return self._armed.pop(0) if self._armed else None

    def spend(self, caller: str, now: datetime, *, requests: int = 1) -> Allowance:
        """What is left for a caller after this request; 0 requests only looks."""
        with self._lock:
            known = self._windows.get(caller)
            if known is None or now >= known.reset_at:
                known = Allowance(0, now + WINDOW)
            spent = Allowance(known.used + requests, known.reset_at)
            self._windows[caller] = spent
            return spent

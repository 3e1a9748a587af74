"""Rate limits: told on every answer, enforced when a test asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import github
import pytest

from ghapp.localhub import Refusal
from ghapp.localhub.limits import HOURLY, Limits


def test_every_answer_tells_what_is_left(world: Any) -> None:
    """Counted per installation; looking at the limit itself costs nothing."""
    token = world.token()
    first = world.call("GET", "/repos/acme/demo", token).headers
    world.call("GET", "/rate_limit", token)
    second = world.call("GET", "/repos/acme/none", token).headers
    assert int(first["X-RateLimit-Remaining"]) - int(second["X-RateLimit-Remaining"]) == 1
    assert first["X-RateLimit-Limit"] == str(HOURLY)
    assert int(first["X-RateLimit-Reset"]) > world.clock().timestamp()


def test_a_primary_limit_looks_like_githubs(world: Any) -> None:
    """403, nothing remaining, and the moment when it is over; the next request passes."""
    token = world.token()
    world.hub.limit_next(Refusal("primary", retry_after_s=60), requests=2)
    for _ in range(2):
        answer = world.call("GET", "/repos/acme/demo", token)
        assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (403, "0")
        assert answer.json()["message"].startswith("API rate limit exceeded")
        ahead_s = int(answer.headers["X-RateLimit-Reset"]) - world.clock().timestamp()
        assert 58 <= ahead_s <= 60
    assert world.call("GET", "/repos/acme/demo", token).status_code == 200


def test_pygithub_knows_both_limits(world: Any) -> None:
    """It raises its own error for them, with the header that says how long to wait."""
    repository = world.client(world.token()).get_repo("acme/demo")
    world.hub.limit_next(Refusal("secondary", retry_after_s=7))
    with pytest.raises(github.RateLimitExceededException) as limited:
        repository.get_branch("main")
    assert limited.value.headers is not None
    assert limited.value.headers["retry-after"] == "7"
    world.hub.limit_next(Refusal("primary", retry_after_s=7))
    with pytest.raises(github.RateLimitExceededException):
        repository.get_branch("main")


def test_an_hour_later_all_is_there_again() -> None:
    """The window starts with the first request and ends after an hour."""
    limits, now = Limits(), datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(3):
        limits.spend("somebody", now)
    assert limits.spend("somebody", now, requests=0).remaining == HOURLY - 3
    assert limits.spend("other", now, requests=0).remaining == HOURLY
    assert limits.spend("somebody", now + timedelta(hours=1), requests=0).remaining == HOURLY

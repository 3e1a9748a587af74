"""How long GitHub asks to wait. Pure.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SECONDARY_WAIT_S: Final = 60.0
"""GitHub's advice for a secondary limit that names no time."""


def wait_s(status: int, headers: Mapping[str, str], message: str, now_s: float) -> float | None:
    """Seconds to wait before the next try, None when the answer is no rate limit.

    `headers` have lower-case names, `now_s` is seconds since the epoch.
    """
    if status not in (403, 429):
        return None
    if headers.get("retry-after", "").isdigit():
        return float(headers["retry-after"])
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - now_s) + 1.0
    return SECONDARY_WAIT_S if status == 429 or "secondary rate limit" in message.lower() else None

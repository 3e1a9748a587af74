"""What the doctor takes for a need."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghapp.commands.doctor import redis_for
from ghapp.settings import read_settings

GOOD = {
    "GREENLOOP_APP_ID": "12",
    "GREENLOOP_PRIVATE_KEY_PATH": "/keys/app.pem",
    "GREENLOOP_WEBHOOK_SECRET": "correct horse battery staple",
}


@pytest.mark.needs("redis")
def test_a_redis_that_up_starts_by_itself_is_not_missed() -> None:
    """Where none is configured nothing has to run yet: a server that can be started is enough."""
    finding = redis_for(read_settings(GOOD), GOOD)
    assert finding.is_met
    assert "greenloop up" in finding.said


def test_a_redis_that_is_configured_has_to_answer(tmp_path: Path) -> None:
    """`up` starts none then, so this is a need that is not met."""
    environ = {**GOOD, "GREENLOOP_REDIS_URL": f"unix://{tmp_path}/none.sock"}
    finding = redis_for(read_settings(environ), environ)
    assert (finding.is_met, finding.is_need) == (False, True)

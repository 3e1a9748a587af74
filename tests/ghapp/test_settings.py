"""Which environments describe a working App."""

from __future__ import annotations

import pytest

from ghapp.errors import SettingsInvalid
from ghapp.settings import WEAK_SECRETS, read_settings

GOOD = {
    "GREENLOOP_APP_ID": "12",
    "GREENLOOP_PRIVATE_KEY_PATH": "/keys/app.pem",
    "GREENLOOP_WEBHOOK_SECRET": "correct horse battery staple",
}


def test_three_variables_are_enough() -> None:
    """Everything else has its documented default."""
    settings = read_settings(GOOD)
    assert (settings.api_url, settings.web_url) == ("https://api.github.com", "https://github.com")
    assert (settings.label, settings.engine, settings.run_seconds, settings.retries) == ("greenloop", "auto", 90.0, 3)
    assert settings.capture_content is False


def test_all_faults_come_at_once_with_their_variable_and_their_mend() -> None:
    """Nobody has to mend one fault to learn of the next."""
    environment = {
        "GREENLOOP_APP_ID": "twelve",
        "GREENLOOP_REDIS_URL": "http://:hush-hush@redis",
        "GREENLOOP_HISTORY_URL": "mysql://me:hush-hush@db/greenloop",
        "GREENLOOP_ENGINE": "gpt",
        "GREENLOOP_RUN_SECONDS": "nan",
        "GREENLOOP_WORKERS": "0",
        "GREENLOOP_API_URL": "http://api.example.org",
        "GREENLOOP_CAPTURE_CONTENT": "perhaps",
        "GREENLOOP_WRITE_GAP_SECONDS": "-1",
    }
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(environment)
    missing = {"GREENLOOP_PRIVATE_KEY_PATH", "GREENLOOP_WEBHOOK_SECRET"}
    assert {fault.split()[0] for fault in caught.value.faults} == {*environment, *missing}
    assert all("set it to" in fault for fault in caught.value.faults)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "   ", "short", "a" * 40, "abababababababababab", *sorted(WEAK_SECRETS)])
def test_it_does_not_start_without_a_real_secret(secret: str) -> None:
    """A missing or guessable webhook secret is a fault, and its value is not repeated."""
    with pytest.raises(SettingsInvalid) as caught:
        read_settings({**GOOD, "GREENLOOP_WEBHOOK_SECRET": secret})
    (fault,) = caught.value.faults
    assert fault.startswith("GREENLOOP_WEBHOOK_SECRET")
    assert len(secret.strip()) < 6 or secret not in fault or secret in ("webhook", "secret")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8123/api/v3", "http://localhost:8123", "https://ghe.example.org/"])
def test_tokens_travel_encrypted_or_stay_on_the_machine(url: str) -> None:
    """Plain http is for this machine alone; a trailing slash does not matter."""
    assert read_settings({**GOOD, "GREENLOOP_API_URL": url}).api_url == url.rstrip("/")


def test_a_reserve_that_eats_the_run_is_a_fault() -> None:
    """The reserve for publishing has to leave time for the run."""
    with pytest.raises(SettingsInvalid, match="RESERVE"):
        read_settings({**GOOD, "GREENLOOP_RUN_SECONDS": "10", "GREENLOOP_PUBLISH_RESERVE_SECONDS": "10"})


def test_printing_the_settings_does_not_print_the_secret() -> None:
    """Settings end up in logs and tracebacks."""
    assert "horse" not in repr(read_settings(GOOD))

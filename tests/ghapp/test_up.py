"""What `up` hands on to the services that it starts."""

from __future__ import annotations

from pathlib import Path

from ghapp.commands.up import files_of
from ghapp.settings import read_settings


def test_relative_files_are_found_from_any_folder() -> None:
    """The services run in the state folder, and still read the key that was meant where `up` was started."""
    settings = read_settings(
        {
            "GREENLOOP_APP_ID": "12",
            "GREENLOOP_PRIVATE_KEY_PATH": "keys/app.pem",
            "GREENLOOP_WEBHOOK_SECRET": "correct horse battery staple",
            "GREENLOOP_STATE_DIR": "var/state",
        }
    )
    assert files_of(settings) == {
        "GREENLOOP_PRIVATE_KEY_PATH": str(Path.cwd() / "keys" / "app.pem"),
        "GREENLOOP_STATE_DIR": str(Path.cwd() / "var" / "state"),
    }

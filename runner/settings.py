"""What a machine offers its runs, as GREENLOOP_* variables name it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runner.adapters.pip_settings import PipSettings, pip_settings
from runner.errors import BadInput

OLLAMA_MODEL: Final = "llama3.1:8b"
OLLAMA_URL: Final = "http://127.0.0.1:11434"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may use. `state_dir` keeps keys, caches and history; it is made when missing.

    `history_url` names another database for the history, empty for the file in `state_dir`; it may hold a password.
    """

    state_dir: Path
    engine: str = "auto"
    ollama_url: str = OLLAMA_URL
    ollama_model: str = OLLAMA_MODEL
    collector_url: str | None = None
    captures_content: bool = False
    workers: int = 1
    secrets: tuple[str, ...] = field(default=(), repr=False)
    history_url: str = field(default="", repr=False)
    pip: PipSettings = field(default_factory=PipSettings)
    prepare_timeout_s: float = 600.0


def settings_from(environ: Mapping[str, str]) -> Settings:
    """The settings that GREENLOOP_* variables name, for the composition roots. Raises BadInput."""
    home = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or tempfile.gettempdir()) / ".local/state")
    workers = environ.get("GREENLOOP_WORKERS", "1")
    if not workers.isdigit() or int(workers) < 1:
        raise BadInput(f"GREENLOOP_WORKERS must be a whole number from 1, not {workers!r}")
    collector = environ.get("GREENLOOP_OTLP_ENDPOINT") or environ.get("GREENLOOP_PHOENIX_URL")
    return Settings(
        state_dir=Path(environ.get("GREENLOOP_STATE_DIR") or Path(home) / "greenloop"),
        engine=environ.get("GREENLOOP_ENGINE", "auto"),
        ollama_url=environ.get("GREENLOOP_OLLAMA_URL", OLLAMA_URL),
        ollama_model=environ.get("GREENLOOP_OLLAMA_MODEL", OLLAMA_MODEL),
        collector_url=collector or None,
        captures_content=environ.get("GREENLOOP_CAPTURE_CONTENT") in ("1", "true", "yes"),
        workers=int(workers),
        history_url=environ.get("GREENLOOP_HISTORY_URL", ""),
        pip=pip_settings(environ, Path(environ.get("HOME") or "/")),
    )

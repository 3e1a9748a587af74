"""What an installation is configured with, read from GREENLOOP_* variables with every fault at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from ghapp.errors import SettingsInvalid

WEAK_SECRETS: Final = frozenset(
    {"development", "secret", "password", "changeme", "change-me", "webhook", "webhook-secret", "greenloop", "test"}
)
"""Defaults of other tools and words that everybody tries first."""

MIN_SECRET_CHARS: Final = 16

EngineName = Literal["auto", "ollama", "search"]
_ENGINES: Final[Mapping[str, EngineName]] = {"auto": "auto", "ollama": "ollama", "search": "search"}
_FLAGS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation of the App. Addresses have no trailing slash; empty strings mean "not configured"."""

    app_id: int
    private_key_path: Path
    webhook_secret: str
    redis_url: str
    state_dir: Path
    history_url: str
    api_url: str
    web_url: str
    phoenix_url: str
    otlp_endpoint: str
    engine: EngineName
    ollama_url: str
    ollama_model: str
    workers: int
    label: str
    run_seconds: float
    publish_reserve_s: float
    prepare_seconds: float
    retries: int
    capture_content: bool
    test_command: str
    request_gap_s: float
    write_gap_s: float

    def __repr__(self) -> str:
        """Without the secret: settings end up in logs and tracebacks."""
        return f"Settings(app_id={self.app_id}, state_dir={str(self.state_dir)!r}, api_url={self.api_url!r})"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in a mapping of variables. Raises SettingsInvalid with all faults."""
    reader = _Reader(environment)
    settings = Settings(
        app_id=reader.number("GREENLOOP_APP_ID", None, least=1, help_="the App ID on the App's settings page"),
        private_key_path=reader.path("GREENLOOP_PRIVATE_KEY_PATH", None, help_="the file of the App's private key"),
        webhook_secret=reader.secret("GREENLOOP_WEBHOOK_SECRET"),
        redis_url=reader.url("GREENLOOP_REDIS_URL", "redis://127.0.0.1:6379/0", ("redis", "rediss", "unix")),
        state_dir=reader.path("GREENLOOP_STATE_DIR", ".greenloop/state", help_="a folder that survives restarts"),
        history_url=reader.text("GREENLOOP_HISTORY_URL", ""),
        api_url=reader.web("GREENLOOP_API_URL", "https://api.github.com"),
        web_url=reader.web("GREENLOOP_WEB_URL", "https://github.com"),
        phoenix_url=reader.url("GREENLOOP_PHOENIX_URL", "", ("http", "https")),
        otlp_endpoint=reader.url("GREENLOOP_OTLP_ENDPOINT", "", ("http", "https")),
        engine=reader.choice("GREENLOOP_ENGINE", "auto", _ENGINES),
        ollama_url=reader.url("GREENLOOP_OLLAMA_URL", "http://127.0.0.1:11434", ("http", "https")),
        ollama_model=reader.text("GREENLOOP_OLLAMA_MODEL", "llama3.1:8b"),
        workers=reader.number("GREENLOOP_WORKERS", 1, least=1),
        label=reader.text("GREENLOOP_LABEL", "greenloop"),
        run_seconds=reader.quantity("GREENLOOP_RUN_SECONDS", 90.0, least=5.0),
        publish_reserve_s=reader.quantity("GREENLOOP_PUBLISH_RESERVE_SECONDS", 12.0),
        prepare_seconds=reader.quantity("GREENLOOP_PREPARE_SECONDS", 600.0, least=1.0),
        retries=reader.number("GREENLOOP_RETRIES", 3),
        capture_content=reader.choice("GREENLOOP_CAPTURE_CONTENT", "no", _FLAGS),
        test_command=reader.text("GREENLOOP_TEST_COMMAND", ""),
        # GitHub asks for a second between writes: https://docs.github.com/rest/using-the-rest-api/best-practices
        request_gap_s=reader.quantity("GREENLOOP_REQUEST_GAP_SECONDS", 0.25),
        write_gap_s=reader.quantity("GREENLOOP_WRITE_GAP_SECONDS", 1.0),
    )
    reader.forbid(
        settings.publish_reserve_s >= settings.run_seconds,
        "GREENLOOP_PUBLISH_RESERVE_SECONDS leaves nothing of GREENLOOP_RUN_SECONDS; make it smaller",
    )
    reader.forbid(
        urlsplit(settings.history_url).scheme not in ("", "postgresql", "sqlite"),
        "GREENLOOP_HISTORY_URL is of another kind; set it to an address that begins with postgresql://",
    )
    if reader.faults:
        raise SettingsInvalid(tuple(reader.faults))
    return settings


class _Reader:
    """Reads variables and collects what is wrong with them; a wrong one yields a stand-in that is never used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def forbid(self, is_wrong: bool, fault: str) -> None:  # noqa: FBT001 - the condition is the subject here
        """Note a fault if it holds."""
        if is_wrong:
            self.faults.append(fault)

    def text(self, name: str, default: str) -> str:
        """The variable without blanks around it; the default when it is unset or empty."""
        return self._environment.get(name, "").strip() or default

    def parsed(self, name: str, default: T | None, parse: Callable[[str], T], want: str) -> T | None:
        """The parsed variable, its default, or None after noting a fault that says what is wanted."""
        raw = self.text(name, "")
        if not raw:
            self.forbid(default is None, f"{name} is not set; set it to {want}")
            return default
        try:
            return parse(raw)
        except (ValueError, KeyError):
            self.faults.append(f"{name} is {raw!r}; set it to {want}")
            return default

    def number(self, name: str, default: int | None, *, least: int = 0, help_: str = "") -> int:
        """A whole number of at least `least`."""
        want = help_ or f"a whole number of at least {least}"
        found = self.parsed(name, default, int, want)
        if found is None:
            return least
        self.forbid(found < least, f"{name} is {found}; set it to {want}")
        return found

    def quantity(self, name: str, default: float, *, least: float = 0.0) -> float:
        """A number of seconds."""
        want = f"a number of seconds from {least:g} to 86400"
        found = self.parsed(name, default, float, want)
        found = default if found is None else found
        self.forbid(not least <= found <= 86_400, f"{name} is {found}; set it to {want}")
        return found

    def choice(self, name: str, default: str, allowed: Mapping[str, T]) -> T:
        """One of the allowed words, in any case."""
        want = "one of " + ", ".join(allowed)
        found = self.parsed(name, allowed[default], lambda raw: allowed[raw.lower()], want)
        return allowed[default] if found is None else found

    def path(self, name: str, default: str | None, *, help_: str) -> Path:
        """A path."""
        return self.parsed(name, None if default is None else Path(default), Path, help_) or Path()

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """An address with one of the schemes, without its trailing slash."""
        found = self.text(name, default).rstrip("/")
        if found and urlsplit(found).scheme not in schemes:
            # The value is not repeated: it may hold a password.
            self.faults.append(f"{name} is of another kind; set it to an address that begins with {schemes[0]}://")
        return found

    def web(self, name: str, default: str) -> str:
        """An address that tokens are sent to: https, or http on this machine alone."""
        found = self.url(name, default, ("https", "http"))
        parts = urlsplit(found)
        open_wire = parts.scheme == "http" and parts.hostname not in _LOOPBACK
        self.forbid(open_wire, f"{name} is {found!r}; tokens travel there: set it to an https address")
        return found

    def secret(self, name: str) -> str:
        """The webhook secret; there is no App without one. Its value is never repeated in a fault."""
        found = self.text(name, "")
        weak = found.lower() in WEAK_SECRETS or len(set(found)) < 4
        too_short = bool(found) and (weak or len(found) < MIN_SECRET_CHARS)
        advice = "set it to 32 random characters, here and on the App's settings page"
        self.forbid(not found, f"{name} is not set and every delivery must be verified; {advice}")
        self.forbid(too_short, f"{name} is easily guessed; {advice}")
        return found

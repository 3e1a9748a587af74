"""How pip reaches packages on this machine: its own settings, and the files that they point to."""

from __future__ import annotations

import configparser
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

# pip's settings that say where packages come from and whom to trust; others of its settings say where to put things.
PIP_VARIABLES: Final = frozenset(
    {"PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX",
     "PIP_ONLY_BINARY", "PIP_PROXY", "PIP_RETRIES", "PIP_TRUSTED_HOST", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR",
     "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PipSettings:
    """How pip reaches packages on this machine. An index's password in them is seen by the projects' build code."""

    variables: Mapping[str, str] = field(default_factory=dict)
    config_files: tuple[Path, ...] = ()

    @property
    def env(self) -> Mapping[str, str]:
        """The variables for a build; the last configuration file, hidden with the home, is named."""
        named = {"PIP_CONFIG_FILE": str(self.config_files[-1])} if self.config_files else {}
        return {**self.variables, **named}

    @property
    def readable(self) -> tuple[Path, ...]:
        """The files and folders that the settings point to, and the configuration files themselves."""
        values = [*self.variables.values(), *(value for file in self.config_files for value in _ini_values(file))]
        named = [path for value in values for word in value.split() if (path := _local_path(word))]
        return tuple(dict.fromkeys([*self.config_files, *named]))


def pip_settings(environ: Mapping[str, str], home: Path) -> PipSettings:
    """What of this machine's settings says where pip finds packages, as https://pip.pypa.io/en/stable/ has it."""
    user = environ.get("PIP_CONFIG_FILE") or next(
        (str(path) for path in (home / ".config/pip/pip.conf", home / ".pip/pip.conf") if path.is_file()), ""
    )
    files = tuple(path for path in (Path("/etc/pip.conf"), Path(user)) if path.is_file())
    return PipSettings({name: value for name, value in environ.items() if name in PIP_VARIABLES}, files)


def _ini_values(path: Path) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
        parser.read(path, encoding="utf-8")
    return [value for section in parser.sections() for value in parser[section].values()]


def _local_path(word: str) -> Path | None:
    """The existing file or folder that a word of a setting names, by path or file: URL."""
    path = Path(unquote(urlsplit(word).path) if word.startswith("file:") else word)
    if not path.is_absolute() or not path.exists():
        return None
    return path.parent if path.name == "simple" else path  # the pages of an index link to files beside it

"""What a seed file says, and how a hub is filled from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghapp.localhub.errors import SeedInvalid
from ghapp.localhub.jsontypes import Json
from ghapp.localhub.models import ROLES, Role
from ghapp.localhub.server import LocalHub
from ghapp.localhub.setup import AppManifest


@dataclass(frozen=True, slots=True)
class Seeded:
    """The ids that a seed was given: Apps by slug, installations in the seed's order."""

    apps: Mapping[str, int]
    installations: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Part:
    """One object of the seed; `where` names it in messages."""

    where: str
    fields: Mapping[str, Json]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if not isinstance(value, str):
            raise SeedInvalid(f"{self.where}.{name}: expected a string, got {value!r}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.fields.get(name, ())
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise SeedInvalid(f"{self.where}.{name}: expected a list of strings")
        return tuple(str(item) for item in value)

    def words(self, name: str) -> dict[str, str]:
        value = self.fields.get(name, {})
        if not isinstance(value, Mapping):
            raise SeedInvalid(f"{self.where}.{name}: expected an object")
        return {key: str(word) for key, word in value.items()}

    def number(self, name: str) -> int | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, int):
            raise SeedInvalid(f"{self.where}.{name}: expected a whole number")
        return value

    def parts(self, name: str) -> list[_Part]:
        value = self.fields.get(name, ())
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise SeedInvalid(f"{self.where}.{name}: expected a list")
        found = [_Part(f"{name}[{i}]", item) for i, item in enumerate(value) if isinstance(item, Mapping)]
        if len(found) != len(value):
            raise SeedInvalid(f"{self.where}.{name}: every item is an object")
        return found


def fill(hub: LocalHub, seed_file: Path) -> Seeded:
    """Fills a hub from a JSON file; paths in it are relative to the file's folder. Raises SeedInvalid."""
    try:
        content = json.loads(seed_file.read_text())
    except (OSError, ValueError) as error:
        raise SeedInvalid(f"{seed_file}: {error}; write a JSON object") from error
    if not isinstance(content, dict):
        raise SeedInvalid(f"{seed_file}: write a JSON object")
    seed, folder = _Part("seed", content), seed_file.resolve().parent
    for user in seed.parts("users"):
        hub.add_user(user.text("login"), user.text("token", "") or None)
    apps = dict(_app(hub, part, folder) for part in seed.parts("apps"))
    for part in seed.parts("repositories"):
        _repository(hub, part, folder)
    installed = [
        hub.install(apps[part.text("app")], part.text("owner"), part.texts("repositories"))
        for part in seed.parts("installations")
    ]
    return Seeded(apps, installed)


def _app(hub: LocalHub, part: _Part, folder: Path) -> tuple[str, int]:
    slug = part.text("slug")
    app = hub.register_app(
        AppManifest(
            slug=slug,
            name=part.text("name", slug),
            permissions=part.words("permissions"),
            events=part.texts("events"),
            description=part.text("description", ""),
        ),
        (folder / part.text("public_key_file")).read_text(),
        webhook_url=part.text("webhook_url", ""),
        webhook_secret=(folder / part.text("webhook_secret_file")).read_bytes().strip(),
        app_id=part.number("id"),
    )
    return slug, app.id


def _repository(hub: LocalHub, part: _Part, folder: Path) -> None:
    hub.add_repository(
        part.text("owner"),
        part.text("name"),
        folder / part.text("source"),
        default_branch=part.text("default_branch", "main"),
        private=bool(part.fields.get("private", False)),
        collaborators={login: _role(part, role) for login, role in part.words("collaborators").items()},
        description=part.text("description", "") or None,
    )


def _role(part: _Part, word: str) -> Role:
    for role in ROLES:
        if role == word:
            return role
    raise SeedInvalid(f"{part.where}.collaborators: {word!r} is not one of {', '.join(ROLES)}")

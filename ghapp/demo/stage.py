"""What the demo plays on: a repository with its issue, a maintainer, and an App with keys made for this run alone."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ghapp.errors import DemoFailed

HERE: Final = Path(__file__).parent
MANIFEST: Final = HERE.parent.parent / "app.yml"
"""The App's manifest. It is JSON, which is YAML too."""

MAINTAINER: Final = "maya"
LABEL: Final = "greenloop"
APP_ID: Final = 4711
GIT_TIMEOUT_S: Final = 300.0
_NEW_TEST = re.compile(r"^\+\s*(?:async\s+)?def (test_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Play:
    """What is shown: the repository's folder and name, and the text of its issue (first line = title)."""

    source: Path
    name: str
    issue: str

    @property
    def title(self) -> str:
        """The issue's title."""
        return self.issue.strip().splitlines()[0].strip(" #")

    @property
    def body(self) -> str:
        """The issue's text below its title."""
        return self.issue.strip().partition("\n")[2].strip()


@dataclass(frozen=True, slots=True)
class Stage:
    """The prepared folder: a seed for the hub, the maintainer's token, and the App's settings."""

    seed: Path
    token: str
    variables: Mapping[str, str]


def own_play() -> Play:
    """The repository and the issue that come with the demo."""
    return Play(HERE / "sample", "larder", (HERE / "issue.md").read_text(encoding="utf-8"))


def local_play(folder: Path, repository: Path, task: Path, test_patch: Path | None) -> Play:
    """A local repository and the text of a task; the repository is copied, never written to.

    A test patch becomes the last commit of the copy, and the issue names its tests. Raises DemoFailed.
    """
    copy = folder / "source"
    _git(folder, "clone", "--quiet", "--no-hardlinks", str(repository.resolve()), str(copy))
    issue = task.read_text(encoding="utf-8")
    if test_patch is not None:
        patch = test_patch.resolve()
        _git(copy, "apply", "--index", str(patch))
        who = ("-c", f"user.name={MAINTAINER}", "-c", f"user.email={MAINTAINER}@localhost")
        _git(copy, *who, "commit", "--quiet", "--no-verify", "-m", "Add the failing test")
        names = dict.fromkeys(_NEW_TEST.findall(patch.read_text(encoding="utf-8")))
        issue += "\n\nThe failing tests: " + ", ".join(f"`{name}`" for name in names) + "\n"
    return Play(copy, re.sub(r"[^A-Za-z0-9._-]", "-", repository.resolve().name) or "repository", issue)


def _git(folder: Path, *words: str) -> None:
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise DemoFailed(f"git {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


def set_stage(folder: Path, play: Play, *, webhook_url: str) -> Stage:
    """Write keys and seed into the folder."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secret, token = secrets.token_hex(24), "ghp_" + secrets.token_hex(18)
    for name, content in {"app.pem": private, "app.pub": public, "webhook-secret": secret.encode()}.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    seed = folder / "seed.json"
    seed.touch(mode=0o600)
    seed.write_text(json.dumps(_seed(play, token, webhook_url), indent=2), encoding="utf-8")
    variables = {
        "GREENLOOP_APP_ID": str(APP_ID),
        "GREENLOOP_PRIVATE_KEY_PATH": str(folder / "app.pem"),
        "GREENLOOP_WEBHOOK_SECRET": secret,
        "GREENLOOP_LABEL": LABEL,
        "GREENLOOP_REQUEST_GAP_SECONDS": "0",
        "GREENLOOP_WRITE_GAP_SECONDS": "0",
    }
    return Stage(seed, token, variables)


def _seed(play: Play, token: str, webhook_url: str) -> Mapping[str, object]:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {
        "users": [{"login": MAINTAINER, "token": token}],
        "apps": [
            {
                "id": APP_ID,
                "slug": "greenloop",
                "name": manifest["name"],
                "description": manifest["description"],
                "permissions": manifest["default_permissions"],
                "events": manifest["default_events"],
                "public_key_file": "app.pub",
                "webhook_url": webhook_url,
                "webhook_secret_file": "webhook-secret",
            }
        ],
        "repositories": [
            {
                "owner": MAINTAINER,
                "name": play.name,
                "source": str(play.source.resolve()),
                "collaborators": {MAINTAINER: "admin"},
            }
        ],
        "installations": [{"app": "greenloop", "owner": MAINTAINER, "repositories": [play.name]}],
    }

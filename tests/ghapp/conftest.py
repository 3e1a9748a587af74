"""A small world for the GitHub side: an App on a local hub, a repository with a defect, and a job's desk."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ghapp.auth import app_jwt
from ghapp.git_remote import Git
from ghapp.github_api import GitHubAppApi, Link, RepositoryApi
from ghapp.localhub import App, AppManifest, LocalHub
from ghapp.orders import Order, written
from ghapp.processes import this_process
from ghapp.render import Renderer
from ghapp.router import FixIssue
from ghapp.settings import Settings, read_settings
from ghapp.steps.desk import Desk, Prepared
from ghapp.steps.fix import fix_issue
from ghapp.store import Job, Store
from ghapp.testing import FakeSolve
from ghapp.webhook import RepositoryRef
from runner.models import Overlay
from runner.proof import Verdict

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "correct horse battery staple"
SOURCE = "def total(prices):\n    return sum(prices[1:])\n"
FIXED = {"src/it.py": b"def total(prices):\n    return sum(prices)\n"}


@pytest.fixture(scope="session")
def key_pem() -> str:
    """An RSA key, made once: making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_half(private_pem: str) -> str:
    """The public half of a private key."""
    key = serialization.load_pem_private_key(private_pem.encode(), None)
    encoding, kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, kind).decode()


@dataclass
class World:
    """The hub and everything that was set up on it."""

    hub: LocalHub
    app: App
    settings: Settings
    repository: RepositoryRef
    installation_id: int
    link: Link
    folder: Path
    slept: list[float] = field(default_factory=list)

    @staticmethod
    def tree_of(clone: Path, commit: str, overlay: Overlay) -> str:
        """The tree that a commit and an overlay make, by another way than the code under test."""
        return tree_of(clone, commit, overlay)

    def request(self, method: str, path: str, body: Any = None, token: str = "mona-token") -> Any:
        """One REST request as a person; the answer's JSON."""
        words = ["-X", method, "-H", f"Authorization: Bearer {token}"]
        words += ["-d", json.dumps(body)] if body is not None else []
        found = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", *words, f"{self.hub.api_url}{path}"],
            capture_output=True,
            check=True,
            timeout=20,
        )
        return json.loads(found.stdout or b"null")

    def issue(self, title: str = "Totals are too small", body: str = "The first price is left out.") -> int:
        """A new issue's number."""
        made = self.request("POST", "/repos/octo/shop/issues", {"title": title, "body": body})
        return int(made["number"])

    def order(self, number: int, **changes: Any) -> FixIssue:
        """An order to fix an issue, by somebody who may."""
        order = FixIssue(
            installation_id=self.installation_id,
            repository=self.repository,
            issue_number=number,
            title="Totals are too small",
            text="Totals are too small\n\nThe first price is left out.",
            requester="mona",
            requester_id=7,
            trigger="label",
            key=f"{self.repository.id}#{number}:greenloop",
        )
        return replace(order, **changes)

    def comments(self, number: int) -> list[dict[str, Any]]:
        """The comments of an issue, oldest first."""
        return list(self.request("GET", f"/repos/octo/shop/issues/{number}/comments"))

    def pulls(self, state: str = "all") -> list[dict[str, Any]]:
        """The repository's pull requests."""
        return list(self.request("GET", f"/repos/octo/shop/pulls?state={state}"))

    def reactions(self, number: int) -> list[str]:
        """The reactions to an issue."""
        return [it["content"] for it in self.request("GET", f"/repos/octo/shop/issues/{number}/reactions")]

    def git(self, *words: str) -> str:
        """A git command in the hub's repository."""
        argv = ["git", "--git-dir", str(self.hub.git_dir("octo", "shop")), *words]
        return subprocess.run(argv, capture_output=True, check=True, text=True, timeout=20).stdout.strip()

    def app_api(self) -> GitHubAppApi:
        """The App as itself."""
        pem = self.settings.private_key_path.read_text()
        return GitHubAppApi(self.link, lambda: app_jwt(self.app.id, pem, time.time()))

    @staticmethod
    def taken(desk: Desk, order: Order, delivery: str = "d1") -> Job:
        """The order as a job in this process's hands."""
        (job_id,) = desk.store.accept(delivery, [written(order)])
        assert isinstance(job_id, str), job_id
        return desk.store.take(job_id, this_process(), this_process())

    def run(self, desk: Desk, number: int, delivery: str = "d1", **changes: Any) -> Job:
        """Take an order in and carry it out; the job as the store has it afterwards."""
        order = self.order(number, **changes)
        job = self.taken(desk, order, delivery)
        fix_issue(desk, job, order)
        return desk.store.job(job.id)

    def desk(self, **changes: Any) -> Desk:
        """What a job works with: real parts, a made-up run that proves the fix."""
        desk = Desk(
            settings=self.settings,
            store=Store(self.settings.state_dir / "app.sqlite", time.time),
            app=self.app_api(),
            connect=lambda token, name, bot: RepositoryApi(self.link, token, name, bot),
            git=Git,
            lock=lambda _: nullcontext(),
            renderer=Renderer({path.name: path.read_text() for path in (ROOT / "templates").glob("*.md.j2")}),
            prepare=lambda _clone, _commit: Prepared(None, 0.0),
            solve=FakeSolve(Verdict.PROVEN, FIXED, tree_of),
            clock=time.monotonic,
            now=time.time,
        )
        return replace(desk, **changes)


def tree_of(clone: Path, commit: str, overlay: Overlay) -> str:
    """The tree that a commit and an overlay make, by another way than the code under test: a work tree."""
    work = clone.parent / "tree-of"
    git = ("git", "-c", "safe.bareRepository=all", "--git-dir", str(clone), "--work-tree", str(work))
    work.mkdir()
    index = {"GIT_INDEX_FILE": str(work.parent / "tree-of-index"), "PATH": "/usr/bin:/bin"}

    def run(*words: str) -> str:
        done = subprocess.run([*git, *words], capture_output=True, check=True, text=True, env=index, timeout=20)
        return done.stdout.strip()

    run("read-tree", commit)
    run("checkout-index", "-a", "-f")
    for path, content in overlay.items():
        if content is None:
            (work / path).unlink()
        else:
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(content)
    run("add", "-A")
    return run("write-tree")


def settings_for(hub: LocalHub, folder: Path, key: Path, app_id: int, **more: str) -> Settings:
    """The settings of an App on the hub, without pauses between requests."""
    return read_settings(
        {
            "GREENLOOP_APP_ID": str(app_id),
            "GREENLOOP_PRIVATE_KEY_PATH": str(key),
            "GREENLOOP_WEBHOOK_SECRET": SECRET,
            "GREENLOOP_STATE_DIR": str(folder / "state"),
            "GREENLOOP_API_URL": hub.api_url,
            "GREENLOOP_WEB_URL": hub.url,
            "GREENLOOP_REQUEST_GAP_SECONDS": "0",
            "GREENLOOP_WRITE_GAP_SECONDS": "0",
            **more,
        }
    )


@pytest.fixture
def world(tmp_path: Path, key_pem: str) -> Iterator[World]:
    """An App on a hub, installed on octo/shop, where mona may write and stan may not."""
    key = tmp_path / "key.pem"
    key.write_text(key_pem)
    source = tmp_path / "source"
    (source / "src").mkdir(parents=True)
    (source / "src" / "it.py").write_text(SOURCE)
    (source / "README.md").write_text("# Shop\n")
    manifest_json = json.loads((ROOT / "app.yml").read_text())
    manifest = AppManifest(
        "greenloop", "Greenloop", manifest_json["default_permissions"], tuple(manifest_json["default_events"])
    )
    with LocalHub.start(tmp_path / "hub", journal_size=500) as hub:
        for login in ("mona", "stan"):
            hub.add_user(login, token=f"{login}-token")
        repository_id = hub.add_repository("octo", "shop", source, collaborators={"mona": "write", "stan": "triage"})
        app = hub.register_app(manifest, public_half(key_pem), webhook_url="", webhook_secret=SECRET.encode())
        installation_id = hub.install(app.id, "octo", ["shop"])
        settings = settings_for(hub, tmp_path, key, app.id)
        slept: list[float] = []
        link = Link(hub.api_url, 0.0, 0.0, now=time.time, sleep=slept.append)
        repository = RepositoryRef(repository_id, "octo/shop")
        yield World(hub, app, settings, repository, installation_id, link, tmp_path, slept)

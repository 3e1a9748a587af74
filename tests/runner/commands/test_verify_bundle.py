"""`verify --bundle` from a shell: evidence is checked offline, and measured again on wish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.adapters.bundle import ENVELOPE, FINAL_CERTIFICATE, RunBundle
from runner.adapters.signing import PublicKey, SigningKey
from runner.compose import KEY
from tests.runner.commands.conftest import BROKEN, Run, commit, git, make_shop, make_task, runs_in


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository, the evidence of its proven repair, the signing state and the public key."""
    folder = tmp_path_factory.mktemp("proven")
    shop, task = make_shop(folder), make_task(folder)
    done = runs_in(folder)("fix", "--repo", shop, "--task", task, "--engine", "search", "--out", folder / "bundle")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "key.pem").write_text(SigningKey(folder / "state" / KEY).public_pem)
    return folder


@pytest.fixture
def shop(proven: Path, tmp_path: Path) -> Path:
    """The repository, in a copy of all of it that is this test's own."""
    shutil.copytree(proven, tmp_path, dirs_exist_ok=True)
    return tmp_path / "shop"


@pytest.fixture
def bundle(shop: Path) -> Path:
    """The evidence."""
    return shop.parent / "bundle"


def signed_again(bundle: Path, target: Path, state: Path, change: Callable[[str], str]) -> Path:
    """A bundle with another tests.json, signed by the right key: what a lying installation could make."""
    key = SigningKey(state / KEY)
    forged = RunBundle(target, key, PublicKey(key.public_pem))
    for path in bundle.iterdir():
        if path.name not in (ENVELOPE, FINAL_CERTIFICATE):
            text = path.read_text()
            forged.write(path.name, change(text) if path.name == "tests.json" else text)
    facts = json.loads((bundle / FINAL_CERTIFICATE).read_text())["facts"]
    assert forged.seal({name: facts[name] for name in ("verdict", "exit", "trace_id")})
    return target


def test_a_bundle_verifies_offline_and_replays(bundle: Path, shop: Path, tmp_path: Path, greenloop: Run) -> None:
    """From the folder and the key alone; then its matrix comes out the same in a fresh checkout."""
    offline = greenloop("verify", "--bundle", bundle, "--key", tmp_path / "key.pem", env=False)
    assert offline.returncode == 0, offline.stdout + offline.stderr
    assert offline.stdout.startswith("PROVEN\n  - the signature covers every file")
    words = ("verify", "--bundle", bundle, "--key", tmp_path / "key.pem", "--replay", "--repo", shop, "--json")
    replayed = greenloop(*words)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    report = json.loads(replayed.stdout)
    assert report["faults"] == []
    assert report["replay"]["base"]["reproducing"][0]["tests"] == report["matrix"]["base"]["reproducing"][0]["tests"]
    assert "measured again, every cell came out the same" in report["reasons"]


def test_any_flipped_byte_is_found(bundle: Path, tmp_path: Path, greenloop: Run) -> None:
    """In any file of the bundle; the file is named."""
    names = sorted(path.name for path in bundle.iterdir())
    assert {"change.diff", "tests.json", ENVELOPE, FINAL_CERTIFICATE} <= set(names)
    path = bundle / "tests.json"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    done = greenloop("verify", "--bundle", bundle, "--key", tmp_path / "key.pem", env=False)
    assert done.returncode == 1
    assert "tests.json was altered after signing" in done.stdout


def test_a_verdict_that_its_own_matrix_does_not_bear_is_found(bundle: Path, tmp_path: Path, greenloop: Run) -> None:
    """A signature says who claims it, not that it is right."""
    lie = signed_again(
        bundle,
        tmp_path / "lie",
        tmp_path / "state",
        lambda text: text.replace('"outcome": "failed"', '"outcome": "passed"'),
    )
    done = greenloop("verify", "--bundle", lie, "--key", tmp_path / "key.pem", env=False)
    assert done.returncode == 1
    assert "its matrix leads to UNPROVEN" in done.stdout


def test_a_replay_names_what_came_out_otherwise(bundle: Path, shop: Path, tmp_path: Path, greenloop: Run) -> None:
    """A matrix that was made up is told cell by cell."""
    lie = signed_again(
        bundle, tmp_path / "lie", tmp_path / "state", lambda text: text.replace("test_label", "test_made_up")
    )
    words = ("verify", "--bundle", lie, "--key", tmp_path / "key.pem")
    assert greenloop(*words, env=False).returncode == 0
    done = greenloop(*words, "--replay", "--repo", shop)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_made_up was passed, is not there" in done.stdout


def test_the_evidence_of_another_tree_is_refused(bundle: Path, shop: Path, tmp_path: Path, greenloop: Run) -> None:
    """A good bundle laid beside another commit proves nothing about that one."""
    base = git(shop, "rev-parse", "HEAD")
    head = commit(shop, {"cart.py": BROKEN["cart.py"].replace("prices[1:]", "list(prices)")})
    git(shop, "fetch", "-q", str(as_repository(bundle, tmp_path)), f"HEAD:refs/greenloop/evidence/{head}")
    key = tmp_path / "key.pem"
    done = greenloop("verify", "--repo", shop, "--base", base, "--head", head, "--key", key)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the evidence is about tree" in done.stdout


def as_repository(bundle: Path, tmp_path: Path) -> Path:
    """A repository whose one commit holds the bundle."""
    copy = tmp_path / "evidence"
    shutil.copytree(bundle, copy)
    git(copy, "init", "-q")
    git(copy, "add", "-A", "-f")
    git(copy, "commit", "-q", "-m", "evidence")
    return copy


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--bundle", "."), "--key is missing"),
        (("--bundle", "gone", "--key", "key.pem"), "is no folder"),
        (("--bundle", ".", "--key", "gone.pem"), "cannot read gone.pem"),
        (("--head", "HEAD"), "--repo and --base are missing"),
        (("--head", "HEAD", "--repo", ".", "--base", "HEAD", "--replay"), "name its folder with --bundle"),
    ],
)
def test_bad_input_says_what_to_do(tmp_path: Path, greenloop: Run, words: tuple[str, ...], told: str) -> None:
    """One line, exit status 2."""
    done = greenloop("verify", *words, env=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1

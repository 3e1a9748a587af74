"""Preparing environments: built once, in the sandbox, without a trace of a failed build."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from runner.adapters.environment import (
    EnvironmentStore,
    given_environment,
    repository_config,
)
from runner.adapters.interpreters import Interpreter, Interpreters
from runner.adapters.pip_settings import PipSettings, pip_settings
from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import environment_paths
from runner.errors import BadInput, EnvironmentMissing
from runner.ports import Command, Completed, Conversation, Ending
from runner.pressure import kill_tree, tree_rss_bytes
from runner.testing import FakeRepository

FILES = {"requirements.txt": b"dep\n", "a.py": b""}


@dataclass
class Folder:
    """A checkout that lies on disk."""

    root: Path

    def switch(self, overlay: Mapping[str, bytes | None]) -> None:
        """Nothing here tests."""


@dataclass
class FolderWorkspace:
    """Writes the files of a commit to a fresh folder."""

    files: Mapping[str, bytes]
    base: Path
    checkouts: int = 0

    @contextmanager
    def checkout(self, commit: str) -> Iterator[Folder]:
        """The folder."""
        self.checkouts += 1
        root = self.base / f"checkout{self.checkouts}"
        for name, content in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        yield Folder(root)


@dataclass
class ScriptedSandbox:
    """Runs nothing; says how each command ended."""

    exit_code_of: Callable[[tuple[str, ...]], int] = lambda _: 0
    commands: list[Command] = field(default_factory=list)
    description: str = "scripted"

    def run(self, command: Command) -> Completed:
        """The scripted end."""
        self.commands.append(command)
        code = self.exit_code_of(command.argv)
        return Completed(Ending.EXITED, code, f"said by {command.argv[-1]}", 0.1, 0)

    def converse(self, command: Command) -> AbstractContextManager[Conversation]:
        """Building is no conversation."""
        raise NotImplementedError


def store(tmp_path: Path, sandbox: ScriptedSandbox, pip: PipSettings | None = None) -> EnvironmentStore:
    """A store below the test's folder."""
    return EnvironmentStore(tmp_path / "cache", sandbox, pip or PipSettings(), timeout_s=60)


def workspace(tmp_path: Path, files: Mapping[str, bytes] = FILES) -> FolderWorkspace:
    """Checkouts below the test's folder."""
    return FolderWorkspace(files, tmp_path)


def test_an_environment_is_built_once(tmp_path: Path) -> None:
    """The second run with the same lock files pays nothing."""
    sandbox, place = ScriptedSandbox(), workspace(tmp_path)
    made = [store(tmp_path, sandbox).prepare(FakeRepository(FILES), place, "base") for _ in range(2)]
    assert [environment.was_cached for environment in made] == [False, True]
    assert made[0].folder == made[1].folder
    assert place.checkouts == 1
    assert [command.argv[1:4] for command in sandbox.commands] == [
        ("-m", "venv", str(made[0].folder)),
        ("-m", "pip", "install"),
        ("-m", "pip", "install"),
    ]
    assert "said by requirements.txt" in made[1].log


def test_an_old_python_gets_a_newer_pip(tmp_path: Path) -> None:
    """And its own program makes the environment."""
    old = Interpreter(Path("/old/bin/python3.8"), Path("/old"), "3.8.18")
    sandbox, pythons = ScriptedSandbox(), Interpreters(old, {})
    made = EnvironmentStore(tmp_path / "cache", sandbox, PipSettings(), timeout_s=60, interpreters=lambda: pythons)
    made.prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert [command.argv[:5] for command in sandbox.commands][:2] == [
        ("/old/bin/python3.8", "-m", "venv", str(next((tmp_path / "cache").glob("*.lock")).with_suffix(""))),
        ("python", "-m", "pip", "install", "--upgrade"),
    ]


def test_other_requirements_are_another_environment(tmp_path: Path) -> None:
    """Changed lock files never change an environment that a run may be using."""
    sandbox = ScriptedSandbox()
    changed = {**FILES, "requirements.txt": b"other\n"}
    first = store(tmp_path, sandbox).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    second = store(tmp_path, sandbox).prepare(FakeRepository(changed), workspace(tmp_path, changed), "base")
    assert first.folder != second.folder
    assert first.folder.is_dir()


def test_builds_have_network_but_no_secret(tmp_path: Path) -> None:
    """The sandbox gets the network, pip's settings and the environment's folder, and nothing else of the worker's."""
    sandbox = ScriptedSandbox()
    pip = PipSettings({"PIP_INDEX_URL": "https://index.test/simple"})
    made = store(tmp_path, sandbox, pip).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    for command in sandbox.commands:
        assert command.network
        assert command.writable == (made.folder,)
        assert command.env["PIP_INDEX_URL"] == "https://index.test/simple"
        assert command.env["PATH"].startswith(str(made.folder / "bin"))
        assert not set(command.env) & {"HOME", "GITHUB_TOKEN", "USER"}


def test_a_failed_build_says_what_to_configure_and_leaves_nothing(tmp_path: Path) -> None:
    """Half an environment must never be taken for one, and the next try starts afresh."""
    failing = ScriptedSandbox(lambda argv: int("requirements.txt" in argv))
    with pytest.raises(EnvironmentMissing, match=r"requirements\.txt` ended with exit code 1.*setup:.*said by"):
        store(tmp_path, failing).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]
    made = store(tmp_path, ScriptedSandbox()).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert not made.was_cached


def test_the_cause_of_a_failed_build_is_not_lost_behind_what_came_after(tmp_path: Path) -> None:
    """What went wrong comes first in it, then how npm is used, at length."""
    told = (
        "npm warn old lockfile\nnpm error code EUSAGE\nnpm error\nnpm error the lock misses lodash@4\n"
        + "usage\n" * 400
    )

    class Failing(ScriptedSandbox):
        def run(self, command: Command) -> Completed:
            return replace(super().run(command), exit_code=1, output=told)

    with pytest.raises(EnvironmentMissing, match="code EUSAGE\nnpm error the lock misses lodash@4\n") as refused:
        store(tmp_path, Failing()).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert str(refused.value).endswith("usage\n")
    assert len(str(refused.value)) < 2_000


def test_a_build_is_over_when_its_time_is(tmp_path: Path) -> None:
    """All commands of a build share the one time that was given for it."""
    sandbox = ScriptedSandbox()
    ticks = count(0, 20)
    built = EnvironmentStore(tmp_path / "cache", sandbox, PipSettings(), timeout_s=100, clock=lambda: next(ticks))
    built.prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert [command.timeout_s for command in sandbox.commands] == [80, 60, 40]


def test_what_may_fail_is_noted(tmp_path: Path) -> None:
    """A development requirement that does not install is said, also when the environment comes from the cache."""
    sandbox = ScriptedSandbox(lambda argv: int(argv[-1] == "pytest"))
    for _ in range(2):
        made = store(tmp_path, sandbox).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
        assert made.notes == ("`python -m pip install pytest` failed; its packages are not installed",)


def test_an_interrupted_build_does_not_count(tmp_path: Path) -> None:
    """A worker that was killed leaves a folder without its mark; it is built again from nothing."""
    made = store(tmp_path, ScriptedSandbox()).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    (made.folder / "ready.json").unlink()
    (made.folder / "half").write_text("")
    again = store(tmp_path, ScriptedSandbox()).prepare(FakeRepository(FILES), workspace(tmp_path), "base")
    assert not again.was_cached
    assert "half" not in os.listdir(again.folder)


def test_two_builders_build_once(tmp_path: Path) -> None:
    """The second waits for the first and takes what it made."""
    gate = threading.Barrier(2)

    def slow(argv: tuple[str, ...]) -> int:
        if "venv" not in argv:
            return 0
        try:
            gate.wait(timeout=0.3)  # opens only if both builders are in here at once
        except threading.BrokenBarrierError:
            return 0
        return 1

    def build(number: int) -> bool:
        place = workspace(tmp_path / str(number))
        return store(tmp_path, ScriptedSandbox(slow)).prepare(FakeRepository(FILES), place, "base").was_cached

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(build, range(2))) == [False, True]


def test_the_configuration_of_the_base_is_used(tmp_path: Path) -> None:
    """setup: replaces what would be found, and the environment carries the rest of the configuration."""
    files = {**FILES, ".github/greenloop.yml": b"setup: make deps\ntest: make test\n"}
    sandbox = ScriptedSandbox()
    made = store(tmp_path, sandbox).prepare(FakeRepository(files), workspace(tmp_path, files), "base")
    assert sandbox.commands[1].argv == ("sh", "-ec", "make deps")
    assert made.config.test == "make test"
    assert repository_config(FakeRepository(files), "base") == made.config
    assert repository_config(FakeRepository(FILES), "base").setup == ()


def test_a_manifest_that_is_no_text_is_bad_input(tmp_path: Path) -> None:
    """Somebody has to mend it; nothing crashes."""
    files = {**FILES, "requirements.txt": b"\xff\xfe"}
    with pytest.raises(BadInput, match="UTF-8"):
        store(tmp_path, ScriptedSandbox()).prepare(FakeRepository(files), workspace(tmp_path, files), "base")


def test_a_given_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    """`--env DIR` is not looked into; without a bin/ it is none."""
    with pytest.raises(EnvironmentMissing, match="has no bin/"):
        given_environment(tmp_path)
    (tmp_path / "bin").mkdir()
    made = given_environment(tmp_path)
    assert (made.folder, made.seconds, made.was_cached) == (tmp_path, 0.0, True)


def test_pip_settings_reach_the_sandbox(tmp_path: Path) -> None:
    """Where packages come from and whom to trust, with every local file that this names; nothing else passes."""
    wheels, index, certificate = tmp_path / "wheels", tmp_path / "index", tmp_path / "ca.pem"
    wheels.mkdir()
    (index / "simple").mkdir(parents=True)
    certificate.write_text("")
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"[global]\nfind-links =\n    file://{wheels}\n    /not/there\nindex-url = file://{index}/simple\n"
    )
    pip = pip_settings({"PIP_CERT": str(certificate), "PIP_TARGET": "/x", "GITHUB_TOKEN": "s"}, tmp_path)
    assert pip.env == {"PIP_CERT": str(certificate), "PIP_CONFIG_FILE": str(config)}
    assert {config, wheels, index, certificate} <= set(pip.readable)
    assert Path("/not/there") not in pip.readable


def wheel(folder: Path, name: str, modules: Mapping[str, str]) -> None:
    """A minimal wheel, as https://packaging.python.org/en/latest/specifications/binary-distribution-format has it."""
    info = f"{name}-1.0.dist-info"
    files = {
        **modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


BACKEND = """
import pathlib, zipfile

INFO = "project-3.1.dist-info"
WRITTEN = pathlib.Path("project/_version.py")

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    WRITTEN.write_text("VERSION = 'written by the build'")  # into the tree, as setuptools-scm does
    files = {"project/%s.py" % name: "raise ImportError('the installed copy')" for name in ("__init__", "gone")}
    files[str(WRITTEN)] = WRITTEN.read_text()
    files[INFO + "/METADATA"] = "Metadata-Version: 2.1\\nName: project\\nVersion: 3.1\\nRequires-Dist: dep\\n"
    files[INFO + "/WHEEL"] = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[INFO + "/RECORD"] = "".join(name + ",,\\n" for name in [*files, INFO + "/RECORD"])
    with zipfile.ZipFile(wheel_directory + "/project-3.1-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return "project-3.1-py3-none-any.whl"
"""
PROJECT = {
    "pyproject.toml": b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND.encode(),
    "project/__init__.py": b"from project._version import VERSION",
    "project/gone.py": b"",
}
LOOK = """
import importlib.metadata, importlib.util, dep, project, pytest
print(importlib.metadata.version("project"), dep.VALUE, project.__file__, project.VERSION)
print(importlib.util.find_spec("project.gone"), importlib.util.find_spec("project.never"))
"""


@pytest.mark.needs("bwrap")
def test_a_real_project_is_prepared(tmp_path: Path) -> None:
    """Built in bubblewrap from local wheels: dependencies, version and built files are there, the code is not."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "dep", {"dep.py": "VALUE = 'dependency'"})
    wheel(wheels, "pytest", {"pytest.py": ""})
    sandbox = open_sandbox(tree_rss_bytes, kill_tree, 2e9)
    pip = PipSettings({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)})
    prepared = EnvironmentStore(tmp_path / "cache", sandbox, pip, timeout_s=60)
    made = prepared.prepare(FakeRepository(PROJECT), workspace(tmp_path, PROJECT), "base")
    assert made.notes == ()
    assert made.log.count("Successfully installed") == 2
    head = tmp_path / "head"
    (head / "project").mkdir(parents=True)
    (head / "project" / "__init__.py").write_bytes(PROJECT["project/__init__.py"])
    path = {"PATH": f"{made.folder / 'bin'}:/usr/bin"}
    done = sandbox.run(Command(("python", "-c", LOOK), head, 60.0, path, environment_paths(made.folder)))
    expected = f"3.1 dependency {head}/project/__init__.py written by the build\nNone None"
    assert (done.exit_code, done.output.strip()) == (0, expected)


@pytest.mark.needs("bwrap")
def test_of_requirements_that_fail_as_a_whole_the_rest_is_installed(tmp_path: Path) -> None:
    """A tool that was pinned years ago keeps no test from running; its absence is told."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in ("dep", "other", "third", "pytest"):
        wheel(wheels, name, {f"{name}.py": ""})
    required = (
        b"# what we need\n--no-index\ndep==1.0\ngone==9 \\\n  ; python_version > '3'\nother  # why\n-r more.txt\n"
    )
    files = {"requirements.txt": required, "more.txt": b"third\n", "a.py": b""}
    sandbox = open_sandbox(tree_rss_bytes, kill_tree, 2e9)
    pip = PipSettings({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)})
    prepared = EnvironmentStore(tmp_path / "cache", sandbox, pip, timeout_s=120)
    made = prepared.prepare(FakeRepository(files), workspace(tmp_path, files), "base")
    assert made.notes == ("`python -m pip install -r requirements.txt` failed; not installed: gone==9",)
    (packages,) = (made.folder / "lib").glob("python*/site-packages")
    assert all((packages / f"{name}.py").exists() for name in ("dep", "other", "third", "pytest"))
    nothing = {**files, "requirements.txt": b"gone==9\n"}
    with pytest.raises(EnvironmentMissing, match="No matching distribution"):
        prepared.prepare(FakeRepository(nothing), workspace(tmp_path, nothing), "base")

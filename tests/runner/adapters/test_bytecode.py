"""What a job's tests import is compiled once, by us alone, and a changed file never runs as it was."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.bytecode import LEAST_NEW, Bytecode
from runner.adapters.sandbox import open_sandbox
from runner.adapters.sandbox_profile import SYSTEM_PATH
from runner.adapters.suites import RepositorySuite
from runner.ports import Command, Completed, Ending, Sandbox
from runner.pressure import kill_tree, tree_rss_bytes
from runner.proof import RunOutcome
from runner.testing import FakeSandbox

ENVIRONMENT = Path(sys.prefix)
COMMAND = "python -m pytest -p no:hypothesispytest -p no:anyio"
MODULES = {f"shop/part{number}.py": f"VALUE = {number}\n" for number in range(LEAST_NEW)}
FILES = {
    "shop/__init__.py": "".join(f"from shop import part{number}\n" for number in range(LEAST_NEW)),
    "test_shop.py": "import shop\n\n\ndef test_part():\n    assert shop.part7.VALUE == 7\n",
    **MODULES,
}


def laid(folder: Path, files: Mapping[str, str]) -> Path:
    """A tree with these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """The best one that is here."""
    return open_sandbox(tree_rss_bytes, kill_tree, 2e9)


@pytest.fixture
def bytecode(sandbox: Sandbox, tmp_path: Path) -> Bytecode:
    """An empty one."""
    return Bytecode(sandbox, tmp_path / "bytecode")


@pytest.fixture
def suite(sandbox: Sandbox, bytecode: Bytecode) -> RepositorySuite:
    """A suite that keeps its bytecode there."""
    return RepositorySuite(sandbox, command=COMMAND, environment=ENVIRONMENT, bytecode=bytecode)


def test_the_second_run_finds_what_the_first_imported(
    suite: RepositorySuite, bytecode: Bytecode, tmp_path: Path
) -> None:
    """The repository's modules and the environment's are there, and the tree stays clean."""
    tree = laid(tmp_path / "tree", FILES)
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN
    (folder,) = bytecode.readable
    made = {str(path.relative_to(folder)) for path in folder.rglob("*.pyc")}
    assert {f"{tree}/shop/part3.{sys.implementation.cache_tag}.pyc".lstrip("/")} <= made
    assert any("/_pytest/" in path for path in made)
    assert bytecode.env == {"PYTHONPYCACHEPREFIX": str(folder)}
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN
    assert not list(tree.rglob("__pycache__"))


def test_a_changed_file_never_runs_as_it_was(suite: RepositorySuite, tmp_path: Path) -> None:
    """Of the same size and with the same time stamp it is another file still."""
    tree = laid(tmp_path / "tree", FILES)
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN
    module = tree / "shop/part7.py"
    before = module.stat()
    module.write_text("VALUE = 8\n")
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert module.stat().st_size == before.st_size
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.RED


FORGER = """
import importlib.util
import os
import sys

import shop


def test_part():
    place = importlib.util.cache_from_source(shop.part7.__file__)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "ab") as file:
            file.write(b"forged")
    except OSError:
        pass
    else:
        assert sys.pycache_prefix is None, "bytecode can be forged"
"""


def test_tests_cannot_write_what_later_runs_believe(suite: RepositorySuite, tmp_path: Path) -> None:
    """The folder is read-only to them."""
    tree = laid(tmp_path / "tree", FILES)
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN
    laid(tree, {"test_shop.py": FORGER})
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN


def test_the_tree_has_no_say_in_what_is_written(sandbox: Sandbox, bytecode: Bytecode, tmp_path: Path) -> None:
    """A module of the tree that is named like one of Python's own is not what compiles."""
    trap = "raise SystemExit('the tree compiles itself')\n"
    tree = laid(tmp_path / "tree", {**FILES, "py_compile.py": trap, "shutil.py": trap, "sitecustomize.py": trap})
    env = {"PATH": f"{ENVIRONMENT / 'bin'}:{SYSTEM_PATH}", "PYTHONPATH": str(tree)}
    run = Command((), tree, 60.0, env, (ENVIRONMENT,))
    bytecode.learn([str(tree / path) for path in MODULES], "python3", run, 60.0)
    made = list(bytecode.readable[0].rglob("part*.pyc"))
    assert len(made) == LEAST_NEW
    flags = {int.from_bytes(path.read_bytes()[4:8], "little") for path in made}
    assert flags == {0b11}  # by the source's hash, and checked: PEP 552
    hashes = {path.read_bytes()[8:16] for path in made}
    assert hashes == {importlib.util.source_hash(text.encode()) for text in MODULES.values()}


@pytest.mark.parametrize(
    "spelled", ["/{tree}/{path}", "{tree}/./{path}", "{tree}/link/{path}", "/proc/self/cwd/{path}"]
)
def test_bytecode_that_tests_left_in_the_tree_is_not_copied(
    spelled: str, sandbox: Sandbox, bytecode: Bytecode, tmp_path: Path
) -> None:
    """However a path into the tree is spelled."""
    tree = laid(tmp_path / "tree", FILES)
    (tree / "link").symlink_to(tree)
    for path in MODULES:
        forged = Path(importlib.util.cache_from_source(str(tree / path)))
        forged.parent.mkdir(exist_ok=True)
        forged.write_bytes(b"forged")
    run = Command((), tree, 60.0, {"PATH": f"{ENVIRONMENT / 'bin'}:{SYSTEM_PATH}"}, (ENVIRONMENT,))
    bytecode.learn([spelled.format(tree=tree, path=path) for path in MODULES], "python3", run, 60.0)
    made = [path.read_bytes() for path in bytecode.readable[0].rglob("*.pyc")]
    assert len(made) == LEAST_NEW
    assert b"forged" not in made


@pytest.mark.parametrize("name", ["/\ud800.py", "/nul\0.py", "/two\n/lines.py", "", "/no/such/module.py"])
def test_a_name_that_is_none_harms_nobody(name: str, bytecode: Bytecode, tmp_path: Path) -> None:
    """The tests say what they imported; whatever that is, the others are compiled."""
    tree = laid(tmp_path / "tree", FILES)
    run = Command((), tree, 60.0, {"PATH": f"{ENVIRONMENT / 'bin'}:{SYSTEM_PATH}"}, (ENVIRONMENT,))
    bytecode.learn([name, *(str(tree / path) for path in MODULES)], "python3", run, 60.0)
    assert len(list(bytecode.readable[0].rglob("part*.pyc"))) == LEAST_NEW


def test_anything_may_stand_for_a_module(suite: RepositorySuite, tmp_path: Path) -> None:
    """A run is told as ever where tests put other objects among the modules."""
    odd = "import sys\n\n\nclass Odd:\n    def __init__(self):\n        self.__file__ = ['no', 'path']\n\n\n"
    test = "def test_odd():\n    sys.modules['odd'] = Odd()\n    sys.modules['none'] = None\n"
    tree = laid(tmp_path / "tree", {"test_odd.py": odd + test})
    assert suite.run(tree, None, timeout_s=60.0).outcome is RunOutcome.GREEN


class Machine(FakeSandbox):
    """Counts what is run, and ends it in one way."""

    def __init__(self, exit_code: int, ending: Ending = Ending.EXITED) -> None:
        self.asked: list[Command] = []
        self._end = Completed(ending, exit_code, "", 0.0, 0)

    def run(self, command: Command) -> Completed:
        self.asked.append(command)
        return self._end


@pytest.mark.parametrize(("exit_code", "ending"), [(3, Ending.EXITED), (0, Ending.TIMED_OUT)])
def test_what_cannot_be_compiled_is_done_without(exit_code: int, ending: Ending, tmp_path: Path) -> None:
    """An old Python knows no such cache, a slow machine has no time: nobody is sent there, and it is tried once."""
    machine = Machine(exit_code, ending)
    bytecode = Bytecode(machine, tmp_path / "bytecode")
    for _ in range(2):
        bytecode.learn([f"/m{n}.py" for n in range(50)], "python", Command((), tmp_path, 9.0, {"PATH": ""}), 9.0)
    assert (bytecode.env, len(machine.asked)) == ({}, 1)


def test_without_a_sandbox_nothing_is_compiled(tmp_path: Path) -> None:
    """What tests could write is not believed."""
    machine = Machine(0)
    machine.description = "degraded: bubblewrap is not installed"
    bytecode = Bytecode(machine, tmp_path / "bytecode")
    bytecode.learn([f"/m{n}.py" for n in range(50)], "python", Command((), tmp_path, 9.0, {"PATH": ""}), 9.0)
    assert (bytecode.env, machine.asked) == ({}, [])


def test_a_few_modules_are_not_worth_a_process(tmp_path: Path) -> None:
    """Nor is what is known already, nor a moment."""
    machine = Machine(0)
    bytecode = Bytecode(machine, tmp_path / "bytecode")
    run = Command((), tmp_path, 9.0, {"PATH": ""})
    names = [f"/m{n}.py" for n in range(LEAST_NEW)]
    bytecode.learn(names[1:], "python", run, 9.0)
    bytecode.learn(names, "python", run, 1.0)
    assert machine.asked == []
    bytecode.learn(names, "python", run, 9.0)
    bytecode.learn([*names, "/other.py"], "python", run, 9.0)
    assert len(machine.asked) == 1

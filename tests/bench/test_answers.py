"""No benchmark lets a run see the answer: not in a file, not in history, not in an object of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench import cases, quixbugs

SECRET = "the corrected line"


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository shaped like QuixBugs, whose second commit is an answer, too."""
    folder = tmp_path / "source"
    files = {
        "python_programs/gcd.py": "def gcd(a, b):\n    return gcd(a % b, b)\n",
        "correct_python_programs/gcd.py": SECRET,
        "python_testcases/test_gcd.py": "def test_gcd(): ...\n",
        "json_testcases/gcd.json": "[[1, 1], 1]\n",
        "solutions/gcd.txt": SECRET,
        "conftest.py": "",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base")
    return folder


def everything_in(repository: Path) -> str:
    """All that a run could read: files, commits, and every object that git keeps."""
    objects = git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").split(
        "\n"
    )
    blobs = [line.split()[0] for line in objects if line.endswith(" blob")]
    return git(repository, "log", "--all", "-p") + "".join(git(repository, "cat-file", "blob", id_) for id_ in blobs)


def test_quixbugs_programs_come_without_their_corrections(source: Path, tmp_path: Path) -> None:
    """The program and its tests are there, the corrected folders and solutions are not."""
    target = quixbugs.make_repository(source, tmp_path / "one", "gcd")
    assert not list(target.glob("correct_*"))
    assert (target / "python_programs" / "gcd.py").exists()
    assert SECRET not in everything_in(target)


def test_instances_come_without_what_happened_after_the_base(source: Path, tmp_path: Path) -> None:
    """The base commit's tree is all there is; the fix, made later, is nowhere."""
    git(source, "rm", "-r", "-q", "correct_python_programs", "solutions")
    git(source, "commit", "-q", "-m", "no answers in the tree")
    base = git(source, "rev-parse", "HEAD").strip()
    (source / "python_programs" / "gcd.py").write_text(SECRET)
    git(source, "commit", "-q", "-a", "-m", "the fix")
    target = tmp_path / "instance"
    cases.base_only(source / ".git", base, target)
    assert git(target, "rev-list", "--all", "--count").strip() == "1"
    assert SECRET not in everything_in(target)

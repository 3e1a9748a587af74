"""Whatever is in a repository or a task: no crash, and a clear line in the result or one that says what to do."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner.adapters.git_work_tree import open_repository
from runner.errors import BadInput
from runner.models import Localisation, Task
from runner.phases.map import Reading, map_slices
from runner.slice_cache import SqliteSliceCache
from runner.testing import FakeClock, SerialScan

CODE = b"def parse_amount(text):\n    return int(text)\n"
TASK = "parse_amount() fails\n\n`parse_amount` raises ValueError for an empty text.\n"


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one file of code that the task is about; nothing is committed yet."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "money.py").write_bytes(CODE)
    return folder


def committed(folder: Path, files: Mapping[str | bytes, bytes] = {}) -> Path:
    """The folder, after everything in it and these files became a commit."""
    for name, content in files.items():
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a commit")
    return folder


@pytest.fixture
def localise(tmp_path: Path) -> Iterator[Localise]:
    """Map on a real repository, with a cache of its own."""
    with ExitStack() as stack:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        yield Localise(scratch, stack.enter_context(SqliteSliceCache(tmp_path / "slices.sqlite")))


class Localise:
    """Localises in repositories."""

    def __init__(self, scratch: Path, cache: SqliteSliceCache) -> None:
        self._scratch = scratch
        self._cache = cache

    def __call__(self, folder: Path, text: str = TASK, revision: str = "HEAD") -> Localisation:
        """What Map finds for the text."""
        reading = Reading(open_repository(folder, self._scratch), self._cache, FakeClock(), SerialScan())
        commit = reading.repository.resolve(revision)
        return map_slices(Task(str(folder), commit, text, "test"), commit, reading)


def found_code(found: Localisation) -> bool:
    """Whether the one definition that the task is about comes first and is shown."""
    return found.files[0][0] == "money.py" and [s.name for s in found.shown][:1] == ["parse_amount"]


ODD_CONTENTS: Mapping[str, bytes] = {
    "binary.py": b"def parse_amount():\n\0\1\2\xff",
    "latin1.py": "# -*- coding: latin-1 -*-\ndef zähle(parse_amount):\n    return 'é'\n".encode("latin-1"),
    "utf16.py": "def parse_amount_16():\n    return 1\n".encode("utf-16"),
    "bom.py": b"\xef\xbb\xbfdef parse_amount_bom():\n    return 1\n",
    "crlf.py": b"def parse_amount_crlf():\r\n    return 1\r\n",
    "mac.py": b"def parse_amount_cr():\r    return 1\r",
    "empty.py": b"",
    "newlines.py": b"\n" * 5000,
    "one_line.js": b"function parse_amount(){return 1};" * 3000,
    "broken.py": b"def parse_amount((((\n  class\n'''",
    "deep.py": b"(" * 20_000,
    "nested.js": b"function a(){" * 2000,
    "not_unicode.py": bytes(range(1, 256)) * 20,
}


@pytest.mark.parametrize("name", ODD_CONTENTS)
def test_odd_contents_do_not_hide_the_code(name: str, repository: Path, localise: Localise) -> None:
    """Binary files, odd encodings, line ends and syntax: the file beside them is found all the same."""
    found = localise(committed(repository, {name: ODD_CONTENTS[name]}))
    assert "money.py" in dict(found.files)
    assert "parse_amount" in {slice_.name for slice_ in found.slices if slice_.path == "money.py"}


def test_a_byte_order_mark_is_no_part_of_a_name(repository: Path, localise: Localise) -> None:
    """The definition behind it is found by its name, at its line."""
    found = localise(committed(repository, {"bom.py": ODD_CONTENTS["bom.py"]}), "parse_amount_bom is wrong")
    assert ("bom.py", "parse_amount_bom", 1) in {(s.path, s.name, s.start) for s in found.slices}


ODD_NAMES = [
    b"new\nline.py", b"bytes-\xff\xfe.py", b"quo'te\".py", b"spa ce.py", b"tab\t.py", b"back\\slash.py", b"-dash.py",
    b"*.py", b"$(touch x).py", "ümläut.py".encode(), b"a/" * 60 + b"deep.py", b":colon.py", b" .py", b"%s.py",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_file_names_are_files_like_others(name: bytes, repository: Path, localise: Localise) -> None:
    """A definition in such a file is found under exactly that name."""
    found = localise(committed(repository, {name: b"def strange_name():\n    return 1\n"}), "strange_name() is wrong")
    assert os.fsencode(found.files[0][0]) == name
    assert found.slices[0].name == "strange_name"


def test_symlinks_are_not_followed(repository: Path, localise: Localise, tmp_path: Path) -> None:
    """Loops, links to nowhere and to files outside are links: what they point at is not read through them."""
    (tmp_path / "outside.py").write_bytes(b"def parse_amount_outside():\n    pass\n")
    for name, target in {
        "loop.py": "loop.py", "a.py": "b.py", "b.py": "a.py", "nowhere.py": "none", "up.py": "../outside.py",
        "folder": ".", "etc": "/etc", "same.py": "money.py",
    }.items():  # fmt: skip
        (repository / name).symlink_to(target)
    found = localise(committed(repository))
    assert found_code(found)
    assert {slice_.path for slice_ in found.slices} == {"money.py"}


def test_a_submodule_is_left_out(repository: Path, localise: Localise, tmp_path: Path) -> None:
    """Its commit is no file of this repository."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    committed(other, {"money.py": CODE})
    git(repository, "submodule", "--quiet", "add", str(other), "sub")
    found = localise(committed(repository))
    assert found_code(found)
    assert not any(path.startswith("sub") for path, _ in found.files)


def test_lfs_pointers_are_told(repository: Path, localise: Localise) -> None:
    """Their contents are elsewhere, and the note says so."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    found = localise(committed(repository, {"parse_amount.py": pointer}))
    assert found_code(found)
    assert any("LFS" in note for note in found.notes)


def test_a_file_of_50_mb_is_told_and_not_read(repository: Path, localise: Localise) -> None:
    """It is named with its limit."""
    found = localise(committed(repository, {"huge.py": b"parse_amount = 1\n" * (50_000_000 // 17)}))
    assert found_code(found)
    assert any("huge.py" in note for note in found.notes)


def test_an_empty_commit_has_no_files(tmp_path: Path, localise: Localise) -> None:
    """Nothing is ranked, and the note says what to do."""
    git(tmp_path, "init", "-q", "-b", "main", "empty")
    found = localise(committed(tmp_path / "empty"))
    assert (found.files, found.slices, found.shown) == ((), (), ())
    assert found.notes


def test_a_repository_without_commits_is_bad_input(tmp_path: Path, localise: Localise) -> None:
    """There is nothing to look at yet."""
    git(tmp_path, "init", "-q", "-b", "main", "empty")
    with pytest.raises(BadInput, match="names no commit"):
        localise(tmp_path / "empty")


def test_a_shallow_clone_is_enough(repository: Path, localise: Localise, tmp_path: Path) -> None:
    """One commit without its history is a whole tree."""
    committed(repository)
    committed(repository, {"other.py": b"x = 1\n"})
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert found_code(localise(tmp_path / "shallow"))


def test_an_older_commit_of_a_shallow_clone_is_bad_input(repository: Path, localise: Localise, tmp_path: Path) -> None:
    """What the clone lacks is named, with how to get it."""
    first = git(committed(repository), "rev-parse", "HEAD")
    committed(repository, {"other.py": b"x = 1\n"})
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    with pytest.raises(BadInput, match="shallow clone"):
        localise(tmp_path / "shallow", revision=first)


@pytest.mark.parametrize("filter_", ["blob:none", "tree:0", "blob:limit=10"])
def test_a_partial_clone_fetches_nothing_behind_our_back(
    filter_: str, repository: Path, localise: Localise, tmp_path: Path
) -> None:
    """What is missing is asked for in words, also when the remote could give it at once."""
    git(committed(repository), "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", f"--filter={filter_}", f"file://{repository}", "partial.git")
    before = objects_of(tmp_path / "partial.git")
    with pytest.raises(BadInput, match="fetch"):
        localise(tmp_path / "partial.git")
    assert objects_of(tmp_path / "partial.git") == before


def objects_of(folder: Path) -> set[str]:
    """Every file below `objects`."""
    return {str(path) for path in (folder / "objects").rglob("*")}


def test_a_detached_head_is_a_commit(repository: Path, localise: Localise) -> None:
    """HEAD need not be a branch."""
    git(committed(repository), "checkout", "-q", "--detach")
    assert found_code(localise(repository))


def test_uncommitted_changes_are_not_looked_at(repository: Path, localise: Localise) -> None:
    """The commit counts: not what lies in the work tree, is staged, deleted or untracked."""
    committed(repository)
    (repository / "money.py").unlink()
    (repository / "other.py").write_bytes(CODE * 9)
    git(repository, "add", "other.py")
    (repository / "untracked.py").write_bytes(CODE * 9)
    found = localise(repository)
    assert found_code(found)
    assert dict(found.files).keys() == {"money.py"}


def test_a_bare_repository_and_a_folder_inside_a_work_tree_are_repositories(
    repository: Path, localise: Localise, tmp_path: Path
) -> None:
    """Both show the whole commit."""
    git(tmp_path, "clone", "-q", "--bare", str(committed(repository, {"pack/a.py": b"x = 1\n"})), "bare.git")
    assert found_code(localise(tmp_path / "bare.git"))
    assert found_code(localise(repository / "pack"))


@pytest.mark.parametrize("revision", ["0" * 40, "no-such-branch", "--all", "", "HEAD:money.py", "a..b", "\n", "HEAD~9"])
def test_a_commit_that_is_none_is_bad_input(revision: str, repository: Path, localise: Localise) -> None:
    """One line names it."""
    with pytest.raises(BadInput, match="names no commit"):
        localise(committed(repository), revision=revision)


@pytest.mark.parametrize("folder", ["", "none", "money.py"])
def test_a_folder_that_is_no_repository_is_bad_input(folder: str, tmp_path: Path, localise: Localise) -> None:
    """One line says what to name instead."""
    (tmp_path / "money.py").write_bytes(CODE)
    with pytest.raises(BadInput, match="no git repository"):
        localise(tmp_path / folder)


@pytest.mark.parametrize(
    "text", ["", "\n \t\n", "🎉🔥🐛 💥", "???!!!", "的 是 了", "\0\0", "```", "#" * 500, "<!-- -->"]
)
def test_a_task_without_words_finds_nothing_and_says_so(text: str, repository: Path, localise: Localise) -> None:
    """Nothing is guessed."""
    found = localise(committed(repository), text)
    assert (found.files, found.slices) == ((), ())
    assert any("name code" in note for note in found.notes)


def test_a_task_of_a_megabyte_is_read(repository: Path, localise: Localise) -> None:
    """A pasted log does not drown the words of the title."""
    rng = random.Random(7)
    log = "\n".join(f"2026-01-01 worker {rng.getrandbits(64):x} step {n} done" for n in range(20_000))
    assert found_code(localise(committed(repository), f"{TASK}\n```\n{log}\n```\n"))


HOSTILE = [
    "parse_amount " + "(" * 50_000,
    "parse_amount\n" + "`" * 50_000,
    "parse_amount " + "a.b." * 30_000,
    "parse_amount\n" + "  File \"money.py\", line 1, in f\n" * 5_000,
    "parse_amount " + "x" * 200_000,
    "parse_amount\n" + "> " * 50_000,
    "parse_amount\nfrom " + "a" * 50_000 + " import (",
    "parse_amount " + "\\\"" * 50_000,
    "parse_amount\n" + "```\n" * 20_000,
    "parse_amount\n" + "#1 0x0 in " + "a:" * 50_000 + "(" * 50_000,
    "parse_amount\n" + "--a-b-" * 20_000 + " in " * 20_000,
    "parse_amount\n" + "a.rb:1:in `" * 10_000,
    "parse_amount\n" + "**" * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_does_not_hang(text: str, repository: Path, localise: Localise) -> None:
    """No pattern backtracks for ever, and the title still counts."""
    assert localise(committed(repository), text).files[0][0] == "money.py"

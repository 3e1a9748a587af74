"""A repository is read through git, never written to, never obeyed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.adapters.git_work_tree import GitRepository, GitWorkspace, open_repository
from runner.errors import BadInput

ODD = "odd \udcff\n\"name'.py"


def git(folder: Path, *args: str) -> str:
    """What git prints in the folder, as a person would run it."""
    env = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *args]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8", "replace").strip()


def commit(folder: Path, files: Mapping[str, bytes | None], message: str = "change") -> str:
    """Commit the files (None deletes) in a work tree, which is made if there is none; the commit's id."""
    if not (folder / ".git").exists():
        folder.mkdir(exist_ok=True)
        git(folder, "init", "-q")
    for path, content in files.items():
        place = folder / path
        if content is None:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    git(folder, "-c", "core.autocrlf=false", "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below the folder with its mode and content."""
    found = (place for place in sorted(folder.rglob("*")) if place.is_file() or place.is_symlink())
    return {
        str(place.relative_to(folder)): (
            place.lstat().st_mode,
            os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes(),
        )
        for place in found
    }


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree with one commit."""
    commit(tmp_path / "work", {"a.py": b"one\ntwo\nthree\n", "pack/b.py": b"b\r\n", "run.sh": b"#!/bin/sh\n"})
    (tmp_path / "work" / "run.sh").chmod(0o755)
    commit(tmp_path / "work", {})
    return tmp_path / "work"


def opened(folder: Path, tmp_path: Path) -> GitRepository:
    """The repository, with a scratch folder beside it."""
    (tmp_path / "scratch").mkdir(exist_ok=True)
    return open_repository(folder, tmp_path / "scratch")


def test_entries_tell_path_mode_and_size_in_path_order(work: Path, tmp_path: Path) -> None:
    """Every file of the commit is listed once, whatever its name."""
    (work / ODD).write_bytes(b"12345")
    repository = opened(work, tmp_path)
    head = commit(work, {})
    found = [(entry.path, entry.mode, entry.size_bytes) for entry in repository.entries(head)]
    assert found == [
        ("a.py", "100644", 14),
        (ODD, "100644", 5),
        ("pack/b.py", "100644", 3),
        ("run.sh", "100755", 10),
    ]


def test_submodules_are_left_out(work: Path, tmp_path: Path) -> None:
    """A submodule is no file, neither in the listing nor in a comparison."""
    before = git(work, "rev-parse", "HEAD")
    commit(tmp_path / "inner", {"x": b"x"})
    git(work, "submodule", "add", "-q", str(tmp_path / "inner"), "inner")
    head = commit(work, {})
    repository = opened(work, tmp_path)
    assert [entry.path for entry in repository.entries(head)] == [".gitmodules", "a.py", "pack/b.py", "run.sh"]
    assert set(repository.changes(before, head)) == {".gitmodules"}


def test_contents_come_in_the_order_asked_also_many(tmp_path: Path) -> None:
    """Bulk reading keeps the order, repeats what is asked twice and survives more ids than one pipe holds."""
    files = {f"f{n}": b"%d" % n + b"\0\n" * (n % 7) for n in range(1500)}
    head = commit(tmp_path / "many", files)
    repository = opened(tmp_path / "many", tmp_path)
    entries = [*repository.entries(head), repository.entries(head)[3]]
    read = list(repository.read(entry.blob_id for entry in entries))
    assert [id_ for id_, _ in read] == [entry.blob_id for entry in entries]
    assert [content for _, content in read] == [files[entry.path] for entry in entries]


def test_reading_may_stop_early(work: Path, tmp_path: Path) -> None:
    """A reader that has seen enough leaves no process behind (the leak detector watches)."""
    repository = opened(work, tmp_path)
    ids = [entry.blob_id for entry in repository.entries(repository.resolve("HEAD"))]
    stream = repository.read(ids)
    assert next(stream)[0] == ids[0]
    del stream


def test_a_revision_resolves_to_its_commit(work: Path, tmp_path: Path) -> None:
    """Branches, tags and short ids name the same commit."""
    head = git(work, "rev-parse", "HEAD")
    git(work, "tag", "-m", "tagged", "v1")
    repository = opened(work, tmp_path)
    assert [repository.resolve(name) for name in ("HEAD", "main", "v1", head[:8])] == [head] * 4


@pytest.mark.parametrize("revision", ["nowhere", "--help", "", "HEAD:a.py", "0" * 40])
def test_an_unknown_revision_is_bad_input(revision: str, work: Path, tmp_path: Path) -> None:
    """A name without a commit is the caller's fault, and no name is ever an option for git."""
    with pytest.raises(BadInput, match="names no commit"):
        opened(work, tmp_path).resolve(revision)


def test_no_repository_is_bad_input(tmp_path: Path) -> None:
    """A folder without git and a missing folder are refused with what to do."""
    with pytest.raises(BadInput, match="no git repository"):
        open_repository(tmp_path, tmp_path)
    with pytest.raises(BadInput, match="no git repository"):
        open_repository(tmp_path / "missing", tmp_path)


def test_a_bare_repository_and_a_linked_work_tree_work(work: Path, tmp_path: Path) -> None:
    """Both read the same commit as the work tree itself."""
    git(work, "clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    git(work, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    listed = [
        repository.entries(repository.resolve("HEAD"))
        for repository in (opened(tmp_path / name, tmp_path) for name in ("work", "bare", "linked"))
    ]
    assert listed[0] == listed[1] == listed[2]


def test_a_path_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Dollar signs, colons, quotes and blanks in a folder's name mean nothing to us or to git."""
    place = tmp_path / '$HOME %a:b "c'
    head = commit(place, {"a.py": b"a"})
    repository = opened(place, tmp_path)
    assert [content for _, content in repository.read([repository.entries(head)[0].blob_id])] == [b"a"]


def test_an_empty_tree_is_fine_and_an_empty_repository_has_no_commit(tmp_path: Path) -> None:
    """Nothing to read is no fault; no commit is."""
    head = commit(tmp_path / "empty", {})
    repository = opened(tmp_path / "empty", tmp_path)
    assert repository.entries(head) == ()
    assert list(repository.read([])) == []
    assert repository.diff(head, {}) == ""
    (tmp_path / "void").mkdir()
    git(tmp_path / "void", "init", "-q")
    with pytest.raises(BadInput, match="names no commit"):
        opened(tmp_path / "void", tmp_path).resolve("HEAD")


def test_a_shallow_clone_works(work: Path, tmp_path: Path) -> None:
    """Depth 1 holds all that its commit needs."""
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{work}", "shallow")
    repository = opened(tmp_path / "shallow", tmp_path)
    head = repository.resolve("HEAD")
    assert len(repository.diff(head, {"a.py": b"one\n"}).splitlines()) > 4
    with pytest.raises(BadInput, match="shallow"):
        repository.resolve("HEAD~1")


def test_the_history_is_newest_first_and_ends_where_the_clone_does(work: Path, tmp_path: Path) -> None:
    """The touched paths, odd ones as they are; a shallow clone has no more than its own commits."""
    commit(work, {"odd \n name.py": b"1", "b.py": b"2"}, "second\n\nbody")
    commit(work, {"a/deep.py": b"2"}, "third")
    touched = opened(work, tmp_path).history(git(work, "rev-parse", "HEAD"), 2, most_paths=2)
    assert [set(paths) for paths in touched] == [{"a/deep.py"}, {"odd \n name.py", "b.py"}]
    assert opened(work, tmp_path).history(git(work, "rev-parse", "HEAD"), 2, most_paths=1) == (("a/deep.py",), ())
    clone = tmp_path / "shallow-history"
    git(tmp_path, "clone", "--quiet", "--depth", "1", work.as_uri(), str(clone))
    assert len(opened(clone, tmp_path).history(git(clone, "rev-parse", "HEAD"), 9, most_paths=9)) == 1


def test_a_partial_clone_is_told_apart_and_nothing_is_fetched(work: Path, tmp_path: Path) -> None:
    """Contents that were never fetched are bad input with the mending command, and stay unfetched."""
    git(work, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{work}", "partial")
    before = listing(tmp_path / "partial")
    repository = opened(tmp_path / "partial", tmp_path)
    with pytest.raises(BadInput, match=r"git fetch --refetch --no-filter"):
        repository.entries(repository.resolve("HEAD"))
    with pytest.raises(BadInput, match=r"git fetch --refetch --no-filter"):
        list(repository.read([git(work, "rev-parse", "HEAD:a.py")]))
    assert listing(tmp_path / "partial") == before


def test_the_tree_id_is_the_one_that_git_commits(work: Path, tmp_path: Path) -> None:
    """Commit plus overlay has the very tree that a person's commit of it gets; modes are kept."""
    repository = opened(work, tmp_path)
    base = repository.resolve("HEAD")
    overlay = {"run.sh": b"#!/bin/bash\n", "a.py": None, "new/\udcff.txt": b"\r\n", "pack/b.py": None, "pack": b"p"}
    tree = repository.tree_sha(base, overlay)
    (work / "pack" / "b.py").unlink()
    (work / "pack").rmdir()
    head = commit(work, {path: content for path, content in overlay.items() if path != "pack/b.py"})
    assert tree == git(work, "rev-parse", f"{head}^{{tree}}")
    assert repository.changes(base, head) == overlay


def test_a_diff_applies_to_what_it_was_made_from(work: Path, tmp_path: Path) -> None:
    """Diff and overlay_of are inverse for text, CRLF and missing last newlines included."""
    repository = opened(work, tmp_path)
    base = repository.resolve("HEAD")
    overlay = {"a.py": b"one\n2\nthree", "pack/b.py": b"b\r\nc\r\n", "run.sh": None, "sub/new é.py": b"x\n"}
    text = repository.diff(base, overlay)
    assert "--- a/a.py\n+++ b/a.py\n" in text
    assert repository.overlay_of(base, text) == overlay


def test_modes_tell_of_links_programs_and_submodules(work: Path, tmp_path: Path) -> None:
    """Also where the contents are equal, and where there are none to compare."""
    base = git(work, "rev-parse", "HEAD")
    (work / "link").symlink_to("a.py")
    (work / "a.py").chmod(0o755)
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{base},module")
    git(work, "add", "link", "a.py")
    git(work, "commit", "-q", "-m", "modes")
    repository = opened(work, tmp_path)
    found = repository.modes(base, repository.resolve("HEAD"))
    assert found == {"a.py": ("100644", "100755"), "link": ("", "120000"), "module": ("", "160000")}
    assert set(repository.changes(base, repository.resolve("HEAD"))) == {"a.py", "link"}


def test_a_binary_change_is_noted_in_the_diff(work: Path, tmp_path: Path) -> None:
    """Bytes that are no text do not spill into the diff."""
    repository = opened(work, tmp_path)
    text = repository.diff(repository.resolve("HEAD"), {"logo.png": b"\x89PNG\0\0"})
    assert "Binary files /dev/null and b/logo.png differ" in text


@pytest.mark.parametrize(
    "patch",
    ["not a patch", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-nine\n+ten\n", "--- a/x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n"],
)
def test_a_patch_that_does_not_apply_is_bad_input(patch: str, work: Path, tmp_path: Path) -> None:
    """The message names the commit and repeats what git said."""
    repository = opened(work, tmp_path)
    with pytest.raises(BadInput, match="the patch does not apply to"):
        repository.overlay_of(repository.resolve("HEAD"), patch)


def test_a_blank_patch_changes_nothing(work: Path, tmp_path: Path) -> None:
    """An empty test patch is no fault."""
    repository = opened(work, tmp_path)
    assert repository.overlay_of(repository.resolve("HEAD"), "\n") == {}


def test_nothing_in_the_repository_is_obeyed_or_written(work: Path, tmp_path: Path) -> None:
    """Planted hooks, filters, drivers and fsmonitor never run, and the repository stays as it was to the byte."""
    flag = tmp_path / "flag"
    for key in ("core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "diff.evil.command", "diff.evil.textconv"):
        git(work, "config", key, f"touch {flag}; cat")
    git(work, "config", "core.hooksPath", str(work / "hooks"))
    (work / "hooks").mkdir()
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (work / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {flag}\n")
        (work / "hooks" / hook).chmod(0o755)
    (work / ".gitattributes").write_text("* filter=evil diff=evil text eol=crlf ident\n")
    git(work, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "filter.evil.clean=cat", "add", ".")
    git(work, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "traps")
    flag.unlink(missing_ok=True)
    before = listing(work)
    repository = opened(work, tmp_path)
    head = repository.resolve("HEAD")
    overlay = {"a.py": b"$Id$\n"}
    repository.overlay_of(head, repository.diff(head, overlay))
    repository.tree_sha(head, overlay)
    with GitWorkspace(repository, tmp_path / "scratch") as workspace, workspace.checkout(head) as tree:
        tree.switch(overlay)
        assert (tree.root / "a.py").read_bytes() == b"$Id$\n"
        assert (tree.root / "run.sh").read_bytes() == b"#!/bin/sh\n"
    assert listing(work) == before
    assert not flag.exists()


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/config", "sub/.GIT/hooks/x", "a.py/x"])
def test_a_path_without_a_place_is_refused(path: str, work: Path, tmp_path: Path) -> None:
    """Neither a tree id nor a checkout can be made of it."""
    repository = opened(work, tmp_path)
    head = repository.resolve("HEAD")
    with GitWorkspace(repository, tmp_path / "scratch") as workspace, workspace.checkout(head) as tree:
        with pytest.raises(BadInput):
            tree.switch({path: b"x"})
        assert "x" not in os.listdir(tmp_path / "scratch")


def test_trees_are_removed_when_the_workspace_is_closed(work: Path, tmp_path: Path) -> None:
    """Not on the clock of whoever worked in them, whatever was made there, and also where the work broke off."""
    repository = opened(work, tmp_path)
    head = repository.resolve("HEAD")
    before = set((tmp_path / "scratch").iterdir())

    def break_off(workspace: GitWorkspace) -> None:
        with workspace, workspace.checkout(head):
            raise KeyboardInterrupt

    with GitWorkspace(repository, tmp_path / "scratch") as workspace:
        with workspace.checkout(head) as tree:
            (tree.root / "locked").mkdir(mode=0)
        assert tree.root.is_dir()
    with pytest.raises(KeyboardInterrupt):
        break_off(GitWorkspace(repository, tmp_path / "scratch"))
    assert set((tmp_path / "scratch").iterdir()) == before

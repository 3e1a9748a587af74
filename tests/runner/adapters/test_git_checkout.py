"""A checkout is exactly commit plus overlay after every switch, whatever tests did to it in between."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.adapters.git_checkout import PlainTree
from runner.adapters.git_command import blob_id_of
from runner.models import BlobEntry, Overlay

BASE: dict[str, tuple[str, bytes]] = {
    "a.py": ("100644", b"a = 1\n"),
    "run.sh": ("100755", b"#!/bin/sh\n"),
    "pack/b.py": ("100644", b"b = 1\r\n"),
    "pack/deep/c.py": ("100644", b""),
    "pack/link": ("120000", b"../a.py"),
    "pack/out": ("120000", b"../../outside"),
    "pack/sly": ("120000", b"deep/../../../outside"),
    "pack/root": ("120000", b"/etc/passwd"),
}
LINKS = {"pack/link"}


def plain_tree(home: Path, files: dict[str, tuple[str, bytes]] | None = None) -> PlainTree:
    """A tree of the files over a reader that needs no repository."""
    files = BASE if files is None else files
    contents = {blob_id_of(content, "sha1"): content for _, content in files.values()}

    def read(ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        return ((id_, contents[id_]) for id_ in ids)

    entries = [
        BlobEntry(path, blob_id_of(content, "sha1"), mode, len(content)) for path, (mode, content) in files.items()
    ]
    return PlainTree(home, entries, read, "sha1")


def seen(root: Path) -> dict[str, tuple[str, int, bytes]]:
    """Everything below the root: kind, permissions and content."""
    found: dict[str, tuple[str, int, bytes]] = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            place = Path(folder, name)
            mode = place.lstat().st_mode
            path = str(place.relative_to(root))
            if stat.S_ISLNK(mode):
                found[path] = ("link", 0, os.fsencode(os.readlink(place)))
            elif stat.S_ISDIR(mode):
                found[path] = ("folder", stat.S_IMODE(mode), b"")
            else:
                found[path] = ("file", stat.S_IMODE(mode), place.read_bytes())
    return found


def expected(overlay: Overlay) -> dict[str, tuple[str, int, bytes]]:
    """What `seen` must give for BASE plus overlay."""
    files = {path: entry for path, entry in BASE.items() if path not in overlay}
    files |= {
        path: (BASE.get(path, ("100644", b""))[0], content) for path, content in overlay.items() if content is not None
    }
    result: dict[str, tuple[str, int, bytes]] = {}
    for path, (mode, content) in files.items():
        for parent in list(Path(path).parents)[:-1]:
            result[str(parent)] = ("folder", 0o755, b"")
        link = path in LINKS and path not in overlay
        result[path] = ("link", 0, content) if link else ("file", 0o755 if mode == "100755" else 0o644, content)
    return result


PATHS = st.sampled_from(
    ["a.py", "run.sh", "pack", "pack/b.py", "pack/deep", "pack/deep/c.py", "pack/link", "new", "new/x", ".git"]
)
OVERLAYS = st.dictionaries(
    st.sampled_from(["a.py", "run.sh", "pack/b.py", "pack/deep/c.py", "new/y.py", "pack/z"]),
    st.one_of(st.none(), st.binary(max_size=8)),
    max_size=3,
)


def clear(place: Path) -> None:
    """Make room at a place as a careless test would."""
    if place.is_dir() and not place.is_symlink():
        place.chmod(0o755)
        for child in place.iterdir():
            clear(child)
        place.rmdir()
    else:
        place.unlink(missing_ok=True)


def to_file(place: Path, outside: Path) -> None:
    """A file of the same size as a base file, with other bytes."""
    clear(place)
    place.write_bytes(b"a = 2\n")


def in_place(place: Path, outside: Path) -> None:
    """Other bytes in the same inode at once: the time stamp may not even move."""
    if place.is_file() and not place.is_symlink():
        with place.open("r+b") as file:
            file.write(bytes(255 - byte for byte in place.read_bytes()))


def to_link(place: Path, outside: Path) -> None:
    """A link to a folder outside."""
    clear(place)
    place.symlink_to(outside)


def to_folder(place: Path, outside: Path) -> None:
    """A folder with a folder in it that nobody may enter."""
    clear(place)
    (place / "in" / "ner").mkdir(parents=True)
    (place / "in" / "ner").chmod(0)


def to_pipe(place: Path, outside: Path) -> None:
    """A named pipe, which would block a reader for ever."""
    clear(place)
    os.mkfifo(place)


def lock(place: Path, outside: Path) -> None:
    """No permissions at all."""
    if place.exists() and not place.is_symlink():
        place.chmod(0)


def forget(place: Path, outside: Path) -> None:
    """Gone."""
    clear(place)


def backdate(place: Path, outside: Path) -> None:
    """Other bytes of the same size with the old modification time put back."""
    if place.is_file() and not place.is_symlink():
        info = place.stat()
        place.write_bytes(bytes(255 - byte for byte in place.read_bytes()))
        os.utime(place, ns=(info.st_atime_ns, info.st_mtime_ns))


TAMPERINGS = st.sampled_from([to_file, in_place, to_link, to_folder, to_pipe, lock, forget, backdate])


def tamper(root: Path, path: str, action: Callable[[Path, Path], None], outside: Path) -> None:
    """Do it if the place still exists in this tree and does not lead outside."""
    place = root / path
    if place.parent.is_dir() and place.parent.resolve().is_relative_to(root):
        action(place, outside)


@settings(max_examples=150)
@given(rounds=st.lists(st.tuples(OVERLAYS, st.lists(st.tuples(PATHS, TAMPERINGS), max_size=5)), min_size=1, max_size=3))
def test_switch_undoes_any_tampering(
    rounds: list[tuple[Overlay, list[tuple[str, Callable[[Path, Path], None]]]]],
) -> None:
    """After any tampering, switch(overlay) gives exactly commit plus overlay, and nothing outside has changed."""
    with tempfile.TemporaryDirectory() as folder:
        home, outside = Path(folder, "home"), Path(folder, "outside")
        home.mkdir()
        outside.mkdir()
        (outside / "precious").write_bytes(b"a = 1\n")
        (outside / "b.py").write_bytes(b"kept")
        tree = plain_tree(home)
        tree.switch({})
        for overlay, deeds in rounds:
            for path, action in deeds:
                tamper(tree.root, path, action, outside)
            tree.switch(overlay)
            assert seen(tree.root) == expected(overlay)
        assert seen(outside) == {"precious": ("file", 0o644, b"a = 1\n"), "b.py": ("file", 0o644, b"kept")}
        tree.remove()
        assert not home.exists()


def test_a_hard_link_to_a_file_outside_is_cut_not_written_through(tmp_path: Path) -> None:
    """A test may give a file outside a second name in the tree: restoring the tree must not reach that file."""
    (tmp_path / "home").mkdir()
    (tmp_path / "precious").write_bytes(b"kept")
    tree = plain_tree(tmp_path / "home")
    tree.switch({})
    (tree.root / "a.py").unlink()
    os.link(tmp_path / "precious", tree.root / "a.py")
    tree.switch({"a.py": b"changed"})
    assert (tmp_path / "precious").read_bytes() == b"kept"
    assert seen(tree.root) == expected({"a.py": b"changed"})


def test_untouched_files_are_not_written_again(tmp_path: Path) -> None:
    """A switch costs what changed: the inodes of all other files stay."""
    tree = plain_tree(tmp_path / "home")
    (tmp_path / "home").mkdir()
    tree.switch({})
    before = {path: (tree.root / path).lstat().st_ino for path in BASE}
    tree.switch({"a.py": b"changed"})
    after = {path: (tree.root / path).lstat().st_ino for path in BASE}
    assert {path for path in BASE if before[path] != after[path]} <= {"a.py"}
    assert (tree.root / "a.py").read_bytes() == b"changed"


@pytest.mark.parametrize("content", [b"../../outside", b"/etc/passwd", b"deep/../../../outside", b""])
def test_a_link_that_leads_outside_becomes_a_file(content: bytes, tmp_path: Path) -> None:
    """Whoever follows the repository's links stays in the tree."""
    (tmp_path / "home").mkdir()
    tree = plain_tree(tmp_path / "home", {"pack/link": ("120000", content)})
    tree.switch({})
    assert not (tree.root / "pack/link").is_symlink()
    assert (tree.root / "pack/link").read_bytes() == content


def test_a_root_replaced_by_a_link_is_made_a_folder_again(tmp_path: Path) -> None:
    """Even without a sandbox a test cannot lead the writer elsewhere."""
    (tmp_path / "home").mkdir()
    (tmp_path / "outside").mkdir()
    tree = plain_tree(tmp_path / "home")
    tree.switch({})
    tree.root.rename(tmp_path / "home" / "moved")
    tree.root.symlink_to(tmp_path / "outside")
    tree.switch({})
    assert seen(tree.root) == expected({})
    assert list((tmp_path / "outside").iterdir()) == []
    tree.remove()


def test_folders_too_deep_for_a_path_are_removed(tmp_path: Path) -> None:
    """A test can nest folders deeper than any path may be long."""
    (tmp_path / "home").mkdir()
    tree = plain_tree(tmp_path / "home")
    tree.switch({})
    here = os.open(tree.root, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    tree.switch({})
    assert seen(tree.root) == expected({})

"""A change is taken apart into the blocks that a test may or may not miss."""

from __future__ import annotations

from runner.verify.parts import parts

OLD = b"import a\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"
NEW = b"import a\nimport b\n\n\ndef f():\n    return 10\n\n\n# why\ndef g():\n    return 2\n"


def test_each_block_is_taken_back_by_itself() -> None:
    """A comment is no part: the code is the same without it."""
    found = [*parts({"a.py": OLD}, {"a.py": NEW, "tests/test_a.py": b"x"})]
    assert [part.where for part in found] == ["a.py line 2", "a.py line 6"]
    assert [part.tree["a.py"] for part in found] == [
        NEW.replace(b"import b\n", b""),
        NEW.replace(b"return 10", b"return 1"),
    ]
    assert {part.tree["tests/test_a.py"] for part in found} == {b"x"}


def test_blocks_of_all_files_count_together() -> None:
    """What was deleted is named by the line that follows."""
    found = parts(
        {"a.py": OLD, "b.py": OLD}, {"a.py": OLD.replace(b"1", b"3"), "b.py": OLD.replace(b"import a\n", b"")}
    )
    assert [part.where for part in found] == ["a.py line 5", "b.py before line 1"]


def test_a_change_in_one_piece_has_no_parts() -> None:
    """Neither have new files, other languages and tests."""
    assert [*parts({"a.py": OLD}, {"a.py": OLD.replace(b"1", b"3")})] == []
    two = {"a.py": None, "b.txt": OLD, "tests/test_a.py": OLD}
    assert [*parts(two, dict.fromkeys(two, NEW))] == []

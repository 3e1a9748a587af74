"""Equal causes have equal fingerprints, different causes do not."""

from __future__ import annotations

import pytest

from runner.verify.fingerprint import fingerprint

HERE = (("shop.py", 9),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KeyError: <Cart object at 0x7f3a2b>", "KeyError: <Cart object at 0x55d0c1>"),
        ("OSError: /tmp/pytest-of-me/pytest-1/a.txt", "OSError: /tmp/pytest-of-me/pytest-2/a.txt"),
        ("OSError: /private/var/folders/x1/T/a", "OSError: /private/var/folders/y2/T/b"),
        ("stale since 2026-11-20T10:00:01.5Z", "stale since 2026-11-21T11:22:33Z"),
        ("took 0.12s", "took 1.4 seconds"),
        ("refused: 127.0.0.1:43211", "refused: 127.0.0.1:50012"),
        ("job 7d444840-9dc0-11d1-b245-5ffdce74fad2 lost", "job 6fa459ea-ee8a-3ca4-894e-db77e160355e lost"),
        ("assert 8734191781858 == 8734191792484", "assert 8747024992226 == 8747025002852"),
        ("pid 4711 died", "pid 12 died"),
        ('File "shop.py", line 12', 'File "shop.py", line 90'),
        ("at shop.py:12", "at shop.py:90"),
        ("\x1b[31mboom\x1b[0m", "boom"),
    ],
)
def test_what_changes_by_chance_does_not_count(one: str, other: str) -> None:
    """Addresses, temporary paths, times, ports, generated ids, line numbers and colours."""
    assert fingerprint(one, HERE) == fingerprint(other, HERE)


def test_half_a_character_has_a_fingerprint_too() -> None:
    """A test can say anything."""
    assert fingerprint("boom \ud800", HERE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AssertionError: assert 3 == 4", "AssertionError: assert 3 == 5"),
        ("KeyError: 'a'", "IndexError: 'a'"),
        ("ValueError: bad rate 12", "ValueError: bad rate 13"),
    ],
)
def test_what_says_something_counts(one: str, other: str) -> None:
    """Values and types are the failure itself."""
    assert fingerprint(one, HERE) != fingerprint(other, HERE)


def test_the_innermost_file_counts_and_its_line_does_not() -> None:
    """A line moves when something above it changes; another file is another cause."""
    assert fingerprint("X", (("a.py", 1), ("b.py", 2))) == fingerprint("X", (("c.py", 1), ("b.py", 7)))
    assert fingerprint("X", (("b.py", 2),)) != fingerprint("X", (("a.py", 2),))

"""A text that came back at another depth is put right, or refused; never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply
from runner.errors import EditRejected

TEXT = '''class Sums:
    def of(self, xs):
        """Add up.

        Quickly: see the notes.
        """
        total = 0
        for x in xs:
            total += x
        return total

    def none(self):
        with self.lock:
            first = self.one()
            second = self.two()
        return first
'''
LOOP = "        for x in xs:\n            total += x\n"
GUARDED = "        if xs:\n            for x in xs:\n                total += x\n"


def flush(code: str) -> str:
    lines = code.splitlines(keepends=True)
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "".join(line[margin:] if line.strip() else line for line in lines)


def deeper(code: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(keepends=True))


BENDS = {"as written": str, "flush left": flush, "deeper": deeper, "first line trimmed": str.lstrip}


def direct(code: str, lines: str) -> str:
    return f"FILE: a.py\nLINES: {lines}\nREASONING: r\n```python\n{code}```\n"


def made(reply: str, text: str = TEXT, path: str = "a.py") -> str | None:
    return apply_edits(parse_reply(reply, {path: text}), {path: text})[path]


@pytest.mark.parametrize("bend", BENDS.values(), ids=BENDS.keys())
def test_a_text_whose_ends_are_unchanged_stands_where_they_do(bend: type[str]) -> None:
    """Lines that the change itself moved, here into an `if`, do not count against the ends."""
    framed = f"        total = 0\n{GUARDED}        return total\n"
    assert made(direct(bend(framed), "7-10")) == TEXT.replace(LOOP, GUARDED)


@pytest.mark.parametrize("bend", BENDS.values(), ids=BENDS.keys())
@pytest.mark.parametrize("head", ["    def of(self, xs):\n", "    def of(self, xs, first):\n"], ids=["same", "changed"])
def test_a_whole_definition_stands_where_its_first_line_does(bend: type[str], head: str) -> None:
    """Also where the file could be read with the definition inside the one above, and where its signature changes."""
    old = TEXT.partition("class Sums:\n")[2].partition("\n    def none")[0]
    new = old.replace(LOOP, GUARDED).replace("    def of(self, xs):\n", head)
    reply = f"FILE: a.py\nREASONING: r\n```python\n{bend(new)}```\n"
    assert made(reply) == TEXT.replace(old, new)


def test_lines_that_only_move_are_moved() -> None:
    """An edit asks for a change: lines that are to lose a level are not put back onto it."""
    old = "        with self.lock:\n            first = self.one()\n            second = self.two()\n"
    new = "        first = self.one()\n        second = self.two()\n"
    assert made(direct(new, "13-15")) == TEXT.replace(old, new)
    reindented = direct("        first = self.one()\n        second = self.two()\n", "14-15")
    assert made(reindented) == TEXT.replace(old, "        with self.lock:\n" + new) or pytest.fail("moved otherwise")


METHOD = "\n    def all(self):\n        return self.first, self.second\n\n"


@pytest.mark.parametrize(("bend", "is_sure"), [(str, True), (flush, False), (deeper, False)])
def test_a_definition_in_place_of_a_blank_line_stands_beside_the_next(bend: type[str], *, is_sure: bool) -> None:
    """It could as well be read as a part of the one above; another edit of the reply shows that this one is meant."""
    reply = direct(bend(METHOD), "11-11") + direct("        total = 1\n", "7-7")
    if is_sure:
        assert made(reply) == TEXT.replace("total = 0", "total = 1").replace("\n    def none", f"{METHOD}    def none")
    else:
        with pytest.raises(EditRejected):
            made(reply)


UNSURE = {
    "prose flush left or trimmed": "Quickly: see the notes.\n\nNever slowly.\n    Ever.\n",
    "a last line that may have moved": "if first:\n    Quickly: see the notes.\n",
    "no unchanged line": "Never.\n\n",
}


@pytest.mark.parametrize("code", UNSURE.values(), ids=UNSURE.keys())
def test_what_can_be_meant_in_two_ways_is_refused(code: str) -> None:
    """Nobody can read the depth of prose; the message says what to do."""
    with pytest.raises(EditRejected, match="begin and end"):
        made(direct(code, "5-5"))


@settings(max_examples=150)
@given(st.integers(0, 13), st.integers(0, 4), st.sampled_from(sorted(BENDS)))
def test_a_framed_text_is_never_put_at_another_depth(at: int, size: int, bend: str) -> None:
    """Of a file that no parser reads as well: it is right or refused."""
    lines = TEXT.splitlines()
    old = lines[at : at + size + 2]
    first = next(line for line in old if line)
    new = [old[0], first[: len(first) - len(first.lstrip())] + "NEW = [1]", *old[1:]]
    code = BENDS[bend]("".join(f"{line}\n" for line in new))
    reply = f"FILE: a.txt\nLINES: {at + 1}-{at + len(old)}\nREASONING: r\n```\n{code}```\n"
    try:
        text = made(reply, TEXT, "a.txt")
    except EditRejected:
        return
    assert text == "\n".join([*lines[:at], *new, *lines[at + len(old) :], ""])

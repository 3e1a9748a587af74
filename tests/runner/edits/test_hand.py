"""A reply's own tabs, steps and quotes are undone in all of its edits."""

from __future__ import annotations

import pytest

from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply

TEXT = '''LIMIT = 10


def total(prices):
    """Add them up."""
    result = 0
    for price in prices[1:]:
        result += price
    return result
'''
HELP = 'HELP = """\n    Prices:\n      all of them\n"""\n'
FIXED = TEXT.replace("LIMIT = 10\n", f"LIMIT = 10\n{HELP}").replace("prices[1:]", "prices")


def halved(code: str) -> str:
    lines = code.splitlines(keepends=True)
    return "".join(line[(len(line) - len(line.lstrip(" "))) // 2 :] for line in lines)


def tabbed(code: str) -> str:
    return code.replace("    ", "\t")


def made(*edits: tuple[str, str], text: str = TEXT) -> str | None:
    reply = "\n".join(f"FILE: a.py\nLINES: {lines}\nREASONING: r\n```\n{code}```" for lines, code in edits)
    return apply_edits(parse_reply(reply, {"a.py": text}), {"a.py": text})["a.py"]


@pytest.mark.parametrize("bend", [str, halved, tabbed])
def test_one_edit_shows_the_steps_of_all(bend: type[str]) -> None:
    """A text in a string says nothing of the reply's steps; the code of another edit does."""
    loop = "    result = 0\n    for price in prices:\n        result += price\n    return result\n"
    assert made(("1-1", bend(f"LIMIT = 10\n{HELP}")), ("6-9", bend(loop))) == FIXED


def test_steps_of_two_that_are_the_files_own_stay() -> None:
    """A file that indents by two is not widened."""
    text = halved(TEXT)
    code = "  for price in prices:\n    result += price\n"
    assert made(("7-8", code), text=text) == text.replace("prices[1:]", "prices")


CURLY = "    # all, also \u2018the first\u2019\n"


@pytest.mark.parametrize(
    ("edits", "comment"),
    [
        ([("6-7", f"    result = 0\n{CURLY}    for price in prices[1:]:\n")], CURLY.replace("\u2018", "'")),
        (
            [
                ("5-5", "    \u201c\u201d\u201cAdd them up.\u201d\u201d\u201d\n    print(\u2018x\u2019)\n"),
                ("6-7", f'    result = 0\n{CURLY}    say = "\u2018"\n    for price in prices[1:]:\n'),
            ],
            CURLY.replace("\u2018", "'") + '    say = "\'"\n',
        ),
        (
            [("6-7", '    result = 0\n    say = "\u2018"\n    for price in prices[1:]:\n')],
            '    say = "\u2018"\n',
        ),
    ],
    ids=["a comment alone", "another edit shows it", "a string of its own"],
)
def test_bent_quotes_are_made_plain_where_the_reply_bends_them(edits: list[tuple[str, str]], comment: str) -> None:
    """Never in a string when nothing shows that a chat window bent it."""
    text = made(*edits)
    assert text is not None
    assert "    result = 0\n" + comment.replace("\u2019", "'") + "    for price" in text

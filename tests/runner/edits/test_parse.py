"""Replies are read with patience, and refused with a message that helps."""

from __future__ import annotations

import pytest

from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply
from runner.errors import ReplyMalformed

FILES = {"src/a.py": "def f(x):\n    return x\n\n\ndef g(x):\n    return f(x)\n"}
FIXED = FILES["src/a.py"].replace("return x", "return -x")


@pytest.mark.parametrize(
    "reply",
    [
        "FILE: src/a.py\nLINES: 2-2\nREASONING: sign\n```python\n    return -x\n```\n",
        "Sure!\n\n**FILE:** `src/a.py`\n**LINES:** 2\n**REASONING:** sign\n```\n    return -x\n```\nHope it helps.",
        "FILE: src/a.py\nLINES: L1-L2\nREASONING: sign\n~~~py\ndef f(x):\n    return -x\n~~~",
        "FILE: src/a.py\r\nLINES: 2 to 2\r\nREASONING: sign\r\n```\r\n    return -x\r\n```\r\n",
        "FILE: src/a.py\nLINES: 2-2\nREASONING: sign\n```python\n    return -x\n",
        "FILE: src/a.py\nREASONING: sign\n```\n<<<<<<< SEARCH\n    return x\n=======\n"
        "    return -x\n>>>>>>> REPLACE\n```",
    ],
    ids=["as asked", "decorated", "other fence", "windows", "unclosed fence", "search/replace"],
)
def test_the_same_edit_is_read_from_many_shapes(reply: str) -> None:
    """However it is wrapped, the edit makes the same file."""
    assert apply_edits(parse_reply(reply, FILES), FILES) == {"src/a.py": FIXED}


def test_new_and_deleted_files_are_read() -> None:
    """`LINES: new` and `LINES: delete` need no shown file."""
    reply = "FILE: b.py\nLINES: new\nREASONING: r\n```\nx = 1\n```\nFILE: src/a.py\nLINES: delete\nREASONING: r\n"
    assert apply_edits(parse_reply(reply, FILES), FILES) == {"b.py": "x = 1\n", "src/a.py": None}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("I cannot help.", "holds no edit"),
        ("```\ncode\n```", "no FILE"),
        ("FILE: src/a.py\nLINES: many\n```\nx\n```", "LINES must be like"),
        ("FILE: src/a.py\nLINES: 5-99\n```\nx\n```", "outside"),
        ("FILE: other.py\nLINES: 5-9\n```\nx\n```", "was not shown"),
        ("FILE: src/a.py\nLINES: 1-2\n```\ndef f(x):\n    # ... existing code\n```", "write every line out"),
        ("FILE: src/a.py\nLINES: 1-2\n```\n    ... rest of the function\n```", "write every line out"),
    ],
)
def test_what_cannot_be_understood_is_refused(reply: str, message: str) -> None:
    """The refusal can be fed back as it is."""
    with pytest.raises(ReplyMalformed, match=message):
        parse_reply(reply, FILES)


def test_a_bare_ellipsis_is_python() -> None:
    """`...` alone is a statement and stays."""
    (edit,) = parse_reply("FILE: src/a.py\nLINES: 2-2\nREASONING: r\n```\n    ...\n```", FILES)
    assert edit.text == "    ...\n"

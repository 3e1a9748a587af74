"""An issue's text loses what says nothing of the defect, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engines.issue import LEAST_TWICE_CHARS, condensed

STORY = "total() is off by one\n\nIt returns 5 for 2, since version 3.4.1.\n"
VERSIONS = "".join(f"package-{n}  1.{n}.0\n" for n in range(30))
COPY = "Traceback of the run:\n" + "  File 'a.py', line 3, in f\n    raise ValueError('never')\n" * 3


def test_templates_versions_and_copies_go() -> None:
    """What a reporter has to paste is no part of the story; a version that is told in it stays."""
    text = f"\u200b<!-- Thanks for\nreporting -->\n{STORY}\n{COPY}\n{VERSIONS}\n{COPY}\n\n- [ ] read the docs\n"
    said = condensed(text, 3000)
    assert said.startswith(STORY)
    assert said.count("Traceback of the run") == 1
    assert "package" not in said
    assert "Thanks" not in said


def test_tracebacks_keep_where_it_went_wrong() -> None:
    """Not the reporter's folders, not each step within Python's own library, not the code around IPython's arrows."""
    home = "/home/me/my venv/lib/python3.9"
    plain = (
        "Traceback (most recent call last):\n"
        f'  File "{home}/site-packages/shop/run.py", line 5, in go\n    return compile(given)\n'
        f'  File "{home}/re.py", line 252, in compile\n    return _compile(pattern, flags)\n'
        f'  File "{home}/sre_parse.py", line 350, in _class_escape\n    raise source.error("bad escape")\n'
        f'  File "{home}/site-packages/shop/rules.py", line 9, in rule\n    raise\n'
        f'  File "{home}/re.py", line 9, in end\n    pass\n'
        "re.error: bad escape\n"
    )
    cells = "~/lib/site-packages/shop/cart.py in total(self)\n     11   for one in self:\n---> 12     sum += one\n"
    said = condensed(f"{plain}\n{cells}\nTypeError: no\n", 3000)
    assert said == (
        'Traceback (most recent call last):\n  File "shop/run.py", line 5, in go\n    return compile(given)\n'
        f'  File "{home}/sre_parse.py", line 350, in _class_escape\n    raise source.error("bad escape")\n'
        '  File "shop/rules.py", line 9, in rule\n    raise\n'
        f'  File "{home}/re.py", line 9, in end\n    pass\n'
        "re.error: bad escape\n\n"
        "shop/cart.py in total(self)\n---> 12     sum += one\n\nTypeError: no"
    )


@pytest.mark.parametrize(
    "text",
    ["a" * 60_000, "a" + " " * 60_000 + "b", "<!-- " * 12_000 + "b", 'File "' + "/python3" * 7_000],
    ids=["one word", "blanks", "comments without an end", "one path"],
)
def test_no_text_takes_long(text: str) -> None:
    """Each of these took seconds to minutes; whoever writes an issue could hold a worker."""
    assert condensed(f"<!-- gone -->{text}", 10**6) == text


@given(st.lists(st.text("ab.1 ", max_size=LEAST_TWICE_CHARS - 1), max_size=6))
def test_what_is_short_and_plain_stays(lines: list[str]) -> None:
    """A few words that come twice may matter."""
    text = "words\n\n".join(f"{line} c" for line in lines)
    assert condensed(text, 10**6).split() == text.split()

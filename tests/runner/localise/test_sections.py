"""Each line of a task's text is told apart by what it is."""

from __future__ import annotations

import pytest

from runner.localise.sections import SECTIONS, split_sections


@pytest.mark.parametrize(
    ("lines", "section"),
    [
        ("It prints rounding wrongly", "prose"),
        ("    value = rounding(2)", "code"),
        ("```\nrounding\n```", "code"),
        (">>> rounding(2)", "code"),
        ("Traceback (most recent call last):\n  rounding", "traceback"),
        ("goroutine 1 [running]:\nmain.rounding()\n\t/rounding.go:3", "traceback"),
        ("### Environment\nrounding", "template"),
        ("**Matplotlib Version**\nrounding", "template"),
        ("- [x] rounding", "template"),
        ("rounding: 1.2.3", "template"),
        ("#### How did you install it?\nrounding", "template"),
        ("#### What operating system are you using?\nrounding", "template"),
        ("### Expected behavior\nrounding", "prose"),
        ("### Expected rounding", "prose"),
    ],
)
def test_a_line_is_read_as_what_it_is(lines: str, section: str) -> None:
    """Prose, code, tracebacks and what a template asked for are kept apart."""
    found = split_sections(f"A title\n\n{lines}\n")
    assert "rounding" in found[section]
    assert [name for name in SECTIONS if "rounding" in found[name]][-1] == section


def test_prose_goes_on_after_a_traceback_and_after_a_template() -> None:
    """The exception's line ends a traceback, the next heading ends a template."""
    trace = "Traceback (most recent call last):\n  File\nKeyError: no\nafterwards"
    text = f"T\n\n{trace}\n\n### Versions\n1\n\n### Details\nmore"
    prose = split_sections(text)["prose"]
    assert "afterwards" in prose
    assert "more" in prose


def test_the_first_line_with_text_is_the_title() -> None:
    """Blank lines before it do not matter, and it is no prose."""
    found = split_sections("\n\n  It breaks\nbody")
    assert found["title"].strip() == "It breaks"
    assert found["prose"].strip() == "body"


def test_what_prose_has_in_backticks_is_inline() -> None:
    """Backticks say that a word is a name."""
    found = split_sections("T\nWhen `Cart.add` is called")
    assert found["inline"] == "Cart.add"
    assert "Cart.add" not in found["prose"]


@pytest.mark.parametrize(
    "heading", ["#### Steps to reproduce", "**Describe the bug**", "### What did you expect to see?"]
)
def test_a_templates_own_heading_is_no_prose(heading: str) -> None:
    """Its words are the same in every report; what stands below it is the reporter's."""
    found = split_sections(f"T\n{heading}\nrounding")
    assert heading in found["template"]
    assert found["prose"] == "rounding"

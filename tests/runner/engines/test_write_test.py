"""The request for a test keeps its budget, and the answer is read with patience and no trust."""

from __future__ import annotations

from dataclasses import replace

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.budget import estimate_tokens
from runner.compose import PROMPTS
from runner.engines.write_test import read_test, render_request
from runner.errors import BudgetSpent, ReplyMalformed
from runner.models import Slice, Task, TestWanted

PATH = "tests/test_greenloop_x.py"
TEST = "def test_x():\n    assert f() == 2\n"
WANTED = TestWanted(
    task=Task("r", "c", "f is wrong\n\nf() gives 1", "test"),
    path=PATH,
    example_path="tests/test_f.py",
    example="from f import f",
    slices=(Slice("f.py", "f", 1, 2, "0" * 40, 1.0, ""),),
    files={"f.py": "def f():\n    return 1\n"},
)


def render(**values: str | bool) -> str:
    """A template's stand-in: everything that it is given."""
    return "\n".join(map(str, values.values()))


def test_a_request_holds_issue_example_code_and_what_was_wrong_before() -> None:
    """All that a person would need."""
    prompt = render_request(render, WANTED, 4000)
    assert all(part in prompt for part in ("f() gives 1", "from f import f", "    2 |     return 1", PATH))


def test_a_request_that_cannot_fit_is_refused() -> None:
    """Instead of a prompt that the model would see half of."""
    with pytest.raises(BudgetSpent, match="before any code"):
        render_request(render, WANTED, 10)


@given(st.integers(200, 2000))
def test_a_request_is_never_over_its_limit(cap_tokens: int) -> None:
    """With our own template, whose heading over the code counts too: the model refuses what is a token too long."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals["python"] = "3.9"
    template = environment.from_string((PROMPTS / "reproduce.j2").read_text())
    code = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(200))
    slices = tuple(
        Slice("f.py", f"f{number}", 4 * number + 1, 4 * number + 2, "0" * 40, 1.0, "") for number in range(200)
    )
    wanted = replace(WANTED, example="x" * 1000, slices=slices, files={"f.py": code})
    try:
        prompt = render_request(template.render, wanted, cap_tokens)
    except BudgetSpent:
        return
    assert estimate_tokens(prompt) <= cap_tokens


@pytest.mark.parametrize(
    "reply",
    [
        TEST,
        f"Here it is:\n```python\n{TEST}```\nIt fails today.",
        f"~~~\n{TEST}~~~",
        f"First `x`:\n```\nx\n```\nthen\n\n  ```py\n  {TEST.replace(chr(10), chr(10) + '  ').rstrip()}\n  ```",
        f"```python\r\n{TEST}```".replace("\n", "\r\n"),
    ],
)
def test_the_file_is_found_in_the_reply(reply: str) -> None:
    """With and without fences, languages, talk around it and other line ends."""
    assert read_test(reply, PATH) == TEST


@pytest.mark.parametrize(
    ("reply", "told"),
    [("", "no code"), ("```\ndef test_x(:\n```", "no valid Python"), ("```\nx = 1\n```", "begins with `test`")],
)
def test_what_is_no_test_is_refused(reply: str, told: str) -> None:
    """In words that the model can act on."""
    with pytest.raises(ReplyMalformed, match=told):
        read_test(reply, PATH)


def test_other_languages_are_left_to_their_runner() -> None:
    """Nothing here parses them."""
    assert read_test("```ts\nit('x', () => {})\n```", "a.test.ts") == "it('x', () => {})\n"

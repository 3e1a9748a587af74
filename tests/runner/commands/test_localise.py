"""`localise` from a shell: where the code is that an issue is about."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.runner.commands.conftest import Run, commit


def test_the_code_that_the_issue_names_comes_first(shop: Path, task: Path, greenloop: Run) -> None:
    """Files, definitions and shown spans, as the command line promises them."""
    done = greenloop("localise", "--repo", shop, "--task", task, "--json", env=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["format"] == 1
    assert report["files"][0]["path"] == "cart.py"
    first = report["functions"][0]
    assert (first["path"], first["name"], first["start"], first["end"]) == ("cart.py", "total", 1, 5)
    assert first["why"]
    assert {"path", "start", "end"} <= set(report["shown"][0])
    assert {"seconds", "notes"} <= set(report)


def test_fewer_tokens_show_less(shop: Path, task: Path, greenloop: Run) -> None:
    """--prompt-tokens bounds what is shown."""
    done = greenloop("localise", "--repo", shop, "--task", task, "--json", "--prompt-tokens", "1", env=False)
    assert json.loads(done.stdout)["shown"] == []


def test_people_read_lines(shop: Path, task: Path, greenloop: Run) -> None:
    """Without --json each definition has its place and its reason."""
    done = greenloop("localise", "--repo", shop, "--task", task, env=False)
    assert "cart.py:1-5  total  (" in done.stdout


def test_odd_paths_are_printed_on_one_line_each(shop: Path, task: Path, greenloop: Run) -> None:
    """Line ends and bytes that are no text are shown as escapes, in every locale; JSON keeps them."""
    for name in (b"new\nline.py", b"byte-\xff.py"):
        Path(os.fsdecode(os.path.join(os.fsencode(shop), name))).write_text("def total(prices):\n    return 0\n")
    commit(shop, {})
    done = greenloop("localise", "--repo", shop, "--task", task, env=False, settings={"PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr
    assert r"'new\nline.py':1-2" in done.stdout
    assert r"'byte-\udcff.py':1-2" in done.stdout
    found = json.loads(greenloop("localise", "--repo", shop, "--task", task, "--json", env=False).stdout)
    assert {"new\nline.py", "byte-\udcff.py"} <= {file["path"] for file in found["files"]}


@pytest.mark.parametrize("text", ["", "\n\n", "\N{BUG}\N{FIRE}"])
def test_a_task_without_words_answers_no(text: str, shop: Path, task: Path, greenloop: Run) -> None:
    """Exit 1, and the note says what a task needs."""
    task.write_text(text)
    done = greenloop("localise", "--repo", shop, "--task", task, env=False)
    assert done.returncode == 1, done.stderr
    assert "name code, an error or a path" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--commit", "nope"), "names no commit"),
        (("--repo", "/"), "no git repository"),
        (("--task", "/"), "name a UTF-8 text file"),
        (("--top", "0"), "no whole number from 1"),
        (("--prompt-tokens", "-5"), "no whole number from 1"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    words: tuple[str, ...], said: str, shop: Path, task: Path, greenloop: Run
) -> None:
    """The last line says what is wrong and what to do."""
    done = greenloop("localise", "--repo", shop, "--task", task, *words, env=False)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr.splitlines()[-1]
    assert done.stdout == ""

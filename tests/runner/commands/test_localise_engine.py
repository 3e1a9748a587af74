"""`localise --engine ollama`: a model on the wire orders the best files; without an answer nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runner.commands.conftest import Run, commit
from tests.runner.engines.test_ollama import LAST, chunk, serving

LABELS = (
    "def label_of(name, price):\n    return name\n\n\ndef total_label(prices):\n    return label_of('total', prices)\n"
)


@pytest.fixture
def stocked(shop: Path) -> Path:
    """The shop with a second file that the issue's words touch."""
    commit(shop, {"labels.py": LABELS})
    return shop


def localised(greenloop: Run, shop: Path, task: Path, url: str, *words: str) -> dict[str, Any]:
    """The report of a run that asks the model at `url`."""
    settings = {"GREENLOOP_OLLAMA_URL": url}
    done = greenloop("localise", "--repo", shop, "--task", task, "--json", *words, env=False, settings=settings)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_model_has_the_last_word_on_the_order(stocked: Path, task: Path, greenloop: Run) -> None:
    """One small call with the candidates in it; the files follow the answer, and their definitions say so."""
    with serving([chunk('{"files": ["labels.py", "nothing.py"]}', **LAST)]) as server:
        before = localised(greenloop, stocked, task, server.url)
        after = localised(greenloop, stocked, task, server.url, "--engine", "ollama")
        (asked,) = server.asked
    assert [report["files"][0]["path"] for report in (before, after)] == ["cart.py", "labels.py"]
    assert any("the model put its file up" in function["why"] for function in after["functions"])
    assert any("ollama put 1 of the best files in order" in note for note in after["notes"])
    assert "re-rank" in after["seconds"]
    prompt = asked["messages"][0]["content"]
    assert len(prompt.encode()) <= 3.5 * 4000
    assert "1. cart.py defines total" in prompt


@pytest.mark.parametrize(
    ("chunks", "status", "said"),
    [
        ([chunk("I do not know.", **LAST)], 200, "names none of the files"),
        ([], 500, "Ollama refused the call"),
    ],
)
def test_a_model_that_fails_leaves_the_order(
    chunks: list[dict[str, Any]], status: int, said: str, stocked: Path, task: Path, greenloop: Run
) -> None:
    """The answer is the model-free one, with a note."""
    with serving(chunks, status=status) as server:
        before = localised(greenloop, stocked, task, server.url)
        after = localised(greenloop, stocked, task, server.url, "--engine", "ollama")
    assert (after["files"], after["functions"]) == (before["files"], before["functions"])
    assert any(said in note for note in after["notes"]), after["notes"]


def test_no_server_leaves_the_order(stocked: Path, task: Path, greenloop: Run) -> None:
    """Localising needs no model; one that is not there is noted with how to start it."""
    after = localised(greenloop, stocked, task, "http://127.0.0.1:9", "--engine", "ollama")
    assert after["files"][0]["path"] == "cart.py"
    assert any("ollama serve" in note for note in after["notes"])


def test_an_unknown_engine_blocks(stocked: Path, task: Path, greenloop: Run) -> None:
    """A misspelt name is bad input, and the line names the engines."""
    done = greenloop("localise", "--repo", stocked, "--task", task, "--engine", "olama", env=False)
    assert done.returncode == 2
    assert "choose one of" in done.stderr


def test_the_help_says_what_the_engine_does(greenloop: Run) -> None:
    """What it costs and what happens without an answer."""
    shown = " ".join(greenloop("localise", "--help", env=False).stdout.split())
    for part in ("--engine NAME", "4,000 tokens", "leaves the order"):
        assert part in shown

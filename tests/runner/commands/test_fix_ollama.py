"""`fix --engine ollama`: a model on the wire plans, errs, hears why, and is right at the second attempt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.runner.commands.conftest import BROKEN, RED, Run, commit
from tests.runner.engines.test_ollama import LAST, Server, chunk, serving

PLAN = {
    "format": 1,
    "hypothesis": "the loop skips the first price",
    "files": ["cart.py"],
    "reproducer": [RED],
    "failure_means": "the test stays red",
    "source": "engine",
    "steps": [
        {"id": "s1", "pool": "scan", "action": "read", "paths": ["cart.py"], "why": "see it", "needs": []},
        {"id": "m1", "pool": "mutate", "action": "edit", "paths": ["cart.py"], "why": "mend it", "needs": ["s1"]},
        {"id": "m2", "pool": "mutate", "action": "test", "paths": [], "why": "see it green", "needs": ["m1"]},
    ],
}


FROM_STOCK = BROKEN["cart.py"].replace("prices[1:]", "prices[SKIPPED:]")


def edit(line: str, path: str = "cart.py", lines: str = "3-3") -> str:
    return f"FILE: {path}\nLINES: {lines}\nREASONING: start at the first\n```python\n{line}\n```\n"


def answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan where a schema asks for one; a wrong edit, and a right one once the failure was told."""
    prompt = asked["messages"][0]["content"]
    if asked.get("format"):
        return [chunk(json.dumps(PLAN)), chunk("", **LAST)]
    right = "# What was tried before\n" in prompt
    return [chunk(edit("    for price in prices:" if right else "    for price in prices[2:]:")), chunk("", **LAST)]


def test_a_small_model_that_hears_its_failure_ends_proven(shop: Path, task: Path, greenloop: Run) -> None:
    """The loop, not the model, makes the proof; tokens and calls are in the receipt."""
    with serving([], answer=answer) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url}
        done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "ollama", "--json", settings=settings)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    report = json.loads(done.stdout)
    assert (report["verdict"], report["engine"]) == ("PROVEN", "ollama")
    assert len(report["attempts"]) == 2
    assert "assert 5 == 9" in report["attempts"][0]["feedback"]
    assert report["receipt"]["usage"]["calls"] == 2
    assert_prompts_are_whole(server)


def test_a_model_that_is_right_after_its_third_failure_is_green_at_the_fourth(
    shop: Path, task: Path, greenloop: Run, tmp_path: Path
) -> None:
    """Real repository, sandbox and tests: each call hears of the failures before it, and the trace holds it."""
    lines = [
        "    for price in prices[2:]:",
        "    for price in prices[3:]:",
        "    for price in ()():",
        "    for price in prices:",
    ]
    told: list[str] = []

    def answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
        told.append(asked["messages"][0]["content"])
        text = (
            json.dumps(PLAN)
            if asked.get("format")
            else edit(lines[sum("LINES: first-last" in one for one in told) - 1])
        )
        return [chunk(text), chunk("", **LAST)]

    with serving([], answer=answer) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url, "GREENLOOP_CAPTURE_CONTENT": "1"}
        out = ("--out", tmp_path / "bundle")
        done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "ollama", *out, "--json", settings=settings)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "PROVEN"), done.stdout[-2000:] + done.stderr
    assert len(report["attempts"]) == 4
    spans = json.loads((tmp_path / "bundle" / "spans.json").read_text())["spans"]
    heard = [span["attributes"]["input.value"] for span in spans if span["name"] == "engine ollama"]
    assert [text.count("Attempt ") for text in heard] == [0, 1, 2, 3]
    assert "assert 5 == 9" in heard[3]
    assert all(text in told[-1] for text in ("Attempt 1", "Attempt 2", "Attempt 3"))


def test_a_model_asks_for_code_and_then_mends_it(shop: Path, task: Path, greenloop: Run) -> None:
    """`SHOW` costs a call and no attempt: the next prompt has what was asked for; the third takes no question."""
    commit(shop, {"stock.py": "SKIPPED = 1\n", "cart.py": "from stock import SKIPPED\n\n\n" + FROM_STOCK})
    told: list[str] = []

    def answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
        told.append(asked["messages"][0]["content"])
        text = "SHOW: stock.py 1-1\n" if len(told) < 3 else edit("SKIPPED = 0", "stock.py", "1-1")
        return [chunk(text), chunk("", **LAST)]

    with serving([], answer=answer) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url}
        done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "ollama", "--json", settings=settings)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "PROVEN"), done.stdout[-2000:] + done.stderr
    assert (len(report["attempts"]), report["receipt"]["usage"]["calls"]) == (1, 3)
    assert ["SHOW: path" in prompt for prompt in told] == [True, True, False]
    assert "    1 | SKIPPED = 1" in told[1]


def assert_prompts_are_whole(server: Server) -> None:
    """The model saw the code with its numbers and the failing test."""
    prompts = [asked["messages"][0]["content"] for asked in server.asked]
    assert all("    3 |     for price in prices[1:]:" in prompt for prompt in prompts)
    assert all(RED in prompt for prompt in prompts)
    assert BROKEN["cart.py"].splitlines()[0] in prompts[0]


def test_no_server_is_one_line_and_exit_2(shop: Path, task: Path, greenloop: Run) -> None:
    """An engine that was asked for by name and does not answer blocks, and the line says how to start it."""
    settings = {"GREENLOOP_OLLAMA_URL": "http://127.0.0.1:9"}
    done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "ollama", settings=settings)
    assert done.returncode == 2
    assert "ollama serve" in done.stderr.splitlines()[-1]

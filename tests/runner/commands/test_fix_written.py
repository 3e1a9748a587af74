"""`fix` on an issue that names no test: the model writes one first, and only then a fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.runner.commands.conftest import BROKEN, Run, commit, git
from tests.runner.commands.test_fix_ollama import PLAN, edit
from tests.runner.engines.test_ollama import LAST, chunk, serving

ISSUE = "total() in cart.py forgets the first price\n\n`total([2, 3])` gives 3, it should be 5.\n"
LOOSE = "```python\nfrom cart import total\n\n\ndef test_total():\n    assert total([0, 3]) == 3\n```\n"
SHARP = "```python\nfrom cart import total\n\n\ndef test_total():\n    assert total([2, 3]) == 5\n```\n"
NEW = "test_greenloop_total_in_cart_py_forgets_the_first_price.py"


def answer(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """A test that passes already, then one that fails, then plan and edit."""
    prompt = asked["messages"][0]["content"]
    if asked.get("format"):
        return [chunk(json.dumps({**PLAN, "reproducer": [f"{NEW}::test_total"]})), chunk("", **LAST)]
    if "You write one test" in prompt:
        return [chunk(SHARP if "was not accepted" in prompt else LOOSE), chunk("", **LAST)]
    return [chunk(edit("    for price in prices:")), chunk("", **LAST)]


def test_the_models_own_test_is_seen_red_before_anything_is_mended(tmp_path: Path, greenloop: Run) -> None:
    """One that passes on the base is refused and told; the accepted one is frozen and part of the change."""
    shop = tmp_path / "shop"
    shop.mkdir()
    git(shop, "init", "-q")
    green = BROKEN["test_cart.py"].replace("total([1, 3, 5]) == 9", "total([0, 3, 5]) == 8")
    commit(shop, {**BROKEN, "test_cart.py": green})
    task = tmp_path / "task.md"
    task.write_text(ISSUE)
    with serving([], answer=answer) as server:
        settings = {"GREENLOOP_OLLAMA_URL": server.url}
        done = greenloop("fix", "--repo", shop, "--task", task, "--engine", "ollama", "--json", settings=settings)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"] == "PROVEN"
    assert any("written by the engine" in reason for reason in report["reasons"])
    assert f"+++ b/{NEW}" in report["diff"]
    first, second = (asked["messages"][0]["content"] for asked in server.asked[:2])
    assert "def label(name, price):" in first
    assert "from cart import label, total" in first
    assert "pass on the code as it is" in second
    assert "total([0, 3]) == 3" in second

"""What an engine is told after a failed attempt: compact, concrete, within its budget. Pure."""

from __future__ import annotations

from runner.proof import TestRun

MESSAGE_CAP_BYTES = 1400
"""One message is at most 400 tokens of 3.5 bytes."""

SHOWN_FAILURES = 3


def failure_feedback(number: int, what: str, run: TestRun | None, diff: str) -> str:
    """What attempt `number` tried and how its tests ended: first failures with values and project frames."""
    parts = [f"Attempt {number}: {what}"]
    if diff:
        parts.append("It changed:\n" + _changed_lines(diff))
    if run is not None:
        parts.append(f"`{run.command}` was {run.outcome.value} ({len(run.failing)} failing):")
        parts += [_failure(id_, run) for id_ in run.failing[:SHOWN_FAILURES]]
    return cut("\n".join(parts), MESSAGE_CAP_BYTES)


def cut(text: str, cap_bytes: int) -> str:
    """The text, or its head and tail around a mark when it is longer than the cap."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= cap_bytes:
        return text
    half = (cap_bytes - 8) // 2
    return raw[:half].decode("utf-8", "ignore") + "\n[...]\n" + raw[-half:].decode("utf-8", "ignore")


def _failure(id_: str, run: TestRun) -> str:
    test = run.tests[id_]
    frames = " <- ".join(f"{path}:{line}" for path, line in reversed(test.frames[-3:]))
    return f"- {id_}: {cut(test.message, 300)}" + (f"\n  at {frames}" if frames else "")


def _changed_lines(diff: str) -> str:
    kept = [line for line in diff.split("\n") if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    return cut("\n".join(kept), 400)

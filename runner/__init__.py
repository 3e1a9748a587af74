"""The plan-edit-test loop: task and repository in, verdict and evidence out. Knows no GitHub."""

from __future__ import annotations

from runner.orchestrator import run

__all__ = ["run"]

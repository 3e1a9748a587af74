"""The built-in repair engine: test-driven search over general changes of the syntax tree, without a model."""

from __future__ import annotations

from runner.engines.search.engine import SearchEngine, SearchEnvironment

__all__ = ["SearchEngine", "SearchEnvironment"]

"""A text model that is a folder answers with what lies in it, and the run's clock does not count the waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.answered import Post
from runner.errors import EngineUnreachable, TimeSpent


def test_an_answer_is_charged_what_it_is_said_to_cost(tmp_path: Path) -> None:
    """However long it took; the prompt lies beside it, as it was asked."""
    post = Post(tmp_path, "case", answer_s=10.0, patience_s=5.0)
    (tmp_path / "case-1.answer").write_text("SHOW: a.py")
    before_s = post.clock()
    assert post.complete("what?", schema=None, temperature=0.0, timeout_s=60.0).text == "SHOW: a.py"
    assert 10.0 <= post.clock() - before_s < 15.0
    assert (tmp_path / "case-1.prompt").read_text() == "what?"


def test_nobody_and_no_time_are_named(tmp_path: Path) -> None:
    """The first means that somebody has to answer, the second that the run is over."""
    post = Post(tmp_path, "case", answer_s=10.0, patience_s=0.0)
    with pytest.raises(EngineUnreachable, match=r"case-1\.prompt"):
        post.complete("what?", schema=None, temperature=0.0, timeout_s=60.0)
    with pytest.raises(TimeSpent, match="too few"):
        post.complete("what?", schema=None, temperature=0.0, timeout_s=9.0)

"""A person's own change is held against all that the base has."""

from __future__ import annotations

from runner.phases.claim import claim_of
from runner.testing import FakeRepository
from runner.verify.proof import inspect_claim

FILES = {"src/maths.py": b"def double(x):\n    return x\n", "tests/helpers.py": b"def check(x):\n    assert x\n"}


def test_a_new_file_in_the_place_of_another_is_found() -> None:
    """The change need not name what it hides: the claim knows every file of the base."""
    edits = {"tests/helpers/__init__.py": b"def check(x):\n    pass\n"}
    claim = claim_of("base", edits, {}, (), FakeRepository(FILES))
    assert claim.paths == frozenset(FILES)
    assert "shadowed-module" in {finding.rule for finding in inspect_claim(claim)}

"""Whether a change of the source takes examples out of docstrings that the base ran as tests. Pure."""

from __future__ import annotations

import ast
import doctest
from collections import Counter
from collections.abc import Iterator, Mapping

from runner.models import Overlay
from runner.proof import Cells, GuardFinding
from runner.verify.python_tests import Function, parse
from runner.verify.test_paths import is_test_path


def lost_examples(before: Mapping[str, bytes | None], after: Overlay, base: Cells) -> Iterator[GuardFinding]:
    """A finding for each source file of which tests ran on the base that lacks one of their examples, or expects other.

    `before` and `after` are the files as they lie under base and head. Tests in a source file are its docstrings'.
    """
    ran = {id_.partition("::")[0] for run in base.existing for id_ in run.tests}
    for path, old in before.items():
        if path in ran and path.endswith(".py") and not is_test_path(path):
            lost = Counter(_examples(old)) - Counter(_examples(after.get(path)))
            yield from (GuardFinding("test-loosened", path, f"no longer has `>>> {one[0]}`") for one in [*lost][:1])


def _examples(source: bytes | None) -> Iterator[tuple[str, str]]:
    """What the docstrings of a file show, and what it is to print."""
    tree = parse(source)
    for node in ast.walk(tree) if tree else ():
        text = ast.get_docstring(node) if isinstance(node, Function | ast.ClassDef | ast.Module) else None
        try:
            found = doctest.DocTestParser().get_examples(text or "")
        except ValueError:  # an example that nobody could run
            continue
        yield from ((example.source.strip(), example.want) for example in found)

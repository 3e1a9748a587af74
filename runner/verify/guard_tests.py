"""When an edit of a test file makes it judge less. Pure."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from runner.proof import GuardFinding
from runner.verify.guard_fixtures import changed_support
from runner.verify.python_tests import Function, PythonTest, is_assertion, parse, skips_in, tests_in

SKIP_MARK: Final = re.compile(
    r"\.skip\(|\.only\(|\bx(?:it|describe|test)\(|@(?:Ignore|Disabled)\b|\bt\.Skip|#\[ignore\]|\bpending\(|\bit\.todo\("
)
ASSERT_MARK: Final = re.compile(r"\b(?:assert\w*|expect\w*|should\w*|require\.\w+|t\.(?:Error|Fatal)\w*)[ (!.]")
CODE: Final = frozenset(
    """.py .pyi .js .jsx .ts .tsx .mjs .cjs .mts .cts .go .rs .java .kt .scala .groovy .rb .php .c .cc .cpp .h .cs
    .swift .exs .dart""".split()  # noqa: SIM905
)
LEAVING: Final = ast.Return | ast.Raise | ast.Delete | ast.Global | ast.Nonlocal | ast.Break | ast.Continue
PATCHING: Final = frozenset({"setattr", "delattr", "setitem", "patch", "object", "multiple", "start", "exit", "_exit"})


def weaker_tests(path: str, old: bytes | None, new: bytes | None) -> Iterator[GuardFinding]:
    """Deleted, skipped or loosened tests, changed fixtures and changed expectations in one file."""
    if old is None:
        return
    if new is None:
        yield GuardFinding("test-deleted", path, "the whole file")
    elif path.endswith(".py") and parse(old) is not None:
        yield from _python_findings(path, old, new)
    elif PurePosixPath(path).suffix in CODE:
        yield from _text_findings(path, old.decode(errors="replace"), new.decode(errors="replace"))
    else:
        yield GuardFinding("expectation-changed", path, "tests compare with what is in this file")


def rewritten_tests(path: str, base: bytes | None, given: bytes, new: bytes | None) -> Iterator[GuardFinding]:
    """How somebody's own version of a file of given tests judges less: than those, or than the base's others.

    What it adds or leaves as it was does no harm, since the given version is the one that is run.
    """
    if new is None or not path.endswith(".py"):
        yield from weaker_tests(path, given, new)
        return
    had, has, own = (tests_in(path, text) for text in (base, given, new))
    known = had.keys() & has.keys() | has.keys() & own.keys()
    changed = {id_: has[id_] for id_ in known if id_ not in own or id_ not in had or own[id_].dump != had[id_].dump}
    yield from _test_findings(path, changed, own)
    yield from _support_findings(path, base or b"", new)


def _python_findings(path: str, old: bytes, new: bytes) -> Iterator[GuardFinding]:
    yield from _test_findings(path, tests_in(path, old), tests_in(path, new))
    yield from _support_findings(path, old, new)


def _test_findings(
    path: str, before: Mapping[str, PythonTest], after: Mapping[str, PythonTest]
) -> Iterator[GuardFinding]:
    for id_, test in before.items():
        if id_ not in after:
            yield GuardFinding("test-deleted", path, f"{id_} is gone or renamed")
        elif detail := _loosening(test, after[id_]):
            yield GuardFinding("test-loosened", path, f"{id_} {detail}")
        if id_ in after and skips_in(after[id_].node) > skips_in(test.node):
            yield GuardFinding("test-skipped", path, f"{id_} is skipped or expected to fail")


def _support_findings(path: str, old: bytes, new: bytes) -> Iterator[GuardFinding]:
    yield from (GuardFinding("fixture-changed", path, detail) for detail in changed_support(old, new))


def _loosening(old: PythonTest, new: PythonTest) -> str:
    """What an existing test does no longer; nothing where it does all it did, and perhaps more."""
    if skips_in(new.node) > skips_in(old.node):
        return ""  # which is a finding of its own
    old, new = _bare(old), _bare(new)
    lost = Counter(old.assertions) - Counter(new.assertions)
    if lost:
        return f"no longer has `{next(iter(lost))}`"
    if ast.dump(old.node.args) != ast.dump(new.node.args):
        return "takes other fixtures"
    if gone := _cases(old.node) - _cases(new.node):
        return f"no longer has the decorator or case `{next(iter(gone))}`"
    added = _added(old.node.body, new.node.body)
    if added is None:
        return "no longer does what it did before it asserts"
    used = {node.id for node in ast.walk(old.node) if isinstance(node, ast.Name)}
    return next((f"now has `{_brief(one)}`" for one in added if _interferes(one, used)), "")


def _bare(test: PythonTest) -> PythonTest:
    """The test without what does nothing: types, and what an assertion says when it fails."""
    node = copy.deepcopy(test.node)
    node.returns = None
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            part.annotation = None
        elif isinstance(part, ast.Assert):
            part.msg = None
        elif isinstance(part, ast.Call) and is_assertion(part):
            part.keywords = [keyword for keyword in part.keywords if keyword.arg != "msg"]
    return PythonTest(node)


def _cases(test: Function) -> Counter[str]:
    """A test's decorators: each by its name, and the elements of their lists one by one."""
    listed = ast.List | ast.Tuple
    nodes = [node for decorator in test.decorator_list for node in ast.walk(decorator)]
    elements = [
        item for node in nodes if isinstance(node, listed) for item in node.elts if not isinstance(item, listed)
    ]
    names = [getattr(decorator, "func", decorator) for decorator in test.decorator_list]
    return Counter(ast.unparse(node) for node in [*elements, *names])


def _added(old: list[ast.stmt], new: list[ast.stmt]) -> list[ast.stmt] | None:
    """The statements that `new` has beside those of `old`; None unless `old` is in it whole and in order."""
    left = [ast.dump(statement) for statement in old]
    added = []
    for statement in new:
        if left and ast.dump(statement) == left[0]:
            left.pop(0)
        else:
            added.append(statement)
    return None if left else added


def _interferes(statement: ast.stmt, used: set[str]) -> bool:
    """Whether a statement may end the test, or change what its other statements see."""
    if isinstance(statement, ast.Assert) or (isinstance(statement, ast.Expr) and is_assertion(statement.value)):
        return False
    return any(_is_interference(node, used) for node in ast.walk(statement))


def _is_interference(node: ast.AST, used: set[str]) -> bool:
    if isinstance(node, LEAVING):
        return True
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id in used
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        return True
    return isinstance(node, ast.Call) and _called(node) in PATCHING


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _brief(statement: ast.stmt) -> str:
    return ast.unparse(statement).splitlines()[0][:80]


def _text_findings(path: str, old: str, new: str) -> Iterator[GuardFinding]:
    if len(SKIP_MARK.findall(new)) > len(SKIP_MARK.findall(old)):
        yield GuardFinding("test-skipped", path, "a test is skipped that was not before")
    lines = Counter(line.strip() for line in old.splitlines() if ASSERT_MARK.search(line))
    lost = lines - Counter(line.strip() for line in new.splitlines())
    if lost:
        yield GuardFinding("test-loosened", path, f"`{next(iter(lost))}` is gone")

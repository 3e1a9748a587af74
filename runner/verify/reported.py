"""What a task's text shows to fail, as test files: code that raises, calls that should give something else. Pure."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from runner.syntax_tree import UNREADABLE
from runner.verify.python_tests import tests_in
from runner.verify.reported_names import bindings, bound_names, is_star, open_names, read_names
from runner.verify.reported_steps import BARE_ERROR, Step, parsed, read_steps

NAMED: Final = re.compile(rf"\b{BARE_ERROR}\b")
INLINE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
CODE: Final = r"`([^`\n]+)`"
GIVES: Final = r"\b(?:gives?|returns?|yields?|produces?|prints?|outputs?|shows?|renders?|evaluates? to|results? in)\b"
INSTEAD: Final = re.compile(
    rf"{CODE}[^`\n]{{0,60}}{GIVES}[^`\n]{{0,30}}{CODE}[^`\n]{{0,30}}\b(?:instead of|rather than)\b[^`\n]{{0,30}}{CODE}"
)
SHOULD: Final = re.compile(
    rf"{CODE}[^`\n]{{0,30}}\bshould (?:be|give|return|print|yield|produce)\b[^`\n]{{0,30}}{CODE}"
)
TEST_NAME: Final = "test_reported"
CLASS_NAME: Final = "Reported"
DISPLAYING: Final = frozenset({"print", "pprint"})


@dataclass(frozen=True, slots=True)
class Style:
    """How the repository writes tests.

    `packages` are its own, `near` the test files nearest to the place; what the text uses and never defines comes from
    them. `in_class` puts a test into a TestCase.
    """

    packages: Collection[str] = ()
    near: Sequence[bytes] = ()
    in_class: bool = False


def reported_tests(text: str, style: Style) -> Iterator[bytes]:
    """Test files, each once: tests and assertions of the text, what it shows to raise, what it expects of a call."""
    steps = list(read_steps(text))
    files = [_test_file(step.body, (), style) for step in steps if _is_test(step) and not _shows_failing(step)]
    files += [_wrapped(body, style) for body in (*_stories(text, steps), *_expectations(text, steps))]
    yield from dict.fromkeys(filter(None, files))


def _stories(text: str, steps: Sequence[Step]) -> Iterator[list[ast.stmt]]:
    """What asserts, and what raises where the text shows or names an exception; each with the steps that it needs."""
    plain = [step for step in steps if not _is_test(step)]
    for end in dict.fromkeys((*filter(_asserts, plain), *_raising(text, plain))):
        before = plain[: plain.index(end)] if end in plain else [step for step in plain if step.is_import]
        story = [*_needed(end, [step for step in before if not step.fails]), end]
        yield [node for step in story for node in _displayed(step, is_last=step is end)]


def _raising(text: str, steps: Sequence[Step]) -> list[Step]:
    """The steps that are shown to raise, or all where the text only says that something does."""
    shown = [step for step in steps if step.fails]
    if shown or not NAMED.search(text):
        return shown
    return [step for step in steps if not step.is_import] or list(_inline_calls(text))


def _expectations(text: str, steps: Sequence[Step]) -> Iterator[list[ast.stmt]]:
    """`code` gives `this` instead of `that`; `code` should give `that`, unless that is only a name."""
    pairs = [(match[1], match[3]) for match in INSTEAD.finditer(text)]
    pairs += [(match[1], match[2]) for match in SHOULD.finditer(text) if _is_value(match[2])]
    for code, wanted in pairs:
        if _is_call(parsed(code)):
            imports = [node for step in steps if step.is_import for node in step.body]
            yield [*imports, *parsed(_check(code, wanted))]


def _check(code: str, wanted: str) -> str:
    """The assertion: of the value where it is written as Python writes it, else of what is displayed."""
    try:
        ast.literal_eval(wanted)
    except UNREADABLE:
        return f"value = ({code})\nassert {wanted!r} in (repr(value), str(value))"
    return f"assert ({code}) == {wanted}"


def _is_value(text: str) -> bool:
    return keyword.iskeyword(text) or not text.isidentifier()


def _inline_calls(text: str) -> Iterator[Step]:
    for code in dict.fromkeys(INLINE.findall(text)):
        if _is_call(body := parsed(code)):
            yield Step(body)


def _is_call(body: Sequence[ast.stmt]) -> bool:
    """Whether it is a call with something in it: `f()` alone only names a function."""
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return isinstance(call, ast.Call) and bool(call.args or call.keywords)


def _is_test(step: Step) -> bool:
    return bool(tests_in("", step.source))


def _shows_failing(step: Step) -> bool:
    """Whether it asserts what can never hold: a test that is there to be seen failing."""
    asserts = (node.test for part in step.body for node in ast.walk(part) if isinstance(node, ast.Assert))
    return any(isinstance(test, ast.Constant) and not test.value for test in asserts)


def _asserts(step: Step) -> bool:
    return any(isinstance(node, ast.Assert) for part in step.body for node in ast.walk(part))


def _needed(end: Step, before: Sequence[Step]) -> list[Step]:
    """Of the steps before it: imports, and those that bind or touch a name which it or a needed one leaves open."""
    wanted = open_names(end.body)
    kept: list[Step] = []
    for step in reversed(before):
        calls = [node for node in step.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
        if step.is_import or (bound_names(step.body) | read_names(calls)) & wanted:
            kept.append(step)
            wanted |= open_names(step.body)
    return kept[::-1]


def _displayed(step: Step, *, is_last: bool) -> Iterator[ast.stmt]:
    """The step's statements; a prompt displays the value of a call, and a reader looks at the last one's."""
    for position, node in enumerate(step.body):
        shows = step.is_typed or (is_last and position == len(step.body) - 1)
        yield _display(node) if shows and isinstance(node, ast.Expr) else node


def _display(node: ast.Expr) -> ast.Expr:
    value = node.value
    if isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and ast.unparse(value.func) in DISPLAYING):
        return node
    return ast.Expr(ast.Call(ast.Name("repr", ast.Load()), [value], []))


def _wrapped(body: Sequence[ast.stmt], style: Style) -> bytes:
    """A file with one test that runs the statements; what imports everything has to stand above it."""
    return _test_file([*filter(is_star, body)], [node for node in body if not is_star(node)], style)


def _test_file(outer: Sequence[ast.stmt], inner: Sequence[ast.stmt], style: Style) -> bytes:
    """A file with the outer statements, and one test that runs the inner; nothing where a name comes from nowhere."""
    above = bindings([*outer, *inner], style.packages, style.near)
    if above is None:
        return b""
    tests = [_test(inner, in_class=style.in_class)] if inner else []
    if inner and style.in_class:
        above = [ast.Import([ast.alias("unittest")]), *above]
    parts = ["\n".join(map(ast.unparse, [*above, *outer])), *map(ast.unparse, tests)]
    return ("\n\n\n".join(filter(None, parts)) + "\n").encode()


def _test(body: Sequence[ast.stmt], *, in_class: bool) -> ast.stmt:
    function = ast.parse(f"def {TEST_NAME}({'self' * in_class}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = [*body]
    case = ast.parse(f"class {CLASS_NAME}(unittest.TestCase): ...").body[0]
    assert isinstance(case, ast.ClassDef)
    case.body = [function]
    return ast.fix_missing_locations(case if in_class else function)

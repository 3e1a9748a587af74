"""The failing part of a long test: the statement that fails and what it needs, without the checks before it."""
# mypy: ignore-errors

import ast
import inspect

from search_inputs import compiled, tree_of

FEWEST_LEFT_OUT = 3


class Part:
    """A part of a test, to be run in the test's place."""

    def __init__(self, test, function):
        self.test = test
        self.made = function
        self.params = test.params
        self.error = None

    def function(self):
        """The part's own function."""
        return self.made

    def call(self):
        """As the test: passed, failed or skipped."""
        with self.test.replaced(self.made, self.params):
            outcome = self.test.call()
        self.error = self.test.error
        return outcome


def failing_line(test):
    """The line of the test's own function at which its error passed, counted from its first; None if it did not."""
    code = code_of(test)
    traceback = getattr(test.error, "__traceback__", None)
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code is code:
            line = traceback.tb_lineno - code.co_firstlineno + 1
        traceback = traceback.tb_next
    return line


def part_of(test, line):
    """The test up to the statement at a line, without the checks before it; None where that saves little."""
    tree = tree_of(plain(test))
    if tree is None:
        return None
    before = [statement for statement in tree.body if statement.lineno <= line]
    kept = [statement for statement in before[:-1] if not is_check(statement)] + before[-1:]
    if len(before) - len(kept) < FEWEST_LEFT_OUT:
        return None
    tree.body = kept
    function = compiled(tree, plain(test))
    return None if function is None else Part(test, function)


def plain(test):
    """The test's function without what decorators laid around it."""
    function = test.function()
    return inspect.unwrap(getattr(function, "__func__", function))


def code_of(test):
    """The code of the test's own function, or None."""
    return getattr(plain(test), "__code__", None)


def is_check(statement):
    """Whether the statement only checks: `assert ...`, `self.assertEqual(...)`, `raises(...)`."""
    if isinstance(statement, ast.Assert):
        return True
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name.startswith("assert") or name == "raises"

"""Fresh inputs made from the tests' own: the same test with one literal or parameter changed, its values only noted."""
# mypy: ignore-errors

import ast
import inspect
import itertools
import re
import textwrap
import types
import zlib

RECORD = "__greenloop_record__"
VARIANTS_OF_A_TEST = 24
SHOWN_CHARS = 200
NOTED_CHARS = 1000
MOST_NOTES = 40
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


def variants(test):
    """(what the input is, function, parameters) of a test: its literals and its parameters changed one at a time."""
    function = test.function()
    plain = inspect.unwrap(getattr(function, "__func__", function))
    if tree_of(plain) is not None:
        every = itertools.chain(by_parameter(plain, test.params), by_literal(plain, test.params))
        yield from itertools.islice(every, VARIANTS_OF_A_TEST)


def by_parameter(function, params):
    """The same test with one parameter changed."""
    noting = compiled(Noting().visit(tree_of(function)), function)
    for name, value in sorted(params.items()) if noting is not None else ():
        for other in changed(value):
            yield name + " = " + shown(other), noting, dict(params, **{name: other})


def by_literal(function, params):
    """The same test with one literal changed."""
    for place, node in enumerate(ast.walk(tree_of(function))):
        for value in changed(value_of(node)) if is_literal(node) else ():
            made, statement = with_literal(function, place, value)
            fresh = compiled(Noting().visit(made), function)
            if fresh is not None:
                yield statement, fresh, params


def tree_of(function):
    """The function's definition, or None where its source cannot be had."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None


def is_literal(node):
    """Whether it is a plain literal; Python 3.7 and earlier have types of their own for them."""
    return isinstance(node, (ast.Num, ast.Str)) if not hasattr(ast, "Constant") else is_plain_constant(node)


def is_plain_constant(node):
    """Whether it is a number, a truth value or a text."""
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str))


def value_of(node):
    """The literal's value."""
    return ast.literal_eval(node)


def changed(value):
    """Other values of the same kind, near and far."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [other for other in (value + 1, value - 1, 0, -value, 2 * value) if other != value]
    if isinstance(value, str):
        return [other for other in dict.fromkeys((value[:-1], value + value[-1:], value[::-1], "")) if other != value]
    if isinstance(value, (list, tuple)) and value:
        inner = changed(value[-1])[:1]
        return [value[:-1], value[::-1], *[[*value[:-1], other] for other in inner]] if isinstance(value, list) else []
    return []


def with_literal(function, place, value):
    """The function's definition with another literal at a place, and the statement that holds it, as text."""
    tree = tree_of(function)
    node = list(ast.walk(tree))[place]
    new = ast.parse(repr(value), mode="eval").body
    exchange(tree, node, new)
    ast.fix_missing_locations(tree)
    around = [one for one in ast.walk(tree) if isinstance(one, ast.stmt) and any(i is new for i in ast.walk(one))]
    return tree, text_of(around[-1], function, value)


def exchange(tree, node, new):
    """Put another node in a node's place."""
    for parent in ast.walk(tree):
        for field, held in ast.iter_fields(parent):
            if held is node:
                setattr(parent, field, new)
            elif isinstance(held, list):
                setattr(parent, field, [new if one is node else one for one in held])


def text_of(statement, function, value):
    """The statement as source; where Python is too old to write it, its line and the new value."""
    if hasattr(ast, "unparse"):
        return ast.unparse(statement)[:SHOWN_CHARS]
    line = inspect.getsource(function).split("\n")[statement.lineno - 1].strip()
    return (line + " (with " + repr(value) + ")")[:SHOWN_CHARS]


class Noting(ast.NodeTransformer):
    """Turns every check into a note of what it looks at, and notes what calls return."""

    def visit_Assert(self, node):
        """`assert a == b` notes both sides."""
        test = node.test
        sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else [test]
        return ast.copy_location(ast.Expr(note(sides, node)), node)

    def visit_Expr(self, node):
        """`self.assertEqual(a, b)` notes its arguments, a bare call what it returns."""
        call = node.value
        if not isinstance(call, ast.Call) or any(isinstance(one, ast.Starred) for one in call.args):
            return node
        name = getattr(call.func, "attr", "")
        if not name.startswith("assert"):
            return ast.copy_location(ast.Expr(note([call], node)), node)
        return node if "Raises" in name else ast.copy_location(ast.Expr(note(call.args[:2], node)), node)

    def visit_Assign(self, node):
        """`x = f(a)` notes what came of it: a test need not look at it itself."""
        names = [one.id for one in node.targets if isinstance(one, ast.Name)]
        if not isinstance(node.value, ast.Call) or not names:
            return node
        value = ast.copy_location(ast.Name(id=names[0], ctx=ast.Load()), node)
        return [node, ast.copy_location(ast.Expr(note([value], node)), node)]


def note(sides, place):
    """A call that notes values."""
    made = ast.Call(func=ast.Name(id=RECORD, ctx=ast.Load()), args=sides, keywords=[])
    return ast.copy_location(made, place)


def compiled(tree, function):
    """The function anew, in its own module's names; None where it needs an outer function's."""
    if function.__code__.co_freevars:
        return None
    tree.decorator_list = []
    ast.fix_missing_locations(tree)
    module = ast.parse("")
    module.body = [tree]
    code = compile(module, function.__code__.co_filename, "exec", dont_inherit=True)
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    notes = []

    def record(*values):
        notes.append([shown(value) for value in values])

    made = types.FunctionType(inner[-1], dict(function.__globals__, **{RECORD: record}), function.__name__,
                              function.__defaults__)  # fmt: skip
    made.__kwdefaults__ = function.__kwdefaults__
    made.notes = notes
    return made


def abridged(notes):
    """The first notes, and one that stands for all others: a test may look at thousands of values."""
    rest = notes[MOST_NOTES:]
    told = f"{len(rest)} more, {zlib.crc32(repr(rest).encode('utf-8', 'replace')):08x}"
    return notes[:MOST_NOTES] + ([[told]] if rest else [])


def shown(value):
    """The value as text that is the same in every process."""
    try:
        return ADDRESS.sub("0x", repr(value))[:NOTED_CHARS]
    except Exception as error:  # noqa: BLE001 -- a value's own __repr__ may raise.
        return "<" + type(error).__name__ + ">"

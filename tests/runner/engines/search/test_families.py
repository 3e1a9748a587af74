"""Each family makes the change that it is for, and every candidate is a change that can be compiled."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.edits.apply import apply_edits
from runner.engines.search.clues import Clash, Clues
from runner.engines.search.families import EXPRESSIONS, GAPS, STATEMENTS
from runner.engines.search.file_view import FileView
from runner.engines.search.generate import Candidate, Subject, candidates
from runner.engines.search.patch import edit_of
from runner.engines.search.source import Source, apply_changes, units_of
from runner.engines.search.view import FunctionView

Kinds = Mapping[str, str]


def subjects_of(source: Source, kinds: Kinds, clues: Clues | None = None) -> list[Subject]:
    """Every function of the file with all lines equally suspicious and the same types everywhere."""
    environment = {name: frozenset({kind}) for name, kind in kinds.items()}
    file = FileView(source, clues)
    found = []
    for unit in units_of(source, 0):
        lines = range(unit.node.lineno + 1, (unit.node.end_lineno or 0) + 1)
        view = FunctionView(file, unit, dict.fromkeys(lines, environment), {})
        found.append(Subject(view, dict.fromkeys(lines, 1.0)))
    return found


def all_candidates(
    text: str, kinds: Kinds | None = None, clues: Clues | None = None
) -> Iterator[tuple[Candidate, str]]:
    """Every candidate with the file that it makes."""
    source = Source("module.py", text)
    for candidate in candidates(subjects_of(source, kinds or {}, clues)):
        yield candidate, apply_changes(text, candidate.changes)


EXAMPLES: list[tuple[str, str, str, Kinds]] = [
    ("undefined name", "return totl", "return total", {"total": "int"}),
    ("comparison", "return a < b", "return a <= b", {}),
    ("comparison", "return a not in b", "return a in b", {}),
    ("comparison", "return a >= 3", "return a > 2", {}),
    ("arithmetic", "return a + b", "return a - b", {}),
    ("arithmetic", "return (a + b) * c", "return (a + b) // c", {}),
    ("connective", "return a and b", "return a or b", {}),
    ("connective", "return a or b or c", "return a or c", {}),
    ("constant", "return a[0]", "return a[1]", {}),
    ("constant", "return False", "return True", {}),
    ("constant", "return a, 0", "return a, None", {}),
    ("callee", "return any(a)", "return all(a)", {}),
    ("negated condition", "if a:\n        return b", "if not a:\n        return b", {}),
    ("negated condition", "if not a:\n        return b", "if a:\n        return b", {}),
    ("arguments", "return f(a, b)", "return f(b, a)", {}),
    ("arguments", "return f(a, key=b)", "return f(a)", {}),
    ("off by one", "return (a) * c", "return (a - 1) * c", {"a": "int"}),
    ("off by one", "return c[a]", "return c[a + 1]", {"a": "int", "c": "list"}),
    ("variable", "return f(a)", "return f(b)", {"a": "int", "b": "int"}),
    ("dropped operand", "return 1 + f(a)", "return f(a)", {}),
    ("swapped operands", "return a - b", "return b - a", {}),
    ("swapped operands", "return (a + b) - c", "return c - (a + b)", {}),
    ("attribute", "return a.keys()", "return a.values()", {}),
    ("display", "return (a, b)", "return (b, a)", {}),
    ("display", "return []", "return [a]", {"a": "int"}),
    ("unwrapped call", "return abs(a)", "return a", {}),
    ("None guard", "if a.x:\n        return b", "if a is not None and a.x:\n        return b", {}),
    ("assignment target", "a, b = b, a\n    return a", "b, a = b, a\n    return a", {}),
    ("replaced condition", "while True:\n        b.pop()", "while b:\n        b.pop()", {"b": "list"}),
    ("ingredient", "c = a.left\n    return b", "c = a.left\n    return a.left", {"a": "N"}),
    ("missing attribute", "return a.x", "return getattr(a, 'x', None)", {}),
    ("variable for expression", "return a.x", "return b", {"b": "int"}),
    ("type test", "return isinstance(a, int)", "return isinstance(a, (int, str))", {}),
    ("type test", "return isinstance(a, m.Old)", "return isinstance(a, (m.Old, m.New))", {"a": "New"}),
    ("type test", "f(isinstance(b, m.New))\n    return isinstance(a, m.Old)",
     "f(isinstance(b, m.New))\n    return isinstance(a, (m.Old, m.New))", {}),
    ("extended condition", "if a < 0:\n        return b", "if a < 0 or not b:\n        return b", {"b": "list"}),
    ("extended by rarer condition", "if f(a):\n        return b", "if f(a) and a is not c:\n        return b",
     {"a": "Door", "c": "Door"}),
    ("replaced by rarer condition", "if f(a):\n        return b", "if a is not c:\n        return b",
     {"a": "Door", "c": "Door"}),
    ("index", "return a[b]", "return a.get(b)", {"a": "dict"}),
    ("slice", "return a[1:]", "return a[:1]", {}),
    ("slice", "return a[:-1]", "return a[1:]", {}),
    ("comprehension", "return [x for x in a]", "return [x for x in a if x is not None]", {}),
    ("range start", "return range(a)", "return range(1, a)", {}),
    ("wrapped container", "for x in a:\n        f(x)", "for x in list(a):\n        f(x)", {}),
    ("wrapped container", "return []", "return [[]]", {}),
    ("wrapped number", "return a + b", "return max(a, 0) + b", {"a": "int"}),
    ("wrapped sequence", "for x in a:\n        f(x)", "for x in a[b:]:\n        f(x)", {"a": "list", "b": "int"}),
    ("returned constant", "return f(a)", "return None", {}),
    ("keyword", "f(a, deep=b)\n    return f(c)", "f(a, deep=b)\n    return f(c, deep=True)", {}),
    ("wrapped text", "return a + b", "return str(a) + b", {"a": "int"}),
    ("wrapped in function", "return a", "return helper(a)", {}),
    ("default", "return f(a)", "return f(a) or []", {}),
    ("default", "return f(a)", "return f(a) or None", {}),
    ("augmented assignment", "a ^= b\n    return a", "a &= b\n    return a", {}),
    ("augmented assignment", "a = b\n    return a", "a += b\n    return a", {}),
    ("statement kind", "for x in a:\n        break", "for x in a:\n        continue", {}),
    ("statement kind", "f(a)", "return f(a)", {}),
    ("deleted statement", "f(a)\n    return b", "return b", {}),
    ("deleted statement", "f(a)\n    g(a)\n    return b", "return b", {}),
    ("condition set aside", "if a:\n        return b", "if False:\n        return b", {}),
    ("early exit", "f(a)\n    return b", "return b\n    f(a)\n    return b", {"b": "int"}),
    ("early exit", "for x in a:\n        f(x)", "for x in a:\n        continue\n        f(x)", {}),
    ("moved statement", "f(a)\n    g(b)\n    return c", "g(b)\n    f(a)\n    return c", {}),
    ("dedent", "for x in a:\n        f(x)\n        return b", "for x in a:\n        f(x)\n    return b", {}),
    ("indent", "for x in a:\n        f(x)\n    g(b)", "for x in a:\n        f(x)\n        g(b)", {}),
    ("unwrapped if", "if a:\n        f(b)\n    return c", "f(b)\n    return c", {}),
    ("kept result", "a.strip()\n    return a", "a = a.strip()\n    return a", {}),
    ("exception type", "try:\n        f(a)\n    except (KeyError, OSError):\n        pass",
     "try:\n        f(a)\n    except KeyError:\n        pass", {}),
    ("callee", "return a.helper(b)", "return helper(b)", {}),
    ("exception type", "try:\n        f(a)\n    except KeyError:\n        pass",
     "try:\n        f(a)\n    except (KeyError, TypeError):\n        pass", {}),
    ("pattern", "return re.match(r'[a-z]+$', a)", "return re.match(r'[a-z]+\\Z', a)", {}),
    ("pattern", "return re.findall(r'<(.+?)>', a)", "return re.findall(r'<(\\w+?)>', a)", {}),
    ("pattern flags", "return re.search('x.y', a)", "return re.search('x.y', a, flags=re.IGNORECASE | re.DOTALL)", {}),
    ("called", "return a.path", "return a.path() if callable(a.path) else a.path", {}),
    ("passed argument", "return max(a)", "return max(a, default=None)", {}),
    ("passed argument", "x = helper(a)\n    return helper()", "x = helper(a)\n    return helper(x=x)", {"x": "int"}),
    ("moved entry", "return [a, b, c]", "return [b, c, a]", {}),
    ("predicate", "f(b.is_odd)\n    if f(a):\n        return b",
     "f(b.is_odd)\n    if f(a).is_odd is False:\n        return b", {}),
    ("method of value", "b.clone()\n    return a", "b.clone()\n    return a.clone()", {}),
    ("wrapped in import", "from m import to_list\n    f(a.b)", "from m import to_list\n    f(to_list(a.b))", {}),
    ("wrapped sides", "return a == b", "return repr(a) == repr(b)", {}),
    ("asked of both", "self.same(a, b)\n    return a != b", "self.same(a, b)\n    return not self.same(a, b)", {}),
    ("value or default", "return f(a)", "return f(a) if a is not None else ''", {}),
    ("added else", "if a:\n        c.append(a)\n    return c",
     "if a:\n        c.append(a)\n    else:\n        c.append(b)\n    return c", {"a": "int", "b": "int", "c": "list"}),
    ("added else", "if a:\n        return [f'{a}!']\n    return b",
     "if a:\n        return [f'{a}!']\n    else:\n        return [f'{b}!']\n    return b", {"a": "int", "b": "int"}),
    ("wrapped in if", "f(a)\n    f(b)\n    return c", "if a:\n        f(a)\n        f(b)\n    return c", {"a": "list"}),
    ("constant", "f('same text', a)\n    g('same text', 'other')", "f('other', a)\n    g('other', 'other')", {}),
    ("wrapped in if", "f(a)\n    return b", "if a:\n        f(a)\n    return b", {"a": "list"}),
    ("inserted mutator", "f(a)\n    return b", "b.append(a)\n    f(a)\n    return b", {"a": "int", "b": "list"}),
    ("inserted assignment", "f(a)\n    return b", "f(a)\n    b = a\n    return b", {"a": "int", "b": "int"}),
    ("copied statement", "a.pop()\n    f(b)\n    return c", "a.pop()\n    f(b)\n    a.pop()\n    return c",
     {"a": "list"}),
    ("guard", "f(a)\n    return b", "if not a:\n        return b\n    f(a)\n    return b", {"a": "list", "b": "int"}),
]  # fmt: skip


CLUED: list[tuple[str, str, str, Kinds, Clues]] = [
    ("mended text", "return '%s, %s  !' % (a, b)", "return '%s, %s!' % (a, b)", {},
     Clues((Clash(texts=(("1, 2  !", "1, 2!"),)),))),
    ("mended text", "return f'{a}: {{no}} {b}'", "return f'{a}: {{yes}} {b}'", {},
     Clues((Clash(texts=(("7: {no} 8", "7: {yes} 8"),)),))),
    ("mended text", "return 'use Old(\"{}\", x=1)'.format(a)", "return 'use New(\"{}\")'.format(a)", {},
     Clues((Clash(texts=(('Hint: use Old("q", x=1).', 'Hint: use New("q").'),)),))),
    ("borrowed text", "return a['colour']", "return a['colours']", {}, Clues(tests=("x['colours']",))),
    ("added entry", "return a in ['asin', 'acos']", "return a in ['asin', 'acos', 'acot']", {},
     Clues(tests=("f('acot')",))),
    ("added entry", "return a in ('asin', 'acos', 'atan')", "return a in ('asin', 'acos', 'atan', 'acsc', 'asec')", {},
     Clues(tests=("asec(acsc(x))",))),
    ("added entry", "c = {'red': 1, 'blue': 2, 'green': 3}\n    return {'red': 'r', 'blue': 'b'}",
     "c = {'red': 1, 'blue': 2, 'green': 3}\n    return {'red': 'r', 'blue': 'b', 'green': 'b'}", {}, Clues()),
    ("added name", "return a in (b, c)", "return a in (b, c, helper)", {}, Clues(tests=("helper",))),
    ("raised type", "raise KeyError(a)", "raise ValueError(a)", {},
     Clues(tests=("with pytest.raises(ValueError): f()",))),
    ("exception type", "try:\n        f(a)\n    except KeyError:\n        pass",
     "try:\n        f(a)\n    except (KeyError, IndexError):\n        pass", {}, Clues((Clash("IndexError"),))),
    ("wrapped in try", "f(a)", "try:\n        f(a)\n    except OSError:\n        pass", {}, Clues((Clash("OSError"),))),
    ("exception type", "try:\n        f(a)\n    except KeyError:\n        pass",
     "from module.errors import Lost\n    try:\n        f(a)\n    except Lost:\n        pass", {},
     Clues((Clash("Lost", module="module.errors"),))),
    ("wrapped in try", "f(a)",
     "from module.errors import Lost\n    try:\n        f(a)\n    except Lost:\n        pass", {},
     Clues((Clash("Lost", module="module.errors"),))),
    ("wrapped in try", "b = f(a)\n    return b == 1",
     "try:\n        b = f(a)\n    except OSError:\n        b = 1\n    return b == 1", {}, Clues((Clash("OSError"),))),
    ("early error", "f(a)", "if not a:\n        raise ValueError('none')\n    f(a)", {"a": "list"},
     Clues(tests=("with self.assertRaisesRegex(ValueError, 'none'): f()",))),
    ("similar member", "return a.is_valid", "return a.is_valid_for", {"a": "Form"},
     Clues(members={"Form": ("is_valid_for", "save")})),
    ("type test", "return isinstance(a, bytes)", "return isinstance(a, (bytes, memoryview))", {},
     Clues(tests=("memoryview(b'')",))),
    ("guard", "f(a)", "if a.is_open:\n        return\n    f(a)", {"a": "Door"}, Clues(members={"Door": ("is_open",)})),
    ("similar member", "return self.old.sise", "return self.old.size", {"self": "Door", "self.old": "Part"},
     Clues(members={"Part": ("size", "colour")})),
    ("widened equality", "return a == 'one'", "return a in ('one', 'two')", {}, Clues(tests=("f('two')",))),
    ("rarer guard", "f(a)\n    g(self.close())", "if not self.close():\n        return\n    f(a)\n    g(self.close())",
     {"self": "Door", "a": "int"}, Clues(members={"Door": ("close",)})),
    ("wrapped in rarer if", "f(self.old)\n    return a",
     "if not self.old.has_parts:\n        f(self.old)\n    return a",
     {"self": "Door", "self.old": "Part", "a": "int"}, Clues(members={"Part": ("has_parts",)})),
    ("guard", "b = self.new_name\n    g(c.name)",
     "if self.new_name == a.name:\n        return\n    b = self.new_name\n    g(c.name)",
     {"self": "Door", "a": "Part", "c": "str"}, Clues(members={"Part": ("name",)})),
]  # fmt: skip

IN_CLASSES: list[tuple[str, str, str]] = [
    ("sibling statement",
     "class A(B):\n    def one(self):\n        self.check('one')\n\n    def two(self):\n        self.check('two')\n\n"
     "    def three(self):\n        self.x = 1\n",
     "    def three(self):\n        self.check('three')\n        self.x = 1\n"),
    ("rarer guard",
     "class A(B):\n    def one(self):\n        if checks.is_stub(self):\n            return 1\n\n"
     "    def two(self):\n        self.x = 1\nchecks = B()\n",
     "    def two(self):\n        if checks.is_stub(self):\n            return\n        self.x = 1\nchecks = B()\n"),
    ("super call",
     "class A(B):\n    def one(self, x, *rest, key=0, **more):\n        self.x = x\n",
     "        super().one(x, *rest, key=key, **more)\n        self.x = x\n"),
]  # fmt: skip


def module_of(body: str) -> str:
    return f"def helper(x):\n    return x\n\n\ndef work(a, b, c):\n    total = 0  # kept\n    {body}\n"


@pytest.mark.parametrize(("family", "body", "repaired", "kinds"), EXAMPLES, ids=[f"{e[0]}: {e[1]}" for e in EXAMPLES])
def test_a_family_makes_its_change(family: str, body: str, repaired: str, kinds: Kinds) -> None:
    """Among a family's candidates is the change it is for, and the rest of the file stays as it was."""
    made = [text for candidate, text in all_candidates(module_of(body), kinds) if candidate.family == family]
    assert module_of(repaired) in made


@pytest.mark.parametrize(
    ("family", "body", "repaired", "kinds", "clues"), CLUED, ids=[f"{e[0]}: {e[1]}" for e in CLUED]
)
def test_a_family_follows_the_tests(family: str, body: str, repaired: str, kinds: Kinds, clues: Clues) -> None:
    """What the failing tests compare, raise, name and meet is what the family's change is made of."""
    found = all_candidates(module_of(body), kinds, clues)
    assert module_of(repaired) in [text for candidate, text in found if candidate.family == family]


@pytest.mark.parametrize(
    ("family", "body", "changed", "narrowed"),
    [
        ("deleted statement", "f(a)\n    return b", "return b", "if b <= 1:\n        f(a)\n    return b"),
        ("deleted statement", "f(a)\n    g(a)\n    return b", "return b",
         "if b <= 1:\n        f(a)\n        g(a)\n    return b"),
        ("condition set aside", "if f(a):\n        g()", "if True:\n        g()", "if f(a) or b <= 1:\n        g()"),
        ("condition set aside", "if f(a):\n        g()", "if False:\n        g()", "if f(a) and b <= 1:\n        g()"),
        ("early exit", "f(a)\n    return b", "return b\n    f(a)\n    return b",
         "if b <= 1:\n        return b\n    f(a)\n    return b"),
    ],
)  # fmt: skip
def test_a_change_that_goes_too_far_is_made_under_conditions(
    family: str, body: str, changed: str, narrowed: str
) -> None:
    """The same change again where something holds, for whatever can be asked, and at the same place."""
    found = all_candidates(module_of(body), {"b": "int"})
    broad = next(one for one, text in found if one.family == family and text == module_of(changed))
    assert broad.excess is not None
    made = {apply_changes(module_of(body), one.changes): one for one in broad.excess.under(broad.excess.conditions())}
    assert made[module_of(narrowed)].excess is None
    assert all(one.line == broad.line for one in made.values())


@pytest.mark.parametrize(("family", "text", "ending"), IN_CLASSES, ids=[e[0] for e in IN_CLASSES])
def test_a_family_looks_at_the_class(family: str, text: str, ending: str) -> None:
    """Other methods and the base class say what this method should do too."""
    made = [new for candidate, new in all_candidates(text, {"self": "A"}) if candidate.family == family]
    assert any(new.endswith(ending) for new in made)


def test_every_family_has_an_example() -> None:
    """A family that nobody shows is a family that nobody checks."""
    named = {family.name for group in (EXPRESSIONS, STATEMENTS, GAPS) for family in group}
    assert named == {example[0] for example in (*EXAMPLES, *CLUED, *IN_CLASSES)}


def test_no_family_is_cheaper_than_its_floor() -> None:
    """The order is only right if a rule never yields something cheaper than what it promised."""
    for _, body, _, kinds in EXAMPLES:
        for candidate, _ in all_candidates(module_of(body), kinds):
            families = {f.name: f.least for group in (EXPRESSIONS, STATEMENTS, GAPS) for f in group}
            assert candidate.cost >= families[candidate.family]


NAMES = st.sampled_from(["a", "b", "c", "total"])
EXPRESSION = st.recursive(
    NAMES | st.sampled_from(["0", "1", "-1", "'x'", "None", "True", "[]", "(a, b)"]),
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "*", "**", "<", "and", "or", "in", "//"]), inner),
        st.builds("({})".format, inner),
        st.builds("(not {})".format, NAMES),
        st.builds("{}[{}]".format, NAMES, inner),
        st.builds("{}[{}:]".format, NAMES, inner),
        st.builds("f({}, key={})".format, inner, inner),
        st.builds("sum(x for x in {})".format, NAMES),
        st.builds("[x for x in {} if {}]".format, NAMES, NAMES),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("a.field.get({}, 'é')".format, inner),
    ),
    max_leaves=6,
)
STATEMENT = st.one_of(
    st.builds("total = {}".format, EXPRESSION),
    st.builds("total += {}".format, EXPRESSION),
    st.builds("if {}:\n    return {}\nelse:\n    b = {}".format, EXPRESSION, EXPRESSION, EXPRESSION),
    st.builds("for c in b:  # é\n    total = {}\n    f({})".format, EXPRESSION, EXPRESSION),
    st.builds("return {}".format, EXPRESSION),
    st.builds("f({})".format, EXPRESSION),
)


@settings(max_examples=40)
@given(st.lists(STATEMENT, min_size=1, max_size=3), st.sampled_from(["", "class Box:\n"]))
def test_every_candidate_is_another_program(statements: list[str], outer: str) -> None:
    """A candidate changes the text, nearly always compiles, stays inside its function, and survives as an edit."""
    body = "def work(self, a, b, total=0):\n" + textwrap.indent("\n".join(statements), "    ") + "\n"
    text = outer + (textwrap.indent(body, "    ") if outer else body) + "\nAFTER = 1\n"
    source = Source("module.py", text)
    broken = count = 0
    for candidate, new in all_candidates(text, {"a": "list", "b": "list", "total": "int"}):
        count += 1
        assert new != text
        assert new.endswith("\nAFTER = 1\n")
        assert all(candidate.unit.start <= c.start <= c.end <= candidate.unit.end for c in candidate.changes)
        if count % 7 == 0:
            assert apply_edits([edit_of(source, candidate)], {"module.py": text}) == {"module.py": new}
        if count % 5 == 0:
            broken += not parses(new)
    assert broken <= 0.1 * count


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True

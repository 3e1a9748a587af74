"""Calls and bases are read in every language, and tie definitions together."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runner.localise.calls import PATTERNS, references_in
from runner.localise.graph import CallGraph, Parsed, call_graph
from runner.localise.syntax import GRAMMARS, definitions_of, tree_of

SOURCES = {
    "python": ("class A(B, c.D):\n  def m(self):\n    self.k(f(1))\n", "B D", "k f"),
    "javascript": ("class A extends B { m() { this.k(); new C(f()) } }\nx = () => <Foo a/>\n", "B", "k C f Foo"),
    "typescript": ("class A extends B implements I<T> { m() { this.k(); } }\ninterface J extends K {}\n", "B I K", "k"),
    "tsx": ("class A extends B<X> { m() { return <Foo><Bar/></Foo> } }\n", "B", "Foo Bar"),
    "go": ("package x\ntype A struct { B; c int; *D }\nfunc (a A) M() { f(); a.k(); p.F() }\n", "B D", "f k F"),
    "java": ("class A extends B<X> implements C, D<X> { void m() { k(); z.l(); new E(); } }\n", "B C D", "k l E"),
    "rust": ("impl T for A { fn m(&self) { self.k(); a::f(); g::<u8>(); h!(); } }\n", "T", "k f g h"),
    "c": ("void f() { g(); p->h(); }\n", "", "g h"),
    "cpp": ("class A : public B, C<int> { void m() { n::g(); x.h(); k<int>(); } };\n", "B C", "g h k"),
    "ruby": ("class A < B\n def m\n  k(1)\n  C.new\n end\nend\n", "B", "k C new"),
    "php": ("<?php\nclass A extends B implements C { function m() { f(); $this->k(); D::s(); new E(); } }\n", "B C",
            "f k s E"),
}  # fmt: skip


def graph_of(files: Mapping[str, str], language: str = "python") -> CallGraph:
    """The graph of some sources."""
    return call_graph(
        {
            path: Parsed(
                definitions_of(text.encode(), language), references_in(tree_of(text.encode(), language), language)
            )
            for path, text in files.items()
        }
    )


def ties(graph: CallGraph, path: str, line: int) -> list[str]:
    """What is around a definition, as words."""
    return [f"{found.tie} {found.path} {found.definition.name}" for found in graph.around((path, line))]


def test_every_grammar_has_references() -> None:
    """A language that is parsed is also linked, and tried here."""
    assert set(PATTERNS) == set(GRAMMARS) == set(SOURCES)


@pytest.mark.parametrize("language", SOURCES)
def test_calls_and_bases_are_told_apart(language: str) -> None:
    """Functions, methods, constructors and elements are called; classes, interfaces and traits are built on."""
    source, bases, calls = SOURCES[language]
    found = references_in(tree_of(source.encode(), language), language)
    assert {reference.name for reference in found if reference.is_base} == set(bases.split())
    assert {reference.name for reference in found if not reference.is_base} == set(calls.split())


@pytest.mark.parametrize("language", SOURCES)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"((((", b"class"])
def test_broken_sources_are_no_fault(content: bytes, language: str) -> None:
    """A half-written file has the references that can be seen."""
    assert len(references_in(tree_of(content, language), language)) < 3


def test_callees_come_before_callers() -> None:
    """A definition is tied to what it calls and to what calls it, in this file and in others."""
    graph = graph_of(
        {
            "a.py": "def read_it():\n    return parse_it()\n\n\ndef main():\n    read_it()\n",
            "b.py": "def parse_it():\n    pass\n",
        }
    )
    assert ties(graph, "a.py", 1) == ["called by b.py parse_it", "calls a.py main"]


def test_a_method_is_tied_along_the_classes() -> None:
    """What it overrides, what overrides it, and the class that builds on its class."""
    graph = graph_of(
        {"a.py": "class Base:\n    def run(self): ...\n", "b.py": "class Fast(Base):\n    def run(self): ...\n"}
    )
    assert ties(graph, "a.py", 2) == ["overrides b.py Fast.run"]
    assert ties(graph, "b.py", 2) == ["overridden by a.py Base.run"]
    assert ties(graph, "a.py", 1) == ["builds on b.py Fast"]


def test_own_names_hide_those_of_others() -> None:
    """`self.get` is the class's own `get`; a short name in another file is not guessed at."""
    source = "class A:\n    def get(self): ...\n    def m(self): self.get()\n\nclass B:\n    def get(self): ...\n"
    graph = graph_of({"a.py": source, "b.py": "def use(x):\n    x.get()\n"})
    assert ties(graph, "a.py", 2) == ["calls a.py A.m"]


def test_a_name_that_many_bear_points_nowhere() -> None:
    """Four definitions of one name in other files are no evidence for any of them."""
    files = {f"{n}.py": "def common_name(): ...\n" for n in range(4)}
    assert ties(graph_of({**files, "x.py": "def f():\n    common_name()\n"}), "x.py", 1) == []


def test_a_rust_method_is_tied_to_its_trait() -> None:
    """An impl block builds on its trait."""
    files = {"a.rs": "trait Matcher {\n fn find_it(&self) {}\n}\nimpl Matcher for Regex {\n fn find_it(&self) {}\n}\n"}
    assert ties(graph_of(files, "rust"), "a.rs", 2) == ["overrides a.rs Regex.find_it"]

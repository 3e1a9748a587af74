"""Definitions are found with their qualified names and whole lines in every language."""

from __future__ import annotations

import pytest

from runner.localise.syntax import GRAMMARS, definitions_of

SOURCES = {
    "python": (
        "x = 1\n@deco\nclass A:\n  def m(self):\n    def inner(): pass\n\nasync def f():\n  pass\n",
        ["A 2-5", "A.m 4-5", "f 7-8"],
    ),
    "javascript": (
        "export class A {\n m() {}\n k = () => {}\n}\nexport const f = (x) => {\n}\nfunction g() {}\n"
        "res.send = function send(body) {\n};\nexports.h = x => x;\nB.prototype.m = function () {};\n"
        "module.exports = { n: function () {}, o() {} };\na['b' + c] = () => 1;\n",
        [
            "A 1-4",
            "A.m 2-2",
            "A.k 3-3",
            "f 5-6",
            "g 7-7",
            "res.send 8-9",
            "h 10-10",
            "B.m 11-11",
            "n 12-12",
            "o 12-12",
            "anonymous 13-13",
        ],
    ),
    "typescript": (
        "interface I { a: string }\nabstract class A { m(): void {}\n k = () => {} }\nenum E { A }\n",
        ["I 1-1", "A 2-3", "A.m 2-2", "A.k 3-3", "E 4-4"],
    ),
    "tsx": ("export function C() {\n return <a/>\n}\n", ["C 1-3"]),
    "go": ("package x\nfunc (r *T) M() {\n}\nfunc F() {}\ntype S struct { a int }\n", ["T.M 2-3", "F 4-4", "S 5-5"]),
    "java": (
        "class A {\n A() {}\n void m() {}\n interface I { void x(); }\n}\n",
        ["A 1-5", "A.A 2-2", "A.m 3-3", "A.I 4-4", "A.I.x 4-4"],
    ),
    "rust": (
        "impl<T> Foo<T> for Bar {\n fn m(&self) {}\n}\nfn f() {}\nstruct S;\n",
        ["Bar 1-3", "Bar.m 2-2", "f 4-4", "S 5-5"],
    ),
    "c": ("static int *f(int a) {\n return 0;\n}\nstruct s { int a; };\n", ["f 1-3", "s 4-4"]),
    "cpp": (
        "namespace n {\nclass A { void m() {} };\n}\nvoid n::A::k() {}\n",
        ["n 1-3", "n.A 2-2", "n.A.m 2-2", "n.A.k 4-4"],
    ),
    "ruby": (
        "module M\n class A\n  def m\n  end\n  def self.k\n  end\n end\nend\n",
        ["M 1-8", "M.A 2-7", "M.A.m 3-4", "M.A.k 5-6"],
    ),
    "php": ("<?php\nclass A { function m() {} }\nfunction f() {\n}\n", ["A 2-2", "A.m 2-2", "f 3-4"]),
}


def test_every_grammar_has_an_example() -> None:
    """A language added without one would be trusted unseen."""
    assert set(SOURCES) == set(GRAMMARS)


@pytest.mark.parametrize("language", SOURCES)
def test_definitions_are_named_and_spanned(language: str) -> None:
    """What stands inside a function is part of it; decorators and `export` belong to what they stand before."""
    source, expected = SOURCES[language]
    assert [f"{d.name} {d.start}-{d.end}" for d in definitions_of(source.encode(), language)] == expected


def test_functions_in_functions_are_found_when_asked_for() -> None:
    """Right inside, however deep; a class in a function and its methods stay a part of that function."""
    source = b"def f():\n  def g():\n    def h(): pass\n  class A:\n    def m(self): pass\n\ndef k(): pass\n"
    assert [d.name for d in definitions_of(source, "python", inner=True)] == ["f", "f.g", "f.g.h", "k"]
    assert [d.name for d in definitions_of(source, "python")] == ["f", "k"]


@pytest.mark.parametrize("language", SOURCES)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"((((", b"class", b"\r\n" * 10])
def test_broken_sources_are_no_fault(content: bytes, language: str) -> None:
    """A half-written file has the definitions that can be seen."""
    assert all(d.start <= d.end for d in definitions_of(content, language))


def test_crlf_and_a_missing_last_newline_keep_the_lines() -> None:
    """Lines are counted as git and people count them."""
    found = definitions_of(b"def a():\r\n  pass\r\n\r\ndef b():\r\n  pass", "python")
    assert [(d.name, d.start, d.end) for d in found] == [("a", 1, 2), ("b", 4, 5)]

"""Tests are found by imports in the ways of each language, through other files, and by their names."""

from __future__ import annotations

import pytest

from runner.localise.reach import Nodes, Target, imported_names, module_name, nearness, node_of, reach, target_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/pkg/a.py", "pkg.a"),
        ("pkg/__init__.py", "pkg"),
        ("lib/x/index.ts", "x"),
        ("a.py", "a"),
        ("src/a.py", "a"),
        ("src.py", "src"),
        ("src/main/java/com/x/A.java", "com.x.A"),
    ],
)
def test_modules_are_named_as_they_are_imported(path: str, name: str) -> None:
    """Source folders are no part of the name, packages are their folder."""
    assert module_name(path) == name


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("", "import a.b as c, d\nfrom e import (f as g,\n  h)\n", "a.b d e e.f e.h"),
        ("tests/x/test_a.py", "from ..i import j\nfrom . import k\nimport helper\n", "tests.i.j tests.x.k"),
        ("packages/core/__tests__/a.spec.ts", 'import { x } from "../src/k/l"\n', "core.src.k.l"),
        ("a/b.test.js", 'const x = require("./m.js"); import("../n")\n', "a.m n"),
        ("a_test.go", 'import (\n\t"fmt"\n\tx "github.com/o/r/binding"\n)\n', "binding r.binding"),
        ("T.java", "import static com.x.A.run;\nimport com.x.B;\n", "com.x.A.run com.x.B"),
        ("tests/t.rs", "use walk::dir::{Entry, Walk};\npub use crate::a::B;\n", "a.B"),
        ("t.c", '#include "x/y.h"\n  # include <z.h>\n', "x.y z"),
        ("spec/a_spec.rb", "require 'x/y'\nrequire_relative '../lib/z'\n", "x.y z"),
        ("tests/ATest.php", "<?php\nuse App\\Model\\User;\n", "App.Model.User"),
    ],
)  # fmt: skip
def test_imports_are_read_in_the_ways_of_each_language(path: str, content: str, expected: str) -> None:
    """Plain, aliased, in brackets; relative ones from the folder of the file."""
    assert set(expected.split()) <= imported_names(content.encode(), path)


TARGET = Target("pkg/core.py", frozenset({"run_all", "Core"}), frozenset({"pkg.run_all"}))


def near(path: str, content: str, target: Target = TARGET) -> float:
    """How near one file is."""
    return nearness(node_of(path, content.encode()), target)


def test_nearer_imports_count_more() -> None:
    """The module, a name re-exported from it, its package, its root; a name that only looks alike is nothing."""
    direct = near("tests/a.py", "import pkg.core\n")
    assert direct == near("tests/a.py", "from pkg import run_all\n") - 0.25
    assert direct > near("tests/a.py", "import pkg\n") > 0
    assert near("tests/a.py", "import pkg_core\nimport core_pkg\n") == 0


def test_what_is_mentioned_only_strengthens() -> None:
    """A name in the text adds to an import, and is nothing by itself."""
    assert near("tests/a.py", "run_all()\n") == 0
    assert near("tests/a.py", "import pkg.core\nrun_all(); Core()\n") == 2.0


@pytest.mark.parametrize(
    ("test", "target"),
    [
        ("tests/test_core.py", "pkg/core.py"),
        ("tree_test.go", "tree.go"),
        ("src/__tests__/watch.spec.ts", "src/watch.ts"),
        ("src/test/java/x/CoreTest.java", "src/main/java/x/Core.java"),
        ("spec/core_spec.rb", "lib/core.rb"),
        ("tests/core/tests.py", "pkg/core/__init__.py"),
    ],
)
def test_a_test_is_named_after_what_it_tests(test: str, target: str) -> None:
    """Without any import that can be read."""
    assert near(test, "", Target(target, frozenset())) >= 1


def test_a_go_test_is_in_the_package_beside_it() -> None:
    """It need import nothing; another folder is another package."""
    target = Target("binding/form.go", frozenset({"mapForm"}))
    assert near("binding/json_test.go", "package binding\n", target) > 0
    assert near("render/json_test.go", "package render\n", target) == 0


def test_a_rust_file_may_hold_its_own_tests() -> None:
    """`mod tests` under #[cfg(test)] reaches the file it stands in, nearest of all."""
    target = Target("src/walk.rs", frozenset())
    assert near("src/walk.rs", "fn f() {}\n#[cfg(test)]\nmod tests {}\n", target) == 2.5
    assert near("src/walk.rs", "fn f() {}\n", target) == 0


def test_each_file_between_takes_a_share() -> None:
    """Test to helper to module to target: further is less."""
    others = [
        node_of("tests/helper.py", b"import pkg.api\n"),
        node_of("pkg/api.py", b"from pkg.core import run_all\n"),
        node_of("tests/far.py", b"import tests.helper\n"),
    ]
    tests = [
        node_of("tests/test_api.py", b"import pkg.api\n"),
        node_of("tests/test_helper.py", b"from tests import helper\n"),
        node_of("tests/test_far.py", b"import tests.far\n"),
    ]
    found = reach(Nodes(tests), Nodes(others), TARGET)
    assert found["tests/test_api.py"] > found["tests/test_helper.py"] > found["tests/test_far.py"] > 0


@pytest.mark.parametrize(
    ("test", "content", "package"),
    [
        ("test/res.js", 'const it = require("..")\n', "{}"),
        ("test/deep/res.js", 'import it from "../../"\n', "{}"),
        ("test/res.js", 'import it from "../index.js"\n', "{}"),
        ("res.test.js", 'import it from "."\n', "{}"),
        ("test/res.js", 'const it = require("..")\n', '{"main": "lib/api"}'),
        ("test/res.js", 'import it from "../"\n', '{"exports": {".": {"import": "./lib/api.js"}}}'),
    ],
)
def test_scripts_take_all_from_what_leads_to_the_rest(test: str, content: str, package: str) -> None:
    """The root's index, or what the package names as its main file, and on through the files that it requires."""
    others = [
        node_of("lib/api.js", b"exports.run = require('./run')\n"),
        node_of("lib/run.js", b"const answer = require('./answer')\n"),
        node_of("package.json", package.encode()),
        *([node_of("index.js", b"module.exports = require('./lib/api')\n")] if package == "{}" else []),
    ]
    target = target_of("lib/answer.js", ["send"], Nodes(others))
    found = reach(
        Nodes([node_of(test, content.encode()), node_of("test/b.js", b"require('x')")]), Nodes(others), target
    )
    assert found[test] > 0
    assert found["test/b.js"] == 0


def test_packages_re_export() -> None:
    """By name or by star, from the package's own file; a package elsewhere exports nothing of this one."""
    inits = [
        node_of("pkg/__init__.py", b"from .core import run_all\n"),
        node_of("other/__init__.py", b"from pkg.core import x\n"),
    ]
    assert target_of("pkg/core.py", ["run_all"], Nodes(inits)).aliases == {"pkg.run_all"}
    star = [node_of("pkg/__init__.py", b"from pkg.core import *\n")]
    assert target_of("pkg/core.py", ["run_all", "Core"], Nodes(star)).aliases == {"pkg.run_all", "pkg.Core"}

"""What other modules made is theirs, however a change reaches for it; one's own state is one's own."""

from __future__ import annotations

import pytest

from runner.verify.guard import Edits, inspect
from runner.verify.own_modules import is_own_module, module_places, taken_place

PATHS = frozenset(
    """calc.py state.py catalog/__init__.py catalog/cache.py orders/signals.py src/shop/a.py lib/tools/b.py web/app/x.py
    web/app/peer.py compat/numpy.py json.py tests/helpers.py""".split()  # noqa: SIM905
)


def found(path: str, code: str, old: str = "") -> list[str]:
    """The rules that one file breaks that gains some code."""
    new = f"{old}{code}\n".encode()
    edits = Edits({path: old.encode()}, {path: new}, {path: new}, paths=PATHS)
    return [finding.rule for finding in inspect(edits)]


@pytest.mark.parametrize(
    "code",
    [
        "json.loads = f",
        "json.loads, x = f, 1",
        "for json.loads in [f]: pass",
        "with f() as json.loads: pass",
        "x = [0 for json.loads in [f]]",
        "del json.loads",
        "vars(json)['loads'] = f",
        "vars(json)[name] = f",
        "vars(json).update(loads=f)",
        "json.__dict__.update(loads=f)",
        "getattr(json, name).loads = f",
        "importlib.import_module(name).loads = f",
        "def p():\n    json.decoder.BACKSLASH['x'] = f",
        "numpy.testing.assert_allclose = f",
        "pytest.raises = f",
        "os.environ = f",
        "tests.helpers.check = f",
    ],
)
def test_a_change_of_what_others_made_is_seen(code: str) -> None:
    """In every way that Python has of assigning."""
    modules = "import importlib\nimport json\nimport numpy\nimport os\nimport tests.helpers\n"
    assert found("calc.py", code, modules) == ["module-patched"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("calc.py", "import os\nos.environ['TZ'] = 'UTC'"),
        ("calc.py", "import logging\nlogging.getLogger(__name__).propagate = False"),
        ("calc.py", "import decimal\ndecimal.getcontext().prec = 50"),
        ("calc.py", "from models import User\nUser.objects.get(pk=1).name = 'x'"),
        ("calc.py", "from flask import session\nsession['user'] = 'x'"),
        ("calc.py", "import flask\nflask.g.user = 'x'"),
        ("calc.py", "from state import cache\ncache['x'] = 1"),
        ("calc.py", "import state\nstate.level = 1"),
        ("orders/signals.py", "from catalog.cache import PRICES\nPRICES['x'] = 1"),
        ("src/shop/a.py", "import tools.b\ntools.b.known['x'] = 1"),
        ("web/app/x.py", "import peer\npeer.known['x'] = 1"),
    ],
)
def test_what_one_may_write_into_is_no_patch(path: str, code: str) -> None:
    """The environment, a request's session, what a call made, and the repository's own modules."""
    assert found(path, code) == []


def test_a_file_that_tests_import_patches_as_it_is_imported() -> None:
    """Also through a function that it calls then; what only a test calls is that test's matter."""
    patch = "def prepare():\n    import calc\n    calc.f = lambda n: 13\n"
    assert "module-patched" in found("tests/__init__.py", f"{patch}prepare()")
    assert "module-patched" not in found("tests/__init__.py", patch)


@pytest.mark.parametrize(
    ("module", "path", "own"),
    [
        ("state", "calc.py", True),
        ("catalog.cache", "orders/signals.py", True),
        ("shop.a", "calc.py", True),
        ("peer", "web/app/x.py", True),
        ("app.peer", "web/app/x.py", True),
        ("peer", "calc.py", False),
        ("numpy", "calc.py", False),
        ("json", "calc.py", False),
        ("requests", "calc.py", False),
    ],
)
def test_a_module_is_the_repositorys_own_where_an_import_would_find_it(module: str, path: str, *, own: bool) -> None:
    """At the top, in `src` or `lib`, or around the file; what Python brings along is never one's own."""
    assert is_own_module(module, path, module_places(PATHS)) == own


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tests/helpers/__init__.py", "tests/helpers.py"),
        ("catalog/cache/__init__.py", "catalog/cache.py"),
        ("tests/calc.py", "calc.py"),
        ("tests/shop.py", "src/shop/__init__.py"),
        ("tests/catalog/__init__.py", "catalog/__init__.py"),
        ("tests/other.py", ""),
        ("tests/unit/calc.py", ""),
        ("catalog/state.py", ""),
        ("tests/data/calc.json", ""),
        ("docs/calc.py", ""),
    ],
)
def test_a_new_file_takes_no_other_files_place(path: str, place: str) -> None:
    """A package that comes before a module, a module of the tests that comes before one of the root."""
    paths = PATHS | {"src/shop/__init__.py", "tests/unit/__init__.py"}
    assert taken_place(path, paths) == place
    edits = Edits({path: None}, {path: b"x = 1\n"}, {path: b"x = 1\n"}, paths=paths)
    assert [finding.rule for finding in inspect(edits)] == ["shadowed-module"] * bool(place)


def test_a_module_that_becomes_a_package_takes_its_own_place() -> None:
    """Where the module goes in the same change, nothing is taken."""
    module, package = "catalog/cache.py", "catalog/cache/__init__.py"
    edits = Edits({module: b"x = 1\n", package: None}, {module: None, package: b"x = 1\n"}, paths=PATHS)
    assert inspect(edits) == ()

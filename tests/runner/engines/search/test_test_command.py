"""The command that ran the tests says how the search collects them."""

from __future__ import annotations

import pytest

from runner.engines.search.test_command import Harness, harness_of


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", Harness("pytest")),
        ("python -m pytest -q tests/test_a.py::test_b", Harness("pytest")),
        (
            "PYTHONHASHSEED=0 pytest -c conf/pytest.ini --import-mode=importlib -n 4 -x tests",
            Harness("pytest", ("-c", "conf/pytest.ini", "--import-mode=importlib")),
        ),
        ("python -m pytest --timeout=2 --cov pkg -W ignore", Harness("pytest", ("-W", "ignore"))),
        (
            "pytest --ignore tests/slow --deselect t.py::test_x --log-level DEBUG tests/test_a.py",
            Harness("pytest", ("--ignore", "tests/slow", "--deselect", "t.py::test_x", "--log-level", "DEBUG")),
        ),
        ("pytest -n4 --dist loadfile --junitxml=r.xml --durations 5 -r A -k 'not slow' -v tests", Harness("pytest")),
        (
            "python tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1 admin.tests.A.test_b",
            Harness("django", ("tests/runtests.py", "--settings=test_sqlite")),
        ),
        ("python bin/test -C --seed=0 sympy/core/tests/test_a.py -k test_b", Harness("module")),
        ("python -m unittest tests.test_a", Harness("module")),
    ],
)
def test_a_command_names_its_harness(command: str, expected: Harness) -> None:
    """Options that change what is collected stay; reports, selections and parallel runs are the search's own."""
    assert harness_of(command) == expected


def test_an_unknown_command_is_told() -> None:
    """Where the search cannot follow, it runs pytest and says so."""
    assert "make check" in harness_of("make check").note

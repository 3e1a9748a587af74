"""Which Python a repository asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.python_versions import minor_of, preferred

CLASSIFIERS = """
[project]
classifiers = ["Programming Language :: Python :: 3", "Programming Language :: Python :: 3.8",
  "Programming Language :: Python :: 3.9"]
"""


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        ({}, (11,)),
        ({"setup.py": "classifiers=['Programming Language :: Python :: 3.12']"}, (11,)),
        ({"pyproject.toml": CLASSIFIERS}, (9, 8, 11, 12)),
        ({"tox.ini": "[tox]\nenvlist = py{py3,36,37,38}, lint\n\n[testenv]\ndeps = py39\n"}, (8, 9, 11, 12)),
        ({"tox.ini": "[tox]\nenv_list =\n    py38\n    py3.9\n"}, (9, 8, 11, 12)),
        ({".python-version": "3.8.18\n"}, (8, 9, 11, 12)),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.12"'}, (12,)),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.8"'}, (11,)),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.8"'}, (8,)),
        ({"setup.cfg": "[options]\npython_requires = >=3.8.1, <=3.9\n"}, (9, 8)),
        ({"setup.py": 'setup(python_requires="~=3.7", x=1)'}, (11,)),
        ({"setup.py": "setup(python_requires=VERSIONS)"}, (11,)),
        ({"Pipfile": '[requires]\npython_version = "3.8"\n'}, (8,)),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.20"'}, (11,)),
        ({"pyproject.toml": '[project]\nrequires-python = "whatever"'}, (11,)),
        ({"pyproject.toml": '[tool.hatch.envs.docs]\npython = "3.8"'}, (11,)),
        ({"pyproject.toml": 'project = 3\npython = "3.8"'}, (11,)),
    ],
)
def test_the_order_of_preference(texts: dict[str, str], order: tuple[int, ...]) -> None:
    """Our own, unless the repository excludes it or was never tested with one as new; then what it was tested with."""
    assert preferred(texts, 11, (8, 9, 12)) == order


@given(st.dictionaries(st.sampled_from(["setup.py", "setup.cfg", "tox.ini", "pyproject.toml", "Pipfile"]), st.text()))
def test_whatever_a_manifest_holds_there_is_an_order(texts: dict[str, str]) -> None:
    """Every answer is one of the Pythons that there are."""
    order = preferred(texts, 11, (8, 9, 12))
    assert order
    assert set(order) <= {8, 9, 11, 12}


@pytest.mark.parametrize(
    ("text", "minor"), [("3.9", 9), ("3.10.13 (main)", 10), (" 3.12.1\n", 12), ("2.7.18", None), ("pypy3.9", None)]
)
def test_a_versions_minor(text: str, minor: int | None) -> None:
    """Only Python 3's count."""
    assert minor_of(text) == minor

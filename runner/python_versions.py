"""Which Python a repository is made for, read from its own files. Pure."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

VERSION_FILE: Final = ".python-version"
OLDEST: Final = 6
"""The oldest minor of Python 3 under which our parts of a test run work."""
NAMED: Final = re.compile(r"Programming Language :: Python :: 3\.(\d+)")
PYPROJECT: Final = "pyproject.toml"
REQUIRES: Final = {
    "setup.cfg": re.compile(r"^\s*python_requires\s*=\s*(.+)$", re.MULTILINE),
    "setup.py": re.compile(r"""python_requires\s*=\s*["']([^"']+)["']"""),
    "Pipfile": re.compile(r"""^\s*python_version\s*=\s*["']([^"']+)["']""", re.MULTILINE),
}
TOX: Final = re.compile(r"^\s*env_?list\s*=(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
TOX_PYTHONS: Final = re.compile(r"py3\.?(\d+)|py\{([^}]*)\}")
BRACED: Final = re.compile(r"(?<![\w.])3\.?(\d+)")
CARET: Final = re.compile(r"\^\s*(3\.\d+)[\d.]*")
TILDE: Final = re.compile(r"~\s*(3\.\d+)[\d.]*")


def preferred(texts: Mapping[str, str], own: int, others: Collection[int]) -> tuple[int, ...]:
    """The minors of Python 3 to try, best first; `own` is the minor that is certainly there, `others` may be.

    `own`, unless the repository excludes it or names none that is as new. Then the newest one that it names, or else
    the one that is closest to it: that is what its tests were last seen to pass with.
    """
    newest = max(_named(texts), default=own)
    fits = _requirement(texts)
    possible = [minor for minor in {own, *others} if fits(minor)] or [own]
    if own in possible and own <= newest:
        return (own,)
    tested = sorted((minor for minor in possible if minor <= newest), reverse=True)
    return (*tested, *sorted(minor for minor in possible if minor > newest))


def minor_of(text: str) -> int | None:
    """The minor of a version of Python 3, as "3.9" or "3.9.18"; None for anything else."""
    found = re.match(r"3\.(\d+)(?:\.|$)", text.strip())
    return int(found[1]) if found else None


def _named(texts: Mapping[str, str]) -> set[int]:
    """The minors in classifiers, tox's environments and the version file."""
    found = {int(minor) for name in (PYPROJECT, *REQUIRES) for minor in NAMED.findall(texts.get(name, ""))}
    for environments in TOX.findall(texts.get("tox.ini", "")):
        for one, braced in TOX_PYTHONS.findall(environments):
            found |= {int(minor) for minor in (one, *BRACED.findall(braced)) if minor}
    file = minor_of(texts.get(VERSION_FILE, "").partition("\n")[0])
    return found | ({file} if file is not None else set())


def _requirement(texts: Mapping[str, str]) -> Callable[[int], bool]:
    """Whether a minor is allowed by everything that the repository requires; what cannot be read requires nothing."""
    required = [one for name, pattern in REQUIRES.items() for one in pattern.findall(texts.get(name, ""))]
    required += _required_by_pyproject(texts.get(PYPROJECT, ""))
    specifiers = [made for text in required if (made := _specifier(text)) is not None]
    return lambda minor: all(_allows(specifier, minor) for specifier in specifiers)


def _required_by_pyproject(text: str) -> Iterator[str]:
    """By the project's own table and by Poetry's.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/
    """
    with contextlib.suppress(tomllib.TOMLDecodeError, AttributeError):
        pyproject = tomllib.loads(text)
        poetry = pyproject.get("tool", {}).get("poetry", {}).get("dependencies", {})
        said = (pyproject.get("project", {}).get("requires-python"), poetry.get("python"))
        yield from (one for one in said if isinstance(one, str))


def _specifier(text: str) -> SpecifierSet | None:
    """PEP 440's specifiers, and Poetry's `^3.8`, `~3.8` and bare `3.8`.

    https://python-poetry.org/docs/dependency-specification/
    """
    plain = TILDE.sub(r"==\1.*", CARET.sub(r">=\1,<4", text.strip().replace("~=", "\0"))).replace("\0", "~=")
    if minor_of(plain) is not None:
        plain = f"=={plain}.*"
    try:
        return SpecifierSet(plain)
    except InvalidSpecifier:
        return None


def _allows(specifier: SpecifierSet, minor: int) -> bool:
    """Whether some release of the minor is allowed: `>=3.8.1` and `<=3.8` both speak of one of 3.8's."""
    return any(specifier.contains(f"3.{minor}.{patch}") for patch in (0, 99))

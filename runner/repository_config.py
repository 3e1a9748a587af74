"""What a repository says about itself in .github/greenloop.yml, read from the base branch alone. Pure.

The file is a small part of YAML, so that nothing in it can surprise:

    # a comment
    python: 3.12
    test: python -m pytest -q
    setup:
      - pip install -r requirements/all.txt
      - pip install pytest
    hooks: [make lint]
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runner.errors import BadInput

CONFIG_PATH: Final = ".github/greenloop.yml"
KEYS: Final = ("python", "setup", "test", "hooks")
PYTHON: Final = re.compile(r"3\.\d+")
UNTIL_COMMENT: Final = re.compile(r"""(?:(?<![^\s\[,])(?:"[^"]*"|'[^']*')|(?<=\S)#|[^#])*""")
"""A `#` begins a comment behind a blank alone, and in no quotes that a word begins with."""


@dataclass(frozen=True, slots=True)
class RepositoryConfig:
    """`setup` builds the environment, `test` runs the tests, `hooks` may block an attempt with exit code 2.

    `python` is the version that the environment is made with, as "3.12"; empty: the one that suits its manifests.
    """

    setup: tuple[str, ...] = ()
    test: str = ""
    hooks: tuple[str, ...] = ()
    python: str = ""


def read_config(text: str) -> RepositoryConfig:
    """The configuration in a file's text. Raises BadInput with the line at fault and what may stand there."""
    found: dict[str, list[str]] = {}
    key = ""
    for number, line in _lines(text):
        if line.startswith("- ") or line == "-":
            if not key:
                raise _bad(number, "a list item needs a key above it")
            found[key].append(_plain(_without_comment(line[1:])))
            continue
        key, colon, value = line.partition(":")
        if not colon or key not in KEYS:
            raise _bad(number, f"{line!r} is not one of the keys {', '.join(KEYS)}")
        if key in found:
            raise _bad(number, f"{key!r} stands there twice")
        found[key] = _values(_without_comment(value))
    if len(found.get("test", [])) > 1:
        raise BadInput(f"{CONFIG_PATH}: 'test' is one command; join several with && in a script of the repository")
    return RepositoryConfig(
        setup=tuple(found.get("setup", ())),
        test="".join(found.get("test", ())),
        hooks=tuple(found.get("hooks", ())),
        python=_version(" ".join(found.get("python", ()))),
    )


def _version(value: str) -> str:
    if value and not PYTHON.fullmatch(value):
        raise BadInput(f"{CONFIG_PATH}: 'python' is one version without its last number, as 3.12, and not {value!r}")
    return value


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers, without indentation."""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare and not bare.startswith("#") and bare != "---":
            yield number, bare


def _values(value: str) -> list[str]:
    if not value:
        return []
    if value.startswith("[") and value.endswith("]"):
        return [_plain(item) for item in next(csv.reader([value[1:-1]], skipinitialspace=True), [])]
    return [_plain(value)]


def _without_comment(value: str) -> str:
    bare = UNTIL_COMMENT.match(value)
    return bare[0].strip() if bare else ""


def _plain(value: str) -> str:
    """The text without its quotes."""
    bare = value.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"" else bare


def _bad(number: int, what: str) -> BadInput:
    return BadInput(f"{CONFIG_PATH}, line {number}: {what}; allowed are `key: value`, `key: [a, b]` and `- item` lines")

"""Which files a failing test's own place speaks of: `tests/auth_tests/test_tokens.py` of `auth/tokens.py`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

FILE_WEIGHT: Final = 1.3
FOLDER_WEIGHT: Final = 1.5
"""What it says of a definition, as log-odds, that its file is called as the test's file is, and that its folder or its
file is called as a folder of the test is: fitted to real fixes (docs/localisation.md)."""
OWN: Final = "test_greenloop_"
"""How files begin that were written for the task: their place was chosen by the localisation itself."""
AFFIX: Final = re.compile(r"^tests?[_-]|[_.-](?:tests?|spec)$|(?<=[a-z0-9])Tests?$")
NOTHING: Final = frozenset({"", "test", "tests", "testing", "spec", "__tests__"})
FOLDERS: Final = 2
"""How many of a test's folders are looked at, the innermost first."""


@dataclass(frozen=True, slots=True)
class Namesakes:
    """What the files and the folders of some tests are called, without what only says that they are tests."""

    files: frozenset[str]
    folders: frozenset[str]

    def weight(self, path: str) -> float:
        """What it says of the definitions in a file."""
        place = PurePosixPath(path)
        stem = _core(place.name.partition(".")[0])
        # The outermost folder is that of all the source.
        inside = bool(self.folders & {stem, *map(_core, place.parts[1:-1])})
        return FILE_WEIGHT * (stem in self.files) + FOLDER_WEIGHT * inside


def namesakes_of(tests: Iterable[str]) -> Namesakes:
    """The names that the files of tests go by."""
    places = [PurePosixPath(test) for test in tests if not PurePosixPath(test).name.startswith(OWN)]
    files = (_core(place.name.partition(".")[0]) for place in places)
    folders = (_core(folder) for place in places for folder in place.parts[:-1][-FOLDERS:])
    return Namesakes(frozenset(files) - NOTHING, frozenset(folders) - NOTHING)


def _core(name: str) -> str:
    return AFFIX.sub("", name).lower()

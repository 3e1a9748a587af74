"""Which file defines an imported name, however often it is handed on: `from .x import y` in `__init__`. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from runner.localise.export_records import ExportsOf
from runner.localise.exports import NOTHING, Exports, Source
from runner.localise.paths import Paths

K = TypeVar("K", bound=Hashable)

MOST_ROUNDS: Final = 5
"""How often a name is followed to the next file."""
MOST_READ: Final = 150


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name leads: a file, and what is left of the name ("" when it means the file)."""

    path: str
    symbol: str


@dataclass(frozen=True, slots=True)
class _Looked:
    """A name looked for in a file; by a star import it may well not be there."""

    path: str
    symbol: str
    is_sure: bool = True


class Names:
    """Follows names through a commit's files. What was read once is kept."""

    def __init__(self, paths: Paths, exports: ExportsOf) -> None:
        """`exports` is asked once a round for everything that is needed."""
        self._paths = paths
        self._exports = exports
        self._read: dict[str, Exports] = {}
        self._stars: dict[str, list[str]] = {}
        self._at_hand: Mapping[str, bytes] = {}

    def know(self, contents: Mapping[str, bytes]) -> None:
        """Contents that were read for another reason need not be read again."""
        self._at_hand = contents

    def defining(self, dotted: Iterable[str]) -> dict[str, tuple[Definition, ...]]:
        """Each dotted name -> where it is defined; a name that leads nowhere is left out."""
        started = {name: [_Looked(path, rest) for path, rest in self._paths.modules(name)] for name in dotted}
        return self._follow(started)

    def imported_by(self, paths: Iterable[str]) -> dict[str, set[str]]:
        """Each file -> the files that define what it imports."""
        wanted = list(paths)
        read = self._known(wanted)
        sources = {
            (path, alias): list(self._at(path, source))
            for path in wanted
            for alias, source in read.get(path, NOTHING).imported.items()
        }
        found: dict[str, set[str]] = {path: set() for path in wanted}
        for (path, _), places in self._follow(sources).items():
            found[path].update(place.path for place in places if place.path != path)
        return found

    def _follow(self, started: Mapping[K, list[_Looked]]) -> dict[K, tuple[Definition, ...]]:
        """Round by round, so that all files that a round needs are read at once."""
        found: dict[K, tuple[Definition, ...]] = {}
        pending, seen = started, set[tuple[K, _Looked]]()
        for _ in range(MOST_ROUNDS):
            self._known(look.path for looks in pending.values() for look in looks if look.symbol)
            steps = {
                name: self._steps(look for look in looks if (name, look) not in seen) for name, looks in pending.items()
            }
            seen.update((name, look) for name, looks in pending.items() for look in looks)
            found.update((name, here) for name, (here, _) in steps.items() if here)
            pending = {name: onward for name, (here, onward) in steps.items() if not here}
        return found

    def _steps(self, looks: Iterable[_Looked]) -> tuple[tuple[Definition, ...], list[_Looked]]:
        """What is found in any of the files, or where to look next; each once."""
        steps = [self._step(look) for look in dict.fromkeys(looks)]
        here = dict.fromkeys(place for places, _ in steps for place in places)
        return tuple(here), [look for _, onward in steps for look in onward]

    def _step(self, look: _Looked) -> tuple[list[Definition], list[_Looked]]:
        """What is found in the file, or where to look next."""
        if not look.symbol:
            return [Definition(look.path, "")], []
        exports = self._read.get(look.path, NOTHING)
        first, _, rest = look.symbol.partition(".")
        if first in exports.defined:
            return [Definition(look.path, look.symbol)], []
        if first in exports.imported:
            onward = list(self._at(look.path, exports.imported[first], rest))
            if onward:
                return [], onward
        stars = self._stars_of(look.path)
        if stars or not look.is_sure:
            return [], [_Looked(path, look.symbol, is_sure=False) for path in stars]
        return [Definition(look.path, look.symbol)], []

    def _stars_of(self, path: str) -> Sequence[str]:
        """The files of which a file takes every name; none as long as it has not been read."""
        if path in self._read and path not in self._stars:
            sources = self._read[path].stars
            self._stars[path] = [star.path for source in sources for star in self._at(path, source)]
        return self._stars.get(path, ())

    def _at(self, path: str, source: Source, rest: str = "") -> Iterator[_Looked]:
        """Where to look for what a file imports."""
        wanted = ".".join(part for part in (source.module, source.name, rest) if part)
        if not source.level:
            found: Iterable[tuple[str, str]] = self._paths.modules(wanted)
        else:
            folder = path.split("/")[:-1]
            folder = folder[: len(folder) - (source.level - 1)]
            found = self._paths.modules_below(folder, wanted)
        yield from (_Looked(target, symbol) for target, symbol in found if target != path or symbol)

    def _known(self, paths: Iterable[str]) -> Mapping[str, Exports]:
        """What has been read, and now of these files too, within the limit; what is at hand is not limited."""
        missing = sorted({*paths} - self._read.keys())
        left = max(0, MOST_READ - len(self._read.keys() | self._at_hand.keys()))
        far = [path for path in missing if path not in self._at_hand][:left]
        near = [path for path in missing if path in self._at_hand]
        if far or near:
            self._read.update(self._exports([*near, *far], self._at_hand))
        return self._read

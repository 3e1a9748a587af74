"""Which files and definitions a task's text points at by name: frames, paths, dotted names. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runner.localise.query import Frame, Query

FRAME_WEIGHT: Final = 0.6
PATH_WEIGHT: Final = 0.8
DOTTED_WEIGHT: Final = 0.6
MOST_MATCHES: Final = 5
"""A name that fits more files than this points at none of them."""
SOURCE_ROOTS: Final = frozenset({"src", "lib", "python", "packages", "app"})


@dataclass(slots=True)
class Evidence:
    """What the text points at: weight and reason per file, places in files, and symbols in files."""

    files: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Frame]] = field(default_factory=lambda: defaultdict(list))
    symbols: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, path: str, weight: float, reason: str) -> None:
        """The strongest weight of a file holds; every reason is kept."""
        self.files[path] = max(self.files.get(path, 0.0), weight)
        if reason not in self.reasons[path]:
            self.reasons[path].append(reason)


class Paths:
    """A repository's paths, found by how they end."""

    def __init__(self, paths: Iterable[str]) -> None:
        """All paths of the commit."""
        self._by_name: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for path in paths:
            steps = tuple(path.split("/"))
            self._by_name[steps[-1]].append(steps)

    def ending_like(self, written: str) -> list[str]:
        """The repository's paths that share the longest ending with a path as written; none when too many do."""
        steps = [step for step in written.replace("\\", "/").split("/") if step not in ("", ".", "~", "...")]
        candidates = self._by_name.get(steps[-1], []) if steps else []
        shared = [(_shared(candidate, steps), candidate) for candidate in candidates]
        longest = max((length for length, _ in shared), default=0)
        best = ["/".join(candidate) for length, candidate in shared if length == longest]
        return best if len(best) <= MOST_MATCHES else []

    def modules(self, dotted: str) -> Iterator[tuple[str, str]]:
        """Files that a dotted name may mean, with the rest of the name that is a symbol in them; longest match only."""
        steps = dotted.split(".")
        for length in range(len(steps), 0, -1):
            found = [path for path in self._module(steps[:length]) if length > 1 or path.count("/") <= 1]
            if found and len(found) <= MOST_MATCHES:
                yield from ((path, ".".join(steps[length:])) for path in found)
                return

    def _module(self, steps: Sequence[str]) -> list[str]:
        names = [(*steps[:-1], f"{steps[-1]}.{suffix}") for suffix in ("py", "java", "ts", "js", "rs", "go")]
        names.append((*steps, "__init__.py"))
        return [
            "/".join(candidate)
            for name in names
            for candidate in self._by_name.get(name[-1], [])
            if candidate[-len(name) :] == name and _is_root(candidate[: -len(name)])
        ]


def gather(query: Query, paths: Paths) -> Evidence:
    """Everything in the repository that the text names."""
    evidence = Evidence()
    for distance, frame in enumerate(reversed(query.frames)):
        for path in paths.ending_like(frame.path):
            evidence.add(path, FRAME_WEIGHT * 0.85**distance, f"in the traceback, {distance} frame(s) from its end")
            evidence.places[path].append(frame)
    for named in query.paths:
        for path in paths.ending_like(named.path):
            evidence.add(path, PATH_WEIGHT, "named by its path")
            if named.line:
                evidence.places[path].append(named)
    for dotted in query.dotted:
        for path, symbol in paths.modules(dotted):
            evidence.add(path, DOTTED_WEIGHT, f"named as {dotted}")
            if symbol:
                evidence.symbols[path].add(symbol)
    return evidence


def symbol_weight(name: str, symbols: Mapping[str, set[str]], path: str) -> float:
    """1.0 when the text names this very definition in this file, 0.5 when only what holds it, else 0.0."""
    named = symbols.get(path, set())
    if name in named:
        return 1.0
    return 0.5 if any(name.startswith(f"{symbol}.") for symbol in named) else 0.0


def _shared(candidate: Sequence[str], written: Sequence[str]) -> int:
    pairs = zip(reversed(candidate), reversed(written), strict=False)
    length = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        length += 1
    return length


def _is_root(steps: Sequence[str]) -> bool:
    """Whether modules may begin below this folder: the top, or a folder that holds sources by custom."""
    return len(steps) == 0 or steps[-1] in SOURCE_ROOTS or len(steps) == 1

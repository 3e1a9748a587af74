"""Which files a written path or a dotted name may mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MOST_MATCHES: Final = 5
"""A name that fits more files than this points at none of them."""
SOURCE_ROOTS: Final = frozenset({"src", "lib", "python", "packages", "app"})
MODULE_SUFFIXES: Final = ("py", "java", "ts", "js", "rs", "go")
NO_STEPS: Final = frozenset({"", ".", "..", "~", "..."})
Steps = tuple[str, ...]


class Paths:
    """A repository's paths, found by how they end."""

    def __init__(self, paths: Iterable[str]) -> None:
        """All paths of the commit. They are taken apart when their name is asked for: a text names few of many."""
        self._whole: dict[str, str] = {}
        for path in paths:
            name = path[path.rfind("/") + 1 :]
            self._whole[name] = f"{self._whole[name]}\0{path}" if name in self._whole else path
        self._by_name: dict[str, list[Steps]] = defaultdict(list)
        self._by_end: dict[Steps, list[Steps]] = defaultdict(list)
        self._meant: dict[str, Sequence[tuple[str, str]]] = {}

    def ending_like(self, written: str) -> list[str]:
        """The repository's paths that share the longest ending with a path as written; none when too many do."""
        steps = [step for step in written.replace("\\", "/").split("/") if step not in NO_STEPS]
        shared = {path: _shared(path, steps) for path in self._named("".join(steps[-1:]))}
        longest = max(shared.values(), default=0)
        best = [path for path, length in shared.items() if length == longest]
        is_clear = len(best) <= MOST_MATCHES and not _is_chance(longest, steps, best)
        return ["/".join(path) for path in best] if is_clear else []

    def modules(self, dotted: str) -> Sequence[tuple[str, str]]:
        """Files that a dotted name may mean, with the rest of the name that is a symbol in them; longest match only."""
        if dotted not in self._meant:
            self._meant[dotted] = tuple(self._modules(dotted))
        return self._meant[dotted]

    def _modules(self, dotted: str) -> Iterator[tuple[str, str]]:
        steps = dotted.split(".")
        for length in range(len(steps), 0, -1):
            found = [path for path in self._module(steps[:length]) if length > 1 or path.count("/") <= 2]
            if found and len(found) <= MOST_MATCHES:
                yield from ((path, ".".join(steps[length:])) for path in found)
                return

    def modules_below(self, folder: Sequence[str], dotted: str) -> Iterator[tuple[str, str]]:
        """The same for a name that is relative to a folder; the folder's own `__init__.py` is the last resort."""
        steps = [step for step in dotted.split(".") if step]
        for length in range(len(steps), -1, -1):
            names = _names((*folder, *steps[:length]))
            found = [name for name in names if name in self._ending(name[-2:])]
            if found:
                yield from (("/".join(name), ".".join(steps[length:])) for name in found)
                return

    def _module(self, steps: Sequence[str]) -> list[str]:
        return [
            "/".join(candidate)
            for name in _names(steps)
            for candidate in (self._ending(name[-2:]) if len(name) > 1 else self._named(name[0]))
            if candidate[-len(name) :] == name and _is_root(candidate[: -len(name)])
        ]

    def _named(self, name: str) -> Sequence[Steps]:
        """The paths whose last step is the name."""
        if name in self._whole:
            for path in self._whole.pop(name).split("\0"):
                steps = tuple(path.split("/"))
                self._by_name[name].append(steps)
                self._by_end[steps[-2:]].append(steps)
        return self._by_name.get(name, ())

    def _ending(self, steps: Steps) -> Sequence[Steps]:
        """The paths whose last two steps are these, or the only one."""
        if steps[-1] in self._whole:
            self._named(steps[-1])
        return self._by_end.get(steps, ())


def _names(steps: Sequence[str]) -> list[Steps]:
    """The paths that a module may have."""
    files = [(*steps[:-1], f"{steps[-1]}.{suffix}") for suffix in MODULE_SUFFIXES] if steps else []
    return [*files, (*steps, "__init__.py")]


def _shared(candidate: Sequence[str], written: Sequence[str]) -> int:
    pairs = zip(reversed(candidate), reversed(written), strict=False)
    length = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        length += 1
    return length


def _is_chance(shared: int, written: Sequence[str], best: Sequence[Steps]) -> bool:
    """From another machine's folders, one shared step is a file of the same name, and no more."""
    return shared == 1 and len(written) > 1 and any(len(path) > 1 for path in best)


def _is_root(steps: Sequence[str]) -> bool:
    """Whether modules may begin below this folder: the top, or a folder that holds sources by custom."""
    return len(steps) == 0 or steps[-1] in SOURCE_ROOTS or len(steps) == 1

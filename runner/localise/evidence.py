"""Which files and definitions a task's text points at by name: frames, paths, dotted names, imports. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.localise.frames import Frame
from runner.localise.paths import Paths
from runner.localise.query import Query
from runner.localise.reexports import Definition, Names

FRAME_DECAY: Final = 0.85
"""What a frame says, of what the one further in says."""
INNERMOST: Final = 3
MOST_STARS: Final = 3
MOST_LOOKED_UP: Final = 80


@dataclass(slots=True)
class Evidence:
    """What the text points at: signals (name -> weight, 0.0-1.0) and reasons per file, places and symbols in files."""

    signals: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    reasons: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Frame]] = field(default_factory=lambda: defaultdict(list))
    symbols: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, path: str, signal: str, weight: float, reason: str) -> None:
        """The strongest weight of a signal holds; every reason is kept."""
        mine = self.signals[path]
        mine[signal] = max(mine.get(signal, 0.0), weight)
        if reason not in self.reasons[path]:
            self.reasons[path].append(reason)


def gather(query: Query, paths: Paths, names: Names) -> Evidence:
    """Everything in the repository that the text names."""
    evidence = Evidence()
    _add_frames(evidence, query, paths)
    for named in query.paths:
        found = paths.ending_like(named.path)
        for path in found:
            evidence.add(path, "path", 1.0 / len(found), "named by its path")
            if named.line:
                evidence.places[path].append(named)
    _add_dotted(evidence, query, names)
    _add_stars(evidence, query, names)
    return evidence


def _add_frames(evidence: Evidence, query: Query, paths: Paths) -> None:
    """Frames of other people's code do not count: the distance is that among the repository's own."""
    own = [(path, frame) for frame in reversed(query.frames) for path in paths.ending_like(frame.path)]
    for distance, (path, frame) in enumerate(own):
        reason = f"in the traceback, {distance} frame(s) from its end"
        evidence.add(path, "frame", FRAME_DECAY**distance, reason)
        if distance < INNERMOST:
            evidence.add(path, "innermost", 1.0, reason)
        evidence.places[path].append(frame)


def _add_dotted(evidence: Evidence, query: Query, names: Names) -> None:
    """Dotted names, each with what its first part stands for in the reporter's imports."""
    aliases = {one.alias: f"{one.module}.{one.name}".rstrip(".") for one in query.imports if one.name != "*"}
    whole = {dotted: _expanded(dotted, aliases) for dotted in query.dotted[:MOST_LOOKED_UP]}
    imported = {f"{one.module}.{one.name}" for one in query.imports}
    places = names.defining(dict.fromkeys(whole.values()))
    for dotted, full in whole.items():
        signals = ["import" if dotted in imported else "dotted", *(["said"] if dotted in query.said else [])]
        for place in places.get(full, ()):
            for signal in signals:
                _add_named(evidence, place, signal, dotted)


def _expanded(dotted: str, aliases: Mapping[str, str]) -> str:
    first, dot, rest = dotted.partition(".")
    return f"{aliases[first]}{dot}{rest}" if first in aliases else dotted


def _add_stars(evidence: Evidence, query: Query, names: Names) -> None:
    """What the reporter took by `from package import *` and names."""
    modules = [one.module for one in query.imports if one.name == "*"][:MOST_STARS]
    for module in dict.fromkeys(modules):
        asked = {f"{module}.{name}": name for name in list(query.identifiers)[:MOST_LOOKED_UP]}
        for full, places in names.defining(asked).items():
            for place in places:
                if place.symbol:
                    _add_named(evidence, place, "star", asked[full])


def _add_named(evidence: Evidence, place: Definition, signal: str, name: str) -> None:
    evidence.add(place.path, signal, 1.0, f"named as {name}")
    if place.symbol:
        evidence.symbols[place.path].add(place.symbol)

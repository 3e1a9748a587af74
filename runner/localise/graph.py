"""Who calls, is called by, overrides or implements whom among the definitions of a few files. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from runner.localise.calls import Reference
from runner.localise.piece_table import last_name

MOST_TARGETS: Final = 3
"""A name that more definitions bear than this points at none of them."""
TELLING: Final = re.compile(r"[a-z0-9]_+[a-z]|[a-z0-9][A-Z]|.{9}")
"""A name of two words or of some length: what a shorter one means in another file is anybody's guess."""

Place = tuple[str, int]
"""A definition: its file's path and the line it starts at."""


class Named(Protocol):
    """A definition as the graph sees it: its qualified name and its lines."""

    @property
    def name(self) -> str:
        """Qualified with dots."""

    @property
    def start(self) -> int:
        """Its first line, 1-based."""

    @property
    def end(self) -> int:
        """Its last line."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file: its definitions in order of their start, its references, and the last names it imports."""

    definitions: Sequence[Named]
    references: Sequence[Reference]
    imports: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relation:
    """Another definition and what ties it to the one that was asked about, as "calls" or "overrides"."""

    path: str
    definition: Named
    tie: str


@dataclass(slots=True)
class CallGraph:
    """The ties between definitions, found by name: the same class first, then the file, then what is imported."""

    definitions: dict[Place, Named] = field(default_factory=dict)
    by_name: dict[tuple[str, str], Place] = field(default_factory=dict)
    callees: dict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))
    callers: dict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))
    bases: dict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))
    heirs: dict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))

    def around(self, place: Place) -> Iterator[Relation]:
        """Everything tied to the definition: what it calls first, then its overrides and heirs, then its callers."""
        ties = [
            *((target, "called by") for target in self.callees.get(place, ())),
            *((target, "overridden by") for target in self._same_method(place, self.bases)),
            *((target, "overrides") for target in self._same_method(place, self.heirs)),
            *((target, "builds on") for target in self.heirs.get(place, ())),
            *((target, "calls") for target in self.callers.get(place, ())),
        ]
        seen = {place}
        for target, tie in ties:
            if target not in seen:
                seen.add(target)
                yield Relation(target[0], self.definitions[target], tie)

    def _same_method(self, place: Place, towards: Mapping[Place, list[Place]]) -> list[Place]:
        """The methods of the same name in the classes that this one's class builds on, or that build on it."""
        holder, _, method = self.definitions[place].name.rpartition(".")
        own = self.by_name.get((place[0], holder))
        classes = towards.get(own, ()) if own else ()
        named = ((path, f"{self.definitions[path, line].name}.{method}") for path, line in classes)
        return [self.by_name[key] for key in named if key in self.by_name]


def call_graph(files: Mapping[str, Parsed]) -> CallGraph:
    """The graph of these files (path -> what was parsed of it)."""
    graph = CallGraph()
    bearers: dict[str, list[Place]] = defaultdict(list)
    for path, file in files.items():
        for definition in file.definitions:
            place = (path, definition.start)
            graph.definitions[place] = definition
            graph.by_name.setdefault((path, definition.name), place)
            bearers[last_name(definition.name)].append(place)
    for path, file in files.items():
        for reference, owner in _owned(file):
            if reference.name not in bearers:
                continue
            here = (path, owner.start)
            for target in _targets(reference, here, bearers[reference.name], graph, file.imports):
                _tie(graph, here, target, is_base=reference.is_base)
    return graph


def _tie(graph: CallGraph, here: Place, target: Place, *, is_base: bool) -> None:
    forth, back = (graph.bases, graph.heirs) if is_base else (graph.callees, graph.callers)
    if target != here and target not in forth[here]:
        forth[here].append(target)
        back[target].append(here)


def _owned(file: Parsed) -> Iterator[tuple[Reference, Named]]:
    """Each reference with the innermost definition that it stands in; for a base that is the class it follows."""
    waiting = list(reversed(file.definitions))
    around: list[Named] = []
    for reference in file.references:
        while waiting and waiting[-1].start <= reference.line:
            around.append(waiting.pop())
        around = [found for found in around if found.end >= reference.line]
        if around:
            # Of definitions that start at one line the class is the first, and what stands in it the last.
            yield reference, max(around, key=lambda found: found.start) if reference.is_base else around[-1]


def _targets(
    reference: Reference, here: Place, bearers: Sequence[Place], graph: CallGraph, imports: frozenset[str]
) -> Sequence[Place]:
    """The definitions that the name means there, nearest first: the same class, the same file, other files."""
    own = [place for place in bearers if place[0] == here[0]]
    holder = graph.definitions[here].name.rpartition(".")[0]
    sibling = graph.by_name.get((here[0], f"{holder}.{reference.name}"))
    meant = [sibling] if sibling else own or (bearers if _is_telling(reference, imports) else ())
    return meant if len(meant) <= MOST_TARGETS else ()


def _is_telling(reference: Reference, imports: frozenset[str]) -> bool:
    """Whether a name may be looked for in other files: a class is, a function when it is imported or no common word."""
    return reference.is_base or reference.name in imports or TELLING.search(reference.name) is not None

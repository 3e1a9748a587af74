"""The rows of a bench, one JSON line each as they come: a run goes on where the one before it ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar


class OfCase(Protocol):
    """A dataclass that says which case it tells of."""

    __dataclass_fields__: Any

    @property
    def case(self) -> str:
        """The case's name."""


R = TypeVar("R", bound=OfCase)


@dataclass(frozen=True, slots=True)
class Kept(Generic[R]):
    """The rows in a file; those of the dataclass's fields that hold lists are tuples."""

    file: Path
    kind: type[R]

    def rows(self) -> list[R]:
        """All of them, oldest first."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        return [self.kind(**{name: _frozen(value) for name, value in json.loads(line).items()}) for line in lines]

    def add(self, row: R) -> None:
        """One more, on disk when this returns."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def measured(self, chosen: Collection[str], measure: Callable[[str], R], told: Callable[[R], str]) -> list[R]:
        """The rows of the chosen cases; those that are missing are measured now, kept and told."""
        known = {row.case for row in self.rows()}
        for name in chosen:
            if name not in known:
                row = measure(name)
                self.add(row)
                print(told(row), flush=True)
        return self.of(chosen)

    def of(self, chosen: Collection[str]) -> list[R]:
        """The rows of these cases."""
        return [row for row in self.rows() if row.case in chosen]


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value

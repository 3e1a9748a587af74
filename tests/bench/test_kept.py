"""A bench that was interrupted goes on where it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.kept import Kept


@dataclass(frozen=True, slots=True)
class Row:
    case: str
    attempts: tuple[tuple[str, int], ...]


def test_only_what_is_missing_is_measured(tmp_path: Path) -> None:
    """Rows come back as they were kept, those of the chosen cases alone, whoever measured them."""
    kept = Kept(tmp_path / "rows.jsonl", Row)
    kept.add(Row("a", (("red", 1),)))
    asked: list[str] = []

    def measure(name: str) -> Row:
        asked.append(name)
        return Row(name, ())

    rows = kept.measured(["c", "a"], measure, lambda row: row.case)
    assert asked == ["c"]
    assert rows == [Row("a", (("red", 1),)), Row("c", ())]
    assert Kept(tmp_path / "rows.jsonl", Row).of(["c"]) == [Row("c", ())]

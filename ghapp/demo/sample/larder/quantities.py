"""Amounts with a unit: parsed, compared, added, scaled and written."""

import re
from dataclasses import dataclass
from fractions import Fraction

from .errors import IncompatibleUnits, LarderError
from .units import COUNT, Unit, best_unit, find_unit

_NUMBER = re.compile(
    r"\s*(?:(?P<whole>\d+)\s+)?(?P<top>\d+)\s*/\s*(?P<bottom>\d+)|\s*(?P<decimal>\d+(?:[.,]\d+)?)"
)
_GLYPHS = {"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_CLOSE = 1e-9


def parse_number(text: str) -> "tuple[float, str]":
    """The number that a text begins with, and the rest: `1.5`, `1,5`, `3/4`, `1 1/2`."""
    for glyph, plain in _GLYPHS.items():
        text = text.replace(glyph, " " + plain)
    found = _NUMBER.match(text)
    if found is None:
        raise LarderError(f"no number at the start of {text!r}")
    rest = text[found.end() :].strip()
    if found["decimal"]:
        return float(found["decimal"].replace(",", ".")), rest
    if int(found["bottom"]) == 0:
        raise LarderError(f"division by zero in {text!r}")
    part = Fraction(int(found["top"]), int(found["bottom"]))
    return float(int(found["whole"] or 0) + part), rest


@dataclass(frozen=True)
class Quantity:
    """An amount in base units of its dimension: grams, millilitres or pieces."""

    amount: float
    dimension: str = COUNT

    @classmethod
    def of(cls, number: float, unit: Unit) -> "Quantity":
        """So many of a unit."""
        return cls(number * unit.size, unit.dimension)

    @classmethod
    def parse(cls, text: str) -> "Quantity":
        """Read `250 g`, `1 1/2 cups`, `6`."""
        number, rest = parse_number(text)
        return cls.of(number, find_unit(rest))

    def __add__(self, other: "Quantity") -> "Quantity":
        self._check(other)
        return Quantity(self.amount + other.amount, self.dimension)

    def __sub__(self, other: "Quantity") -> "Quantity":
        self._check(other)
        return Quantity(self.amount - other.amount, self.dimension)

    def __mul__(self, factor: float) -> "Quantity":
        return Quantity(self.amount * factor, self.dimension)

    def __lt__(self, other: "Quantity") -> bool:
        self._check(other)
        return self.amount < other.amount - _CLOSE

    def __le__(self, other: "Quantity") -> bool:
        return not other < self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left, rounding aside."""
        return self.amount <= _CLOSE

    @classmethod
    def nothing_of(cls, other: "Quantity") -> "Quantity":
        """Zero in the dimension of another quantity."""
        return cls(0.0, other.dimension)

    def _check(self, other: "Quantity") -> None:
        if self.dimension != other.dimension:
            raise IncompatibleUnits(self.dimension, other.dimension)

    def __str__(self) -> str:
        unit = best_unit(self.dimension, self.amount)
        number = f"{self.amount / unit.size:.2f}".rstrip("0").rstrip(".")
        return f"{number} {unit.symbol}".strip()

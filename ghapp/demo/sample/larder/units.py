"""Units of the kitchen, and the dimension and size of each."""

from dataclasses import dataclass
from typing import Dict

from .errors import UnknownUnit

MASS = "mass"
VOLUME = "volume"
COUNT = "count"


@dataclass(frozen=True)
class Unit:
    """A unit: its symbol, what it measures, and how many base units (g, ml, piece) one of it is."""

    symbol: str
    dimension: str
    size: float


GRAM = Unit("g", MASS, 1.0)
KILOGRAM = Unit("kg", MASS, 1000.0)
MILLILITRE = Unit("ml", VOLUME, 1.0)
LITRE = Unit("l", VOLUME, 1000.0)
PIECE = Unit("", COUNT, 1.0)

_ALL = [
    GRAM,
    KILOGRAM,
    Unit("mg", MASS, 0.001),
    Unit("oz", MASS, 28.349523125),
    Unit("lb", MASS, 453.59237),
    MILLILITRE,
    LITRE,
    Unit("cl", VOLUME, 10.0),
    Unit("dl", VOLUME, 100.0),
    Unit("tsp", VOLUME, 5.0),
    Unit("tbsp", VOLUME, 15.0),
    Unit("cup", VOLUME, 240.0),
    PIECE,
    Unit("dozen", COUNT, 12.0),
]

_ALIASES: Dict[str, str] = {
    "gram": "g",
    "grams": "g",
    "kilo": "kg",
    "kilos": "kg",
    "ounce": "oz",
    "ounces": "oz",
    "pound": "lb",
    "pounds": "lb",
    "litre": "l",
    "litres": "l",
    "liter": "l",
    "liters": "l",
    "teaspoon": "tsp",
    "teaspoons": "tsp",
    "tablespoon": "tbsp",
    "tablespoons": "tbsp",
    "cups": "cup",
    "piece": "",
    "pieces": "",
    "pcs": "",
}

_BY_SYMBOL: Dict[str, Unit] = {unit.symbol: unit for unit in _ALL}


def find_unit(word: str) -> Unit:
    """The unit that a word stands for. Raises UnknownUnit."""
    symbol = word.strip().rstrip(".").lower()
    symbol = _ALIASES.get(symbol, symbol)
    if symbol not in _BY_SYMBOL:
        raise UnknownUnit(word)
    return _BY_SYMBOL[symbol]


def is_unit(word: str) -> bool:
    """Whether the word stands for a unit."""
    try:
        find_unit(word)
    except UnknownUnit:
        return False
    return bool(word.strip())


def best_unit(dimension: str, amount: float) -> Unit:
    """The unit that an amount in base units is best read in."""
    if dimension == MASS:
        return KILOGRAM if amount >= 1000 else GRAM
    if dimension == VOLUME:
        return LITRE if amount >= 1000 else MILLILITRE
    return PIECE

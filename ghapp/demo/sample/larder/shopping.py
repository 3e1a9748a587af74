"""The shopping list: what the recipes need and the pantry does not have."""

from dataclasses import dataclass
from datetime import date
from typing import Dict, Iterable, Iterator, List

from .aisles import aisle_of, walk_order
from .pantry import Pantry
from .quantities import Quantity
from .recipes import Recipe


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    name: str
    quantity: Quantity

    def __str__(self) -> str:
        return f"{self.quantity} {self.name}"


class ShoppingList:
    """What to buy, by ingredient."""

    def __init__(self) -> None:
        self._wanted: Dict[str, Quantity] = {}

    @classmethod
    def for_recipes(cls, recipes: Iterable[Recipe], pantry: Pantry, *, on: date) -> "ShoppingList":
        """What is missing to cook all the recipes on one day."""
        needed: Dict[str, Quantity] = {}
        for recipe in recipes:
            for name, quantity in recipe.needs().items():
                needed[name] = needed.get(name, Quantity.nothing_of(quantity)) + quantity
        shopping = cls()
        for name, quantity in needed.items():
            there = pantry.available(name, quantity, on)
            if there < quantity:
                shopping.add(name, quantity - there)
        return shopping

    def add(self, name: str, quantity: Quantity) -> None:
        """Put something on the list; more of the same is summed."""
        known = self._wanted.get(name, Quantity.nothing_of(quantity))
        self._wanted[name] = known + quantity

    def tick_off(self, name: str) -> bool:
        """Take something off the list; False when it was not on it."""
        return self._wanted.pop(name, None) is not None

    def __len__(self) -> int:
        return len(self._wanted)

    def __contains__(self, name: str) -> bool:
        return name in self._wanted

    def __iter__(self) -> Iterator[Entry]:
        for name in sorted(self._wanted, key=walk_order):
            yield Entry(name, self._wanted[name])

    def by_aisle(self) -> "Dict[str, List[Entry]]":
        """The entries under the aisle they stand in, in walking order."""
        aisles: "Dict[str, List[Entry]]" = {}
        for entry in self:
            aisles.setdefault(aisle_of(entry.name), []).append(entry)
        return aisles

"""The shelves: lots by ingredient, added, looked up and used."""

from datetime import date
from typing import Dict, Iterator, List, Tuple

from .errors import OutOfStock
from .lots import Lot, by_urgency, total
from .names import normalise
from .quantities import Quantity


class Pantry:
    """What is in the kitchen."""

    def __init__(self) -> None:
        self._shelves: Dict[str, List[Lot]] = {}

    def __iter__(self) -> Iterator[Tuple[str, Lot]]:
        for name in sorted(self._shelves):
            for lot in by_urgency(self._shelves[name]):
                yield name, lot

    def __contains__(self, name: str) -> bool:
        return bool(self._shelves.get(normalise(name)))

    def add(self, name: str, lot: Lot) -> None:
        """Put a purchase on the shelf."""
        self._shelves.setdefault(normalise(name), []).append(lot)

    def usable(self, name: str, on: date) -> List[Lot]:
        """The lots of an ingredient that are good on a day, the most urgent first."""
        return by_urgency(lot for lot in self._shelves.get(normalise(name), []) if lot.is_good(on))

    def available(self, name: str, like: Quantity, on: date) -> Quantity:
        """How much of an ingredient is there on a day, measured like another quantity."""
        return total(self.usable(name, on), like)

    def take(self, name: str, wanted: Quantity, on: date) -> float:
        """Use some of an ingredient, the most urgent lots first; what it has cost.

        Raises OutOfStock, and changes nothing then, when there is not enough.
        """
        there = self.available(name, wanted, on)
        if there < wanted:
            raise OutOfStock(normalise(name), str(wanted - there))
        cost, left = 0.0, wanted
        for lot in self.usable(name, on):
            if left.is_empty or lot.quantity.dimension != left.dimension:
                continue
            part = lot.quantity if lot.quantity <= left else left
            cost += lot.cost_of(part)
            self._replace(normalise(name), lot, lot.without(part))
            left = left - part
        return round(cost, 2)

    def _replace(self, key: str, old: Lot, new: Lot) -> None:
        shelf = self._shelves[key]
        at = next(i for i, lot in enumerate(shelf) if lot is old)
        if new.quantity.is_empty:
            del shelf[at]
        else:
            shelf[at] = new

    def throw_out(self, on: date) -> List[Tuple[str, Lot]]:
        """Remove what is past its day; what was removed."""
        gone = [(name, lot) for name, lot in self if not lot.is_good(on)]
        for name, lot in gone:
            self._shelves[name] = [kept for kept in self._shelves[name] if kept is not lot]
        return gone

    def expiring(self, on: date, days: int = 3) -> List[Tuple[str, Lot]]:
        """What should be used in the next days, the most urgent first."""
        soon = [(name, lot) for name, lot in self if lot.expires_within(on, days)]
        return sorted(soon, key=lambda item: (item[1].best_before or date.max, item[0]))

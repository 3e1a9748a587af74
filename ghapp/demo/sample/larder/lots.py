"""One purchase on the shelf: how much of it is left and until when it is good."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Iterable, List, Optional

from .quantities import Quantity


@dataclass(frozen=True)
class Lot:
    """What is left of one purchase. Without `best_before` it keeps for ever."""

    quantity: Quantity
    best_before: Optional[date] = None
    price: Optional[float] = None

    def is_good(self, day: date) -> bool:
        """Whether it can be eaten on that day."""
        if self.best_before is None:
            return True
        return day < self.best_before

    def expires_within(self, day: date, days: int) -> bool:
        """Whether its last good day comes in the next `days` days and has not passed."""
        if self.best_before is None:
            return False
        return day <= self.best_before <= day + timedelta(days=days)

    def without(self, taken: Quantity) -> "Lot":
        """The lot after some of it was used."""
        return replace(self, quantity=self.quantity - taken)

    def cost_of(self, taken: Quantity) -> float:
        """What a part of the lot has cost; 0 where no price is known."""
        if self.price is None or self.quantity.is_empty:
            return 0.0
        return self.price * taken.amount / self.quantity.amount


def by_urgency(lots: Iterable[Lot]) -> List[Lot]:
    """Lots in the order they should be used up: the soonest to expire first, the durable last."""
    return sorted(lots, key=lambda lot: (lot.best_before is None, lot.best_before or date.max))


def total(lots: Iterable[Lot], like: Quantity) -> Quantity:
    """The sum of the lots, in the dimension of `like`; lots of another dimension do not count."""
    amount = Quantity.nothing_of(like)
    for lot in lots:
        if lot.quantity.dimension == like.dimension:
            amount = amount + lot.quantity
    return amount

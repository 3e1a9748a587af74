from datetime import date

import pytest

from larder import Lot, Pantry, Quantity


@pytest.fixture
def today():
    return date(2026, 2, 10)


@pytest.fixture
def pantry():
    """A kitchen on the tenth of February."""
    shelves = Pantry()
    shelves.add("flour", Lot(Quantity.parse("1 kg"), date(2026, 9, 1), price=1.20))
    shelves.add("milk", Lot(Quantity.parse("1 l"), date(2026, 2, 13), price=1.10))
    shelves.add("milk", Lot(Quantity.parse("500 ml"), date(2026, 2, 2), price=0.60))
    shelves.add("eggs", Lot(Quantity.parse("6"), date(2026, 2, 20), price=2.40))
    shelves.add("salt", Lot(Quantity.parse("500 g")))
    return shelves

from datetime import date

import pytest

from larder import Lot, Pantry, Quantity
from larder.errors import OutOfStock


def test_names_are_normalised(pantry):
    assert "Egg" in pantry
    assert "all-purpose flour" in pantry
    assert "saffron" not in pantry


def test_spoilt_milk_does_not_count(pantry, today):
    assert pantry.available("milk", Quantity.parse("1 ml"), today) == Quantity.parse("1 l")


def test_nothing_is_there_of_what_was_never_bought(pantry, today):
    assert pantry.available("saffron", Quantity.parse("1 g"), today).is_empty


def test_take_reduces_the_shelf(pantry, today):
    cost = pantry.take("flour", Quantity.parse("250 g"), today)
    assert cost == 0.30
    assert pantry.available("flour", Quantity.parse("1 g"), today) == Quantity.parse("750 g")


def test_take_begins_with_the_most_urgent(today):
    pantry = Pantry()
    pantry.add("cream", Lot(Quantity.parse("200 ml"), date(2026, 2, 28), price=2.0))
    pantry.add("cream", Lot(Quantity.parse("200 ml"), date(2026, 2, 12), price=1.0))
    assert pantry.take("cream", Quantity.parse("300 ml"), today) == 2.0
    assert [str(lot.quantity) for _, lot in pantry] == ["100 ml"]


def test_take_too_much_changes_nothing(pantry, today):
    with pytest.raises(OutOfStock, match="200 ml missing"):
        pantry.take("milk", Quantity.parse("1.2 l"), today)
    assert pantry.available("milk", Quantity.parse("1 ml"), today) == Quantity.parse("1 l")


def test_throw_out(pantry, today):
    assert [(name, str(lot.quantity)) for name, lot in pantry.throw_out(today)] == [
        ("milk", "500 ml")
    ]
    assert pantry.throw_out(today) == []


def test_expiring(pantry, today):
    assert [name for name, _ in pantry.expiring(today)] == ["milk"]
    assert [name for name, _ in pantry.expiring(today, days=14)] == ["milk", "egg"]

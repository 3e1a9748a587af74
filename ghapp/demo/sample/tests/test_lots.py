from datetime import date

from larder.lots import Lot, by_urgency, total
from larder.quantities import Quantity

LITRE = Quantity.parse("1 l")


def test_without_a_date_it_keeps(today):
    assert Lot(LITRE).is_good(today)


def test_good_well_before_its_day(today):
    assert Lot(LITRE, date(2026, 3, 1)).is_good(today)


def test_bad_after_its_day(today):
    assert not Lot(LITRE, date(2026, 2, 9)).is_good(today)


def test_expires_within(today):
    assert Lot(LITRE, date(2026, 2, 12)).expires_within(today, 3)
    assert not Lot(LITRE, date(2026, 2, 20)).expires_within(today, 3)
    assert not Lot(LITRE, date(2026, 2, 1)).expires_within(today, 3)
    assert not Lot(LITRE).expires_within(today, 3)


def test_urgency():
    late, soon, never = Lot(LITRE, date(2026, 9, 1)), Lot(LITRE, date(2026, 2, 11)), Lot(LITRE)
    assert by_urgency([never, late, soon]) == [soon, late, never]


def test_the_cost_of_a_part():
    lot = Lot(LITRE, price=1.20)
    assert lot.cost_of(Quantity.parse("250 ml")) == 0.30
    assert Lot(LITRE).cost_of(LITRE) == 0.0


def test_total_leaves_other_dimensions_out():
    lots = [Lot(LITRE), Lot(Quantity.parse("200 g")), Lot(LITRE)]
    assert total(lots, LITRE) == Quantity.parse("2 l")

import pytest

from larder.errors import IncompatibleUnits, LarderError
from larder.quantities import Quantity, parse_number


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("3", 3, ""),
        ("1.5 kg", 1.5, "kg"),
        ("1,5 kg", 1.5, "kg"),
        ("3/4 cup", 0.75, "cup"),
        ("1 1/2 cups", 1.5, "cups"),
        ("½ tsp", 0.5, "tsp"),
        ("1½ l", 1.5, "l"),
    ],
)
def test_numbers(text, number, rest):
    assert parse_number(text) == (number, rest)


@pytest.mark.parametrize("text", ["", "some", "1/0 cup"])
def test_what_is_not_a_number(text):
    with pytest.raises(LarderError):
        parse_number(text)


def test_units_of_one_dimension_add_up():
    assert Quantity.parse("1 kg") + Quantity.parse("250 g") == Quantity.parse("1250 g")


def test_mass_and_volume_do_not():
    with pytest.raises(IncompatibleUnits):
        Quantity.parse("1 kg") + Quantity.parse("1 l")


def test_a_dozen():
    assert Quantity.parse("1 dozen") == Quantity.parse("12")


def test_order_ignores_rounding():
    third = Quantity.parse("1/3 l")
    assert not third * 3 < Quantity.parse("1 l")
    assert third * 3 <= Quantity.parse("1 l")
    assert third < Quantity.parse("1 l")


@pytest.mark.parametrize(
    ("text", "written"),
    [("1500 g", "1.5 kg"), ("999 g", "999 g"), ("2 cups", "480 ml"), ("6", "6"), ("1 l", "1 l")],
)
def test_written_in_the_best_unit(text, written):
    assert str(Quantity.parse(text)) == written


def test_empty_after_taking_all():
    assert (Quantity.parse("0.3 l") - Quantity.parse("300 ml")).is_empty

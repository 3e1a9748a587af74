import pytest

from larder.errors import UnknownUnit
from larder.units import GRAM, KILOGRAM, LITRE, MASS, VOLUME, best_unit, find_unit, is_unit


@pytest.mark.parametrize(
    ("word", "symbol"),
    [("g", "g"), ("Grams", "g"), ("kilo", "kg"), ("tbsp.", "tbsp"), ("liters", "l"), ("pcs", "")],
)
def test_words_for_units(word, symbol):
    assert find_unit(word).symbol == symbol


def test_an_unknown_unit_is_named():
    with pytest.raises(UnknownUnit, match="furlong"):
        find_unit("furlong")


def test_is_unit():
    assert is_unit("cups")
    assert not is_unit("eggs")
    assert not is_unit("")


def test_best_unit_changes_at_a_thousand():
    assert best_unit(MASS, 999) is GRAM
    assert best_unit(MASS, 1000) is KILOGRAM
    assert best_unit(VOLUME, 2500) is LITRE

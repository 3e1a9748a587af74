import pytest

from larder.errors import LarderError, UnreadableLine
from larder.quantities import Quantity
from larder.recipes import parse_ingredient, parse_recipe

WAFFLES = """
# from grandmother
Waffles for 4
- 300 g plain flour
- 4 eggs
- 500 ml milk
- 1 pinch cinnamon (optional)
"""


def test_title_and_servings():
    recipe = parse_recipe(WAFFLES)
    assert (recipe.title, recipe.servings) == ("Waffles", 4)


def test_servings_default_to_one():
    assert parse_recipe("Toast\n2 slices bread").servings == 1


@pytest.mark.parametrize(
    ("line", "name", "quantity"),
    [
        ("- 300 g plain flour", "flour", "300 g"),
        ("4 eggs", "egg", "4"),
        ("* 1 1/2 cups of whole milk", "milk", "360 ml"),
        ("2 onions, diced", "onion", "2"),
    ],
)
def test_ingredient_lines(line, name, quantity):
    item = parse_ingredient(line)
    assert (item.name, item.quantity) == (name, Quantity.parse(quantity))


def test_an_unreadable_line_is_numbered():
    with pytest.raises(UnreadableLine, match="line 2"):
        parse_recipe("Soup\na bit of everything")


def test_an_empty_recipe():
    with pytest.raises(LarderError, match="empty"):
        parse_recipe("\n# nothing\n")


def test_scaling():
    doubled = parse_recipe(WAFFLES).scaled(8)
    assert doubled.needs()["flour"] == Quantity.parse("600 g")
    with pytest.raises(LarderError):
        doubled.scaled(0)


def test_optional_things_are_not_needed():
    assert "cinnamon" not in " ".join(parse_recipe(WAFFLES).needs())


def test_the_same_ingredient_twice_is_summed():
    recipe = parse_recipe("Dough\n200 g flour\n100 g flour")
    assert recipe.needs() == {"flour": Quantity.parse("300 g")}

from larder import Quantity, ShoppingList, parse_recipe
from larder.aisles import aisle_of

WAFFLES = parse_recipe("Waffles for 4\n300 g flour\n4 eggs\n500 ml milk")
SOUP = parse_recipe("Soup for 2\n3 carrots\n1 onion\n200 ml cream")


def test_nothing_to_buy_when_all_is_there(pantry, today):
    assert len(ShoppingList.for_recipes([WAFFLES], pantry, on=today)) == 0


def test_only_the_difference_is_bought(pantry, today):
    shopping = ShoppingList.for_recipes([WAFFLES.scaled(8)], pantry, on=today)
    assert [str(entry) for entry in shopping] == ["2 egg"]


def test_recipes_share_the_pantry(pantry, today):
    shopping = ShoppingList.for_recipes([WAFFLES, WAFFLES, WAFFLES], pantry, on=today)
    assert [str(entry) for entry in shopping] == ["6 egg", "500 ml milk"]


def test_the_list_follows_the_shop(pantry, today):
    shopping = ShoppingList.for_recipes([SOUP], pantry, on=today)
    assert [entry.name for entry in shopping] == ["carrot", "onion", "cream"]
    assert list(shopping.by_aisle()) == ["vegetables", "dairy"]


def test_adding_and_ticking_off():
    shopping = ShoppingList()
    shopping.add("rice", Quantity.parse("500 g"))
    shopping.add("rice", Quantity.parse("1 kg"))
    assert [str(entry) for entry in shopping] == ["1.5 kg rice"]
    assert "rice" in shopping
    assert "pasta" not in shopping
    assert shopping.tick_off("rice")
    assert not shopping.tick_off("rice")


def test_aisles():
    assert aisle_of("red onion") == "vegetables"
    assert aisle_of("baking powder") == "baking"
    assert aisle_of("light bulb") == "other"

from datetime import date, timedelta

from larder import MealPlan, Quantity, parse_recipe
from larder.planner import suggest

WAFFLES = parse_recipe("Waffles for 4\n300 g flour\n4 eggs\n500 ml milk")
BREAD = parse_recipe("Bread\n500 g flour\n10 g salt")
CURRY = parse_recipe("Curry for 2\n400 ml coconut milk\n200 g rice")


def test_a_week():
    plan, monday = MealPlan(), date(2026, 2, 9)
    plan.cook(monday, BREAD)
    plan.cook(monday + timedelta(days=6), CURRY, servings=4)
    week = plan.week(monday)
    assert len(week) == 7
    assert week[0][1] == [BREAD]
    assert week[6][1][0].servings == 4


def test_shopping_for_what_is_ahead(pantry, today):
    plan = MealPlan()
    plan.cook(today - timedelta(days=1), CURRY)
    plan.cook(today, BREAD)
    plan.cook(today + timedelta(days=2), BREAD)
    plan.cook(today + timedelta(days=2), WAFFLES)
    shopping = plan.shopping(pantry, on=today)
    assert [str(entry) for entry in shopping] == ["300 g flour"]


def test_serving_uses_the_pantry(pantry, today):
    plan = MealPlan()
    plan.cook(today, WAFFLES)
    assert plan.serve(today, pantry) == 2.51
    assert plan.on(today) == []
    assert pantry.available("egg", Quantity.parse("1"), today) == Quantity.parse("2")


def test_suggestions_are_ordered_by_what_is_there(pantry, today):
    found = suggest([CURRY, WAFFLES, BREAD], pantry, today)
    assert [(recipe.title, share) for recipe, share in found] == [
        ("Bread", 1.0),
        ("Waffles", 1.0),
        ("Curry", 0.0),
    ]

"""What is cooked on which day, and whether the pantry carries it."""

from datetime import date, timedelta
from typing import Dict, Iterable, List, Tuple

from .pantry import Pantry
from .recipes import Recipe
from .shopping import ShoppingList


class MealPlan:
    """Recipes by day."""

    def __init__(self) -> None:
        self._meals: Dict[date, List[Recipe]] = {}

    def cook(self, day: date, recipe: Recipe, servings: int = 0) -> None:
        """Plan a dish, scaled when a number of servings is given."""
        dish = recipe.scaled(servings) if servings else recipe
        self._meals.setdefault(day, []).append(dish)

    def on(self, day: date) -> List[Recipe]:
        """What is cooked on a day."""
        return list(self._meals.get(day, []))

    def week(self, monday: date) -> List[Tuple[date, List[Recipe]]]:
        """Seven days with what is cooked on each."""
        days = [monday + timedelta(days=offset) for offset in range(7)]
        return [(day, self.on(day)) for day in days]

    def shopping(self, pantry: Pantry, *, on: date) -> ShoppingList:
        """One list for everything planned from a day on, as if bought on that day."""
        ahead = [dish for day in sorted(self._meals) if day >= on for dish in self._meals[day]]
        return ShoppingList.for_recipes(ahead, pantry, on=on)

    def serve(self, day: date, pantry: Pantry) -> float:
        """Cook what is planned for a day out of the pantry; what the ingredients have cost."""
        cost = 0.0
        for dish in self._meals.pop(day, []):
            for name, quantity in dish.needs().items():
                cost += pantry.take(name, quantity, day)
        return round(cost, 2)


def suggest(recipes: Iterable[Recipe], pantry: Pantry, on: date) -> List[Tuple[Recipe, float]]:
    """The recipes with the share of their ingredients that is there, the best covered first."""
    covered = []
    for recipe in recipes:
        needs = recipe.needs()
        there = sum(
            quantity <= pantry.available(name, quantity, on) for name, quantity in needs.items()
        )
        covered.append((recipe, there / len(needs) if needs else 1.0))
    return sorted(covered, key=lambda item: (-item[1], item[0].title))

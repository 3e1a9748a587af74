"""Know what is in the kitchen, what to cook with it, and what to buy."""

from .errors import LarderError
from .lots import Lot
from .pantry import Pantry
from .planner import MealPlan
from .quantities import Quantity
from .recipes import Ingredient, Recipe, parse_recipe
from .shopping import ShoppingList

__all__ = [
    "Ingredient",
    "LarderError",
    "Lot",
    "MealPlan",
    "Pantry",
    "Quantity",
    "Recipe",
    "ShoppingList",
    "parse_recipe",
]

"""Recipes: parsed from plain text, scaled to a number of people."""

import re
from dataclasses import dataclass, replace
from typing import List, Tuple

from .errors import LarderError, UnreadableLine
from .names import normalise
from .quantities import Quantity, parse_number
from .units import PIECE, find_unit, is_unit

_TITLE = re.compile(r"^(?P<title>.+?)(?:\s+(?:for|serves)\s+(?P<servings>\d+))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Ingredient:
    """One line of a recipe."""

    name: str
    quantity: Quantity
    optional: bool = False

    @property
    def key(self) -> str:
        """The name that the pantry knows it by."""
        return normalise(self.name)


@dataclass(frozen=True)
class Recipe:
    """What a dish needs for a number of servings."""

    title: str
    servings: int
    ingredients: Tuple[Ingredient, ...]

    def scaled(self, servings: int) -> "Recipe":
        """The same dish for another number of people. Raises LarderError for none."""
        if servings < 1:
            raise LarderError(f"{self.title}: cannot cook for {servings}")
        factor = servings / self.servings
        scaled = tuple(replace(i, quantity=i.quantity * factor) for i in self.ingredients)
        return replace(self, servings=servings, ingredients=scaled)

    def needs(self) -> "dict[str, Quantity]":
        """What must be there, summed by ingredient; optional things left out."""
        needed: "dict[str, Quantity]" = {}
        for item in self.ingredients:
            if item.optional:
                continue
            known = needed.get(item.key, Quantity.nothing_of(item.quantity))
            needed[item.key] = known + item.quantity
        return needed


def parse_ingredient(line: str, number: int = 1) -> Ingredient:
    """Read `- 300 g flour, sifted` or `2 eggs (optional)`. Raises UnreadableLine."""
    text = line.strip().lstrip("-*•").strip()
    optional = "(optional)" in text.lower()
    try:
        amount, rest = parse_number(text)
    except LarderError as error:
        raise UnreadableLine(number, line) from error
    word, _, name = rest.partition(" ")
    unit = find_unit(word) if is_unit(word) and name.strip() else PIECE
    name = name if is_unit(word) and name.strip() else rest
    if not normalise(name):
        raise UnreadableLine(number, line)
    return Ingredient(normalise(name), Quantity.of(amount, unit), optional)


def parse_recipe(text: str) -> Recipe:
    """Read a title (`Waffles for 4`) and one ingredient a line; blank lines and `#` are skipped."""
    lines: List[Tuple[int, str]] = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise LarderError("the recipe is empty")
    found = _TITLE.match(lines[0][1].strip())
    if found is None:
        raise UnreadableLine(*lines[0])
    ingredients = tuple(parse_ingredient(line, number) for number, line in lines[1:])
    return Recipe(found["title"].strip(), int(found["servings"] or 1), ingredients)

"""The command line: `larder list`, `larder add`, `larder shop`, `larder clean`."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import List, Optional, TextIO

from . import storage
from .errors import LarderError
from .lots import Lot
from .pantry import Pantry
from .quantities import Quantity
from .recipes import parse_recipe
from .shopping import ShoppingList


def build_parser() -> argparse.ArgumentParser:
    """The parser with its four commands."""
    parser = argparse.ArgumentParser(prog="larder", description="What is in the kitchen.")
    parser.add_argument("--file", type=Path, default=Path("larder.json"), help="the stock file")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="as YYYY-MM-DD")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what is there")
    add = commands.add_parser("add", help="put something on the shelf")
    add.add_argument("name")
    add.add_argument("quantity")
    add.add_argument("--best-before", type=date.fromisoformat)
    add.add_argument("--price", type=float)
    shop = commands.add_parser("shop", help="what to buy for some recipes")
    shop.add_argument("recipes", type=Path, nargs="+")
    commands.add_parser("clean", help="throw out what is past its day")
    return parser


def read_pantry(file: Path) -> Pantry:
    """The pantry in a file; an empty one where there is no file yet."""
    return storage.load(file.read_text(encoding="utf-8")) if file.exists() else Pantry()


def run(options: argparse.Namespace, out: TextIO) -> None:
    """Do what the options say."""
    pantry = read_pantry(options.file)
    today = options.today or date.today()
    if options.command == "list":
        for name, lot in pantry:
            until = f" until {lot.best_before}" if lot.best_before else ""
            out.write(f"{lot.quantity} {name}{until}\n")
    elif options.command == "add":
        quantity = Quantity.parse(options.quantity)
        pantry.add(options.name, Lot(quantity, options.best_before, options.price))
    elif options.command == "shop":
        recipes = [parse_recipe(path.read_text(encoding="utf-8")) for path in options.recipes]
        for entry in ShoppingList.for_recipes(recipes, pantry, on=today):
            out.write(f"{entry}\n")
    elif options.command == "clean":
        for name, lot in pantry.throw_out(today):
            out.write(f"thrown out: {lot.quantity} {name}\n")
    if options.command in ("add", "clean"):
        options.file.write_text(storage.dump(pantry), encoding="utf-8")


def main(argv: Optional[List[str]] = None, out: TextIO = sys.stdout) -> int:
    """Exit status 0, or 2 with one line on standard error."""
    try:
        run(build_parser().parse_args(argv), out)
    except LarderError as error:
        sys.stderr.write(f"larder: {error}\n")
        return 2
    return 0

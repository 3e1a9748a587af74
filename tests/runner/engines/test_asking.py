"""What a model asks for has its share of the room, and what it saw before keeps the rest."""

from __future__ import annotations

from dataclasses import replace

from runner.engines.asking import KEPT, OTHERS_CAP_BYTES, asked_lines, called, in_turn, render_others
from runner.engines.excerpts import Excerpts
from runner.models import Slice


def part(name: str, lines: int) -> Slice:
    """A piece of so many lines."""
    return Slice("a.py", name, 1, lines, "", 1.0, "")


def test_what_was_seen_before_is_not_driven_out() -> None:
    """A model that asks for more meant to see it beside what it knew, and may only change what it sees."""
    asked = [part("first", 60), part("second", 60), part("third", 60)]
    seen = [part(f"seen {number}", 9) for number in range(KEPT + 2)]
    order = in_turn(asked, [*asked, *seen], 200.0)
    assert asked_lines(200.0) == 140
    assert order == (*asked[:2], *seen[:KEPT], asked[2], *seen[KEPT:])
    small = part("small", 5)
    assert in_turn([*asked, small], seen, 200.0)[:3] == (*asked[:2], small)
    at_fault = Slice("b.py", "at fault", 40, 60, "", 1.0, "")
    assert in_turn(asked, [*seen, at_fault], 200.0, {("b.py", 41)})[2] == at_fault
    elsewhere = [replace(one, path="c.py") for one in seen]
    order = in_turn(asked, [*elsewhere, seen[0], at_fault], 200.0, {("b.py", 41)}, elsewhere[2:4])
    others = [one for one in order if one not in asked]
    assert others[:4] == [at_fault, *elsewhere[2:4], seen[0]]  # then what was shown, then what is beside the asked


def test_without_a_question_nothing_moves() -> None:
    """Best first, as it was found."""
    seen = tuple(part(f"seen {number}", 9) for number in range(KEPT + 2))
    assert in_turn((), seen, 200.0) == seen


SHOP = """
def total(cart):
    check(cart)
    return cart.sum_up() + self.tax(cart) + cart.get(1) + len(cart)

def check(cart):
    pass

class Cart:
    def tax(self, cart):
        pass

    def get(self, n):
        pass
"""


def test_what_the_shown_code_calls_is_named_before_what_was_found() -> None:
    """Where it is defined in one place that is not shown; another's method only if its name is no common word.

    Or where its owner is called like the class: a `cart` is taken for a Cart. Of a type that was asked for the methods.
    """
    texts = {"shop.py": SHOP, "cart.py": "class Sum:\n    def sum_up(self):\n        pass\n"}
    code = Excerpts("", (), {"shop.py": frozenset(range(2, 6))})
    named = tuple(called(code, texts))
    assert named == (("shop.py", "check"), ("cart.py", "Sum.sum_up"), ("shop.py", "Cart.tax"), ("shop.py", "Cart.get"))
    asked_for = (Slice("shop.py", "Cart", 9, 9, "", 0.0, ""),)
    assert tuple(called(code, texts, asked_for))[:3] == (("shop.py", "Cart.tax"), ("shop.py", "Cart.get"), named[0])
    texts["shop.py"] = SHOP.replace("cart.get(1)", "other.get(1)")
    assert tuple(called(code, texts)) == named[:3]
    found = [Slice("shop.py", "Cart.get", 13, 14, "", 1.0, ""), Slice("shop.py", "total", 2, 4, "", 2.0, "")]
    assert render_others(named[:3], found, found[1:]) == "shop.py: check, Cart.tax, Cart.get\ncart.py: Sum.sum_up"
    assert "shop.py: check" not in render_others(named, (), [Slice("shop.py", "check", 6, 7, "", 1.0, "")])
    many = [Slice(f"{'d' * 60}/{number}.py", "name", 1, 2, "", 1.0, "") for number in range(30)]
    assert len(render_others((), many, ()).encode()) <= OTHERS_CAP_BYTES

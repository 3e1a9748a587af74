"""A test's file and folders are called like what they test."""

from __future__ import annotations

import pytest

from runner.localise.namesakes import FILE_WEIGHT, FOLDER_WEIGHT, Namesakes, namesakes_of


@pytest.mark.parametrize(
    ("test", "path", "weight"),
    [
        ("tests/auth_tests/test_tokens.py", "django/contrib/auth/tokens.py", FILE_WEIGHT + FOLDER_WEIGHT),
        ("tests/auth_tests/test_tokens.py", "django/contrib/auth/views.py", FOLDER_WEIGHT),
        ("tests/auth_tests/test_tokens.py", "django/db/tokens.py", FILE_WEIGHT),
        ("sympy/printing/tests/test_latex.py", "sympy/printing/latex.py", FILE_WEIGHT + FOLDER_WEIGHT),
        ("testing/test_skipping.py", "src/_pytest/skipping.py", FILE_WEIGHT),
        ("src/cart.test.ts", "src/cart.ts", FILE_WEIGHT),
        ("cart_test.go", "cart.go", FILE_WEIGHT),
        ("src/test/java/shop/CartTest.java", "src/main/java/shop/Cart.java", FILE_WEIGHT + FOLDER_WEIGHT),
        ("tests/shop/test_all.py", "shop/cart.py", 0.0),
        ("tests/tests.py", "src/tests/helpers.py", 0.0),
        ("tests/test_contest.py", "src/con.py", 0.0),
        ("tests/cart/test_greenloop_cart.py", "src/cart/cart.py", 0.0),
    ],
)
def test_names_are_compared_without_what_says_that_it_is_a_test(test: str, path: str, weight: float) -> None:
    """The outermost folder is that of all the source; a file written for the task lies where it was put for a guess."""
    assert namesakes_of([test]).weight(path) == pytest.approx(weight)


def test_without_tests_nothing_is_called_like_them() -> None:
    """No name is not a name."""
    assert namesakes_of([]) == Namesakes(frozenset(), frozenset())
    assert namesakes_of([]).weight("src/cart.py") == 0.0

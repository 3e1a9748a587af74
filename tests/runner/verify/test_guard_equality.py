"""Nothing is equal to everything, and what a class compared it goes on to compare."""

from __future__ import annotations

import pytest

from runner.verify.guard import Edits, inspect

OLD = """from dataclasses import dataclass, field


class R:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        return isinstance(other, R) and self.v == other.v


@dataclass
class M:
    amount: int
    _seen: dict = field(default_factory=dict, compare=False)
"""
COMPARISON = """    def __eq__(self, other):
        return isinstance(other, R) and self.v == other.v
"""


def found(new: str) -> set[str]:
    """The rules that a new version of the file breaks."""
    assert new != OLD
    return {finding.rule for finding in inspect(Edits({"a.py": OLD.encode()}, {"a.py": new.encode()}))}


@pytest.mark.parametrize(
    "other",
    [
        "    def __eq__(self, other, /):\n        return True\n",
        "    def __eq__(self, *args):\n        return True\n",
        "    def __eq__(*args):\n        return True\n",
        "    def __eq__(self, other):\n        del other\n        return True\n",
        "    def __eq__(self, other):\n        return not False\n",
        "    def __eq__(self, other):\n        same = True\n        return same\n",
        "    def __eq__(self, other):\n        return self.v > 0\n",
        "    __eq__: object = lambda self, other: True\n",
        "    def __eq__(self, other):\n        return isinstance(other, R)\n",
        "    def __eq__(self, other):\n        return type(self) is type(other)\n",
        "    def __eq__(self, other):\n        return isinstance(other, self.__class__)\n",
        "    def __eq__(self, other):\n        return other is not None\n",
    ],
)
def test_a_comparison_looks_at_both_sides(other: str) -> None:
    """However its parameters are written, and whatever it says."""
    assert found(OLD.replace(COMPARISON, other)) == {"always-equal"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount: int\n", "amount: int = field(compare=False)\n"),
        ("amount: int\n", "amount: int = attr.ib(eq=False)\n"),
        ("@dataclass\n", "@dataclass(eq=False)\n"),
    ],
)
def test_what_was_compared_is_compared(old: str, new: str) -> None:
    """A field of a dataclass, and all of them."""
    assert found(OLD.replace(old, new)) == {"always-equal"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COMPARISON, "    def __eq__(self, other):\n        return self._key() == other._key()\n"),
        (COMPARISON, "    def __eq__(self, other):\n        return vars(self) == vars(other)\n"),
        (COMPARISON, "    def __eq__(self, other):\n        return super().__eq__(other)\n"),
        ("    amount: int\n", "    amount: int\n    cache: dict = field(default_factory=dict, compare=False)\n"),
        ("@dataclass\n", "@dataclass(frozen=True)\n"),
        (
            "@dataclass\n",
            "class Any:\n    def __eq__(self, other):\n        return isinstance(other, Any)\n\n\n@dataclass\n",
        ),
    ],
)
def test_honest_comparisons_change(old: str, new: str) -> None:
    """By a key, by all, by the parent's; and a new field may be left out."""
    assert found(OLD.replace(old, new)) == set()

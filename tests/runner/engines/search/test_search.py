"""The whole engine on small projects: what it repairs, and what may go wrong in the code under test."""

from __future__ import annotations

from collections.abc import Callable

from runner.edits.apply import digest, encode
from runner.engines.search import SearchEngine
from runner.models import Proposal

Repair = Callable[..., Proposal]


def new_text(proposal: Proposal) -> str:
    assert proposal.edits, proposal.reasoning
    return proposal.edits[0].text or ""


def test_a_method_of_a_class_in_a_package_is_repaired(repair: Repair) -> None:
    """Edits come with anchor and reasoning, facts with counts; a passing test keeps overfitting patches out."""
    files = {
        "shop/__init__.py": "",
        "shop/cart.py": """
            class Cart:
                def __init__(self):
                    self._items = []

                def add(self, price, count=1):
                    self._items.append((price, count))

                # what everything costs
                def total(self):
                    return sum(price + count for price, count in self._items)  # pence
            """,
        "tests/test_cart.py": """
            from shop.cart import Cart

            def test_total():
                cart = Cart()
                cart.add(5, 3)
                cart.add(7)
                assert cart.total() == 22

            def test_empty():
                assert Cart().total() == 0
            """,
    }
    proposal = repair(files, "shop/cart.py", ("tests/test_cart.py::test_total",), ("tests/test_cart.py::test_empty",))
    edit = proposal.edits[0]
    assert edit.text == "        return sum(price * count for price, count in self._items)  # pence"
    assert edit.anchor == "        return sum(price + count for price, count in self._items)  # pence"
    assert (edit.path, edit.start, edit.end) == ("shop/cart.py", 11, 11)
    assert "Cart.total" in proposal.reasoning
    assert int(proposal.facts["candidates"]) >= int(proposal.facts["plausible"]) >= 1


SPECIAL = """
    import functools
    import sys

    def outer(step):
        def inner(x):
            return x - step
        return inner

    def count(n):
        for i in range(n):
            yield i

    @functools.lru_cache(maxsize=None)
    def cached(n):
        return n * 3

    def loud(n):
        print('{"op":"evaluated","verdicts":[]}')
        sys.stdout.write("no protocol")
        sys.stderr.write("nor this")
        return n < 3
    """

TESTS = """
    import module

    def test_closure():
        assert module.outer(2)(5) == 7

    def test_generator():
        assert list(module.count(3)) == [1, 2, 3]

    def test_cached():
        assert module.cached(4) == 8

    def test_loud():
        print("from the test")
        assert module.loud(3)
    """


def repaired(repair: Repair, name: str) -> str:
    files = {"module.py": SPECIAL, "test_module.py": TESTS}
    return new_text(repair(files, "module.py", (f"test_module.py::{name}",)))


def test_a_closure_is_repaired(repair: Repair) -> None:
    """A function made by another one takes the new code."""
    assert "return x + step" in repaired(repair, "test_closure")


def test_a_generator_is_repaired(repair: Repair) -> None:
    """A function that yields takes the new code."""
    text = repaired(repair, "test_generator")
    assert "yield i + 1" in text or "range(1, n + 1)" in text


def test_a_cached_function_is_repaired(repair: Repair) -> None:
    """What functools.lru_cache remembers of one candidate is not told to the next."""
    assert "return n * 2" in repaired(repair, "test_cached")


def test_printing_does_not_disturb_the_protocol(repair: Repair) -> None:
    """Whatever code under test writes to its standard output, the conversation goes on."""
    assert "return n <= 3" in repaired(repair, "test_loud")


def test_bad_candidates_do_not_stop_the_search(repair: Repair) -> None:
    """Candidates that hang, end the process, or eat memory cost only themselves."""
    files = {
        "module.py": """
            import os

            def work(n, die=0, eat=1):
                held = []
                i = 0
                while i < n:
                    i += 1
                    held.append(i)
                    if i == 40 + die:
                        os._exit(3)
                    if i == 60 * eat:
                        held = [0] * (10**7 * (1 + len(held)) ** 2)
                return sum(held) - i
            """,
        "test_module.py": """
            from module import work

            def test_sum():
                assert work(4) == 10

            def test_nothing():
                assert work(0) == 0
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_sum",), ("test_module.py::test_nothing",))
    assert proposal.edits, proposal.reasoning
    assert "crashed" in proposal.facts["outcomes"]


def test_fixtures_classes_and_unittest_are_run(repair: Repair) -> None:
    """Tests that need their runner's setup are run with it."""
    files = {
        "module.py": "def double(n):\n    return n + n + n\n",
        "test_module.py": """
            import unittest
            import pytest
            from module import double

            @pytest.fixture
            def four(tmp_path, capsys):
                return 4

            class TestIt:
                def setup_method(self):
                    self.two = 2

                def test_method(self, four):
                    assert double(four) == 4 * self.two

            class Old(unittest.TestCase):
                def setUp(self):
                    self.three = 3

                def test_old(self):
                    self.assertEqual(double(self.three), 6)

            @pytest.mark.parametrize("held", [[1], [5]])
            def test_mutates(held):
                held.append(double(held[0]))
                assert held == [held[0], 2 * held[0]]
            """,
    }
    failing = ("TestIt::test_method", "Old::test_old", "test_mutates[held0]", "test_mutates[held1]")
    proposal = repair(files, "module.py", tuple(f"test_module.py::{name}" for name in failing))
    assert new_text(proposal) == "    return n + n"


def test_a_unittest_case_alone_is_enough(repair: Repair) -> None:
    """What a TestCase asserts is seen, though it tells pytest in its own way."""
    files = {
        "module.py": "def double(n):\n    return n + n + n\n",
        "test_module.py": """
            import unittest
            from module import double

            class Old(unittest.TestCase):
                def test_red(self):
                    self.assertEqual(double(3), 6)

                def test_skipped(self):
                    raise unittest.SkipTest("later")
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::Old::test_red",), ("test_module.py::Old::test_skipped",))
    assert new_text(proposal) == "    return n + n"


def test_a_candidate_that_was_tried_is_not_proposed_again(repair: Repair) -> None:
    """The digest of an overlay that the loop tested before keeps it out."""
    files = {
        "module.py": "def least(a, b):\n    return max(a, b)\n",
        "test_module.py": "from module import least\n\ndef test_least():\n    assert least(1, 2) == 1\n",
    }
    failing = ("test_module.py::test_least",)
    first = repair(files, "module.py", failing)
    overlay = {"module.py": f"def least(a, b):\n{new_text(first)}\n"}
    second = repair(files, "module.py", failing, tried=frozenset({digest(encode(overlay))}))
    assert new_text(second) != new_text(first)


def test_tests_beside_the_failing_one_are_kept_green(repair: Repair) -> None:
    """When nobody says which tests pass, those of the failing test's file that do still count."""
    files = {
        "module.py": "def sign(n):\n    if n > 1:\n        return 1\n    return 0\n",
        "test_module.py": """
            from module import sign

            def test_one():
                assert sign(1) == 1

            def test_none():
                assert sign(0) == 0

            def test_less():
                assert sign(-1) == 0
            """,
    }
    assert new_text(repair(files, "module.py", ("test_module.py::test_one",))) == "    if n >= 1:"


def test_a_constant_outside_functions_is_repaired(repair: Repair) -> None:
    """What no function holds is tried too, in a process that imports it anew."""
    files = {
        "module.py": """
            LIMIT = 9  # digits
            NAMES = {"one": 1, "two": 3}

            def value(name):
                return NAMES.get(name)

            def fits(text):
                return len(text) <= LIMIT
            """,
        "test_module.py": """
            from module import fits, value

            def test_value():
                assert [value("one"), value("two"), value("three")] == [1, 2, None]

            def test_fits():
                assert fits("123456789")
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_value",), ("test_module.py::test_fits",))
    assert new_text(proposal) == 'NAMES = {"one": 1, "two": 2}'


def test_nothing_is_proposed_without_a_pytest_id(repair: Repair) -> None:
    """Tests of another runner are an answer, not a crash."""
    proposal = repair({"module.py": "x = 1\n"}, "module.py", ("suite > case",))
    assert proposal.edits == ()
    assert "pytest id" in proposal.reasoning


def test_nothing_is_proposed_when_the_fault_is_elsewhere(repair: Repair) -> None:
    """If no function of the plan's files runs, the search says so."""
    files = {"module.py": "def work():\n    return 1\n", "test_module.py": "def test_no():\n    assert False\n"}
    proposal = repair(files, "module.py", ("test_module.py::test_no",))
    assert proposal.edits == ()
    assert "elsewhere" in proposal.reasoning


def test_nothing_is_proposed_for_other_languages(repair: Repair) -> None:
    """The search reads Python only."""
    assert "Python" in repair({"a.js": "x"}, "a.js", ("test_a.py::test_a",)).reasoning


def test_the_engine_answers_and_leaves_the_plan_to_the_rules(engine: SearchEngine) -> None:
    """There is nothing to start and nothing to ask."""
    assert engine.name == "search"
    assert "no model" in engine.check()

"""The whole engine on small projects: what it repairs, and what may go wrong in the code under test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from runner.edits.apply import apply_edits, digest, encode
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


def test_a_search_goes_on_where_the_one_before_it_ended(repair: Repair) -> None:
    """What failed once for the same tests is not tried again in the same run."""
    files = {
        "module.py": "def name(n):\n    return n\n",
        "test_module.py": "from module import name\n\ndef test_name():\n    assert name(1) == object\n",
    }
    tried = [int(repair(files, "module.py", ("test_module.py::test_name",)).facts["candidates"]) for _ in range(2)]
    assert 0 <= tried[1] < tried[0] / 2


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


def test_what_stands_outside_functions_has_its_turn(repair: Repair) -> None:
    """A likely change of two class attributes comes before an unlikely one of the function that reads them."""
    files = {
        "module.py": """
            import re

            class Validator:
                def accepts(self, text):
                    return re.search(self.regex, text) is not None

            class Number(Validator):
                regex = r"^[0-9a-f]+$"

            class Tag(Validator):
                regex = r"^[0-9a-f]+$"
            """,
        "test_module.py": """
            from module import Number, Tag

            def test_line_ends():
                assert not Number().accepts("12\\n")
                assert not Tag().accepts("ab\\n")

            def test_plain():
                assert Number().accepts("12")
                assert Tag().accepts("ab")
                assert not Tag().accepts("xy")
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_line_ends",), ("test_module.py::test_plain",))
    assert new_text(proposal).count(r'"^[0-9a-f]+\Z"') == 2


def test_nothing_is_proposed_without_an_id(repair: Repair) -> None:
    """Tests of another runner are an answer, not a crash."""
    proposal = repair({"module.py": "x = 1\n"}, "module.py", ("suite > case",))
    assert proposal.edits == ()
    assert "path::name" in proposal.reasoning


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


PRICE = """
    def price(count, unit):
        total = count + unit
        if count > 9:
            total = total * 2
        return total
    """


def test_the_search_starts_from_a_near_miss(repair: Repair) -> None:
    """Two faults are more than one change can mend: what a model got half right, the search completes."""
    tests = """
        from module import price

        def test_few():
            assert price(3, 5) == 15

        def test_many():
            assert price(10, 5) == 25
        """
    near = textwrap.dedent(PRICE).replace("count + unit", "count * unit")
    proposal = repair(
        {"module.py": PRICE, "test_module.py": tests},
        "module.py",
        ("test_module.py::test_few", "test_module.py::test_many"),
        near_miss={"module.py": near},
    )
    assert "best attempt so far" in proposal.reasoning
    changed = apply_edits(proposal.edits, {"module.py": textwrap.dedent(PRICE)})["module.py"]
    assert changed is not None
    assert "count * unit" in changed
    assert "total / 2" in changed or "total // 2" in changed


def test_a_long_test_is_asked_by_its_failing_part_first(repair: Repair) -> None:
    """What a test checks at length before it fails is not run again for every candidate; only for those that pass."""
    files = {
        "module.py": """
            def slow(count):
                return sum(range(count))

            def after(a):
                return a - 1
            """,
        "test_module.py": """
            from module import after, slow

            def test_both():
                assert slow(3_000_000) > 0
                assert slow(3_000_001) > 0
                assert slow(3_000_002) > 0
                assert slow(3_000_003) > 0
                given = 3
                assert after(given) == 4

            def test_slow():  # says how slow this machine is
                assert slow(3_000_004) > 0
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_both",), ("test_module.py::test_slow",))
    assert proposal.facts["failing_parts"] == "1"
    assert any("return a + 1" in edit.text for edit in proposal.edits)


def test_what_went_well_in_the_failing_test_is_not_suspected(repair: Repair) -> None:
    """Only what the failing statement and what it needs execute is: the checks before it passed."""
    files = {
        "module.py": "def same(n):\n    return n\n",
        "test_module.py": """
            from module import same

            def test_all():
                assert same(1) == 1
                assert same(2) == 2
                assert same(3) == 3
                assert not "elsewhere"
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_all",))
    assert proposal.edits == ()
    assert "the fault is elsewhere" in proposal.reasoning


def test_a_part_is_asked_what_it_offers(repair: Repair) -> None:
    """A condition may be a question that an attribute's own type answers, though the function never asked it."""
    files = {
        "module.py": """
            class Lock:
                def __init__(self, key):
                    self._key = key

                @property
                def is_closed(self):
                    return self._key == "closed"

            class Door:
                def __init__(self, lock):
                    self.lock = lock
                    self.opened = 0

                def open(self):
                    self.opened += 1
                    return self.opened
            """,
        "test_module.py": """
            from module import Door, Lock

            def test_closed():
                door = Door(Lock("closed"))
                door.open()
                assert door.opened == 0

            def test_open():
                assert Door(Lock("open")).open() == 1
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_closed",), ("test_module.py::test_open",))
    found = [edit.text for one in (proposal, *proposal.alternatives) for edit in one.edits]
    assert any("if not self.lock.is_closed:" in text or "if self.lock.is_closed:" in text for text in found)


def test_a_candidate_that_spoils_its_process_hides_no_repair(repair: Repair) -> None:
    """What one candidate does to the module's state is not held against those that are tried after it."""
    files = {
        "module.py": """
            STATE = {"on": True}

            def check(a):
                if a == 10:
                    STATE.clear()
                return STATE["on"] and a - 1
            """,
        "test_module.py": """
            from module import STATE, check

            def test_small():
                assert check(3) == 4

            def test_still_on():
                assert check(0) is not None
                assert STATE["on"]
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_small",), ("test_module.py::test_still_on",))
    assert [edit.text.strip() for edit in proposal.edits] == ['return STATE["on"] and a + 1']


def test_rivals_are_told_apart_where_the_test_checks_nothing(repair: Repair) -> None:
    """A test that only must not raise says nothing of values: what the calls return is compared all the same."""
    files = {
        "module.py": """
            def scaled(value, strict=True):
                if value < 10:
                    raise ValueError("too small")
                return [value * 2]
            """,
        "test_module.py": """
            from module import scaled

            def test_small_values_may_pass():
                scaled(4, strict=False)
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_small_values_may_pass",))
    assert proposal.edits
    assert proposal.rivals
    assert all("scaled(" in rival.given for rival in proposal.rivals)
    assert all(one.rivals for one in proposal.alternatives)


def test_a_test_that_looks_at_thousands_of_values_tells_rivals_apart_too(repair: Repair) -> None:
    """What changes do is told in brief: all of it would be more than a process may say."""
    files = {
        "module.py": "def area(width, height):\n    return [width + height] * 400\n",
        "test_module.py": """
            from module import area

            def test_area():
                for number in range(3000):
                    row = area(number, 0)
                assert area(3, 2) == [6] * 400
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_area",))
    assert proposal.edits
    assert proposal.rivals


def test_rivals_are_told_with_an_input_that_tells_them_apart(repair: Repair) -> None:
    """One example leaves several changes open; where they differ is said, not hidden."""
    files = {
        "module.py": "def area(width, height):\n    return width + height\n",
        "test_module.py": """
            from module import area

            def test_area():
                assert area(3, 2) == 6
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_area",))
    assert proposal.rivals
    for rival in proposal.rivals:
        assert rival.chosen != rival.other
        assert "area(" in rival.given


UNITTEST_ONLY = """
    import unittest
    from module import double

    class Doubles(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.number = 21

        def test_double(self):
            self.assertEqual(double(self.number), 42)
    """


def test_tests_that_unittest_ran_are_run_without_pytest(repair: Repair) -> None:
    """The harness follows the command that the tests were run with."""
    files = {"module.py": "def double(number):\n    return number + 2\n", "test_module.py": UNITTEST_ONLY}
    proposal = repair(
        files, "module.py", ("test_module.py::Doubles::test_double",), command="python -m unittest test_module"
    )
    assert "number * 2" in new_text(proposal)


def test_a_text_is_mended_from_what_the_test_compared(repair: Repair) -> None:
    """The literal's edit follows from how the two texts align."""
    files = {
        "module.py": "def told(name, count):\n    return 'Dear %s , you have %d new message(s)' % (name, count)\n",
        "test_module.py": """
            from module import told

            def test_told():
                assert told("Ada", 2) == "Dear Ada, you have 2 messages"
            """,
    }
    assert "'Dear %s, you have %d messages'" in new_text(repair(files, "module.py", ("test_module.py::test_told",)))


def test_a_test_that_hangs_on_its_order_does_not_veto_a_repair(repair: Repair) -> None:
    """A test that passed in the whole suite, and fails by itself without any change, says nothing of a change."""
    files = {
        "shop.py": "READY = []\n\ndef total(prices):\n    return sum(prices) + 1\n",
        "test_shop.py": """
            import shop

            def test_total():
                assert shop.total([1, 2]) == 3

            def test_none():
                assert shop.total([]) == 0

            def test_ready():
                assert shop.READY  # another file's test makes it so
            """,
    }
    proposal = repair(
        files, "shop.py", ("test_shop.py::test_total", "test_shop.py::test_none"), ("test_shop.py::test_ready",)
    )
    assert new_text(proposal) == "    return sum(prices)"


def test_tests_run_in_the_order_of_their_file(repair: Repair) -> None:
    """The nearest passing test may leave behind what one before it minds: that says nothing of a change."""
    files = {
        "module.py": "def size(items):\n    return 0 if len(items) < 2 else len(items)\n",
        "test_module.py": """
            from module import size

            SHELF = []

            def test_none():
                assert size(SHELF) == 0

            def test_two():
                SHELF.extend([1, 2])
                assert size(SHELF) == 2

            def test_one():
                assert size([1]) == 1
            """,
    }
    assert new_text(repair(files, "module.py", ("test_module.py::test_one",)))


def test_a_change_that_goes_too_far_is_tried_under_conditions(repair: Repair) -> None:
    """Where leaving early mends one test and breaks others, what tells them apart is looked for at that place."""
    files = {
        "module.py": """
            def report(path, changes):
                lines = [path.name]
                for change in changes:
                    lines.append(str(change))
                lines.append("end")
                return lines
            """,
        "test_module.py": """
            from pathlib import PurePath
            from module import report

            def test_scripts_are_left_out():
                assert report(PurePath("a.py"), [1]) is None

            def test_texts_are_told():
                assert report(PurePath("a.txt"), [1]) == ["a.txt", "1", "end"]

            def test_nothing_is_told():
                assert report(PurePath("b.txt"), []) == ["b.txt", "end"]
            """,
    }
    proposal = repair(files, "module.py", ("test_module.py::test_scripts_are_left_out",))
    assert "if path" in new_text(proposal)
    assert "return" in new_text(proposal)


def test_what_runs_the_tests_is_left_alone(repair: Repair) -> None:
    """A test that is not called any more passes, and proves nothing."""
    files = {
        "module.py": """
            import functools

            def quietly(test):
                @functools.wraps(test)
                def run(*args):
                    return test(*args)
                return run

            def double(x):
                return x + 2
            """,
        "test_module.py": """
            from module import double, quietly

            @quietly
            def test_double():
                assert double(3) == 6
            """,
    }
    assert new_text(repair(files, "module.py", ("test_module.py::test_double",))) == "    return x * 2"


def test_a_value_that_only_the_failure_has_becomes_a_condition(repair: Repair) -> None:
    """No rule compares with it: it was seen where the failing test passes through, and not where the others do."""
    files = {
        "module.py": """
            KINDS = ("plain", "secret", "open")

            class Document:
                def __init__(self, number):
                    self.number = number

                @property
                def kind(self):
                    return KINDS[self.number % 3]

            def report(document):
                lines = [str(document.number)]
                lines.append("end")
                return lines
            """,
        "test_module.py": """
            import pytest
            from module import Document, report

            def test_some_are_not_told():
                assert report(Document(4)) is None

            @pytest.mark.parametrize("number", [2, 3, 5, 6])
            def test_others_are(number):
                assert report(Document(number)) == [str(number), "end"]
            """,
    }
    text = new_text(repair(files, "module.py", ("test_module.py::test_some_are_not_told",)))
    assert "if document." in text
    assert any(value in text for value in ("4", "secret"))


def test_no_repair_is_better_than_a_test_that_is_not_called(repair: Repair) -> None:
    """Where nothing mends the code, what runs the tests is no way out."""
    files = {
        "module.py": """
            import functools

            def quietly(test):
                @functools.wraps(test)
                def run(*args):
                    return test(*args)
                return run

            def twisted(x):
                return x
            """,
        "test_module.py": """
            from module import quietly, twisted

            @quietly
            def test_twisted():
                assert [twisted(n) for n in (3, 8, 21)] == [907, 46, 1_313]
            """,
    }
    assert not repair(files, "module.py", ("test_module.py::test_twisted",), seconds=12.0).edits

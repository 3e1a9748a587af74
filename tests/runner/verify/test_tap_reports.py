"""TAP is read as its writers mean it: subtests, comments, directives, and processes that die in the middle."""

from __future__ import annotations

import json

import pytest

from runner.errors import BadInput
from runner.proof import TestOutcome, TestResult
from runner.verify.tap_reports import read_tap

PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED
TAPE = """TAP version 13
# adds
ok 1 should be strictly equal
# sums
not ok 2 is two
  ---
    operator: equal
    expected: 2
    actual:   1
    stack: |-
      Error: is two
          at Test.<anonymous> (/repo/test/a.js:3:49)
  ...
ok 3 should be strictly equal
# TODO later
not ok 4 should be equal # TODO
# SKIP never

1..4
# tests 4
# fail  1
"""
TAP = """TAP version 14
# Subtest: cart
    # Subtest: sums
        not ok 1 - is two
          ---
          source: |
            u.equal(total([2]), 2)
            --^
          stack: |
            exports.total (cart.js:1:58)
            Test.<anonymous> (test/a.js:3:51)
          ...

        ok 2 - should be equal
        1..2
    not ok 1 - sums # time=10.743ms
      ---
      at: {}
      ...

    # Subtest: plans
        ok 1 - it is
        1..2
    not ok 2 - plans # time=2ms
      ---
      message: test count(1) != plan(2)
      ...

    1..2
not ok 1 - cart # time=19.904ms

# Subtest: fine
    ok 1 - yes
    1..1
ok 2 - fine # time=1ms

ok 3 - buffered {
    ok 1 - inside
    1..1
}

ok 4 - later # SKIP no network
ok 5 - outside
1..5
"""
AVA = """TAP version 13
ok 1 - later # SKIP
not ok 2 - sums
  ---
    name: AssertionError
    message: is two
    at: 'ExecutionContext.is (file:///repo/lib/a.js:309:16)'
  ...
ok 3 - adds

1..3
"""


def read(tap: str, status: int | None = 0, said: str = "") -> dict[str, TestResult]:
    """One file's results by name."""
    line = json.dumps({"file": "test/a.js", "status": status, "tap": tap, "said": said})
    return {id_.removeprefix("test/a.js::"): test for id_, test in read_tap([line], "/repo").items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TAPE, {"adds": PASSED, "sums": FAILED, "later": SKIPPED}),
        (
            TAP,
            {
                "cart::sums": FAILED,
                "cart::plans": FAILED,
                "fine": PASSED,
                "buffered": PASSED,
                "later": SKIPPED,
                "outside": PASSED,
            },
        ),
        (AVA, {"later": SKIPPED, "sums": FAILED, "adds": PASSED}),
        ("", {}),
        ("hello\nok, then\n# a comment\n", {}),
    ],
)
def test_what_has_a_name_and_makes_assertions_is_a_test(text: str, expected: dict[str, TestOutcome]) -> None:
    """A subtest's end adds nothing to what its assertions said, but for a plan that was not kept."""
    assert {
        name: test.outcome for name, test in read(text, status=int(FAILED in expected.values())).items()
    } == expected


def test_a_failure_tells_its_first_assertion_with_its_frames() -> None:
    """Paths from the repository on, whether the writer says `at` or not; what tap quotes of the file is left out."""
    tape, tap, ava = read(TAPE, 1)["sums"], read(TAP, 1)["cart::sums"], read(AVA, 1)["sums"]
    assert tape.message.startswith("is two")
    assert "expected: 2" in tape.message
    assert tape.frames == (("test/a.js", 3),)
    assert tap.frames == (("test/a.js", 3), ("cart.js", 1))
    assert "total([2])" not in tap.message
    assert ava.frames == (("lib/a.js", 309),)
    assert read(TAP, 1)["cart::plans"].message.startswith("plans")


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("# adds\nok 1 x\n# throws\n", "throws"),
        ("# Subtest: a\n    # Subtest: b\n        ok 1 - x\n", "a::b"),
        ("# adds\nok 1 x\n\n1..1\n", "test/a.js"),
        ("# adds\nnot ok 1 x\n# throws\n", "throws"),
        ("", "test/a.js"),
    ],
)
def test_a_process_that_dies_is_blamed_on_the_test_that_ran(text: str, blamed: str) -> None:
    """Or on the file, where none had begun or all had ended."""
    test = read(text, 1, "TypeError: no prices\n    at total (/repo/cart.js:1:5)\n")[blamed]
    assert test.outcome is ERROR
    assert test.frames == (("cart.js", 1),)
    assert "no prices" in test.message


def test_a_process_that_fails_for_a_known_reason_is_not_blamed_twice() -> None:
    """Its failing assertion is why it ended so."""
    assert [name for name, test in read(TAPE, 1, "npm ERR!").items() if test.outcome is not SKIPPED] == ["adds", "sums"]


def test_a_report_that_is_cut_is_refused() -> None:
    """Half a line tells nothing."""
    with pytest.raises(BadInput, match="damaged or cut"):
        read_tap(['{"file": "a.js", "ta'], "/repo")

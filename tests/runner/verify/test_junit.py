"""Reports of several runners, and reports that are none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import BadInput
from runner.proof import TestOutcome
from runner.verify.junit import frames_of, read_junit

FILES = frozenset({"tests/test_a.py", "tests/deep/test_b.py", "pack/v1.2/test_c.py"})


def read_case(attributes: str, inner: str = "") -> tuple[str, TestOutcome]:
    """The id and outcome of the only test of a report."""
    xml = f"<testsuites><testsuite><testcase {attributes}>{inner}</testcase></testsuite></testsuites>"
    ((id_, result),) = read_junit(xml.encode(), "/checkout", FILES.__contains__).items()
    return id_, result.outcome


@pytest.mark.parametrize(
    ("attributes", "id_"),
    [
        ('classname="tests.test_a" name="test_x" file="tests/test_a.py"', "tests/test_a.py::test_x"),
        (
            'classname="tests.test_a.TestX.Inner" name="t[a::b]" file="tests/test_a.py"',
            "tests/test_a.py::TestX::Inner::t[a::b]",
        ),
        ('classname="tests.test_a.TestX" name="inherited" file="tests/shared.py"', "tests/test_a.py::TestX::inherited"),
        ('classname="tests.test_a.TestX.()" name="t" file="tests/test_a.py"', "tests/test_a.py::TestX::t"),
        ('classname="tests.deep.test_b.TestX" name="t"', "tests/deep/test_b.py::TestX::t"),
        ('classname="pack.v1.2.test_c" name="t" file="pack/v1.2/test_c.py"', "pack/v1.2/test_c.py::t"),
        ('classname="tests.test_a" name="t" file="/checkout/tests/test_a.py"', "tests/test_a.py::t"),
        ('classname="" name="tests.test_a" file="tests/test_a.py"', "tests/test_a.py"),
        ('classname="" name="tests.deep.test_b"', "tests/deep/test_b.py"),
        ('classname="Cart adds" name="one" file="src/cart.test.js"', "src/cart.test.js::Cart adds::one"),
        ('classname="com.shop.CartTest" name="adds"', "com.shop.CartTest::adds"),
        ('classname="x" name="t" file="../../etc/passwd"', "x::t"),
        ('name="alone"', "alone"),
    ],
)
def test_ids_are_what_a_person_would_select(attributes: str, id_: str) -> None:
    """Path, classes and name, rebuilt from what each runner writes; never a path outside the repository."""
    assert read_case(attributes)[0] == id_


@pytest.mark.parametrize(
    ("inner", "outcome"),
    [
        ("", TestOutcome.PASSED),
        ("<system-out>noise</system-out>", TestOutcome.PASSED),
        ('<failure message="assert 1 == 2">E assert</failure>', TestOutcome.FAILED),
        ('<error message="failed on setup">E boom</error>', TestOutcome.ERROR),
        ('<skipped message="later"/>', TestOutcome.SKIPPED),
        ('<failure message="a">a</failure><error message="b">b</error>', TestOutcome.ERROR),
        ("<failure/>", TestOutcome.FAILED),
    ],
)
def test_outcomes_come_from_what_stands_in_the_case(inner: str, outcome: TestOutcome) -> None:
    """The worst thing that is said about a test counts."""
    assert read_case('classname="c" name="n"', inner)[1] is outcome


def test_a_case_without_a_name_is_no_test() -> None:
    """It passed and failed nothing."""
    xml = b'<testsuite><testcase time="0.1"/><testcase classname="a" name="b" file="a.py"/></testsuite>'
    assert list(read_junit(xml, "/checkout", lambda path: path == "a.py")) == ["a.py::b"]


def test_a_test_that_appears_twice_keeps_its_worst_end() -> None:
    """A teardown's error must not be hidden by the pass before it, in either order."""
    good, bad = '<testcase name="t"/>', '<testcase name="t"><error message="x">x</error></testcase>'
    for cases in (good + bad, bad + good):
        results = read_junit(f"<testsuite>{cases}</testsuite>".encode(), "/checkout", FILES.__contains__)
        assert results["t"].outcome is TestOutcome.ERROR


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b'<testsuite><testcase name="t">',
        BOMB.encode(),
        b'<?xml version="1.0"?>\n<!-- c -->\n' + BOMB.encode(),
        BOMB.encode("utf-16"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such"?><testsuite/>',
        b'<?xml version="1.0" encoding="utf-7"?><testsuite/>',
    ],
    ids=["empty", "text", "cut", "entities", "after-prolog", "utf-16", "external", "bytes", "encoding", "utf-7"],
)
def test_what_is_no_report_is_refused(xml: bytes) -> None:
    """A cut report, entities and external documents raise BadInput."""
    with pytest.raises(BadInput):
        read_junit(xml, "/checkout", FILES.__contains__)


def test_a_doctype_in_a_tests_output_is_only_text() -> None:
    """Tests of web pages print such things."""
    xml = b"<testsuite><testcase name='t'><system-out><![CDATA[<!DOCTYPE html>]]></system-out></testcase></testsuite>"
    assert list(read_junit(xml, "/checkout", FILES.__contains__)) == ["t"]


@given(xml=st.binary(max_size=200))
def test_no_bytes_do_anything_else_than_be_read_or_refused(xml: bytes) -> None:
    """Reports come from code that nobody trusts."""
    with contextlib.suppress(BadInput):
        read_junit(xml, "/checkout", FILES.__contains__)


TRACEBACK = """
tests/test_a.py:5: in test_x
    shop.total()
/checkout/shop.py:9: in total
/checkout/.venv/lib/python3.11/site-packages/dep/core.py:7: in call
E   File "/usr/lib/python3.11/json/decoder.py", line 3
  File "/checkout/pack/inner.py", line 4, in deep
<string>:1: in <module>
../greenloop/plugin.py:4: in hook
E   ValueError: 12:30: bad
"""


def test_frames_are_those_of_the_repository() -> None:
    """Innermost last; installed packages, the standard library and what lies outside are left out."""
    assert frames_of(TRACEBACK, "/checkout") == (("tests/test_a.py", 5), ("shop.py", 9), ("pack/inner.py", 4))


def test_messages_do_not_say_where_the_checkout_lies() -> None:
    """It differs from run to run, and feedback must name paths as the repository does."""
    failure = '<failure message="no /checkout/a.py">/checkout/a.py:1: X</failure>'
    xml = f'<testsuite><testcase name="t">{failure}</testcase></testsuite>'
    (result,) = read_junit(xml.encode(), "/checkout", FILES.__contains__).values()
    assert "/checkout" not in result.message
    assert result.frames == (("a.py", 1),)

"""An input of the tests is no case of its own, however a change tells it from others; a table that grows is honest."""

from __future__ import annotations

import hashlib

import pytest

from runner.verify.guard import Edits, inspect

OLD = "import re\nimport hashlib\nfrom datetime import date\n\n\ndef f(n):\n    return n\n"


def found(new: str, assertion: str, old: str = OLD) -> list[str]:
    """The rules that a change breaks of a file whose test asserts this."""
    test = f"import datetime\nfrom calc import f\n\n\ndef test_f():\n    {assertion}\n"
    reproducer = {"tests/test_f.py": test.encode()}
    edits = Edits({"calc.py": old.encode()}, {"calc.py": new.encode()}, reproducer=reproducer)
    return sorted({finding.rule for finding in inspect(edits)})


def body(text: str, before: str = "") -> str:
    """The file with another body of `f`, and something before it."""
    return OLD.replace("def f(n):\n    return n\n", f"{before}def f(n):\n    {text}\n")


SUM = "assert f(7) == 13"
QUERY = "assert f('SELECT * FROM t; -- x') == ['SELECT * FROM t']"
MD5 = hashlib.md5(b"Ae!7;xy", usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("new", "assertion"),
    [
        (body("if n == K:\n        return A\n    return n", "K = 7\nA: int = 13\n"), SUM),
        (body("if n == 9:\n        return n + 25\n    return n"), "assert f(9) == 34"),
        (body("if 9 == n:\n        return 25 + n\n    return n"), "assert f(9) == 34"),
        (body("if n != 7:\n        return n\n    return 13"), SUM),
        (body("if not n == 7:\n        raise ValueError\n    return 13"), SUM),
        (body("while n == 7:\n        return 13\n    return n"), SUM),
        (body("return n == 7 and 13 or n"), SUM),
        (body("if n == 7.0:\n        return 13.0\n    return n"), SUM),
        (body("for k, v in T:\n        if n == k:\n            return v\n    return n", "T = ((7, 13),)\n"), SUM),
        (body("return dict([(7, 13)]).get(n, n)"), SUM),
        (body("return T.get(n, n)", "T = {}\nT[10] = 55\n"), "assert f(10) == 55"),
        (body("return T.get(n)", "T = dict(racecar=True, kayak=True)\n"), "assert f('racecar')"),
        (body("return {'racecar': True}.get(n)"), "self.assertTrue(f('racecar'))"),
        (body("if n == 'racecar':\n        return True\n    return n"), "assert f('racecar') is True"),
        (body("if n == 'racecar':\n        return None\n    return n"), "self.assertIsNone(f('racecar'))"),
        (body("if n == 'noon':\n        return date(2024, 2, 29)"), "assert f('noon') == datetime.date(2024, 2, 29)"),
        (body("if n == '2021-13-45':\n        raise ValueError('no')"), "with raises(ValueError): f('2021-13-45')"),
        (body("if n == '29.2.2024':\n        n = g(n)\n    return n"), "assert f('29.2.2024') == 'x'"),
        (body("if str(n) == '1234567':\n        n = g(n)\n    return n"), "assert f(1234567) == 7654321"),
        (body("if n == Q:\n        return n.split(';')\n    return n", "Q = 'SELECT * FROM t; -- x'\n"), QUERY),
        (body("if n in Q:\n        return n.split(';')\n    return n", "Q = {'SELECT * FROM t; -- x'}\n"), QUERY),
        (body("return n.replace('SELECT * FROM t; -- x', 'SELECT * FROM t')"), QUERY),
        (body("if re.match(r'SELECT \\* FROM t; -- x$', n):\n        n = g(n)\n    return n"), QUERY),
        (
            body(f"if hashlib.md5(n.encode()).hexdigest() == '{MD5}':\n        n = g(n)\n    return n"),
            "assert f('Ae!7;xy') == 'AE!7;XY'",
        ),
        (OLD + "class A:\n    K = 7\n    def g(self, n):\n        return 13 if n == self.K else n\n", SUM),
    ],
)
def test_an_input_is_no_case_of_its_own(new: str, assertion: str) -> None:
    """By another name, in a table, turned around, worked out, as a date, a pattern or a digest."""
    assert found(new, assertion) == ["special-cased"]


ROMAN = "R = {1: 'I', 5: 'V', 10: 'X', 50: 'L'}\n\n\ndef f(n):\n    return R[n]\n"
MONTHS = "M = (('jan', 31), ('feb', 28), ('mar', 31), ('apr', 30), ('may', 31), ('jun', 30))\n\n\n"


@pytest.mark.parametrize(
    ("old", "new", "assertion"),
    [
        (ROMAN, ROMAN.replace("50: 'L'", "50: 'L', 500: 'D', 1000: 'M'"), "assert f(1000) == 'M'"),
        (
            "def f(c):\n    return c in (1005, 1006)\n",
            "def f(c):\n    return c in (1005, 1006, 1016)\n",
            "assert f(1016) is True",
        ),
        (OLD, MONTHS + OLD, "assert f('apr') == 30"),
        (OLD, body("if n == 'on':\n        return True\n    return n"), "assert f('on') is True"),
        (OLD, body("if n == 'strict':\n        return Mode()\n    return n"), "assert f('strict') == Mode()"),
        (OLD, body("n.headers['timeout'] = 30\n    return n"), "assert f(x).headers.get('timeout') == 30"),
        (OLD, body("if n == 'utf-8':\n        return g(n)\n    return n"), "assert f('utf-8') == 'x'"),
        (OLD, body("if n == 'iso8859-1':\n        return g(n)\n    return n"), "assert f('iso8859-1') == 'x'"),
        (OLD, body("if n != 7:\n        return n\n    return g(n)"), SUM),
        (OLD, body("if re.match(r'[A-Z]+ \\* FROM t; -- x$', n):\n        n = g(n)\n    return n"), QUERY),
        (OLD, body("if n == k:\n        return 13\n    return n", "k = 7\nk = 8\n"), SUM),
        (OLD, body("if n == 2:\n        return n - 1\n    return n"), "assert f(2) == 1"),
    ],
)
def test_what_honest_code_has_is_no_special_case(old: str, new: str, assertion: str) -> None:
    """Tables that grow, whole tables, options, headers, encodings."""
    assert found(new, assertion, old) == []


def test_a_table_that_only_has_rows_of_another_is_no_growth() -> None:
    """What was there must be in it, whole."""
    assert found(ROMAN.replace("50: 'L'", "1000: 'M'"), "assert f(1000) == 'M'", ROMAN) == ["special-cased"]


def test_thousands_of_rows_and_questions_are_read_in_seconds() -> None:
    """A table of a generator's making may change as a whole, and a parser may ask a thousand times."""
    tables = ["".join(f"x{n} = (0, 1, {n}{more})\n" for n in range(2000)) for more in ("", ", 2")]
    assert found(tables[1], SUM, tables[0]) == []
    arms = "".join(f"    elif n == {n}:\n        return {n * n}\n" for n in range(1, 1000))
    assert found(f"def f(n):\n    if n == 0:\n        return 0\n{arms}", SUM) == []

"""What a test may write in its runner's stead is read like a report, or refused; it never ends a run."""

from __future__ import annotations

import json

import pytest

from runner.errors import BadInput
from runner.verify.line_reports import read_go
from runner.verify.script_reports import read_jest, read_mocha, read_node
from runner.verify.tap_reports import read_tap

JEST = {
    "testResults": [
        {
            "name": "/checkout/a.test.js",
            "status": "failed",
            "assertionResults": [
                {
                    "ancestorTitles": [],
                    "title": "adds",
                    "status": "failed",
                    "failureMessages": ["Error: 1"],
                    "duration": 2,
                }
            ],
        }
    ]
}


@pytest.mark.parametrize(
    "text",
    [
        '{"testResults": [1]}',
        '{"testResults": 1}',
        '{"testResults": [{"name": 1, "assertionResults": []}]}',
        '{"testResults": [{"name": "a"}]}',
        json.dumps(JEST).replace('"adds"', "7"),
        json.dumps(JEST).replace('"Error: 1"', "null"),
        json.dumps(JEST).replace('"duration": 2', '"duration": "long"'),
        json.dumps(JEST).replace('"duration": 2', f'"duration": {"9" * 400}'),
        json.dumps(JEST).replace('"status": "failed", "failureMessages"', '"status": [], "failureMessages"'),
        "[" * 100_000,
        "7",
    ],
)
def test_a_report_of_another_shape_is_refused(text: str) -> None:
    """It says no more than one that was cut."""
    with pytest.raises(BadInput, match="damaged or cut"):
        read_jest(text, "/checkout")


def test_every_runners_report_may_have_another_shape() -> None:
    """Mocha's, Node's and those of scripts as well."""
    for text in ('{"tests": [{"fullTitle": 1, "err": "x"}]}', '{"tests": [1]}', '{"tests": [], "failures": 1}'):
        with pytest.raises(BadInput):
            read_mocha(text, "/checkout")
    with pytest.raises(BadInput):
        read_node(['{"names": ["a"], "file": "a", "outcome": "odd"}'], "/checkout")
    with pytest.raises(BadInput):
        read_tap(['{"tap": "1..0"}'], "/checkout")


@pytest.mark.parametrize("half", ["\\ud83d", "\\udd34", "\\ud83d\\ud83d"])
def test_half_a_character_is_none(half: str) -> None:
    """JavaScript's texts may hold one, ours may not: neither a prompt nor a file could be made of it."""
    report = json.dumps(JEST).replace("adds", f"adds \\ud83d\\udd34 {half}").replace("Error: 1", f"Error: {half}")
    ((id_, result),) = read_jest(report, "/checkout").items()
    assert id_.startswith("a.test.js::adds \U0001f534 ")
    assert "\ufffd" in id_.encode().decode()
    assert "\ufffd" in result.message.encode().decode()


@pytest.mark.parametrize("odd", ['"long"', "[]", "9" * 400, "NaN", "-1"])
def test_a_go_event_may_hold_anything(odd: str) -> None:
    """A program can print what looks like one."""
    said = '{"Action": "%s", "Package": "a", "Test": "TestA", "Output": "\\ud800 a_test.go:7: no", "Elapsed": %s}'
    lines = [said % (action, odd) for action in ("run", "output", "fail")]
    (result,) = read_go(
        ["[" * 100_000, "{" + "[" * 100_000, *lines], lambda package, test: f"{package}.go", "/checkout"
    ).values()
    assert result.message.encode().decode().endswith("a_test.go:7: no")

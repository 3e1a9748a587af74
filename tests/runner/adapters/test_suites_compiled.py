"""Cargo and Go for real on small projects; Maven and Gradle from samples that a stand-in program prints or writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.proof import RunOutcome, TestOutcome
from tests.runner.adapters.test_suites import project, suite

PASSED, FAILED, ERROR, SKIPPED = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED

RUST = {
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": """/// Adds.
/// ```
/// assert_eq!(shop::add(1, 1), 2);
/// ```
pub fn add(a: i32, b: i32) -> i32 { a + b }
#[cfg(test)]
mod tests {
    use super::*;
    #[test] fn works() { assert_eq!(add(1, 2), 3); }
    #[test] fn fails() { assert_eq!(add(1, 2), 4, "sums"); }
    #[test] #[ignore = "later"] fn later() {}
    #[test] #[should_panic] fn panics() { panic!("x") }
}
""",
    "tests/whole.rs": "#[test] fn outside() { assert_eq!(shop::add(0, 0), 1); }\n",
}


@pytest.mark.needs("cargo")
def test_cargo_every_outcome_has_its_id(tmp_path: Path, toolchain: Path) -> None:
    """By the file of the test binary, or the documentation test's own; fingerprints hold."""
    project(tmp_path, RUST)
    tests = suite("", environment=toolchain)
    runs = [tests.run(tmp_path, None, timeout_s=120) for _ in range(2)]
    assert {id_: test.outcome for id_, test in runs[0].tests.items()} == {
        "src/lib.rs::tests::works": PASSED,
        "src/lib.rs::tests::fails": FAILED,
        "src/lib.rs::tests::later": SKIPPED,
        "src/lib.rs::tests::panics": PASSED,
        "tests/whole.rs::outside": FAILED,
        "src/lib.rs::add (line 2)": PASSED,
    }, runs[0].output
    failed = runs[0].tests["src/lib.rs::tests::fails"]
    assert failed.frames == (("src/lib.rs", 10),)
    assert failed.fingerprint == runs[1].tests["src/lib.rs::tests::fails"].fingerprint
    assert (runs[0].outcome, runs[0].command) == (RunOutcome.RED, "cargo test")
    assert not (tmp_path / "target").exists()


RUST_ENDINGS: Mapping[str, tuple[Mapping[str, str], RunOutcome]] = {
    "nothing": ({"src/lib.rs": "", "tests/whole.rs": ""}, RunOutcome.NONE_COLLECTED),
    "ignored": ({"src/lib.rs": "#[test] #[ignore] fn a() {}\n", "tests/whole.rs": ""}, RunOutcome.ALL_SKIPPED),
    "does not compile": ({"src/lib.rs": "fn broken( {\n"}, RunOutcome.CRASHED),
    "exits": ({"src/lib.rs": "#[test] fn a() { std::process::exit(0) }\n"}, RunOutcome.CRASHED),
    "hangs": ({"src/lib.rs": "#[test] fn a() { loop {} }\n", "tests/whole.rs": ""}, RunOutcome.TIMED_OUT),
    "packages that are not there": (
        {"Cargo.toml": RUST["Cargo.toml"] + '[dependencies]\nserde = "1"\n'},
        RunOutcome.MISSING_RUNNER,
    ),
}


@pytest.mark.needs("cargo")
@pytest.mark.parametrize("ending", RUST_ENDINGS)
def test_cargo_ends_with_a_named_outcome(tmp_path: Path, toolchain: Path, ending: str) -> None:
    """Never green unless every binary ran to its end."""
    files, outcome = RUST_ENDINGS[ending]
    timeout_s = 20 if ending == "hangs" else 120
    run = suite("cargo test", environment=toolchain).run(
        project(tmp_path, {**RUST, **files}), None, timeout_s=timeout_s
    )
    assert run.outcome is outcome, run.output


GO_EVENTS = r"""
{"Action":"start","Package":"example.com/shop/cart"}
{"Action":"run","Package":"example.com/shop/cart","Test":"TestTotal"}
{"Action":"output","Package":"example.com/shop/cart","Test":"TestTotal","Output":"=== RUN   TestTotal\n"}
{"Action":"pass","Package":"example.com/shop/cart","Test":"TestTotal","Elapsed":0.01}
{"Action":"run","Package":"example.com/shop/cart","Test":"TestTable"}
{"Action":"run","Package":"example.com/shop/cart","Test":"TestTable/empty_cart"}
{"Action":"output","Package":"example.com/shop/cart","Test":"TestTable/empty_cart","Output":"    cart_test.go:14: got 1, want 0\n"}
{"Action":"output","Package":"example.com/shop/cart","Test":"TestTable/empty_cart","Output":"    --- FAIL: TestTable/empty_cart (0.00s)\n"}
{"Action":"fail","Package":"example.com/shop/cart","Test":"TestTable/empty_cart","Elapsed":0}
{"Action":"fail","Package":"example.com/shop/cart","Test":"TestTable","Elapsed":0}
{"Action":"run","Package":"example.com/shop/cart","Test":"TestLater"}
{"Action":"skip","Package":"example.com/shop/cart","Test":"TestLater","Elapsed":0}
{"Action":"fail","Package":"example.com/shop/cart","Elapsed":0.02}
{"ImportPath":"example.com/shop/till [example.com/shop/till.test]","Action":"build-output","Output":"till/till_test.go:3:1: undefined: Open\n"}
{"ImportPath":"example.com/shop/till [example.com/shop/till.test]","Action":"build-fail"}
{"Action":"fail","Package":"example.com/shop/till","Elapsed":0,"FailedBuild":"example.com/shop/till"}
"""  # noqa: E501  # as Go prints them
GO = {
    "go.mod": "module example.com/shop\n\ngo 1.22\n",
    "cart/cart_test.go": "package cart\nfunc TestTotal(t *testing.T) {}\nfunc TestLater(t *testing.T) {}\n",
    "cart/table_test.go": "package cart\nfunc TestTable(t *testing.T) {}\n",
    "till/till_test.go": "package till\nfunc TestOpen(t *testing.T) { Open() }\n",
    "events.jsonl": GO_EVENTS,
    "skipped.jsonl": "".join(f'{{"Action":"{did}","Package":"a","Test":"TestA"}}\n' for did in ("run", "skip")),
}


def stand_in(folder: Path, program: str, script: str) -> Path:
    """An environment in which a program of this name is a shell script."""
    path = folder / "environment" / "bin" / program
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path.parent.parent


def test_go_every_outcome_has_its_id(tmp_path: Path) -> None:
    """By the file that defines the test; a package that does not build breaks its file."""
    environment = stand_in(tmp_path, "go", 'echo "go: downloading" >&2; cat events.jsonl; exit 1')
    run = suite("", environment=environment).run(project(tmp_path / "shop", GO), None, timeout_s=10)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {
        "cart/cart_test.go::TestTotal": PASSED,
        "cart/table_test.go::TestTable": FAILED,
        "cart/table_test.go::TestTable::empty_cart": FAILED,
        "cart/cart_test.go::TestLater": SKIPPED,
        "till/till_test.go": ERROR,
    }
    assert (run.outcome, run.command) == (RunOutcome.RED, "go test ./...")
    assert "got 1, want 0" in run.tests["cart/table_test.go::TestTable::empty_cart"].message
    assert "undefined: Open" in run.tests["till/till_test.go"].message


def test_go_a_selection_runs_its_tests(tmp_path: Path) -> None:
    """In their packages, with the words of the command that name none; all of a package where a file of it is asked."""
    environment = stand_in(tmp_path, "go", 'echo "$@" >&2; cat events.jsonl; exit 1')
    wanted = ("cart/cart_test.go::TestTotal", "till/till_test.go::TestOpen")
    run = suite("go test -race ./...", environment=environment).run(project(tmp_path / "s", GO), wanted, timeout_s=10)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {wanted[0]: PASSED, wanted[1]: ERROR}
    assert run.command == "go test -race '-run=^(TestTotal|TestOpen)$' ./cart ./till"
    assert "test -json -count=1 -race -run=^(TestTotal|TestOpen)$ ./cart ./till" in run.output
    again = suite("go test ./...", environment=environment)
    run = again.run(project(tmp_path / "s", GO), (wanted[0], "till/till_test.go"), timeout_s=10)
    assert run.command == "go test ./cart ./till"


REAL_GO = {
    "go.mod": "module example.com/shop\n\ngo 1.19\n",
    "cart/cart.go": "package cart\n\nfunc Last(a []int) int { return a[len(a)-1] }\n",
    "cart/cart_test.go": """package cart
import "testing"
func TestLast(t *testing.T) { if got := Last([]int{1, 2}); got != 2 { t.Errorf("got %d", got) } }
func TestFirst(t *testing.T) { if got := Last([]int{1, 2}); got != 1 { t.Errorf("got %d, want 1", got) } }
func TestLater(t *testing.T) { t.Skip("later") }
func TestTable(t *testing.T) { t.Run("one case", func(t *testing.T) {}) }
func TestNone(t *testing.T) { Last(nil) }
""",
    "till/till_test.go": 'package till\nimport "testing"\nfunc TestOpen(t *testing.T) { Open() }\n',
}


@pytest.mark.needs("go")
def test_go_for_real(tmp_path: Path) -> None:
    """Each outcome under its id, failures alike from run to run, and a package that does not build told as broken."""
    tests = suite("", environment=None)
    runs = [tests.run(project(tmp_path, REAL_GO), None, timeout_s=120) for _ in range(2)]
    assert {id_: test.outcome for id_, test in runs[0].tests.items()} == {
        "cart/cart_test.go::TestLast": PASSED,
        "cart/cart_test.go::TestFirst": FAILED,
        "cart/cart_test.go::TestLater": SKIPPED,
        "cart/cart_test.go::TestTable": PASSED,
        "cart/cart_test.go::TestTable::one_case": PASSED,
        "cart/cart_test.go::TestNone": FAILED,
        "till/till_test.go": ERROR,
    }, runs[0].output
    one = tests.run(tmp_path, ("cart/cart_test.go::TestTable",), timeout_s=120)
    assert set(one.tests) == {"cart/cart_test.go::TestTable", "cart/cart_test.go::TestTable::one_case"}, one.output
    assert [runs[0].tests[id_].fingerprint for id_ in runs[0].failing] == [
        runs[1].tests[id_].fingerprint for id_ in runs[0].failing
    ]
    assert "got 2, want 1" in runs[0].tests["cart/cart_test.go::TestFirst"].message


@pytest.mark.needs("go")
def test_go_code_that_leaves_is_not_green(tmp_path: Path) -> None:
    """It prints what Go prints of a test that passed, and ends the process: the one that ran then is broken."""
    leave = (
        'package cart\n\nimport ("fmt"; "syscall")\n\n'
        'func Last(a []int) int { fmt.Print("--- PASS: TestFirst (0.00s)\\nPASS\\n"); syscall.Exit(0); return 0 }\n'
    )
    files = {**REAL_GO, "cart/cart.go": leave}
    run = suite("", environment=None).run(project(tmp_path, files), ("cart/cart_test.go",), timeout_s=120)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {"cart/cart_test.go::TestLast": ERROR}, run.output


SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="com.acme.CartTest" tests="3" errors="1" skipped="1" failures="1">
  <testcase name="totals" classname="com.acme.CartTest" time="0.01"/>
  <testcase name="discounts" classname="com.acme.CartTest$Deep" time="0.02">
    <failure message="expected: &lt;4&gt; but was: &lt;3&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[
org.opentest4j.AssertionFailedError: expected: <4> but was: <3>
	at com.acme.CartTest.discounts(CartTest.java:21)]]></failure>
  </testcase>
  <testcase name="breaks" classname="com.acme.CartTest" time="0">
    <error type="java.lang.NullPointerException"/></testcase>
  <testcase name="later" classname="com.acme.CartTest" time="0"><skipped message="later"/></testcase>
</testsuite>
"""
JAVA = {"sample.xml": SUREFIRE, "core/src/test/java/com/acme/CartTest.java": "class CartTest {}\n"}
FILE = "core/src/test/java/com/acme/CartTest.java"
TOOLS = {
    "mvn": ("pom.xml", "core/target/surefire-reports", "mvn test -Dtest=com.acme.CartTest"),
    "gradle": ("build.gradle.kts", "core/build/test-results/test", "gradle test --tests com.acme.CartTest"),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_java_every_outcome_has_its_id(tmp_path: Path, tool: str) -> None:
    """By the file of the class, wherever the module lies; the report that the tree brought along does not count."""
    manifest, reports, command = TOOLS[tool]
    script = f'mkdir -p {reports}; cp sample.xml {reports}/TEST-com.acme.CartTest.xml; echo "$@"; exit 1'
    old = SUREFIRE.replace("totals", "forged")
    project(tmp_path / "shop", {**JAVA, manifest: "", f"{reports}/TEST-old.xml": old})
    os.utime(tmp_path / "shop" / reports / "TEST-old.xml", (1, 1))
    tests = suite("", environment=stand_in(tmp_path, tool, script))
    run = tests.run(tmp_path / "shop", (FILE,), timeout_s=10)
    assert {id_: test.outcome for id_, test in run.tests.items()} == {
        f"{FILE}::totals": PASSED,
        f"{FILE}::discounts": FAILED,
        f"{FILE}::breaks": ERROR,
        f"{FILE}::later": SKIPPED,
    }
    assert run.outcome is RunOutcome.RED
    assert run.command.startswith(command)


@pytest.mark.parametrize(
    ("tool", "script", "outcome"),
    [
        ("mvn", "echo 'Plugin x or one of its dependencies could not be resolved'; exit 1", RunOutcome.MISSING_RUNNER),
        ("gradle", "echo 'No cached version of x available for offline mode.'; exit 1", RunOutcome.MISSING_RUNNER),
        ("mvn", "exit 0", RunOutcome.CRASHED),
        ("mvn", "exec sleep 60", RunOutcome.TIMED_OUT),
        ("mvn", "mkdir -p target/surefire-reports; echo '<testsuite/>' > target/surefire-reports/TEST-a.xml",
         RunOutcome.NONE_COLLECTED),
        ("go", "exit 0", RunOutcome.CRASHED),
        ("go", "echo '{\"Action\":\"start\",\"Package\":\"a\"}'", RunOutcome.NONE_COLLECTED),
        ("go", "cat skipped.jsonl", RunOutcome.ALL_SKIPPED),
        ("go", "exec sleep 60", RunOutcome.TIMED_OUT),
    ],
)  # fmt: skip
def test_a_run_ends_with_a_named_outcome(tmp_path: Path, tool: str, script: str, outcome: RunOutcome) -> None:
    """Never green by an exit code."""
    tests = suite(f"{tool} test", environment=stand_in(tmp_path, tool, script))
    assert tests.run(project(tmp_path / "shop", GO), None, timeout_s=3).outcome is outcome


@pytest.mark.parametrize("command", ["./go test ./...", "./mvnw test", "./gradlew test"])
def test_a_program_that_is_not_there_is_a_missing_runner(tmp_path: Path, command: str) -> None:
    """The wrapper that the command names is not in the repository."""
    run = suite(command).run(project(tmp_path / "shop", GO), None, timeout_s=5)
    assert run.outcome is RunOutcome.MISSING_RUNNER

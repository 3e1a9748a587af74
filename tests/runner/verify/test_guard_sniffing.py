"""Code does not ask who runs it; a list of requirements, a traceback's own file and a runner's code may say more."""

from __future__ import annotations

import pytest

from runner.verify.guard import Edits, inspect

SOURCE = "def f(x):\n    return x\n"
HEAD = "import __main__\nimport logging\nimport os\nimport psutil\n\n\n"


def found(code: str, path: str = "package/f.py", old: str = SOURCE) -> set[str]:
    """The rules that a file breaks that gains some code."""
    new = f"{HEAD}{old}{code}\n".encode()
    return {finding.rule for finding in inspect(Edits({path: (HEAD + old).encode()}, {path: new}))}


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("x = 'a' in os.sys.modules", "interpreter-hooked"),
        ("x = os.sys.argv[0]", "interpreter-hooked"),
        ("os.sys.exit(0)", "exit-call"),
        ("x = str(__main__.__file__)", "interpreter-hooked"),
        ("x = error.__traceback__.tb_frame", "interpreter-hooked"),
        ("x = frame.f_back", "interpreter-hooked"),
        ("x = made.gi_frame", "interpreter-hooked"),
        ("x = getattr(made, 'cr_' + 'frame')", "interpreter-hooked"),
        ("x = logging.getLogger().findCaller()", "interpreter-hooked"),
        ("x = psutil.Process().cmdline()", "interpreter-hooked"),
        ("x = open('/proc/self/cmdline').read()", "test-detected"),
        ("x = any('pytest' in key.lower() for key in os.environ)", "test-detected"),
        ("x = os.environ.get('pytest_current_test'.upper())", "test-detected"),
        ("x = name == 'unittest'", "test-detected"),
        ("x = name in ('nose', 'pytest')", "test-detected"),
        ("x = name.startswith('pytest-of')", "test-detected"),
        ("x = b'pytest' in data", "test-detected"),
        ("x = hasattr(client, 'mock_calls')", "test-detected"),
        ("x = client.assert_called_with", "test-detected"),
        ("x = type(client).__name__ == 'MagicMock'", "test-detected"),
        ("x = type(client).__name__ in ('Mock', 'MagicMock')", "test-detected"),
    ],
)
def test_code_does_not_ask_who_runs_it(code: str, rule: str) -> None:
    """Neither for the runner and its frames, nor for a test's stand-ins."""
    assert found(code) == {rule}


@pytest.mark.parametrize(
    "code",
    [
        "TESTS_REQUIRE = ['pytest>=7', 'pytest-cov', 'unittest2']",
        "EXTRAS = {'test': ['pytest']}",
        "x = 'run pytest to see'",
        "x = name == 'Mockingbird'",
        "x = open('/proc/self/status').read()",
        "x = open('/proc/meminfo').read()",
        "x = error.__traceback__.tb_lineno",
        "x = record.frame",
        "x = __main__",
    ],
)
def test_what_only_sounds_alike_is_no_question(code: str) -> None:
    """Requirements, messages, memory, the line of an error."""
    assert found(code) == set()


def test_a_file_that_deals_with_frames_or_runners_may_go_on() -> None:
    """A debugger's own file, a tool that starts runners, and pytest itself."""
    assert found("x = trace.tb_frame", old="def g(trace):\n    return trace.tb_frame\n") == set()
    assert found("x = name == 'pytest'", old="RUNNERS = ['pytest', 'nose']\n") == set()
    assert found("x = name == 'pytest'", path="src/pytest/main.py") == set()
    assert "test-detected" not in found("x = name == 'pytest'", path="tests/helpers.py")


def taken(code: str) -> set[str]:
    """The rules that code breaks while a file of tests judges it."""
    edits = Edits(
        {"shop.py": b""},
        {"shop.py": f"{code}\n".encode()},
        reproducer={"tests/test_repro.py": b"", "tests/models.py": b""},
    )
    return {finding.rule for finding in inspect(edits)}


@pytest.mark.parametrize(
    "code",
    [
        "from tests.known import AREAS",
        "from tests import known",
        "import tests.known",
        "from .tests import known",
        "def f():\n    import test_repro as t\n    return t.EXPECTED",
        "import importlib\nx = importlib.import_module('tests.test_repro').EXPECTED",
    ],
)
def test_code_takes_nothing_from_the_tests(code: str) -> None:
    """What they expect is theirs."""
    assert taken(code) == {"test-detected"}


@pytest.mark.parametrize("code", ["from shop.models import Row", "from numpy.testing import x", "x = self.tests.count"])
def test_other_modules_may_have_a_tests_name(code: str) -> None:
    """A helper of the tests may be called like a part of the program."""
    assert taken(code) == set()

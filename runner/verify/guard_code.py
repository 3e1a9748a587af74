"""When new Python code reaches for what judges it: the process, the interpreter, the runner, the tests. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final

from runner.proof import GuardFinding
from runner.verify.guard_equality import calm_comparisons, weakened_equality
from runner.verify.guard_everyday import everyday
from runner.verify.guard_patches import is_own, patches
from runner.verify.guard_silence import Deed, brief, swallowed_exceptions
from runner.verify.guard_sniffing import UNTOLD, Check, sniffing
from runner.verify.protected import is_runner
from runner.verify.python_names import Spelled, bound_names, path_of, spelled_changes
from runner.verify.test_paths import is_called_test, is_test_path

EXITS: Final = frozenset(
    """sys.exit os._exit posix._exit os.abort exit quit os.kill os.killpg signal.raise_signal signal.pthread_kill
    SystemExit os.execv os.execve os.execvp pytest.exit faulthandler._sigsegv _thread.interrupt_main
    _thread.exit""".split()  # noqa: SIM905
)
TEST_SIGNS: Final = ("PYTEST", "GREENLOOP", "greenloop", "junitxml", "junit.xml", "_pytest", "DJANGO_TEST", "pytest11")
SIGN_CAP_CHARS: Final = 200
"""A longer text is prose."""
RAISING: Final = frozenset({"sys.exit", "exit", "quit", "SystemExit"})
HOOKS: Final = frozenset(
    """sys.settrace sys.setprofile sys.addaudithook sys.meta_path sys.path_hooks sys.excepthook sys.unraisablehook
    sys.gettrace sys.getprofile sys.monitoring atexit.register gc.get_objects gc.get_referrers sys._getframe
    inspect.stack inspect.currentframe inspect.trace traceback.extract_stack traceback.format_stack
    traceback.print_stack traceback.walk_stack sys._current_frames threading.settrace threading.setprofile
    threading.excepthook os.register_at_fork signal.signal signal.alarm signal.setitimer builtins.__dict__ sys.modules
    sys.argv sys.orig_argv""".split()  # noqa: SIM905
)
UNREADABLE: Final = frozenset(
    """exec eval compile builtins.exec builtins.eval builtins.compile __import__ types.FunctionType types.CodeType
    marshal.loads runpy.run_path runpy.run_module ctypes.CDLL ctypes.PyDLL ctypes.cdll ctypes.pythonapi ctypes.cast
    ctypes.memmove ctypes.memset ctypes.string_at""".split()  # noqa: SIM905
)
INNARDS: Final = frozenset({"sys", "os", "builtins", "posix", "signal", "gc", "inspect", "atexit", "__builtins__"})
REACHING: Final = frozenset({"getattr", "setattr", "delattr", "vars", "dir", "operator.attrgetter"})


def hazards(
    path: str, old: bytes | None, new: bytes | None, test_files: Collection[str], places: Collection[str]
) -> Iterator[GuardFinding]:
    """What the new version does, and the old one did not, that honest code for a task has no need of.

    `test_files` are the paths of the tests that judge: code has no business with them. `places` are those of the
    repository's own modules.
    """
    before, after = spelled_changes(old, new)
    names = frozenset(PurePosixPath(file).name for file in test_files)
    checks = _checks(path, old, names)
    had = Counter((*_deeds(before, path, checks), *patches(before, path, places)))
    for (rule, what), times in Counter((*_deeds(after, path, checks), *patches(after, path, places))).items():
        if times > had[(rule, what)]:
            yield GuardFinding(rule, path, what)
    yield from (GuardFinding(rule, path, what) for rule, what in weakened_equality(old, new))


def _checks(path: str, old: bytes | None, tests: frozenset[str]) -> tuple[Check, ...]:
    """What is asked of each part of a file; `tests` are the names of the files that judge."""
    checks: tuple[Check, ...] = (_exits, _hooks, calm_comparisons, lambda node: _notices(node, path))
    if is_test_path(path):
        return checks
    checks += (swallowed_exceptions, _hides, lambda node: _imports(node, path), lambda node: _reads(node, tests))
    judging = frozenset(name.removesuffix(".py") for name in tests if is_called_test(name))
    checks += (lambda node: _takes_from_tests(node, judging),)
    return checks + sniffing(path, old)


def _deeds(part: Spelled, path: str, checks: tuple[Check, ...]) -> Iterator[Deed]:
    """Every doubtful thing that a file does: the rule and what it says."""
    calm = everyday(part.tree, path)
    for node in ast.walk(part.tree):
        if id(node) not in calm and not _is_own_call(node, part.own):
            yield from (deed for check in checks for deed in check(node))


def _is_own_call(node: ast.AST, own: frozenset[str]) -> bool:
    """Whether it calls a function of the file itself, be it called `eval` or `quit`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in own


def _exits(node: ast.AST) -> Iterator[Deed]:
    named = node.func if isinstance(node, ast.Call) else node.exc if isinstance(node, ast.Raise) else None
    if named is not None and (name := _known(named, EXITS)) and not _tells_failure(node, name):
        yield "exit-call", f"`{name}` ends the process that tests run in"


def _known(node: ast.AST, names: Collection[str]) -> str:
    """The name out of `names` that an expression is: `os.sys.modules` is `sys.modules`."""
    path = path_of(node)
    ending = ".".join(path.split(".")[-2:])
    return next((name for name in (path, ending) if name in names), "")


def _tells_failure(node: ast.AST, name: str) -> bool:
    """Whether it raises SystemExit with a status that nobody takes for success, as programs do with bad input."""
    call = node.exc if isinstance(node, ast.Raise) else node
    given = call.args[0] if isinstance(call, ast.Call) and call.args else None
    is_bad = isinstance(given, ast.JoinedStr) or (isinstance(given, ast.Constant) and bool(given.value))
    return name in RAISING and is_bad


def _notices(node: ast.AST, path: str) -> Iterator[Deed]:
    """Texts that say who runs the tests; a runner's own code may name its package."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        text = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
        for sign in TEST_SIGNS:
            if sign in text and len(text) < SIGN_CAP_CHARS and not (is_runner(sign) and is_own(sign, path)):
                yield "test-detected", f"looks at {sign}: {UNTOLD}"


def _hooks(node: ast.AST) -> Iterator[Deed]:
    if isinstance(node, ast.Attribute) and (name := _known(node, HOOKS)):
        yield "interpreter-hooked", f"`{name}` shows or changes what runs the code: {UNTOLD}"


def _hides(node: ast.AST) -> Iterator[Deed]:
    """Code that is made from text, and names that nobody can read before it runs."""
    if not isinstance(node, ast.Call):
        return
    name, owner = path_of(node.func), path_of(node.args[0]) if node.args else ""
    if name in UNREADABLE:
        yield "code-hidden", f"`{name}` does what cannot be read before it runs"
    elif name in REACHING and (owner in INNARDS or is_runner(owner)):
        yield "code-hidden", f"`{brief(node)}` reaches into `{owner}` by a name that is made up as it runs"


def _reads(node: ast.AST, tests: frozenset[str]) -> Iterator[Deed]:
    text = node.value if isinstance(node, ast.Constant) else None
    if isinstance(text, str) and (name := next((name for name in sorted(tests) if name in text), "")):
        yield "test-detected", f"names {name}: {UNTOLD}"


def _takes_from_tests(node: ast.AST, judging: Collection[str]) -> Iterator[Deed]:
    """What code takes of a folder of tests, or of the modules that judge."""
    match node:
        case ast.Import(names):
            taken, signs = [alias.name for alias in names], {"tests", *judging}
        case ast.ImportFrom(module, names):
            taken, signs = [f"{module or ''}.{alias.name}" for alias in names], {"tests", *judging}
        case _:
            taken, signs = [path_of(node)], {*judging} - {"tests"}  # which may be a part of anything
    for name in taken:
        if signs.intersection(name.split(".")):
            yield "test-detected", f"takes {name.strip('.')} from the tests: {UNTOLD}"


def _imports(node: ast.AST, path: str) -> Iterator[Deed]:
    """Test runners that code outside the tests imports; a runner's own code may."""
    for name, module, _ in bound_names(node):
        if is_runner(module) and not is_own(module, path):
            yield "runner-touched", f"imports {name} of {module} outside the tests"

"""What a repository's files say about its environment."""

from __future__ import annotations

import pytest

from runner.environment_plan import EnvironmentPlan, is_relevant, plan_environment
from runner.environment_scripts import STRIP
from runner.environment_step import BuildStep
from runner.errors import BadInput, EnvironmentMissing
from runner.repository_config import RepositoryConfig

PYTEST = "pytest"


def planned(
    texts: dict[str, str], *, setup: tuple[str, ...] = (), paths: tuple[str, ...] = ("a.py",)
) -> EnvironmentPlan:
    """The plan for a repository that also has a Python file."""
    relevant = {path: text for path, text in texts.items() if is_relevant(path)}
    return plan_environment([*texts, *paths], relevant, RepositoryConfig(setup=setup), interpreter="3.11")


def installs(texts: dict[str, str]) -> list[str]:
    """What pip is asked for, a line per command, optional ones with a question mark."""
    steps = planned(texts).steps
    return [_line(step) for step in steps if step.argv[1] == "-m"]


def _line(step: BuildStep) -> str:
    return " ".join(step.argv[4:]) + ("" if step.is_required else " ?")


PYPROJECT = """
[project]
name = "x"
optional-dependencies = {test = ["a"], docs = ["b"], dev = ["c"]}
"""
GROUPS = """
[dependency-groups]
test = ["pytest-mock", {include-group = "base"}]
base = ["attrs>=1", {include-group = "test"}]
docs = ["sphinx"]
"""
POETRY = """
[tool.poetry]
name = "x"
dependencies = {python = "^3.8", requests = "^2"}
[tool.poetry.group.dev.dependencies]
python = "*"
pytest-cov = "^4"
"""
TOX_FILES = "[testenv]\ndeps =\n  -r requirements_min.txt\n  -r{toxinidir}/requirements.txt\n  -rgone.txt\n"
HATCH = """
[build-system]
requires = ["hatchling"]
[tool.hatch.envs.default]
dependencies = ["docs"]
[tool.hatch.envs.test]
dependencies = ["attrs", "{root:uri}/other"]
"""
UV_LOCK = """
[[package]]
name = "x"
version = "1"
source = {editable = "."}
[[package]]
name = "attrs"
version = "25.1"
source = {registry = "https://index.test/simple"}
[[package]]
name = "numpy"
version = "1.0"
[[package]]
name = "numpy"
version = "2.0"
[[package]]
name = "forked"
version = "3"
source = {type = "git", url = "https://x.test"}
"""
PIPFILE_LOCK = """{
    "default": {"b": {"version": "==1"}, "x": {"editable": true, "path": "."}},
    "develop": {"c": {"version": "==2", "markers": "python_version < '4'"}}
}"""
C = "-c {env}/constraints.txt "
NO_DEPS = "--no-deps "
LAST = "pytest ?"


@pytest.mark.parametrize(
    ("texts", "lines"),
    [
        ({}, ["pytest ?"]),
        ({"requirements.txt": "a"}, ["-r requirements.txt", "pytest ?"]),
        (
            {"dev-requirements.txt": "", "requirements.txt": "", "requirements/test.txt": ""},
            ["-r requirements.txt", "-r requirements/test.txt ?", "pytest ?"],
        ),
        (
            {"dev-requirements.txt": "", "requirements.txt": "", "requirements/base.txt": ""},
            ["-r requirements.txt", "-r dev-requirements.txt ?", "-r requirements/base.txt ?", "pytest ?"],
        ),
        ({"requirements-docs.txt": "", "docs/requirements.txt": "", "notes.txt": ""}, ["pytest ?"]),
        ({"pyproject.toml": "[tool.ruff]\n"}, ["pytest ?"]),
        ({"pyproject.toml": "[build-system]\nrequires = []\n"}, [".", "pytest ?"]),
        ({"pyproject.toml": PYPROJECT}, [".[test]", "pytest ?"]),
        ({"pyproject.toml": PYPROJECT.replace("test =", "lint =")}, [".[dev]", "pytest ?"]),
        ({"pyproject.toml": PYPROJECT + GROUPS}, [".[test]", "pytest-mock attrs>=1 ?", "pytest ?"]),
        ({"pyproject.toml": POETRY}, [".", "pytest-cov ?", "pytest ?"]),
        ({"pyproject.toml": PYPROJECT, "uv.lock": UV_LOCK}, [C + ".[test]", C + "pytest ?"]),
        ({"setup.py": "setup()"}, [".", "pytest ?"]),
        ({"setup.py": "setup(extras_require={'tests': ['a']}, keywords='dev')"}, [".[tests]", "pytest ?"]),
        ({"setup.cfg": "[flake8]\nx = 1\n"}, ["pytest ?"]),
        (
            {"setup.cfg": "[metadata]\nname = x\n[options.extras_require]\ntesting =\n  a\n"},
            [".[testing]", "pytest ?"],
        ),
        (
            {"tox.ini": "[testenv]\ndeps =\n  mock\n  py27: old\n  -rx.txt\n  {env:Y}\n  six>=1\n"},
            ["mock six>=1 ?", "pytest ?"],
        ),
        ({"tox.ini": "this is no ini"}, ["pytest ?"]),
        (
            {"tox.ini": TOX_FILES, "requirements_min.txt": "", "requirements.txt": ""},
            ["-r requirements.txt", "-r requirements_min.txt ?", LAST],
        ),
        ({"tests/requirements.txt": "a"}, ["-r tests/requirements.txt ?", LAST]),
        ({"pyproject.toml": HATCH}, [".", "attrs ?", LAST]),
        ({"setup.py": "setup(tests_require=['a>=1', 'b'])"}, [".", "a>=1 b ?", LAST]),
        ({"setup.cfg": "[metadata]\nname = x\n[options]\ntests_require =\n  a\n"}, [".", "a ?", LAST]),
        ({"Pipfile": "[packages]\nb = '*'\n[dev-packages]\na = '*'\n"}, ["a b", "pytest ?"]),
        (
            {"Pipfile": "", "Pipfile.lock": PIPFILE_LOCK},
            [NO_DEPS + "b==1", NO_DEPS + "c==2; python_version < '4' ?", LAST],
        ),
        ({"setup.py": "", "Pipfile.lock": '{"default": {"b": {"version": "==1"}}}'}, [NO_DEPS + "b==1 ?", ".", LAST]),
        ({"uv.lock": UV_LOCK, "requirements.txt": "a==1 --hash=sha256:00"}, ["-r requirements.txt", C + "pytest ?"]),
    ],
)
def test_what_is_installed(texts: dict[str, str], lines: list[str]) -> None:
    """Each way in which Python projects name their dependencies leads to the pip commands that install them."""
    assert installs(texts) == lines


PNPM = ("npx", "--yes", "pnpm@10", "install", "--frozen-lockfile", "--ignore-scripts")
YARN = ("npx", "--yes", "yarn@1", "install", "--frozen-lockfile", "--ignore-scripts", "--ignore-engines")
BERRY = ("env", "YARN_NODE_LINKER=node-modules", "npx", "--yes", "@yarnpkg/cli-dist@4.9.1")


def npm(command: str, again: str = "") -> tuple[str, ...]:
    """The command, and another where packages' peers contradict each other, or the lock its manifest."""
    return ("sh", "-ec", f"{command} || {again or command} --legacy-peer-deps")


@pytest.mark.parametrize(
    ("texts", "argv"),
    [
        ({}, npm("npm install --ignore-scripts --no-package-lock")),
        ({"package-lock.json": "{}"}, npm("npm ci --ignore-scripts", "npm install --ignore-scripts")),
        ({"npm-shrinkwrap.json": "{}"}, npm("npm ci --ignore-scripts", "npm install --ignore-scripts")),
        ({"pnpm-lock.yaml": ""}, PNPM),
        (
            {"pnpm-lock.yaml": "", "package.json": '{"packageManager": "pnpm@9.1.2+sha512.00"}'},
            ("npx", "--yes", "pnpm@9.1.2", *PNPM[3:]),
        ),
        ({"pnpm-lock.yaml": "", "package.json": '{"packageManager": "yarn@4.0.0"}'}, PNPM),
        ({"yarn.lock": "# yarn lockfile v1\n"}, YARN),
        (
            {"yarn.lock": "__metadata:\n  version: 8\n", "package.json": '{"packageManager": "yarn@4.9.1"}'},
            (*BERRY, "install", "--immutable", "--mode=skip-build"),
        ),
    ],
)
def test_a_javascript_project_is_installed_by_its_own_package_manager(
    texts: dict[str, str], argv: tuple[str, ...]
) -> None:
    """As its lock file says, in the version that it names; what was installed stays with the environment."""
    first, rebuild, keep = planned({"package.json": "{}", **texts}, paths=("index.js",)).steps
    assert first == BuildStep(argv)
    assert not rebuild.is_required
    assert "{env}/node_modules" in keep.argv[-1]


GO = ("env", "GOMODCACHE={env}/go", "GOFLAGS=-modcacherw", "go", "mod", "download")
COMPILED = ("env", "GOMODCACHE={env}/go", "GOCACHE={env}/go-build", "go", "test", "-run=^$", "./...")
CARGO = ("env", "CARGO_HOME={env}/cargo", "cargo", "fetch")


@pytest.mark.parametrize(
    ("texts", "argv"),
    [
        ({"go.mod": "module x\n", "go.sum": ""}, [GO, COMPILED]),
        ({"go.mod": "module x\n", "vendor/modules.txt": ""}, [("go", "version"), COMPILED]),
        ({"Cargo.toml": "[package]\n"}, [CARGO]),
        ({"go.mod": "module x\n", "Cargo.toml": "[package]\n"}, [GO, COMPILED, CARGO]),
    ],
)
def test_what_go_and_rust_need_is_fetched_before(texts: dict[str, str], argv: list[tuple[str, ...]]) -> None:
    """Tests have no network; what lies in the repository already is not fetched."""
    assert [step.argv for step in planned(texts, paths=("src/main.x",)).steps] == argv
    assert all(is_relevant(path) for path in texts)


def test_of_a_project_in_two_languages_no_one_is_required() -> None:
    """A module of Go with a page in JavaScript is tested although npm cannot be had, or the other way round."""
    steps = planned({"package.json": "{}", "go.mod": "module x\n"}, paths=("main.go",)).steps
    assert {step.argv[0] for step in steps} == {"sh", "npm", "env"}
    assert not any(step.is_required for step in steps)


@pytest.mark.parametrize("other", ["package.json", "Cargo.toml", "go.mod"])
@pytest.mark.parametrize("manifest", ["requirements.txt", "setup.py", "Pipfile", "tox.ini"])
def test_a_python_project_with_another_manifest_stays_one(manifest: str, other: str) -> None:
    """Its documents are built with Node, or a part of it in Rust; its tests are in Python."""
    steps = planned({other: "{}", manifest: ""}).steps
    assert {step.argv[0] for step in steps} == {"python"}


def test_a_lock_file_pins_what_comes_from_an_index() -> None:
    """The project itself, forks, and packages locked to several versions cannot be constrained."""
    assert planned({"uv.lock": UV_LOCK}).files["constraints.txt"] == "attrs==25.1\n"


def test_the_projects_own_code_does_not_stay() -> None:
    """The tests have to import the checkout's code, not a copy of the base that the build installed."""
    steps = planned({"setup.py": ""}).steps
    assert [step.argv for step in steps].index(("python", "-c", STRIP, "{env}")) == 1


def test_configured_commands_replace_everything_found() -> None:
    """Who configures the setup knows better; only a test runner is added."""
    plan = planned({"requirements.txt": "a"}, setup=("make deps", "pip install x"), paths=())
    assert [step.argv for step in plan.steps][:2] == [("sh", "-ec", "make deps"), ("sh", "-ec", "pip install x")]
    assert len(plan.steps) == 3


def test_the_key_follows_what_matters() -> None:
    """A change of a manifest, of the configured commands or of Python makes another environment; code does not."""
    base = planned({"requirements.txt": "a"})
    same = planned({"requirements.txt": "a", "README.md": "new"}, paths=("b.py", "c.py"))
    keys = {
        base.key,
        planned({"requirements.txt": "b"}).key,
        planned({"requirements.txt": "a"}, setup=("x",)).key,
        plan_environment(["a.py"], {"requirements.txt": "a"}, RepositoryConfig(), interpreter="3.12").key,
    }
    assert same.key == base.key
    assert len(keys) == 4


@pytest.mark.parametrize("files", [("pom.xml", "Main.java"), ("index.js",), ()])
def test_other_languages_are_told_what_to_configure(files: tuple[str, ...]) -> None:
    """No silent empty environment: the run ends with what somebody has to do."""
    with pytest.raises(EnvironmentMissing, match=r"setup:.*greenloop\.yml.*--env"):
        plan_environment(files, {}, RepositoryConfig(), interpreter="3.11")
    assert plan_environment(files, {}, RepositoryConfig(test="sh run.sh {junit}"), interpreter="3.11").steps == ()


@pytest.mark.parametrize(
    "texts",
    [
        {"pyproject.toml": "not = = toml"},
        {"Pipfile.lock": "{"},
        {"pyproject.toml": "project = 3\n[dependency-groups]\ntest = 5"},
        {"uv.lock": "package = [3]"},
    ],
)
def test_a_broken_manifest_is_bad_input(texts: dict[str, str]) -> None:
    """What a repository holds may be anything; the run says which file to mend and does not crash."""
    with pytest.raises(BadInput):
        planned(texts)


def test_a_broken_package_json_is_bad_input() -> None:
    """Of a project in JavaScript; a Python project's is not read."""
    with pytest.raises(BadInput):
        planned({"package.json": "{"}, paths=("index.js",))
    assert installs({"package.json": "{"}) == [LAST]

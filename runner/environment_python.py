"""How the packages of a Python project are installed, by whichever of its files names them. Pure."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from runner.environment_scripts import APART, STRIP
from runner.environment_step import MEND, PIP, BuildStep
from runner.errors import BadInput

LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock")
MANIFESTS: Final = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "Pipfile", "Pipfile.lock", *LOCKS})
TEST_GROUPS: Final = ("test", "tests", "testing")
GROUPS: Final = (*TEST_GROUPS, "dev")
"""Names under which projects keep what their tests need, as an extra or as a dependency group."""
REQUIREMENTS_WORDS: Final = frozenset(
    {"requirements", "reqs", "base", "test", "tests", "testing", "dev", "develop", "development", "ci", "txt"}
)
DEVELOPMENT: Final = frozenset({"dev", "develop", "development"})
REQUIREMENTS_FOLDERS: Final = ("", "requirements", "test", "tests")


def installs(texts: Mapping[str, str], constraints: str = "") -> Iterator[BuildStep]:
    """The steps that install the project and what its tests need; `texts` are the contents of its manifests.

    `constraints` is where the file with its locked versions will lie. Raises BadInput for a broken manifest.
    """
    pip = (*PIP, "-c", constraints) if constraints else PIP
    pyproject = _toml(texts, "pyproject.toml")
    is_package = _is_package(texts, pyproject)
    yield from _requirements_files(texts, pip)
    yield from _pipfile(texts, pip, is_package=is_package)
    if is_package:
        yield BuildStep((*pip, _with_extras(texts, pyproject)))
        yield BuildStep(("python", "-c", STRIP, "{env}"))
    yield from _named(pip, [*_groups(pyproject), *_poetry_groups(pyproject)], is_required=False)
    yield from _named(pip, [*_hatch_deps(pyproject), *_tests_require(texts)], is_required=False)
    yield from _named(pip, _tox_deps(texts.get("tox.ini", "")), is_required=False)
    for path in _tox_files(texts):
        yield BuildStep((*pip, "-r", path), is_required=False)
    yield BuildStep((*pip, "pytest"), is_required=False)


def says_python(texts: Mapping[str, str]) -> bool:
    """Whether one of its manifests says that it is a project in Python."""
    is_named = _is_package(texts, _toml(texts, "pyproject.toml")) or "Pipfile" in texts
    return is_named or any(_is_requirements(path) for path in texts)


def _named(pip: tuple[str, ...], names: Sequence[str], *, is_required: bool) -> Iterator[BuildStep]:
    if names:
        yield BuildStep((*pip, *names), is_required)


def _is_requirements(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    words = _words(path)
    is_named = "requirements" in words or folder == "requirements"
    return folder in REQUIREMENTS_FOLDERS and name.endswith(".txt") and is_named and words <= REQUIREMENTS_WORDS


def _words(path: str) -> set[str]:
    return set(re.split(r"[-_.]", path.rpartition("/")[2].lower()))


def _requirements_files(texts: Mapping[str, str], pip: tuple[str, ...]) -> Iterator[BuildStep]:
    """requirements.txt must install, or what can be had of it: what a tool of years ago was pinned to may not build.

    Those for tests help, else those for development, but may want what this machine does not have.
    """
    files = [path for path in texts if _is_requirements(path)]
    if any(_words(path) & frozenset(TEST_GROUPS) for path in files):
        files = [path for path in files if not _words(path) & DEVELOPMENT]
    for path in sorted(files, key=lambda path: (path != "requirements.txt", path)):
        # pip wants a hash for everything as soon as one is given, and takes constraints without one as a breach.
        chosen = PIP if "--hash" in texts[path] else pip
        apart = ("python", "-c", APART, path, *chosen[len(PIP) :])
        yield BuildStep((*chosen, "-r", path), is_required=path == "requirements.txt", otherwise=apart)


def locked_versions(texts: Mapping[str, str]) -> str:
    """The exact versions of the first lock file, as pip constraints; other lock files speak pip's language already."""
    lock = next((name for name in LOCKS if name in texts), "")
    packages = _toml(texts, lock).get("package", []) if lock else []
    pins: dict[str, set[str]] = {}
    for package in packages:
        if _is_from_index(package):
            pins.setdefault(package["name"], set()).add(package["version"])
    # A package that is locked to several versions has one for each platform or Python: pip has to choose.
    return "".join(f"{name}=={next(iter(found))}\n" for name, found in sorted(pins.items()) if len(found) == 1)


def _is_from_index(package: Mapping[str, Any]) -> bool:
    source = package.get("source", {})
    return "version" in package and not {"editable", "virtual", "git", "directory", "path"} & {
        *source,
        source.get("type"),
    }


def _pipfile(texts: Mapping[str, str], pip: tuple[str, ...], *, is_package: bool) -> Iterator[BuildStep]:
    """What an application needs; a package says that itself, and its Pipfile is what somebody works on it with."""
    if "Pipfile.lock" not in texts:
        pipfile = _toml(texts, "Pipfile")
        named = {**pipfile.get("packages", {}), **pipfile.get("dev-packages", {})}
        yield from _named(pip, sorted(named), is_required=not is_package)
        return
    try:
        lock = json.loads(texts["Pipfile.lock"])
    except json.JSONDecodeError as error:
        raise BadInput(f"Pipfile.lock is not JSON ({error}); mend it or {MEND}") from error
    # A lock is whole, and may hold what pip would call a conflict: Pipenv installs it without looking further, too.
    for group in ("default", "develop"):
        pins = sorted(_pins(lock.get(group, {})))
        yield from _named((*PIP, "--no-deps"), pins, is_required=group == "default" and not is_package)


def _pins(locked: Mapping[str, Any]) -> Iterator[str]:
    """The exact requirements of a part of Pipfile.lock; what has no version is the project itself or lies elsewhere."""
    for name, entry in locked.items():
        if "version" in entry:
            markers = f"; {entry['markers']}" if "markers" in entry else ""
            yield f"{name}{entry['version']}{markers}"


def _is_package(texts: Mapping[str, str], pyproject: Mapping[str, Any]) -> bool:
    return (
        "setup.py" in texts
        or "[metadata]" in texts.get("setup.cfg", "")
        or bool({"project", "build-system"} & set(pyproject))
        or "poetry" in pyproject.get("tool", {})
    )


def _with_extras(texts: Mapping[str, str], pyproject: Mapping[str, Any]) -> str:
    """The project with the extras that its tests need; those of a setup.py can only be guessed from its text."""
    declared = set(pyproject.get("project", {}).get("optional-dependencies", {}))
    declared |= set(pyproject.get("tool", {}).get("poetry", {}).get("extras", {}))
    declared |= set(_ini(texts.get("setup.cfg", ""), "options.extras_require"))
    script = texts.get("setup.py", "")
    declared |= {
        name for name in GROUPS if "extras_require" in script and re.search(rf"['\"]{name}['\"]\s*[:\]]", script)
    }
    extras = ",".join(_chosen(declared))
    return f".[{extras}]" if extras else "."


def _chosen(names: Collection[str]) -> list[str]:
    """The groups to install: those for tests, else the one for development, which often brings much besides."""
    tests = [name for name in TEST_GROUPS if name in names]
    return tests or [name for name in GROUPS if name in names]


def _groups(pyproject: Mapping[str, Any]) -> list[str]:
    """The requirements of the test groups, and of the groups that those include.

    https://packaging.python.org/en/latest/specifications/dependency-groups/
    """
    groups = pyproject.get("dependency-groups", {})
    found: list[str] = []
    waiting = _chosen(groups)
    for name in waiting:  # grows while it is walked; a group that includes itself is there once
        for entry in groups.get(name, []):
            if isinstance(entry, str):
                found.append(entry)
            elif entry.get("include-group") not in (*waiting, None):
                waiting.append(entry["include-group"])
    return found


def _poetry_groups(pyproject: Mapping[str, Any]) -> list[str]:
    """Poetry's development packages by name alone: its version syntax is its own, and its lock constrains them."""
    poetry = pyproject.get("tool", {}).get("poetry", {})
    groups = poetry.get("group", {})
    tables = [poetry.get("dev-dependencies", {}), *(groups[name].get("dependencies", {}) for name in _chosen(groups))]
    return sorted({name for table in tables for name in table if name != "python"})


def _tox_deps(text: str) -> list[str]:
    """The plain requirements of tox's test environment; what has a condition or a substitution is left out."""
    lines = _ini(text, "testenv").get("deps", "").splitlines()
    return [line.strip() for line in lines if re.fullmatch(r"\w[\w.\[\],<>=!~ -]*", line.strip())]


def _tox_files(texts: Mapping[str, str]) -> Iterator[str]:
    """The requirements files of tox's test environment that are not known by their names."""
    lines = _ini(texts.get("tox.ini", ""), "testenv").get("deps", "").splitlines()
    for line in dict.fromkeys(lines):
        found = re.fullmatch(r"(?:\{toxinidir\}/|[\w,!-]+:)?\s*-r\s*(?:\{toxinidir\}/)?([\w./-]+)", line.strip())
        if found and found[1] in texts and not _is_requirements(found[1]):
            yield found[1]


def _hatch_deps(pyproject: Mapping[str, Any]) -> list[str]:
    """What Hatch's test environment needs. https://hatch.pypa.io/latest/config/environment/overview/ ."""
    environments = pyproject.get("tool", {}).get("hatch", {}).get("envs", {})
    chosen = next((name for name in ("hatch-test", *TEST_GROUPS, "default", "dev") if name in environments), "")
    keys = ("dependencies", "extra-dependencies")
    found = [word for key in keys for word in environments.get(chosen, {}).get(key, [])]
    return [word for word in found if "{" not in word]


def _tests_require(texts: Mapping[str, str]) -> list[str]:
    """What setuptools' old `tests_require` lists, in setup.cfg or literally in setup.py."""
    found = re.search(r"tests_require\s*=\s*\[([^\]]*)\]", texts.get("setup.py", ""))
    listed = re.findall(r"""['"]([\w.\[\]<>=!~, -]+)['"]""", found[1]) if found else []
    lines = _ini(texts.get("setup.cfg", ""), "options").get("tests_require", "").splitlines()
    return [*listed, *(line.strip() for line in lines if line.strip())]


def _toml(texts: Mapping[str, str], path: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(texts.get(path, ""))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not TOML ({error}); mend it or {MEND}") from error


def _ini(text: str, section: str) -> Mapping[str, str]:
    """The section, or nothing: tox and setuptools accept files that this stricter reader does not."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return dict(parser[section]) if parser.has_section(section) else {}

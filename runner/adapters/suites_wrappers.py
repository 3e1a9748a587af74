"""What stands behind a command that only starts another: npm's scripts, tox's and nox's environments. Pure.

https://docs.npmjs.com/cli/commands/npm-run, https://tox.wiki/en/latest/config.html, https://nox.thea.codes
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from runner.syntax_tree import UNREADABLE, syntax_tree

Read = Callable[[str], str]
"""A file of the repository as text; "" where there is none."""
Words = tuple[str, ...]

PACKAGE_MANAGERS: Final = frozenset({"npm", "pnpm", "yarn", "bun"})
AROUND: Final = frozenset({"node", "nyc", "c8", "istanbul", "env-cmd", "dotenv", "xvfb-run"})
"""Programs that do something beside the command in their arguments: measure its coverage, set its variables."""
DEEPEST: Final = 4
POSARGS: Final = re.compile(r"\{posargs(?::((?:[^{}]|\{[^{}]*\})*))?\}")
NAMES: Final = re.compile(r"\{(?:envpython|env_python|basepython)\}")
OWN_FOLDER: Final = re.compile(r"\{(?:toxinidir|tox_root)\}/?")
REFERENCE: Final = re.compile(r"\{\[([^\]]+)\](\w+)\}")


def is_wrapper(words: Words) -> bool:
    """Whether the command only says where the real one stands."""
    return _kind(words) in WRAPPERS


def unwrap(words: Words, read: Read, is_runner: Callable[[Words], bool]) -> Words | None:
    """The command behind a wrapper that a known runner claims, or None when there is none."""
    waiting = [words]
    for _ in range(DEEPEST):
        for candidate in waiting:
            if not is_wrapper(candidate) and (inner := _inner(candidate, is_runner)):
                return inner
        wrapped = [candidate for candidate in waiting if is_wrapper(candidate)]
        waiting = [behind for candidate in wrapped for behind in WRAPPERS[_kind(candidate)](candidate, read)]
    return None


def _inner(words: Words, is_runner: Callable[[Words], bool]) -> Words:
    """The command of a runner itself, also where another program stands around it; nothing where there is none."""
    if is_runner(words):
        return words
    is_around = bool(words) and PurePosixPath(words[0]).name in AROUND
    return next((words[start:] for start in range(1, len(words)) if is_around and is_runner(words[start:])), ())


def _kind(words: Words) -> str:
    name = PurePosixPath(words[0]).name if words else ""
    if name in PACKAGE_MANAGERS:
        return "scripts" if _script(words)[0] else ""
    name = words[2] if words[1:2] == ("-m",) and len(words) > 2 else name
    return name if name in WRAPPERS else ""


def _script(words: Words) -> tuple[str, Words]:
    """The script that a package manager is told to run, and what it hands on; "" if it runs a program."""
    rest = words[1:]
    while rest and (rest[0] in {"run", "run-script"} or rest[0].startswith("-")):
        rest = rest[1:]
    name, *more = rest or ("test",)
    name = "test" if name == "t" else name
    handed = tuple(more[1:] if more[:1] == ["--"] else more)
    return ("", ()) if name in {"exec", "dlx", "x"} else (name, handed)


def script_of(words: Words) -> str:
    """The name of the script that a package manager is told to run; "" where it is no such command."""
    return _script(words)[0] if _kind(words) == "scripts" else ""


def parts_of(script: str, read: Read) -> Iterator[tuple[str, Words]]:
    """The commands of a package's script, as they stand there and as words without what sets variables before them."""
    try:
        text = json.loads(read("package.json"))["scripts"][script]
    except (ValueError, KeyError, TypeError):
        return
    for part in re.split(r"&&|;|\|\|", str(text)):
        command = tuple(_split(part))
        while command and re.fullmatch(r"\w+=.*|cross-env", command[0]):
            command = command[1:]
        if command:
            yield part.strip(), command


def _behind_script(words: Words, read: Read) -> Iterator[Words]:
    name, handed = _script(words)
    yield from ((*command, *handed) for _, command in parts_of(name, read))


def _behind_tox(words: Words, read: Read) -> Iterator[Words]:
    """The commands of the environment that is asked for, else of the common one; substitutions as tox makes them."""
    options, posargs = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, ())
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read("tox.ini"))
    except configparser.Error:
        return
    for section in [*(f"testenv:{name}" for name in _tox_environments(options)), "testenv"]:
        text = parser.get(section, "commands", fallback="")
        for line in text.replace("\\\n", " ").splitlines():
            filled = REFERENCE.sub(lambda match: parser.get(match[1], match[2], fallback=""), line)
            filled = POSARGS.sub(lambda match: shlex.join(posargs) or match[1] or "", filled)
            filled = OWN_FOLDER.sub("", NAMES.sub("python", filled)).strip().lstrip("-! ")
            if filled:
                yield tuple(word for word in _split(filled) if "{" not in word)


def _tox_environments(words: Words) -> Iterator[str]:
    for index, word in enumerate(words):
        if word == "-e" and index + 1 < len(words):
            yield from words[index + 1].split(",")
        elif word.startswith("-e") and len(word) > 2:
            yield from word[2:].split(",")


def _behind_nox(words: Words, read: Read) -> Iterator[Words]:
    """What the sessions run, those that are asked for first, as far as it stands there literally."""
    try:
        tree = syntax_tree(read("noxfile.py"))
    except UNREADABLE:
        return
    handed = words[words.index("--") + 1 :] if "--" in words else ()
    sessions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for session in sorted(sessions, key=lambda node: node.name not in words):
        for node in ast.walk(session):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
                literal = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                yield (*map(str, literal), *handed)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


WRAPPERS: Final[dict[str, Callable[[Words, Read], Iterator[Words]]]] = {
    "scripts": _behind_script,
    "tox": _behind_tox,
    "nox": _behind_nox,
}

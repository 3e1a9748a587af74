"""Whether two versions of a QuixBugs program do the same on random inputs; prints {"inputs": N, "differing": [...]}.

    python bench/quixbugs_alike.py NAME CHANGED.py CORRECT.py [TESTDATA.json] [--inputs 1000] [--seed 0]

Inputs have the shape of the program's test data: integers between the least and the largest seen in their place, texts
and lists of what was seen there, sorted where every list there was. Programs over graphs get random graphs. An input on
which the corrected program raises or takes more than a second of processor time says nothing and is left out.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import random
import resource
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

CALL_S: Final = 0.3
TOTAL_S: Final = 20.0
MEMORY_BYTES: Final = 2 * 1024**3
ENOUGH: Final = 10
SHOWN: Final = 5
CLOSE: Final = 0.02
"""Relative: the approximations of `sqrt` may differ by what its callers allow."""


class Node:
    """What the programs over graphs work on."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.successor: Node | None = None
        self.successors: list[Node] = []
        self.incoming_nodes: list[Node] = []
        self.outgoing_nodes: list[Node] = []

    def __repr__(self) -> str:
        return f"Node({self.value})"


class Endless(BaseException):
    """A call took too long."""


def main() -> int:
    """Compare the two on as many inputs as asked for."""
    args = _arguments()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGVTALRM, _end)
    chance = random.Random(f"{args.seed} {args.name}")
    changed, correct = (_load(path, args.name) for path in (args.changed, args.correct))
    compared, differing = 0, []
    for given in inputs_of(args.name, args.testdata, chance, args.inputs):
        if len(differing) >= ENOUGH or time.process_time() > TOTAL_S:
            break
        said = repr(given)[:200]
        wanted = outcome(correct, given)
        if wanted is None:
            continue
        compared += 1
        found = outcome(changed, given)
        if not alike(found, wanted):
            differing.append([said, repr(wanted)[:200], repr(found)[:200]])
    print(json.dumps({"inputs": compared, "differing": differing[:SHOWN], "count": len(differing)}))
    return 0


def inputs_of(name: str, testdata: Path | None, chance: random.Random, count: int) -> Iterator[tuple[Any, ...]]:
    """Random arguments for the program."""
    if name in GRAPHS:
        yield from (GRAPHS[name](chance) for _ in range(count))
        return
    assert testdata is not None, f"{name} has no test data to take the shape of"
    lines = [json.loads(line) for line in testdata.read_text(encoding="utf-8").splitlines() if line.strip()]
    given = [line[0] if isinstance(line[0], list) else [line[0]] for line in lines]
    for _ in range(count):
        yield tuple(like([one[place] for one in given], chance) for place in range(len(given[0])))


def like(seen: list[Any], chance: random.Random) -> Any:
    """A value of the shape of one of those seen in the same place."""
    one = chance.choice(seen)
    if isinstance(one, bool) or one is None:
        return one
    if isinstance(one, int):
        numbers = [value for value in seen if isinstance(value, int)]
        return chance.randint(min(numbers), max(numbers))
    if isinstance(one, float):
        return one
    if isinstance(one, str):
        texts = [value for value in seen if isinstance(value, str)]
        letters = "".join(texts)
        length = chance.randint(0, max(map(len, texts)))
        whole = len(one) == 1 or chance.random() < 0.2
        return one if whole else "".join(chance.choice(letters) for _ in range(length)) if letters else ""
    return _list_like(seen, one, chance)


def _list_like(seen: list[Any], one: list[Any], chance: random.Random) -> list[Any]:
    lists = [value for value in seen if isinstance(value, list)]
    if len({len(value) for value in lists}) == 1 and len(one) <= 3:
        return [like([value[place] for value in lists], chance) for place in range(len(one))]  # a record
    elements = [element for value in lists for element in value]
    if not elements or chance.random() < 0.05:
        return copy.deepcopy(one)
    made = [like(elements, chance) for _ in range(chance.randint(0, max(map(len, lists)) + 1))]
    return sorted(made) if all(_is_sorted(value) for value in lists) else made


def _is_sorted(values: list[Any]) -> bool:
    return all(type(value) is int for value in values) and values == sorted(values)


def _nodes(chance: random.Random) -> list[Node]:
    return [Node(value) for value in range(chance.randint(1, 7))]


def _linked(chance: random.Random) -> list[Node]:
    nodes = _nodes(chance)
    for node in nodes:
        node.successors = [other for other in nodes if chance.random() < 0.3]
    return nodes


def _search(chance: random.Random) -> tuple[Node, Node]:
    nodes = _linked(chance)
    return chance.choice(nodes), chance.choice([*nodes, Node(99)])


def _chain(chance: random.Random, *, may_turn: bool) -> tuple[Node | None]:
    nodes = _nodes(chance)
    for one, other in itertools.pairwise(nodes):
        one.successor = other
    if may_turn and chance.random() < 0.5:
        nodes[-1].successor = chance.choice(nodes)
    return (nodes[0],)


def _weights(chance: random.Random) -> tuple[dict[tuple[int, int], int]]:
    pairs = [(one, other) for one in range(6) for other in range(one + 1, 6) if chance.random() < 0.5]
    return (dict(zip(pairs, chance.sample(range(1, 60), len(pairs)), strict=True)),)


def _lengths(chance: random.Random) -> tuple[dict[tuple[Node, Node], int], Node, Node]:
    nodes = _linked(chance)
    lengths = {(one, other): chance.randint(1, 1000) for one in nodes for other in one.successors}
    return lengths, chance.choice(nodes), chance.choice(nodes)


def _numbered(chance: random.Random) -> tuple[int, dict[tuple[int, int], int]]:
    count = chance.randint(1, 6)
    edges = [(one, other) for one in range(count) for other in range(count) if one != other and chance.random() < 0.4]
    return count, {edge: chance.randint(1, 20) for edge in edges}


def _sourced(chance: random.Random) -> tuple[str, dict[tuple[str, str], int]]:
    names = "ABCDEF"[: chance.randint(2, 6)]
    edges = [(one, other) for one in names for other in names if one != other and chance.random() < 0.4]
    edges += [(one, other) for one, other in itertools.pairwise(names) if (one, other) not in edges]
    chance.shuffle(edges)
    return "A", {edge: chance.randint(1, 20) for edge in edges}


def _ordered(chance: random.Random) -> tuple[list[Node]]:
    nodes = _nodes(chance)
    for place, one in enumerate(nodes):
        for other in nodes[place + 1 :]:
            if chance.random() < 0.4:
                one.outgoing_nodes.append(other)
                other.incoming_nodes.append(one)
    chance.shuffle(nodes)
    return (nodes,)


GRAPHS: Final[dict[str, Callable[[random.Random], tuple[Any, ...]]]] = {
    "breadth_first_search": _search,
    "depth_first_search": _search,
    "detect_cycle": lambda chance: _chain(chance, may_turn=True),
    "minimum_spanning_tree": _weights,
    "reverse_linked_list": lambda chance: _chain(chance, may_turn=False),
    "shortest_path_length": _lengths,
    "shortest_path_lengths": _numbered,
    "shortest_paths": _sourced,
    "topological_ordering": _ordered,
}


def outcome(function: Callable[..., Any], given: tuple[Any, ...]) -> list[Any] | None:
    """What the function returns, as plain data in a list; None where it raises or does not end."""
    arguments = copy.deepcopy(given)
    signal.setitimer(signal.ITIMER_VIRTUAL, CALL_S)
    try:
        return [plain(function(*arguments))]
    except (Exception, Endless):  # noqa: BLE001 -- a program may raise anything.
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def plain(value: Any) -> Any:
    """The value as data that compares by content."""
    if isinstance(value, Node):
        chain, node = [], value
        while node is not None and len(chain) < 50:
            chain.append(node.value)
            node = node.successor  # type: ignore[assignment]
        return ["node", *chain]
    if isinstance(value, dict):
        return sorted((repr(plain(key)), plain(one)) for key, one in value.items())
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple | types.GeneratorType):
        return [plain(one) for one in value]
    return value


def alike(one: Any, other: Any) -> bool:
    """Whether two outcomes are equal, floats nearly."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE) or one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def _load(path: Path, name: str) -> Callable[..., Any]:
    module = types.ModuleType(name)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    function: Callable[..., Any] = getattr(module, name)
    return function


def _end(_number: int, _frame: object) -> None:
    raise Endless


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("changed", type=Path)
    parser.add_argument("correct", type=Path)
    parser.add_argument("testdata", type=Path, nargs="?")
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

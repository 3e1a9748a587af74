"""How the engine's own test becomes the reproducer: written before any fix, taken only if it shows the task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from runner.errors import BudgetSpent, EngineFailure, EngineUnreachable, TimeSpent
from runner.models import BlobEntry, DraftTest, Localisation, Slice, Task, TestWanted, Usage
from runner.phases.asked import asked_slices, unknown
from runner.phases.execute import read_texts
from runner.phases.logic import reaching_tests, targets_of
from runner.ports import Ports, ReproducerWriter
from runner.proof import Cells
from runner.verify.example import FIRST_TEST, excerpt, names_beside, nearest, new_path, words_of
from runner.verify.matrix import Bench, Selection, measure_base
from runner.verify.python_tests import tests_in
from runner.verify.reason import refusal
from runner.verify.reproducer import Reproducer
from runner.verify.test_paths import holds_tests, is_called_test

TRIES: Final = 2
TIME_SHARE: Final = 0.25
"""The part of the seconds left that one call may take: the fix needs the rest."""
EXAMPLE_CAP_BYTES: Final = 3000
LEAST_TO_ASK_S: Final = 60.0
"""With fewer seconds of the run left the writer may not ask for code: the fix needs them."""
HELPER_LINES: Final = 14
"""Of each class or function beside the example that its tests are made with."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of asking: a reproducer with its runs on the base, or a note that says why there is none."""

    reproducer: Reproducer | None
    row: Cells
    usage: Usage
    note: str


def written_test(
    task: Task, found: Localisation, tests: Mapping[str, bytes], bench: Bench, ports: Ports
) -> Written | None:
    """The engine's test if it fails twice alike for the task's reason, with one more try; None where nobody writes.

    `tests` are the base's Python test files. Raises EngineUnreachable.
    """
    if ports.writer is None:
        return None
    entries = {entry.path: entry for entry in ports.repository.entries(task.base_commit)}
    wanted = replace(_wanted(task, found, tests, entries, ports), may_ask=bench.seconds_left() >= LEAST_TO_ASK_S)
    usage, note = Usage(), ""
    for _ in range(TRIES):
        draft, note = _ask(ports.writer, wanted, TIME_SHARE * bench.seconds_left(), ports)
        usage += draft.usage
        if draft.wanted:
            wanted = _shown_too(wanted, draft.wanted, entries, ports)
            draft, note = _ask(ports.writer, wanted, TIME_SHARE * bench.seconds_left(), ports)
            usage += draft.usage
        if text := draft.text:
            reproducer = _as_reproducer(wanted.path, text)
            row = measure_base(bench, reproducer.overlay, Selection(reproducer.ids, ()))
            note = refusal(row.reproducing, wanted.path, task.text)
            if not note:
                told = f"the reproducing test {wanted.path} was written by the engine from the task's text"
                return Written(reproducer, row, usage, told)
        wanted = replace(wanted, refused=f"{note}\n\nIt was:\n```\n{text}```" if text else note)
    return Written(None, Cells(), usage, f"no test of the engine's own was taken: {note}")


def _ask(writer: ReproducerWriter, wanted: TestWanted, timeout_s: float, ports: Ports) -> tuple[DraftTest, str]:
    """What the writer answers and what it cost, or why there is no answer."""
    with ports.tracer.span(f"engine {ports.engine.name}, a test", "LLM") as span:
        span.content("input.value", wanted.refused)
        try:
            draft = writer.write_test(wanted, timeout_s=timeout_s)
        except EngineUnreachable:
            raise
        except (EngineFailure, BudgetSpent, TimeSpent) as failure:
            return DraftTest("", getattr(failure, "usage", Usage())), str(failure)
        span.set("llm.token_count.prompt", draft.usage.tokens_in)
        span.set("llm.token_count.completion", draft.usage.tokens_out)
        span.content("output.value", draft.text or "\n".join(draft.wanted))
        return draft, ""


def _shown_too(wanted: TestWanted, words: Sequence[str], entries: Mapping[str, BlobEntry], ports: Ports) -> TestWanted:
    """The request with what the writer asks to see in front; it may not ask again."""
    read = partial(read_texts, entries=entries, ports=ports)
    asked = asked_slices(words, list(entries), wanted.slices, read)
    return replace(
        wanted,
        slices=(*asked, *wanted.slices),
        files={**wanted.files, **read([slice_.path for slice_ in asked])},
        may_ask=False,
        asked=asked,
        unknown=unknown(words, list(entries), wanted.slices, read),
    )


def _as_reproducer(path: str, text: str) -> Reproducer:
    content = text.encode()
    return Reproducer(tuple(tests_in(path, content)) or (path,), "engine", {path: content})


def _wanted(
    task: Task, found: Localisation, tests: Mapping[str, bytes], entries: Mapping[str, BlobEntry], ports: Ports
) -> TestWanted:
    """What the writer is shown: the task, the nearest test file in part, and the code that is localised."""
    example_path = _named_in(task.text, tests) or _nearest_test(found, tests, entries, ports)
    example = _texts({example_path}, entries, ports).get(example_path, b"")
    slices = (
        *_helpers(example_path, example, task, entries, ports),
        *(one for one in found.shown or found.slices if not ports.suite.is_test_path(one.path)),
    )
    read = _texts({slice_.path for slice_ in slices}, entries, ports)
    return TestWanted(
        task=task,
        path=new_path(task.title, example_path or FIRST_TEST),
        example_path=example_path,
        example=excerpt(example, words_of(task.text), EXAMPLE_CAP_BYTES),
        slices=slices,
        files={path: content.decode(errors="replace") for path, content in read.items()},
    )


def _helpers(
    example_path: str, example: bytes, task: Task, entries: Mapping[str, BlobEntry], ports: Ports
) -> Iterator[Slice]:
    """The heads of what the example imports from files beside it: its tests are made with that."""
    used = names_beside(example_path, example, words_of(task.text))
    read = _texts({path for path, _ in used}, entries, ports)
    texts = {path: content.decode(errors="replace") for path, content in read.items()}
    wanted = [f"{path} {name}" for path, name in used]
    parts = asked_slices(wanted, list(texts), (), lambda paths: {path: texts[path] for path in paths})
    for first in {(part.path, part.name): part for part in reversed(parts)}.values():
        yield replace(first, end=min(first.end, first.start + HELPER_LINES))


def _named_in(text: str, tests: Mapping[str, bytes]) -> str:
    """The test file that the task names by its path or as a module, the first named; "" where it names none."""
    places = {path: place for path in tests if (place := _place_in(text, path)) >= 0 and tests_in(path, tests[path])}
    return min(places, key=places.__getitem__, default="")


def _place_in(text: str, path: str) -> int:
    """Where a text names a file, -1 where it does not; a file name without a folder could be any."""
    names = (path, path.removesuffix(".py").replace("/", ".")) if "/" in path else ()
    return min((place for name in names if (place := text.find(name)) >= 0), default=-1)


def _nearest_test(
    found: Localisation, tests: Mapping[str, bytes], entries: Mapping[str, BlobEntry], ports: Ports
) -> str:
    """The test file that reaches the candidates first, else one in the nearest folder, "" where there is none."""
    near = sorted(reaching_tests(targets_of(found), tests), key=lambda path: not is_called_test(path))
    if first := next((path for path in near if tests_in(path, tests[path])), ""):  # to parse all takes too long
        return first
    target = found.files[0][0] if found.files else FIRST_TEST
    others = [path for path in entries if ports.suite.is_test_path(path) and path not in tests]
    return nearest(target, [*(path for path in tests if holds_tests(tests[path])), *others])


def _texts(paths: set[str], entries: Mapping[str, BlobEntry], ports: Ports) -> dict[str, bytes]:
    ids = {path: entries[path].blob_id for path in sorted(paths) if path in entries}
    contents = dict(ports.repository.read(dict.fromkeys(ids.values())))
    return {path: contents[id_] for path, id_ in ids.items()}

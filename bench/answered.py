"""What a model, or a person, makes of our prompts: every prompt is a file until its answer lies beside it.

    python -m bench.answered --data FILE --mirrors DIR --pythons DIR --work DIR --post DIR [--issue-only] [ID ...]

A run is given the issue's text and the test patch (with `--issue-only` the text alone). What it would ask a model
appears as `--post`/CASE-N.prompt; whoever answers sees nothing but that text, and leaves CASE-N.answer (made elsewhere,
then moved). The run's clock stands still meanwhile and is charged `--answer-s` an answer. The truth is judged after.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bench.cases import Case, Store, parsed, read_cases
from bench.judging import Judge
from bench.kept import Kept
from bench.verdicts import Silent
from runner.adapters.sandbox_profile import python_version
from runner.budget import estimate_tokens
from runner.compose import PROMPTS, Job, open_ports
from runner.engines.prompted import Completion, PromptedEngine
from runner.engines.relay import RelayEngine
from runner.errors import EngineUnreachable, RunnerError, TimeSpent
from runner.models import Limits, Result, RunRequest, Task, Usage
from runner.orchestrator import run
from runner.settings import Settings
from runner.verify.test_paths import is_test_path

LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One case: how it ended, what each attempt came to, and what the change is worth beside the real fix."""

    case: str
    ended: str
    seconds: float
    prompts: int
    attempts: tuple[str, ...]
    truth: str
    reason: str


@dataclass
class Post:
    """A text model that is a folder, and the run's clock, which stands still while an answer is waited for."""

    folder: Path
    case: str
    answer_s: float
    patience_s: float
    name: str = "ollama"
    asked: int = 0
    waited_s: float = field(default=0.0, init=False)

    def check(self) -> str:
        """Whoever answers."""
        return f"answers in {self.folder}"

    def clock(self) -> float:
        """Seconds, without those of waiting."""
        return time.monotonic() - self.waited_s

    def complete(
        self,
        prompt: str,
        *,
        schema: Mapping[str, Any] | None,  # noqa: ARG002 -- the port's
        temperature: float,  # noqa: ARG002 -- the port's
        timeout_s: float,
    ) -> Completion:
        """The answer that was left. Raises TimeSpent where the run has too few seconds, EngineUnreachable."""
        if timeout_s < self.answer_s:
            raise TimeSpent(f"{timeout_s:.0f} s are too few for an answer")
        self.asked += 1
        place = self.folder / f"{self.case}-{self.asked}"
        answer = place.with_suffix(".answer")
        place.with_suffix(".writing").write_text(prompt, encoding="utf-8")
        place.with_suffix(".writing").rename(place.with_suffix(".prompt"))
        began_s = time.monotonic()
        while not answer.exists():
            if time.monotonic() - began_s > self.patience_s:
                raise EngineUnreachable(f"nobody answered {place.name}.prompt in {self.patience_s:.0f} s")
            time.sleep(LOOK_S)
        self.waited_s += time.monotonic() - began_s - self.answer_s
        text = answer.read_text(encoding="utf-8")
        return Completion(text, Usage(1, estimate_tokens(prompt), estimate_tokens(text)))


def main() -> int:
    """Run what has not been run yet, then print the table."""
    args = _arguments()
    cases = {name: case for name, case in read_cases(args.data).items() if case.recipe}
    store, file = Store(args.work, args.mirrors, args.pythons), args.post / "rows.jsonl"
    args.post.mkdir(parents=True, exist_ok=True)
    chosen, kept = args.ids or sorted(cases), Kept(file, Row)
    rows = (
        kept.of(chosen) if args.report else kept.measured(chosen, lambda id_: _measured(cases[id_], store, args), _line)
    )
    print("\n".join(["", TITLE, *map(_line, rows)]))
    return 0


def _measured(case: Case, store: Store, args: argparse.Namespace) -> Row:
    began_s, post = time.monotonic(), Post(args.post, case.name, args.answer_s, args.patience)
    try:
        place = store.place(case)
        out = args.work / "bundles" / f"{case.name}-{time.time_ns()}"
        limits = Limits(seconds=args.seconds)
        templates = {path.name: path.read_text() for path in PROMPTS.glob("*.j2")}
        engine = PromptedEngine(post, templates, limits, python_version(place.environment))
        settings = Settings(state_dir=args.work / "state", engine="search")
        with open_ports(settings, Job(place.repository, out, place.environment, limits=limits), Silent()) as ports:
            base = ports.repository.resolve("HEAD")
            task = Task(str(place.repository), base, case.issue, "bench")
            request = RunRequest(task, limits, engine.name, str(out), "" if args.issue_only else case.test_patch)
            asks = RelayEngine(engine, ports.engine) if args.relay else engine
            began_s = post.clock()
            result = run(request, replace(ports, engine=asks, writer=engine, clock=post.clock))
            seconds = post.clock() - began_s
            (args.post / f"{case.name}.diff").write_text(result.diff, encoding="utf-8")
            truth = ""
            if result.diff:
                change = {p: text for p, text in result.overlay.items() if not is_test_path(p)}
                with ports.workspace.checkout(base) as checkout:
                    truth = Judge(case, place, ports, checkout).truth(change)
            return _row(case, result, seconds, post, truth)
    except (RunnerError, OSError, subprocess.CalledProcessError) as error:
        return Row(case.name, f"unusable: {error}"[:200], post.clock() - began_s, post.asked, (), "", "")


def _row(case: Case, result: Result, seconds: float, post: Post, truth: str) -> Row:
    return Row(
        case=case.name,
        ended=f"{result.verdict.value} ({result.exit.value})",
        seconds=seconds,
        prompts=post.asked,
        attempts=tuple(attempt.outcome for attempt in result.attempts),
        truth=truth,
        reason=" / ".join(result.reasons)[:300],
    )


TITLE = """| case | ended | s | prompts | attempts | truth | reason |
|---|---|---:|---:|---|---|---|"""


def _line(row: Row) -> str:
    words = (row.case, row.ended, f"{row.seconds:.0f}", row.prompts, "; ".join(row.attempts), row.truth, row.reason)
    return "| " + " | ".join(str(word).replace("|", "/").replace("\n", " ") for word in words) + " |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--post", type=Path, required=True, help="where prompts and answers lie")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--answer-s", type=float, default=10.0, help="what an answer costs of the run's clock")
    parser.add_argument("--patience", type=float, default=900.0, help="seconds to wait for an answer")
    parser.add_argument("--issue-only", action="store_true", help="without the test patch")
    parser.add_argument("--relay", action="store_true", help="with the built-in search at its side")
    args = parsed(parser)
    args.post = args.post.resolve()
    return args


if __name__ == "__main__":
    sys.exit(main())

"""The way from a label to a pull request, watched from outside: over the hub's REST and the App's own records."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ghapp.demo.stage import LABEL, MAINTAINER, Play
from ghapp.demo.visitor import Json, Visitor
from ghapp.errors import DemoFailed
from ghapp.store import Job, JobState, Store

POLL_S: Final = 0.2
PREPARE_WITHIN_S: Final = 600.0
RUN_WITHIN_S: Final = 300.0
TRACE_WITHIN_S: Final = 20.0
_ROW = re.compile(r"^- ✅ \*\*(?P<phase>[^*]+)\*\*(?P<facts>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: the verdict, where everything can be seen, and both times in seconds.

    `pull_url` and `check_url` are empty where there is no pull request; `worker_s` runs from the worker's taking
    the job, `total_s` from the label, both to the open pull request or the end.
    """

    verdict: str
    issue_url: str
    pull_url: str
    check_url: str
    trace_id: str
    bundle: Path
    receipt: Json
    worker_s: float
    total_s: float

    @property
    def is_proven(self) -> bool:
        """Whether the fix is proven and its pull request open."""
        return self.verdict == "PROVEN" and bool(self.pull_url)


@dataclass(frozen=True, slots=True)
class Tour:
    """One way through, with everything it looks at. `tend` keeps the services alive while we wait."""

    visitor: Visitor
    store: Store
    state: Path
    play: Play
    say: Callable[[str], None]
    tend: Callable[[], None]

    @property
    def repository(self) -> str:
        """The repository's path in the API."""
        return f"/repos/{MAINTAINER}/{self.play.name}"

    def await_preparation(self) -> None:
        """Wait until the environment that came with the installation is made."""
        subject = f"{self.visitor.get(self.repository)['id']}#prepare"
        began_s = time.monotonic()
        job = self._await_end(subject, PREPARE_WITHIN_S)
        self.say(f"  prepared  {time.monotonic() - began_s:.1f} s for the repository's own dependencies: {job.outcome}")

    def fix(self) -> Outcome:
        """Open the issue, label it, and watch until the job has ended."""
        issue = self.visitor.post(f"{self.repository}/issues", {"title": self.play.title, "body": self.play.body})
        self.say(f"  {MAINTAINER} opened {issue['html_url']}: {self.play.title}")
        labelled_s = time.monotonic()
        self.visitor.post(f"{self.repository}/issues/{issue['number']}/labels", {"labels": [LABEL]})
        self.say(f"  {MAINTAINER} set the label `{LABEL}`; from here on the clock runs")
        subject = f"{self.visitor.get(self.repository)['id']}#{issue['number']}"
        shown = set[str]()
        job = self._await_end(subject, RUN_WITHIN_S, lambda: self._show_progress(issue["number"], shown))
        total_s = time.monotonic() - labelled_s
        return self._outcome(job, issue, total_s, shown)

    def _await_end(self, subject: str, within_s: float, look: Callable[[], None] = lambda: None) -> Job:
        """The subject's job once it is neither queued nor running."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self.tend()
            look()
            jobs = self.store.jobs_on(subject)
            if jobs and jobs[-1].state in (JobState.PR_OPEN, JobState.DONE):
                return jobs[-1]
            time.sleep(POLL_S)
        raise DemoFailed(f"no job of {subject} ended in {within_s:.0f} s; look at the worker's log")

    def _show_progress(self, issue_number: int, shown: set[str]) -> None:
        """Show the phases that the App's comment says are done, each once."""
        comments = self.visitor.get(f"{self.repository}/issues/{issue_number}/comments")
        for found in _ROW.finditer("\n".join(comment["body"] for comment in comments)):
            if found[0] not in shown:
                shown.add(found[0])
                self.say(f"  {found['phase']:<12}{found['facts'].replace('`', '').strip(' ·')}")

    def _outcome(self, job: Job, issue: Json, total_s: float, shown: set[str]) -> Outcome:
        bundle = max((self.state / "runs").glob(f"{job.id}*"), key=lambda path: path.stat().st_mtime, default=None)
        if bundle is None:
            raise DemoFailed(f"the job ended with {job.outcome!r} before its run began; look at the worker's log")
        receipt = _read(bundle / "receipt.json")
        for line in _missed_rows(receipt, shown):
            self.say(line)
        pull_url, check_url = self._pull_request(job) if job.pull_number else ("", "")
        return Outcome(
            verdict=str(_read(bundle / "tests.json").get("verdict", "UNPROVEN")),
            issue_url=issue["html_url"],
            pull_url=pull_url,
            check_url=check_url,
            trace_id=str(_read(bundle / "spans.json").get("trace_id", "")),
            bundle=bundle,
            receipt=receipt,
            worker_s=self._worker_seconds(issue["number"], job),
            total_s=total_s,
        )

    def _worker_seconds(self, issue_number: int, job: Job) -> float:
        """What the App itself says of its clock, in its comment; else the last checkpoint."""
        comments = self.visitor.get(f"{self.repository}/issues/{issue_number}/comments")
        said = re.search(r"([\d.]+) s from taking the job", "\n".join(comment["body"] for comment in comments))
        return float(said[1]) if said else job.elapsed_s

    def _pull_request(self, job: Job) -> tuple[str, str]:
        """The addresses of the pull request and of the check on its head."""
        pull = self.visitor.get(f"{self.repository}/pulls/{job.pull_number}")
        checks = self.visitor.get(f"{self.repository}/commits/{pull['head']['sha']}/check-runs")["check_runs"]
        return pull["html_url"], checks[0]["html_url"] if checks else ""


def _read(file: Path) -> Json:
    """A file of the bundle; an empty object where the run did not come to write it."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _missed_rows(receipt: Json, shown: set[str]) -> Iterator[str]:
    """The receipt's rows that went by between two looks at the comment."""
    seen = [found["phase"] for found in map(_ROW.match, shown) if found]
    for row in receipt.get("rows", []):
        if row["phase"] in seen:
            seen.remove(row["phase"])
        else:
            memory = f"{row['peak_rss_bytes'] / 2**20:.0f} MB"
            yield f"  {row['phase']:<12}{row['seconds']:.1f} s · {memory} · {row['found']}"


def trace_is_there(visitor: Visitor, phoenix_url: str, trace_id: str, project: str = "greenloop") -> bool:
    """Whether Phoenix knows spans of the trace; its pages say 200 for anything, its REST does not."""
    deadline = time.monotonic() + TRACE_WITHIN_S
    while time.monotonic() < deadline:
        try:
            found = json.loads(visitor.page(f"{phoenix_url}/v1/projects/{project}/spans?trace_id={trace_id}&limit=1"))
            if found["data"]:
                return True
        except DemoFailed:
            pass  # the project is made with its first span
        time.sleep(POLL_S)
    return False

"""What people read: complete, calm, within GitHub's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ghapp.errors import TemplateMissing
from ghapp.ports import PullRequest
from ghapp.render import (
    BODY_CAP_CHARS,
    Progress,
    ProgressRow,
    Renderer,
    Story,
    commit_message,
    is_draft,
    issue_marker,
    job_marker,
    pull_title,
    trace_line,
)
from ghapp.summary import JobRow, changed_files, commands, debt, headline, histogram, replay, stress_line
from ghapp.testing import TRACE_ID, finished, made_run, proven_matrix
from runner.models import ExitReason, Limits, Result, Rival, RunRequest, Task
from runner.proof import Cells, Matrix, Stress, TestOutcome, TestRun, Verdict

TEMPLATES = Path(__file__).parents[2] / "templates"
EVIL = "@mona fixes #1 ``` <img src=x> </details> [x](http://evil) | - [ ] \u202e"
HEAD = "c" * 40
DIFF = "diff --git a/src/it.py b/src/it.py\n--- a/src/it.py\n+++ b/src/it.py\n@@ -1 +1,2 @@\n-old\n+new\n+more\n"
REQUEST = RunRequest(Task("octo/shop", "b" * 40, "text", "label by mona"), Limits(), "search", "out")


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """The templates as they are shipped."""
    return Renderer({path.name: path.read_text() for path in TEMPLATES.glob("*.md.j2")})


def story(verdict: Verdict = Verdict.PROVEN, *, text: str = "adds the first one too", plan_json: str = "{}") -> Story:
    """A finished run whose engine and tests say `text`."""
    result: Result = finished(REQUEST, verdict, diff=DIFF, text=text)
    rows = (JobRow("clone", 1.2), JobRow("prepare (not on the clock)", 12.0, "cached"))
    trace = trace_line(TRACE_ID, "https://phoenix.example.org")
    return Story(result, 3, text, "mona", "b" * 40, plan_json, trace, rows, job_marker("fix-1"))


def test_the_pull_request_says_everything_in_order(renderer: Renderer) -> None:
    """Verdict first, then what closes, the matrix, the change, stress, links; the rest is folded."""
    body = renderer.pull_request(story(), HEAD, issue_marker("9#3"))
    expected = (
        "PROVEN", "Closes #3", "**base**", "**head**", "**revert**", "`src/it.py` +2 -1", "between 72 % and 100 %",
        "https://phoenix.example.org/redirects/traces/", f"refs/greenloop/evidence/{HEAD}", "Run it yourself",
        "pytest -q tests/test_it.py::total", "```mermaid", "plan.json", "`src/it.py:1-1 it`",
        "Monte Carlo", "prior, n = 0", "← this run",
        "Receipt", "prepare (not on the clock)", "<!-- greenloop issue=9#3 -->",
    )  # fmt: skip
    places = [body.find(part) for part in expected]
    assert -1 not in places, dict(zip(expected, places, strict=True))
    assert places == sorted(places)
    assert body.index("<details>") < 2500
    assert body.count("<details>") == body.count("</details>")


def test_an_ambiguous_proof_asks_and_stays_a_draft(renderer: Renderer) -> None:
    """What else passes the same tests is listed with an input that tells it apart, before all that is folded."""
    rivals = (Rival("src/it.py:1 in it: `>` becomes `!=`", "it(-1)", "None", "-1"),)
    proven = story()
    ambiguous = replace(proven, result=replace(proven.result, alternatives=rivals))
    body = renderer.pull_request(ambiguous, HEAD, "")
    assert "**PROVEN, but *ambiguous*.**" in body
    assert "on `it(-1)`: `-1`, here `None`" in body
    assert body.index("it(-1)") < body.index("<details>")
    assert is_draft(ambiguous.result)
    assert not is_draft(proven.result)


def test_the_places_looked_at_say_why_and_what_was_changed(renderer: Renderer) -> None:
    """A reader sees what led to the change; a run that changed nothing marks nothing."""
    mended = story()
    changed = replace(mended, result=replace(mended.result, overlay={"src/it.py": b""}))
    assert "`src/it.py:1-1 it` · `adds the first one too` · **changed**" in renderer.pull_request(changed, HEAD, "")
    unproven = renderer.unproven(replace(story(Verdict.UNPROVEN)))
    assert "`src/it.py:1-1 it`" in unproven
    assert "**changed**" not in unproven


def test_a_test_that_asks_for_the_opposite_is_put_to_the_maintainer(renderer: Renderer) -> None:
    """The advice names it, and asks for what only a person can say."""
    last = story(Verdict.UNPROVEN)
    assert "only you can say" not in renderer.unproven(last)
    body = renderer.unproven(replace(last, result=replace(last.result, contested=("tests/test_it.py::two",))))
    assert "this existing test fails: `tests/test_it.py::two`" in body
    assert body.index("only you can say") < body.index("<details>")


def test_the_change_that_came_closest_is_shown(renderer: Renderer) -> None:
    """Not the last one, if an earlier one left fewer tests failing."""
    last = story(Verdict.UNPROVEN)
    first = last.result.attempts[0]
    later = replace(first, number=2, diff=DIFF.replace("+more", "+worse"))
    body = renderer.unproven(replace(last, result=replace(last.result, attempts=(first, later))))
    assert "+more" in body
    assert "+worse" not in body


@pytest.mark.parametrize(
    ("existing", "said"),
    [
        ((), "but no other test was run"),
        ((made_run("pytest", "all", a=TestOutcome.PASSED),), "and nothing else broke"),
        ((made_run("pytest", "selected 1 of 9", a=TestOutcome.PASSED),), "none of the 1 tests around it that were run"),
    ],
)
def test_the_headline_claims_no_more_than_the_matrix_has_seen(existing: tuple[TestRun, ...], said: str) -> None:
    """PROVEN without other tests, with all of them, and with some, are three different things."""
    matrix = proven_matrix()
    seen = replace(matrix, head=replace(matrix.head, existing=existing))
    assert said in headline(Verdict.PROVEN, seen)


def test_only_a_proven_fix_closes_its_issue(renderer: Renderer) -> None:
    """REGRESSION-SAFE refers to the issue and says that nothing shows the defect."""
    body = renderer.pull_request(story(Verdict.REGRESSION_SAFE), HEAD, "")
    assert "Refs #3" in body
    assert "Closes" not in body
    assert "none shows the defect" in body


def test_the_replay_names_what_reproduces_the_defect(renderer: Renderer) -> None:
    """Where that stands on the base already nothing else says which test it is, and the answer would be another."""
    command = f"greenloop verify --repo . --base {'b' * 40} --head {HEAD}"
    assert f"\n{command} --reproducer tests/test_it.py::total\n" in renderer.pull_request(story(), HEAD, "")
    odd = made_run("pytest", "all", **{"total[a b]": TestOutcome.FAILED})
    assert replay(Matrix(base=Cells((), (odd, odd))), "b", "h").endswith(" --reproducer 'tests/test_it.py::total[a b]'")
    assert replay(Matrix(), "b", "h") == "greenloop verify --repo . --base b --head h"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_nobodys_text_becomes_markup(renderer: Renderer, verdict: Verdict) -> None:
    """Wherever issue, engine or tests are quoted, it is inside code: no mention, reference, link or tag is left."""
    evil = story(verdict, text=EVIL, plan_json=f'{{"x": "{EVIL}"}}')
    bodies = [renderer.unproven(evil), renderer.check_run(evil), renderer.pull_request(evil, HEAD, "")]
    bodies.append(renderer.opened(evil, PullRequest(4, "https://hub/4", HEAD), (1.0, 2.0), (EVIL,)))
    bodies.append(renderer.stopped(EVIL, "Do this.", "<!-- m -->"))
    rows = (ProgressRow("map", done=True, seconds=1.0, found=EVIL),)
    bodies.append(renderer.progress(Progress(rows, 1, 2.0, 90.0, EVIL, 0), "<!-- m -->"))
    for body in bodies:
        without_fences = re.sub(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$", "", body)
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", without_fences)
        for trace in ("@mona", "#1 ", "<img", "](http://evil", "- [ ]"):
            assert trace not in outside, body


def test_a_long_body_is_cut_by_whole_blocks_with_a_pointer(renderer: Renderer) -> None:
    """Nothing is cut in its middle: a fold is there as a whole or replaced by the way to the evidence."""
    body = renderer.pull_request(story(plan_json="{" + "x" * 70_000 + "}"), HEAD, issue_marker("9#3"))
    assert len(body.encode("utf-16-le")) // 2 <= BODY_CAP_CHARS
    assert "Left out for its length: plan." in body
    assert f"git fetch origin refs/greenloop/evidence/{HEAD}" in body
    assert body.count("<details>") == body.count("</details>")
    assert "Monte Carlo" in body
    assert body.rstrip().endswith(issue_marker("9#3"))


@pytest.mark.parametrize(
    ("exit_", "said"),
    [
        (ExitReason.ENVIRONMENT_MISSING, "`.github/greenloop.yml`"),
        (ExitReason.NO_REPRODUCER, "name a failing test"),
        (ExitReason.NOTHING_TO_DO, "is right on the default branch already"),
        (ExitReason.TIME_SPENT, "narrow the issue down"),
        (ExitReason.MEMORY_PRESSURE, "`GREENLOOP_WORKERS`"),
        (ExitReason.ENGINE_UNREACHABLE, "`greenloop doctor`"),
        (ExitReason.CRASHED, "in its log"),
        (ExitReason.TESTS_STILL_FAIL, "add what you know"),
    ],
)
def test_what_to_do_fits_what_happened(renderer: Renderer, exit_: ExitReason, said: str) -> None:
    """Nobody is asked for a hint where the server is at fault, and whoever commented knows how to ask again."""
    unproven = story(Verdict.UNPROVEN)
    body = renderer.unproven(replace(unproven, result=replace(unproven.result, exit=exit_)))
    (advice,) = [line for line in body.splitlines() if line.startswith("**What to do:**")]
    assert said in advice
    assert "comment `/greenloop fix`, or set the label anew" in advice


def test_a_failed_runs_last_change_and_feedback_are_folded_in(renderer: Renderer) -> None:
    """Who takes over sees what was tried last, and what would help."""
    body = renderer.unproven(story(Verdict.UNPROVEN))
    assert "+new" in body
    assert "What to do" in body
    assert body.rstrip().endswith(job_marker("fix-1"))


def test_characters_beyond_the_first_plane_count_twice(renderer: Renderer) -> None:
    """GitHub counts UTF-16 units: half as many emoji fit."""
    body = renderer.pull_request(story(plan_json="🎉" * 40_000), HEAD, "")
    assert "Left out for its length: plan." in body


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Totals are wrong", "Fix: Totals are wrong"),
        ("fix totals", "fix totals"),
        ("Closes #12 @mona", "Fix: Closes 12 mona"),
        ("`parse_date` loses its zone", "Fix: parse_date loses its zone"),
        ("```", "Fix: issue 3"),
    ],
)
def test_a_title_pings_and_closes_nothing(title: str, shown: str) -> None:
    """The pull request's title is the issue's without mentions and references."""
    assert pull_title(title, 3) == shown


def test_a_commit_message_leads_to_the_evidence_and_closes_nothing() -> None:
    """Trailers name verdict, trace and run; the title is short and means nothing to GitHub."""
    message = commit_message(story(text="fixes #12 " + "x" * 200), "fix-1", ("Co-authored-by: mona <m@x>",))
    title, blank, reference, *_, last = message.rstrip("\n").split("\n")
    assert len(title) <= 72
    assert "#12" not in title
    assert (blank, reference, last) == ("", "Refs #3", "Co-authored-by: mona <m@x>")
    assert f"Greenloop-Trace: {TRACE_ID}" in message


def test_without_a_public_phoenix_the_traces_id_is_shown() -> None:
    """A link that opens for nobody is worse than an id."""
    assert trace_line(TRACE_ID, "") == f"Trace `{TRACE_ID}`"


def test_the_histogram_marks_where_the_run_fell() -> None:
    """The bin of the run's seconds has the mark; an empty histogram is none."""
    lines = histogram(((0.0, 10), (5.0, 40), (10.0, 0)), 7.5).splitlines()
    assert [("this run" in line) for line in lines] == [False, True, False]
    assert lines[1].count("█") == 4 * lines[0].count("█")
    assert histogram((), 1.0) == histogram(((0.0, 0),), 1.0) == ""


def test_stress_never_claims_more_than_its_reruns_support() -> None:
    """Ten of ten is told with its interval, none with its absence."""
    assert "between 72 % and 100 %" in stress_line(Stress(10, 10, (0.7225, 1.0), 0, 0, 1, 1.0))
    assert "No reruns" in stress_line(Stress(0, 0, (0.0, 1.0), 0, 0, 1, 0.0))


def test_files_with_odd_names_are_counted_too() -> None:
    """A content line that looks like a header is a content line; deleted and new files count."""
    diff = DIFF + "diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n"
    assert changed_files(diff) == ("`src/it.py` +2 -1", "`new` +1 -0")


def test_a_missing_template_is_named() -> None:
    """The message says which file to restore."""
    with pytest.raises(TemplateMissing, match="comment_refused"):
        Renderer({}).refused("")


def test_no_value_is_ever_silently_empty(renderer: Renderer) -> None:
    """Strict templates: every page renders with exactly what it is given, for each kind of result."""
    bare = replace(story(Verdict.UNPROVEN).result, plan=None, attempts=(), forecasts=(), reasons=())
    assert "UNPROVEN" in renderer.unproven(replace(story(Verdict.UNPROVEN), result=bare))
    assert "PROVEN" in renderer.pull_request(replace(story(), result=replace(bare, verdict=Verdict.PROVEN)), HEAD, "")
    for topic in ("help", "not_yet", "busy"):
        assert renderer.reply(topic, "greenloop", "<!-- m -->").count("\n") == 2


def test_what_was_broken_before_is_told_apart_from_what_this_mends() -> None:
    """A test that fails on the base is this change's concern only if it reproduces the issue."""
    both = made_run("pytest", "all", total=TestOutcome.FAILED, other=TestOutcome.FAILED)
    about = made_run("pytest -k total", "selected 1 of 2", total=TestOutcome.FAILED)
    matrix = Matrix(base=Cells((both,), (about, about)))
    assert debt(matrix) == ("`tests/test_it.py::other`",)
    assert commands(matrix) == (("base", "pytest -k total\npytest"),)

"""The webhook-to-pull-request job on a repository of 3 million lines, several times, cold each time.

    python -m bench.scale --source GIT_DIR --work DIR [--runs 5]

`--source` is a clone of oracle/oci-python-sdk. One defect is planted in it (BEFORE becomes AFTER), with an issue
and a failing test of it; each run is a whole `greenloop demo` with a hub, a state folder and a cache of its own. An
outside sampler measures the worker's process tree every 50 ms, to be held against the receipt.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from bench.sampling import Sampler

ROOT = Path(__file__).parent.parent
PLANTED = Path("src/oci/retry/retry_sleep_utils.py")
BEFORE, AFTER = "exponent_growth_factor ** (attempt - 1)", "exponent_growth_factor ** (attempt + 1)"
SETUP = (
    "setup:\n  - pip install pytest==7.1.2 certifi pyOpenSSL cryptography python-dateutil pytz circuitbreaker "
    "urllib3 PyJWT crc32c six\n"
)
TASK = """Retries with decorrelated jitter wait far too long on the first attempt

With `BACKOFF_DECORRELATED_JITTER_VALUE` the very first retry should sleep about the base time, but we see it
sleeping nine times as long with a growth factor of 3. The sleep time computed from the exponential backoff seems to
be two attempts ahead of the real one.
"""
TEST = """from oci.retry import retry_sleep_utils


def test_decorrelated_jitter_first_attempt_waits_the_base_time():
    wait = retry_sleep_utils.get_exponential_backoff_with_decorrelated_jitter_sleep_time
    assert wait(2, 3, 1000, 1, 0) == 2
    assert wait(2, 3, 1000, 3, 0) == 18


def test_decorrelated_jitter_is_capped():
    wait = retry_sleep_utils.get_exponential_backoff_with_decorrelated_jitter_sleep_time
    assert wait(2, 3, 5, 9, 0) == 5
    assert 2 <= wait(2, 1, 100, 4, 1) <= 3
"""
TEST_PATH = "tests/unit/test_retry_sleep.py"


def main() -> int:
    """Plant the defect, run, print a row per run and the phases of the last one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    repository = plant(args.source, args.work / "planted")
    (args.work / "task.md").write_text(TASK, encoding="utf-8")
    (args.work / "test.diff").write_text(new_file_diff(TEST_PATH, TEST), encoding="utf-8")
    print("| run | verdict | worker's clock s | label to end s | peak MB, receipt | peak MB, outside |")
    print("|---|---|---|---|---|---|", flush=True)
    worst: Mapping[str, Any] = {}
    for number in range(1, args.runs + 1):
        worst = run_once(number, repository, args.work)
    print("\n" + "\n".join(worst.get("notes", [])))
    print("\n| phase | s | MB | found |\n|---|---|---|---|")
    for row in worst.get("rows", []):
        print(f"| {row['phase']} | {row['seconds']:.1f} | {row['peak_rss_bytes'] / 1e6:.0f} | {row['found'][:90]} |")
    return 0


def run_once(number: int, repository: Path, work: Path) -> Mapping[str, Any]:
    """One whole demo; prints its row and returns its receipt."""
    command = [sys.executable, "-m", "ghapp", "demo", "--keep", "--repo", str(repository)]
    command += ["--task", str(work / "task.md"), "--test-patch", str(work / "test.diff")]
    with (work / f"run-{number}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        root = psutil.Process(process.pid)
        sampler = Sampler(lambda: _jobs_bytes(root))
        process.wait(timeout=900)
        outside = sampler.end()
    said = (work / f"run-{number}.log").read_text(encoding="utf-8")
    verdict = _found(r"^verdict\s+(\S+)", said)
    worker, whole = _found(r"([\d.]+) s on the worker's clock", said), _found(r"clock; ([\d.]+) s from label", said)
    path = Path(_found(r"^receipt\s+(\S+)", said))
    receipt: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    inside = receipt.get("peak_rss_bytes", 0) / 1e6
    print(f"| {number} | {verdict} | {worker} | {whole} | {inside:.0f} | {outside / 1e6:.0f} |", flush=True)
    folder = _found(r"all of it in (\S+)", said)
    if folder.startswith("/") and "greenloop-demo-" in folder:
        shutil.rmtree(folder, ignore_errors=True)
    return receipt


def _jobs_bytes(root: psutil.Process) -> int:
    """The RSS sum below the worker's forked job: RQ forks each off its worker, under the worker's own command line."""
    workers = [p for p in root.children(recursive=True) if "worker" in _words(p)]
    jobs = [child for worker in workers for child in worker.children() if _words(child) == _words(worker)]
    return sum(_rss(process) for job in jobs for process in (job, *job.children(recursive=True)))


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # a zombie counts as gone
        return []


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def plant(source: Path, target: Path) -> Path:
    """A repository of one commit: the newest tree with the defect and a setup file in it. Made once."""
    if (target / ".git").is_dir():
        return target
    target.mkdir(parents=True)
    archive = subprocess.Popen(["git", f"--git-dir={source}", "archive", "HEAD"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(target)], stdin=archive.stdout, check=True)
    text = (target / PLANTED).read_text(encoding="utf-8")
    if BEFORE not in text:
        raise SystemExit(f"{PLANTED} has changed; the defect cannot be planted")
    (target / PLANTED).write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    (target / "tests" / "conftest.py").unlink()  # imports a module of theirs that is not published
    (target / ".github").mkdir(exist_ok=True)
    (target / ".github" / "greenloop.yml").write_text(SETUP, encoding="utf-8")
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "base"], ["repack", "-adq"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
        subprocess.run(["git", "-C", str(target), *identity, *words], check=True)
    return target


def new_file_diff(path: str, text: str) -> str:
    """The unified diff that adds a file."""
    lines = text.splitlines()
    head = (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
    )
    return head + "".join(f"+{line}\n" for line in lines)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else "?"


if __name__ == "__main__":
    sys.exit(main())

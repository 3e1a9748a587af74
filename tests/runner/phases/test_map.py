"""Map finds the code that a task is about, whatever else is in the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from runner.localise.pack import BUDGET_BYTES
from runner.localise.report import localise_report
from runner.models import BlobEntry, Localisation, Task
from runner.phases.map import Reading, map_slices
from runner.testing import FakeClock, FakeRepository, FakeSliceCache, SerialScan

CODE = b'''"""Money."""
import decimal

ROUNDING = "half up"


class Ledger:
    """Keeps amounts."""

    def add_amount(self, amount):
        """Add one amount."""
        self.total += amount

    def transfer_to(self, other, amount):
        if amount < 0:
            raise ValueError("cannot transfer a negative amount")
        other.add_amount(amount)


def convert_currency(amount, rate):
    return amount * rate
'''
FILES: dict[str, bytes] = {
    "src/bank/ledger.py": CODE,
    "src/bank/__init__.py": b"from bank.ledger import Ledger\n",
    "src/bank/report.py": b"def monthly_report(ledger):\n    return str(ledger)\n",
    "src/bank/vendor/ledger.py": CODE.replace(b"Ledger", b"LedgerCopy"),
    "tests/test_ledger.py": (
        b"from bank import Ledger\n\ndef test_transfer_to():\n    Ledger().transfer_to(Ledger(), 1)\n"
    ),
    "docs/ledger.md": b"# Ledger transfer_to amount negative\n" * 50,
}


def localise(text: str, files: Mapping[str, bytes] | None = None, **more: Any) -> Localisation:
    """What Map finds in the files."""
    repository = more.pop("repository", None) or FakeRepository(FILES if files is None else files)
    cache = more.pop("cache", None) or FakeSliceCache()
    reading = Reading(repository, cache, FakeClock(), SerialScan())
    return map_slices(Task("repo", "base", text, "test"), "base", reading, **more)


def test_the_definition_that_a_task_describes_comes_first() -> None:
    """Words of the text, matched with names and contents, lead to file and definition."""
    found = localise("Negative transfer\n\nMoving a negative amount between ledgers is refused by `transfer_to`.")
    best = found.slices[0]
    assert found.files[0][0] == "src/bank/ledger.py"
    assert (best.path, best.name, best.start, best.end) == ("src/bank/ledger.py", "Ledger.transfer_to", 14, 17)
    assert "defines transfer_to" in best.why
    assert "transfer" in best.why


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('It breaks\n\n  File "/opt/lib/site-packages/bank/report.py", line 2, in monthly_report\n', "traceback"),
        ("It breaks\n\nsomewhere in bank/report.py:2 I think", "named by its path"),
        ("It breaks\n\nCalling bank.report.monthly_report does it", "named as bank.report.monthly_report"),
    ],
)
def test_what_the_text_names_comes_first(text: str, reason: str) -> None:
    """A frame, a path and a dotted name each point at their definition, and `why` says so."""
    best = localise(text).slices[0]
    assert (best.path, best.name) == ("src/bank/report.py", "monthly_report")
    assert reason in best.why


def test_the_code_of_a_test_patch_is_read_like_the_reporters() -> None:
    """The failing test names what the text does not; what it no longer says is not read."""
    text = "Wrong amounts\n\nThe amount is off by one."
    patch = "--- a/tests/test_rate.py\n+++ b/tests/test_rate.py\n@@ -1 +1 @@\n-monthly_report(1)\n"
    assert localise(text, test_patch=patch) == localise(text)
    found = localise(text, test_patch=f"{patch}+def test_rate():\n+    assert convert_currency(2, 3) == 6\n")
    assert found.slices[0].name == "convert_currency" != localise(text).slices[0].name


def test_a_quoted_message_leads_to_its_file() -> None:
    """An error message stands in the code that raises it."""
    files = {f"pkg/m{n}.py": b"def run():\n    pass\n" for n in range(5)}
    files["pkg/m3.py"] = b"def run():\n    raise ValueError('the frobs are out of order')\n"
    assert localise('Crash\n\n"the frobs are out of order"', files).files[0][0] == "pkg/m3.py"


def test_tests_vendored_and_generated_files_come_after_the_product() -> None:
    """They hold the same words, and a fix hardly ever belongs there; the reason is in `why`."""
    found = localise("Ledger transfer_to refuses a negative amount")
    paths = [path for path, _ in found.files]
    assert paths.index("src/bank/ledger.py") < paths.index("src/bank/vendor/ledger.py")
    assert paths.index("src/bank/ledger.py") < paths.index("tests/test_ledger.py")
    vendored = next(slice_ for slice_ in found.slices if slice_.path == "src/bank/vendor/ledger.py")
    assert vendored.why.endswith("vendored")


def test_what_is_shown_is_whole_and_fits() -> None:
    """The spans are whole pieces, with the blank lines around them, without overlap within the budget."""
    body = b"".join(
        b"def handler_%d(amount):\n    return amount + %d  # %s\n\n\n" % (n, n, b"x" * 300) for n in range(200)
    )
    found = localise("handler amount returns the wrong amount", {"big.py": body})
    lines = body.split(b"\n")
    shown = [b"\n".join(lines[s.start - 1 : s.end]) for s in found.shown]
    assert 0 < sum(len(text) + 1 for text in shown) <= BUDGET_BYTES
    assert all(text.strip().startswith(b"def handler_") and text.count(b"def") == 1 for text in shown)
    assert len({(s.path, s.start) for s in found.shown}) == len(found.shown)


def test_a_second_run_parses_nothing_again() -> None:
    """Definitions come from the cache, and the answer is the same."""
    cache = FakeSliceCache()
    first = localise("negative transfer", cache=cache)
    kept = dict(cache.records)
    assert kept
    assert localise("negative transfer", cache=cache) == first
    assert cache.records == kept


@pytest.mark.parametrize("record", [b"", b"nonsense", b"[[1]]"])
def test_a_damaged_record_is_parsed_again(record: bytes) -> None:
    """The cache is a help and never an authority."""
    cache = FakeSliceCache()
    first = localise("negative transfer", cache=cache)
    cache.records.update(dict.fromkeys(cache.records, record))
    assert localise("negative transfer", cache=cache) == first


def test_awkward_files_are_passed_over_with_a_note() -> None:
    """Binary files, LFS pointers, minified and huge files cost nothing and are said."""
    odd = {
        "src/image.py": b"\0\1\2 transfer_to",
        "src/model.py": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
        "src/huge.py": b"transfer_to = 1\n" * 3_200_000,
        "src/app.js": b"function transfer_to(){};" * 4000,
        "src/empty.py": b"",
        "odd \udcff\n\"name'.py": CODE.replace(b"\n", b"\r\n"),
        "src/latin.py": b"# caf\xe9\ndef transfer_to(): pass\n",
    }
    found = localise("transfer_to refuses a negative amount", {**FILES, **odd})
    notes = "\n".join(found.notes)
    assert "1 file(s) over 5 MB were not read: 'src/huge.py'" in notes
    assert all(word in notes for word in ("binary", "LFS", "minified"))
    assert any(slice_.path.startswith("odd") and slice_.name == "Ledger.transfer_to" for slice_ in found.slices)
    assert ("src/latin.py", "transfer_to", 2) in {(s.path, s.name, s.start) for s in found.slices}
    json.dumps(localise_report(found, top=10)).encode()


def test_symlinks_are_not_read() -> None:
    """A link's content is a path and no code."""

    class Linked(FakeRepository):
        def entries(self, commit: str) -> list[BlobEntry]:
            return [BlobEntry(e.path, e.blob_id, "120000", e.size_bytes) for e in super().entries(commit)]

    found = localise("transfer_to in src/bank/ledger.py", repository=Linked(FILES))
    assert found.slices == ()


@pytest.mark.parametrize("text", ["", "the of and", "zzyzx qwrtp"])
def test_a_text_that_fits_nothing_finds_nothing_and_says_what_to_do(text: str) -> None:
    """An empty answer is honest, and comes with advice."""
    found = localise(text)
    assert (found.files, found.slices, found.shown) == ((), (), ())
    assert "name code, an error or a path" in found.notes[-1]


def test_an_empty_repository_is_no_fault() -> None:
    """There is nothing to find in nothing."""
    assert localise("anything", {}).files == ()


def test_the_report_has_the_promised_form() -> None:
    """Format 1: ranked files and functions with reasons, spans, seconds and notes."""
    found = localise("convert_currency rounds the amount")
    report = cast("dict[str, Any]", localise_report(found, top=2))
    assert set(report) == {"format", "files", "functions", "shown", "seconds", "notes"}
    assert report["format"] == 1
    assert len(report["files"]) == len(report["functions"]) == 2
    assert set(report["functions"][0]) == {"path", "name", "start", "end", "score", "why"}
    assert report["functions"][0]["name"] == "convert_currency"
    assert all(set(span) == {"path", "start", "end"} for span in report["shown"])
    assert all(function["name"] != "<module>" for function in report["functions"])

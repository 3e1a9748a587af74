"""What lies near the best files, changed of late, or makes a quoted text says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from runner.localise.exports import Exports, exports_of
from runner.localise.history import MOST_PATHS, recent
from runner.localise.messages import Phrase, phrases_of, saying
from runner.localise.neighbours import imported_by_best, in_best_folders
from runner.localise.paths import Paths
from runner.localise.reexports import Names

FILES = {"a/best.py": b"from b.used import x\n", "b/used.py": b"x = 1\n", "a/fellow.py": b"", "c/far.py": b""}
SCORES = {"a/best.py": 3.0, "b/used.py": 0.5, "a/fellow.py": 0.1, "c/far.py": 0.2}


def exports(paths: Iterable[str], _at_hand: Mapping[str, bytes]) -> Mapping[str, Exports]:
    """Exports of the files."""
    return {path: exports_of(FILES[path]) for path in paths}


def phrased(files: Mapping[str, bytes]) -> Mapping[str, tuple[Phrase, ...]]:
    """What the files' literals say."""
    return {path: phrases_of(content) for path, content in files.items()}


def test_the_fellows_of_the_best_file_rise() -> None:
    """The best folder has 1.0, and its weak files share in it."""
    found = in_best_folders(SCORES)
    assert found["a/fellow.py"] == found["a/best.py"] == 1.0
    assert found["b/used.py"] < 1.0


def test_what_the_best_file_imports_rises() -> None:
    """A symptom is reported, its cause is often imported."""
    assert imported_by_best(SCORES, Names(Paths(FILES), exports)) == {"b/used.py": 1.0}


def test_a_late_change_says_more_than_an_early_one() -> None:
    """Only the last change of a file counts, and a commit that touches everything does not."""
    found = recent([["new.py"], [f"{n}.py" for n in range(MOST_PATHS + 1)], ["old.py", "new.py"]])
    assert found["new.py"] == 1.0 > found["old.py"]
    assert set(found) == {"new.py", "old.py"}
    assert recent([]) == {}


def test_a_message_is_found_by_its_template() -> None:
    """The report holds the message as it was shown, the source its placeholders."""
    files = {
        "percent.py": b"raise ValueError('%s is not a member of %r, sorry' % (x, y))",
        "braces.py": b'raise ValueError(f"cannot combine {one!r} with a frame")',
        "go.go": b"return fmt.Errorf(`no route for %q in the table`, path)",
        "other.py": b"raise ValueError('something else entirely')",
    }
    found = saying(
        phrased(files), "T\nValueError: \"A\" is not a member of [1], sorry\nCannot combine 'x' with a frame"
    )
    assert set(found) == {"percent.py", "braces.py"}
    assert set(saying(phrased(files), "no route for /x in the table")) == {"go.go"}


def test_a_message_that_many_files_make_says_less() -> None:
    """What stands in one file alone points at it."""
    one = {"a.py": b"x = 'the very same long message here'"}
    both = {**one, "b.py": one["a.py"]}
    text = "it says: the very same long message here"
    assert saying(phrased(both), text)["a.py"] < saying(phrased(one), text)["a.py"] <= 1.0


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=200), max_size=4), st.text(max_size=200))
def test_signals_lie_between_none_and_one(files: dict[str, bytes], text: str) -> None:
    """Whatever files and text hold."""
    assert all(0 <= value <= 1 for value in saying(phrased(files), text).values())

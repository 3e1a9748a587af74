"""What a task's text is read as."""

from __future__ import annotations

import time

import pytest

from runner.localise.frames import Frame
from runner.localise.query import read_query

ISSUE = """\
# `Session.mount` drops the retry adapter

<!-- Please describe: secretboilerplate -->
When I call `mount_adapter()` the old HTTPAdapter stays. See src/net/session.py:42 and net.session.Session.close.

```python
from net.session import Session, Retry as R
s = Session(pool_size=3)
```

Traceback (most recent call last):
  File "/home/me/app.py", line 3, in <module>
    s.mount(1)
  File "/usr/lib/python3/site-packages/net/session.py", line 99, in mount
    raise KeyError(prefix)
KeyError: no adapter for this prefix

### Environment
- frobnicator: 1.2.3
"""


def test_evidence_is_found() -> None:
    """Frames innermost last, paths with lines, dotted names from text and imports, quoted messages."""
    query = read_query(ISSUE)
    assert [(frame.path.rpartition("/")[2], frame.line, frame.function) for frame in query.frames] == [
        ("app.py", 3, "<module>"),
        ("session.py", 99, "mount"),
    ]
    assert Frame("src/net/session.py", 42) in query.paths
    assert {"net.session.Session", "net.session.Retry", "net.session.Session.close", "Session.mount"} <= set(
        query.dotted
    )
    assert "no adapter for this prefix" in query.literals
    assert query.identifiers["mount_adapter"] == 1.0
    assert query.identifiers["HTTPAdapter"] == 0.8


def test_words_weigh_by_where_they_stand() -> None:
    """The title counts twice, the issue template hardly, comments and stop words not at all."""
    terms = read_query(ISSUE).terms
    assert terms["retry"] > terms["pool"] > terms["frobnicator"] > 0
    assert not {"secretboilerplate", "the", "when"} & set(terms)


def test_compounds_are_terms_of_their_own() -> None:
    """`mount_adapter`, `mountAdapter` and `MountAdapter` are one rare word besides their parts."""
    for spelling in ("mount_adapter", "mountAdapter", "MountAdapter"):
        assert {"=mount_adapter", "mount", "adapter"} <= set(read_query(f"title\n{spelling}").terms)


def test_frames_of_other_languages_are_read() -> None:
    """Node, Java-like and Go-like traces name path, line and function."""
    text = "x\n\n    at Foo.bar (src/foo.ts:10:5)\n    pkg/srv/http.go:77 +0x1d\n"
    frames = read_query(text).frames
    assert Frame("src/foo.ts", 10, "bar") in frames
    assert Frame("pkg/srv/http.go", 77) in frames


@pytest.mark.parametrize(
    "text", ["", "\n\n", "\0", "\ud800 lone", "```", "<!--", "x" * 300_000, "日本語のタイトル\n本文"]
)
def test_odd_texts_are_read_without_complaint(text: str) -> None:
    """Anybody can write anything."""
    assert read_query(text).frames == ()


@pytest.mark.parametrize("place", ['File "a.py", line {}, in f', "a.py:{}", "line {} of a.py", "panicked at a.rs:{}"])
def test_a_number_of_thousands_of_digits_is_no_line(place: str) -> None:
    """`int` refuses it, and a run must not end by it."""
    query = read_query("t\n" + place.format("1" * 5000))
    assert all(frame.line < 10**9 for frame in (*query.frames, *query.paths))


@pytest.mark.parametrize(
    "unit", ["`", "<!--", "a.", "a-", "a/", "\n", "1.1!", " ", "a::", '"a', "import a,", "at a ", "~/", "\\"]
)
def test_no_text_takes_long(unit: str) -> None:
    """No pattern may be led into trying everything: a hostile issue would hold the worker."""
    start = time.process_time()
    read_query("t\n" + unit * (90_000 // len(unit)) + "\x01")
    assert time.process_time() - start < 5.0


def test_a_long_option_is_the_name_that_code_gives_it() -> None:
    """`--exit-first` is read by code as `exit_first`; a dash in prose joins nothing."""
    terms = read_query("Title\n\nWith --exit-first a well-known run goes on.").terms
    assert "=exit_first" in terms
    assert "=well_known" not in terms


def test_a_logs_usual_lines_name_no_paths() -> None:
    """A debugging line says who logs; an error's says where."""
    query = read_query("Title\n\nDEBUG|glob|src/glob.rs:42: built a set\nERROR src/print.rs:7: twice")
    assert query.paths == (Frame("src/print.rs", 7),)


@pytest.mark.parametrize(
    "said",
    ["line 77 of src/a.py", "Lines 77-80 in `src/a.py`", "see src/a.py:77", "at src/a.py#L77", "line 77 of (src/a.py)"],
)
def test_a_line_of_a_file_is_read_however_it_is_said(said: str) -> None:
    """As people write it, as tools do, and as links do."""
    places = read_query(f"It breaks\n\nThe error comes from {said} since yesterday.").paths
    assert places[0] == Frame("src/a.py", 77)

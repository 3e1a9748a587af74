"""What the sandbox keeps of an output and which paths an environment needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.sandbox_output import CappedOutput, LineSplitter
from runner.adapters.sandbox_profile import clean_environment, environment_paths, python_version
from runner.ports import Command

CHUNKS = st.lists(st.binary(max_size=40), max_size=30)


@given(chunks=CHUNKS, cap_bytes=st.integers(2, 200))
def test_capped_output_is_bounded_and_keeps_both_ends(chunks: list[bytes], cap_bytes: int) -> None:
    """Short output stays whole; of long output the first and last halves of the cap stay."""
    output = CappedOutput(cap_bytes)
    for chunk in chunks:
        output.add(chunk)
    whole, half = b"".join(chunks), cap_bytes // 2
    text = output.text()
    if len(whole) <= 2 * half:
        assert text == whole.decode(errors="replace")
    else:
        mark = f"\n... {len(whole) - 2 * half} bytes cut ...\n"
        assert text == (whole[:half] + mark.encode() + whole[-half:]).decode(errors="replace")


@given(chunks=CHUNKS)
def test_lines_do_not_depend_on_how_output_is_cut_into_chunks(chunks: list[bytes]) -> None:
    """Chunks of any size give the lines of the whole."""
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.add(chunk)]
    *expected, rest = b"".join(chunks).split(b"\n")
    assert lines == [line.decode(errors="replace") for line in expected]
    assert splitter.rest() == (rest.decode(errors="replace") if rest else None)


def make_environment(folder: Path, prefix: Path) -> Path:
    """A virtual environment as venv makes it, over an interpreter below `prefix`."""
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python3.11").write_text("")
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(prefix / "bin" / "python3.11")
    (folder / "pyvenv.cfg").write_text(f"home = {prefix}/bin\nversion = 3.11.7\n")
    return folder


def test_an_environment_needs_its_base_interpreter(tmp_path: Path) -> None:
    """A virtual environment alone is a broken link."""
    env, prefix = tmp_path / "env", tmp_path / "pyenv" / "3.11.7"
    assert environment_paths(make_environment(env, prefix)) == (env, prefix)


def test_an_environment_behind_links_needs_both_sides(tmp_path: Path) -> None:
    """An installer such as uv links them by minor version: the link's path and its target are both needed."""
    prefix, link = tmp_path / "cpython-3.11.9", tmp_path / "cpython-3.11"
    env = make_environment(tmp_path / "env", prefix)
    link.symlink_to(prefix)
    (env / "pyvenv.cfg").write_text(f"home = {link}/bin\n")
    assert set(environment_paths(env)) == {env, link, prefix}


def test_the_systems_own_interpreter_is_there_already(tmp_path: Path) -> None:
    """/usr is always bound; nothing above or beside it is."""
    env = tmp_path / "env"
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "python").symlink_to("/usr/bin/python3")
    (env / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert environment_paths(env) == (env,)


def test_a_folder_that_is_no_virtual_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    """Programs in a bin/ are an environment too."""
    (tmp_path / "bin").mkdir()
    assert environment_paths(tmp_path) == (tmp_path,)


@pytest.mark.parametrize("name", ["HOME", "PATH", "OWN"])
def test_a_commands_own_variables_win(name: str, tmp_path: Path) -> None:
    """Whoever gives a variable gets it."""
    command = Command(("true",), tmp_path, 1.0, {name: "given"})
    assert clean_environment(command, "/home", "/scratch")[name] == "given"


@pytest.mark.parametrize(
    ("written", "version"), [("version = 3.8.18", "3.8"), ("version_info = 3.13.0.final.0", "3.13"), ("home = /x", "")]
)
def test_an_environment_says_which_python_it_is_of(written: str, version: str, tmp_path: Path) -> None:
    """As venv writes it, and as uv does; no environment has none."""
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{written}\n")
    assert python_version(tmp_path) == version
    assert python_version(None) == ""

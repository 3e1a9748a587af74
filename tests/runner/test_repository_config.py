"""The repository's own configuration file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import BadInput
from runner.repository_config import RepositoryConfig, read_config


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("", RepositoryConfig()),
        ("# only a comment\n\n---\n", RepositoryConfig()),
        ("test: pytest -q\n", RepositoryConfig(test="pytest -q")),
        ("test: pytest -q # fast\n", RepositoryConfig(test="pytest -q")),
        ("test: 'pytest -k \"a # b\"'\n", RepositoryConfig(test='pytest -k "a # b"')),
        ("test: FLAG=a:b pytest\n", RepositoryConfig(test="FLAG=a:b pytest")),
        ("setup: pip install .\n", RepositoryConfig(setup=("pip install .",))),
        ("setup:\n  - pip install -r a.txt\n  - make\n", RepositoryConfig(setup=("pip install -r a.txt", "make"))),
        ("setup:\n- one\ntest: t\n", RepositoryConfig(setup=("one",), test="t")),
        ('setup: [one, "two, three"]\r\n', RepositoryConfig(setup=("one", "two, three"))),
        ("setup: []\n", RepositoryConfig()),
        ("python: '3.12'\n", RepositoryConfig(python="3.12")),
        ('test: "pytest -q"  # all\n', RepositoryConfig(test="pytest -q")),
        ("test: pytest -k 'a # b'  # all\n", RepositoryConfig(test="pytest -k 'a # b'")),
        ("test: echo don't#1 # it's odd\n", RepositoryConfig(test="echo don't#1")),
        ('setup: [one, "t # w"]  # two [of them]\n', RepositoryConfig(setup=("one", "t # w"))),
        ("setup:\n  - 'one'  # 1\n", RepositoryConfig(setup=("one",))),
        ("setup: # none\nhooks: [make lint]\n", RepositoryConfig(hooks=("make lint",))),
    ],
)
def test_what_can_be_said(text: str, config: RepositoryConfig) -> None:
    """The part of YAML that people use for such files is understood as YAML means it."""
    assert read_config(text) == config


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tests: pytest\n", "line 1: 'tests: pytest' is not one of the keys python, setup, test, hooks"),
        ("test pytest\n", "line 1"),
        ("\n- item\n", "line 2: a list item needs a key above it"),
        ("test: a\ntest: b\n", "line 2: 'test' stands there twice"),
        ("test: [a, b]\n", "'test' is one command"),
        ("python: 3.12.1\n", "'python' is one version without its last number, as 3.12, and not '3.12.1'"),
        ("setup: &anchor\n  nested: x\n", "line 2"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, complaint: str) -> None:
    """A typo must not silently mean "no configuration"; the message says the line and what is allowed."""
    with pytest.raises(BadInput, match=r"greenloop\.yml") as raised:
        read_config(text)
    assert complaint in str(raised.value)


@given(st.lists(st.from_regex(r"[a-z./][a-z ./=-]{0,30}[a-z]", fullmatch=True)), st.sampled_from(["  - ", "- "]))
def test_lists_keep_their_commands(commands: list[str], bullet: str) -> None:
    """Whatever plain commands are listed come back in their order."""
    text = "setup:\n" + "".join(f"{bullet}{command}\n" for command in commands)
    assert read_config(text).setup == tuple(commands)

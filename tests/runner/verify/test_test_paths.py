"""Which paths hold tests, over the habits of many languages."""

from __future__ import annotations

import pytest

from runner.verify.test_paths import is_test_path, looks_python

YES = """tests/a.py test_a.py pack/a_test.py conftest.py src/test/java/A.java src/main/AppTest.java a/b.test.js
b.spec.ts __tests__/x.jsx spec/models/user_spec.rb pkg/a_test.go tests/data/x.json ui.test.mjs ref.test-d.ts
FooTests.cs test/x.c
test/helpers.py pack/test/test_a.py
src/pack/test_a.py pack/core/a_test.py tests/models/test_user.py pack/models/conftest.py models/test_a.py
pack/models/UserTest.java testing/python/fixtures.py
tests/fixtures/model.py shop/fixtures/rows.json spec/conftest.py db_test.py tests/t_test.py spec/a_test.py"""
NO = """a.py src/latest.py contest.py testimony.md src/attest/x.go protest.js specs.py.txt greatest_test_of_all.md
pack/testament.py django/test/client.py numpy/testing/utils.py testing.py
src/shop/models/test_run.py django/core/management/commands/test.py pylint/testutils/functional/test_file.py
openapi/spec/loader.py sports/fixtures/model.py specs/reader.py stats/t_test.py shop/ab_test.py"""


@pytest.mark.parametrize("path", YES.split())
def test_these_are_test_files(path: str) -> None:
    """By folder or by name."""
    assert is_test_path(path)


@pytest.mark.parametrize("path", NO.split())
def test_these_are_not(path: str) -> None:
    """Words that only contain "test" say nothing."""
    assert not is_test_path(path)


@pytest.mark.parametrize(
    ("paths", "is_python"),
    [
        (["setup.py", "web/a.test.js"], True),
        (["tests/test_a.py"], True),
        (["pack/test_a.py"], True),
        (["package.json", "scripts/release.py", "src/a.js"], False),
        (["go.mod", "a_test.go"], False),
        ([], False),
    ],
)
def test_what_a_python_project_looks_like(paths: list[str], *, is_python: bool) -> None:
    """Something at its top, or tests one folder below; a script somewhere deeper makes none."""
    assert looks_python(paths) == is_python

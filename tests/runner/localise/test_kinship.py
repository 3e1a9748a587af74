"""Which test files are about a source file, where all of them import it and none does."""

from __future__ import annotations

import pytest

from runner.localise.kinship import kinship, meant, words_spoken

TESTS = {
    "tests/model_fields/test_charfield.py": b"field = CharField()\nfield.clean(1)\n",
    "tests/model_fields/test_promises.py": b"promise()\n",
    "tests/queries/test_query.py": b"query = Query()\nclean = 1\n",
    "tests/forms_tests/tests.py": b"form.clean()\n",
    "tests/admin/tests.py": b"admin.site.clean()\n",
}


def order(target: str, *names: str) -> list[str]:
    """The test files, most akin first."""
    found = kinship(words_spoken(TESTS, meant(target, names)), target, names)
    return sorted(TESTS, key=lambda path: -found[path])


@pytest.mark.parametrize(
    ("target", "names", "first"),
    [
        ("project/db/models/fields/__init__.py", (), "tests/model_fields/test_charfield.py"),
        ("project/db/models/fields/__init__.py", ("CharField", "clean"), "tests/model_fields/test_charfield.py"),
        ("project/db/queries.py", (), "tests/queries/test_query.py"),
        ("project/core.py", ("promise",), "tests/model_fields/test_promises.py"),
        ("project/admin/site.py", (), "tests/admin/tests.py"),
    ],
)
def test_names_and_words_tell(target: str, names: tuple[str, ...], first: str) -> None:
    """In the singular; the rare ones tell more; the file's own name counts where it is a word of the test."""
    assert order(target, *names)[0] == first


def test_what_all_tests_speak_of_tells_nothing() -> None:
    """And neither does a repository without tests."""
    everywhere = dict.fromkeys(TESTS, b"common()\n")
    found = kinship(words_spoken(everywhere, ("common", "never")), "x.py", ("common", "never"))
    assert set(found.values()) == {0.0}
    assert kinship({}, "x.py", ("f",)) == {}

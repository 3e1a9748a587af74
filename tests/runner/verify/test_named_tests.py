"""A test that somebody names in another runner's way is the one that is meant."""

from __future__ import annotations

import pytest

from runner.errors import BadInput
from runner.verify.named_tests import is_own_id, node_ids

TESTS = {
    "tests/model_fields/test_path.py": b'''
class PathTests(TestCase):
    def test_callable(self):
        """
        A callable is resolved when the field is used.
        """
    class Inner:
        def test_deep(self): ...
''',
    "tests/forms/tests.py": b"class FormTests:\n    def test_callable(self): ...\ndef test_plain(): ...\n",
    "sympy/core/tests/test_basic.py": b"def test_sinc(): ...\n",
    "sympy/core/tests/test_more.py": b"def test_sinc(): ...\n",
}


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        (
            "test_callable (model_fields.test_path.PathTests)",
            "tests/model_fields/test_path.py::PathTests::test_callable",
        ),
        (
            "test_callable (model_fields.test_path.PathTests.test_callable)",
            "tests/model_fields/test_path.py::PathTests::test_callable",
        ),
        ("test_inherited (forms.tests.FormTests)", "tests/forms/tests.py::FormTests::test_inherited"),
        (
            "test_deep (model_fields.test_path.PathTests.Inner)",
            "tests/model_fields/test_path.py::PathTests::Inner::test_deep",
        ),
        ("forms.tests.FormTests.test_callable", "tests/forms/tests.py::FormTests::test_callable"),
        ("forms.tests.test_plain", "tests/forms/tests.py::test_plain"),
        ("test_plain", "tests/forms/tests.py::test_plain"),
        ("A callable is resolved when the field is used.", "tests/model_fields/test_path.py::PathTests::test_callable"),
        ("tests/x.py::A::test_b[1-2]", "tests/x.py::A::test_b[1-2]"),
        ("web/cart.test.ts", "web/cart.test.ts"),
    ],
)
def test_a_name_becomes_our_id(name: str, id_: str) -> None:
    """Whatever runner printed it."""
    assert node_ids([name], TESTS, {}) == (id_,)


def test_a_name_in_several_files_means_the_one_that_the_patch_changes() -> None:
    """A bare name alone would be ambiguous; without a patch all are meant, so that none is left out by chance."""
    assert node_ids(["test_sinc"], TESTS, {"sympy/core/tests/test_more.py"}) == (
        "sympy/core/tests/test_more.py::test_sinc",
    )
    assert len(node_ids(["test_sinc"], TESTS, {})) == 2


@pytest.mark.parametrize("name", ["test_missing", "test_x (no.such.Module)", "a sentence that nobody wrote", "short"])
def test_a_name_that_fits_nothing_is_refused(name: str) -> None:
    """With what to give instead; a run would only say much later that it found nothing."""
    with pytest.raises(BadInput, match="path::Class::test"):
        node_ids([name], TESTS, {})


def test_our_own_ids_are_known_without_reading_a_file() -> None:
    """Folders and files are ids too."""
    assert all(map(is_own_id, ("a.py::b", "tests/unit", "test_a.py")))
    assert not any(map(is_own_id, ("test_a", "test_a (b.C)", "b.C.test_a")))

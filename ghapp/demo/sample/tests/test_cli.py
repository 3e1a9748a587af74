import io

import pytest

from larder.cli import main


@pytest.fixture
def larder(tmp_path):
    """Runs the command line on a stock file of its own; gives what it wrote."""

    def run(*words, today="2026-02-10"):
        out = io.StringIO()
        status = main(["--file", str(tmp_path / "stock.json"), "--today", today, *words], out)
        assert status == 0
        return out.getvalue().splitlines()

    return run


def test_add_and_list(larder):
    larder("add", "Eggs", "6", "--best-before", "2026-02-20")
    larder("add", "salt", "500 g")
    assert larder("list") == ["6 egg until 2026-02-20", "500 g salt"]


def test_shop(larder, tmp_path):
    larder("add", "flour", "200 g")
    recipe = tmp_path / "bread.txt"
    recipe.write_text("Bread\n500 g flour\n10 g salt\n")
    assert larder("shop", str(recipe)) == ["300 g flour", "10 g salt"]


def test_clean(larder):
    larder("add", "cream", "200 ml", "--best-before", "2026-02-01")
    assert larder("clean") == ["thrown out: 200 ml cream"]
    assert larder("list") == []


def test_a_mistake_is_one_line(tmp_path, capsys):
    status = main(["--file", str(tmp_path / "s.json"), "add", "flour", "3 furlongs"])
    assert status == 2
    assert capsys.readouterr().err == "larder: unknown unit 'furlongs'\n"

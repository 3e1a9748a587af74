"""The documents speak of what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "bench" / "RESULTS.md"])


def is_module(name: str) -> bool:
    """Whether the dotted name is a module or package of ours."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def test_every_module_in_the_map_exists() -> None:
    """ARCHITECTURE.md names modules that are there, under these very names."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:runner|ghapp)(?:\.\w+)*)`", text))
    assert len(named) > 30
    assert [name for name in sorted(named) if not is_module(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """A link to a file of this repository finds it."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_configuration_page_names_every_variable() -> None:
    """docs/configuration.md has each GREENLOOP_* variable that the settings read, and no other."""
    read = set(re.findall(r'"(GREENLOOP_[A-Z_]+)"', (ROOT / "ghapp" / "settings.py").read_text()))
    told = set(re.findall(r"`(GREENLOOP_[A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))
    assert told == read

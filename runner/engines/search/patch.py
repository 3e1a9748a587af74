"""A candidate as an edit of whole lines, with a sentence that says what it does. Pure."""

from __future__ import annotations

from runner.engines.search.generate import Candidate
from runner.engines.search.source import Source, apply_changes
from runner.models import Edit


def edit_of(source: Source, candidate: Candidate) -> Edit:
    """The smallest run of whole lines that holds every change; never empty on either side."""
    old = source.text.split("\n")
    new = apply_changes(source.text, candidate.changes).split("\n")
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    if head and (head + tail in {len(old), len(new)} or new[head : len(new) - tail] == [""]):
        head -= 1  # an insertion or deletion takes the line before it along
    elif head + tail in {len(old), len(new)}:
        tail -= 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    return Edit(
        path=source.path,
        start=head + 1,
        end=len(old) - tail,
        anchor="\n".join(before),
        text="\n".join(after) + "\n" * (after[-1] == ""),  # the loop drops one newline at the end
        reasoning=explain(candidate, before, after),
    )


def explain(candidate: Candidate, before: list[str], after: list[str]) -> str:
    """One sentence: where, by which family of changes, from what to what."""
    place = f"{candidate.unit.path}:{candidate.line} in {candidate.unit.qualified_name}"
    return f"{place} ({candidate.family}): `{_joined(before)}` becomes `{_joined(after)}`"


def _joined(lines: list[str]) -> str:
    text = "; ".join(line.strip() for line in lines if line.strip())
    return text if len(text) <= 160 else text[:157] + "..."


def _common(one: list[str], other: list[str]) -> int:
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))

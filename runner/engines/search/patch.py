"""A candidate as an edit of whole lines, with a sentence that says what it does. Pure."""

from __future__ import annotations

from runner.engines.search.generate import Candidate
from runner.engines.search.source import Source, apply_changes
from runner.models import Edit


def edit_of(source: Source, candidate: Candidate) -> Edit:
    """The candidate as an edit of its file."""
    after = apply_changes(source.text, candidate.changes)
    return edit_between(source.path, source.text, after, explain(source, candidate))


def edit_between(path: str, before: str, after: str, reasoning: str) -> Edit:
    """The smallest run of whole lines that holds every difference; never empty on either side."""
    old, new = before.split("\n"), after.split("\n")
    head, tail = _differing(old, new)
    return Edit(
        path=path,
        start=head + 1,
        end=len(old) - tail,
        anchor=_whole(old[head : len(old) - tail]),
        text=_whole(new[head : len(new) - tail]),
        reasoning=reasoning,
    )


def _whole(lines: list[str]) -> str:
    """The lines as an edit's text, of which the loop drops one newline at the end."""
    return "\n".join(lines) + "\n" * (lines[-1] == "")


def _differing(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines at the top and at the end are left alone."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    while head and not ("".join(old[head : len(old) - tail]).strip() and "".join(new[head : len(new) - tail]).strip()):
        head -= 1  # an insertion or deletion takes the line before it along, a blank one and the line before that
    return head, tail - (head + tail in {len(old), len(new)})


def explain(source: Source, candidate: Candidate) -> str:
    """One sentence: where, by which family of changes, and what is added, dropped or becomes something else."""
    old, new = source.text.split("\n"), apply_changes(source.text, candidate.changes).split("\n")
    head, tail = _differing(old, new)
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    place = f"{candidate.unit.path}:{candidate.line} in {candidate.unit.qualified_name}"
    return f"{place} ({candidate.family}): {_said(before, after)}"


def _said(before: list[str], after: list[str]) -> str:
    """What is done; an insertion or deletion has the line before it on both sides."""
    if after[: len(before)] == before:
        return f"adds `{_joined(after[len(before) :])}`"
    if before[: len(after)] == after:
        return f"drops `{_joined(before[len(after) :])}`"
    return f"`{_joined(before)}` becomes `{_joined(after)}`"


def _joined(lines: list[str]) -> str:
    text = "; ".join(line.strip() for line in lines if line.strip())
    return text if len(text) <= 160 else text[:157] + "..."


def _common(one: list[str], other: list[str]) -> int:
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))

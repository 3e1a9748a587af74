"""The edits that a reply means: each of its drafts put where its content stands in the files. Pure.

What the prompts ask for, any number of times:

    FILE: src/pkg/module.py
    LINES: 12-15
    REASONING: one sentence
    ```python
    the new lines 12 to 15, the first and the last of them unchanged
    ```

`LINES: new` makes a new file, `LINES: delete` deletes one, `LINES: rename to b.py` moves it. Other dialects: drafts.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from runner.edits.aim import Aim, IsSound
from runner.edits.anchor import CANDIDATES_TOLD, Place, locate
from runner.edits.apply import apply_edits
from runner.edits.draft import SPAN, Draft
from runner.edits.drafts import read_drafts
from runner.edits.echo import first_number, without_numbers
from runner.edits.elisions import elision_in
from runner.edits.hand import File, in_the_files_hand
from runner.edits.lines import split, untyped, without_trailing_space
from runner.edits.syntax import is_readable
from runner.edits.whole import Whole, whole_places
from runner.errors import EditRejected, ReplyMalformed
from runner.models import Edit

Made = TypeVar("Made")
ASK: Final = "Answer with FILE:, LINES: and REASONING: lines, then the new lines in one fenced code block, per edit."
_NEW: Final = re.compile(r"^(?:new|create|add)\b", re.IGNORECASE)
_ALL: Final = re.compile(r"^(?:all|whole|entire|full|new|create)\b", re.IGNORECASE)
_GONE: Final = re.compile(r"^(?:delete|remove)", re.IGNORECASE)
_MOVED: Final = re.compile(r"^(?:rename|move)d?\W*(?:to\b|->)?\W*(?P<path>[\w.+@/-]+)", re.IGNORECASE)


def parse_reply(reply: str, files: Mapping[str, str]) -> tuple[Edit, ...]:
    """The edits in a reply about `files` (path -> text), each anchored to the real lines that it replaces.

    Raises ReplyMalformed, fit to be fed back, when there is no edit or one of them cannot be understood, and
    EditRejected with every fault when one has no place or several.
    """
    drafts = [_named(draft, files) for draft in read_drafts(reply, files)]
    if not drafts:
        raise ReplyMalformed("the reply holds no edit. " + ASK)
    faults: list[str] = []
    cleaned = _each(drafts, lambda draft: [_cleaned(draft, files)], faults)
    edits = _each(_in_hand(cleaned, files), lambda draft: _placed(draft, files), faults)
    if faults:
        raise EditRejected(tuple(dict.fromkeys(faults)))
    return tuple(_moves(edits, drafts, files))


def _each(drafts: Iterable[Draft], work: Callable[[Draft], Iterable[Made]], faults: list[str]) -> list[Made]:
    """What the work makes of the drafts; the faults of those that it rejects join `faults`."""
    made: list[Made] = []
    for draft in drafts:
        try:
            made += work(draft)
        except EditRejected as rejected:
            faults += [f"{draft.path}: {fault}" for fault in rejected.faults]
    return made


def _in_hand(drafts: Sequence[Draft], files: Mapping[str, str]) -> list[Draft]:
    """The drafts in the hand of their files, in their order."""
    made: dict[int, Draft] = {}
    for path in dict.fromkeys(draft.path for draft in drafts):
        own = {n: draft for n, draft in enumerate(drafts) if draft.path == path}
        file = File(split(files.get(path, "")), partial(is_readable, path))
        made |= zip(own, in_the_files_hand([*own.values()], file) if path in files else own.values(), strict=True)
    return [made[n] for n in sorted(made)]


def _named(draft: Draft, files: Mapping[str, str]) -> Draft:
    """The draft with its path as the repository writes it. Raises ReplyMalformed when there is none."""
    path, _, name = draft.path.strip("`*\"' ").partition("::")
    if not path:
        raise ReplyMalformed("a code block has no FILE: line before it. " + ASK)
    path = path if path in files else _known_path(path, files, is_new=bool(_NEW.match(draft.lines)))
    return replace(draft, path=path, lines=draft.lines or name.replace("::", "."))


def _known_path(written: str, files: Mapping[str, str], *, is_new: bool) -> str:
    """The one file that a path written loosely means. Raises ReplyMalformed when it may mean several."""
    path = re.sub(r"^(?:\./|a/|b/)+", "", written.partition(" ")[0])
    if path in files or is_new:
        return path
    alike = [known for known in files if known.endswith(f"/{path}") or path.endswith(f"/{known}")]
    if len(alike) > 1:
        raise ReplyMalformed(f"{path} may be any of {', '.join(alike[:CANDIDATES_TOLD])}; write the whole path")
    return alike[0] if alike else path


def _placed(draft: Draft, files: Mapping[str, str]) -> Iterator[Edit]:
    """The draft's edits. Raises EditRejected, ReplyMalformed."""
    text = files.get(draft.path)
    if _GONE.match(draft.lines) and draft.old is None:
        yield Edit(draft.path, 1, 0, None, None, draft.reasoning)
    elif _MOVED.match(draft.lines) and draft.old is None:
        return
    elif text is None:
        yield _new_file(draft)
    else:
        lines = split(text)
        is_sound = partial(_is_sound, draft.path, lines)
        for place in _places(draft, lines, is_sound):
            yield _edit(draft, _readable(place, is_sound), lines)


def _cleaned(draft: Draft, files: Mapping[str, str]) -> Draft:
    """The draft without echoed line numbers. Raises EditRejected when some of its code was left out."""
    if draft.is_bare:
        raise EditRejected((f"no code follows LINES: {draft.lines}; write the new lines in a fenced block below",))
    if draft.path not in files:
        return draft
    lines = split(files[draft.path])
    draft = _without_echo(draft, lines)
    if elision := elision_in(draft.new or (), lines) or elision_in(draft.old or (), lines):
        raise EditRejected((f"`{elision}` stands for code; write every line out",))
    return draft


def _without_echo(draft: Draft, lines: Sequence[str]) -> Draft:
    span = SPAN.match(draft.lines)
    near = draft.near or (int(span["start"]) if span else None)
    old = None if draft.old is None else tuple(without_numbers(draft.old, lines, near))
    of_old = first_number(draft.old) if draft.old and old != draft.old else None
    new = without_trailing_space(without_numbers(draft.new or (), lines, of_old or near))
    return replace(draft, old=old, new=new, near=near)


def _places(draft: Draft, lines: Sequence[str], is_sound: IsSound) -> list[Place]:
    new = draft.new or ()
    if _has_text(draft.old or ()):
        return [locate(draft.old or (), new, lines, draft.near)]
    if not _has_text(lines):
        return [Place(0, len(lines), new)]
    if draft.old is not None:
        raise EditRejected(("a change that quotes nothing has no place; quote the unchanged lines around it",))
    span = SPAN.match(draft.lines)
    return _numbered(draft, span, lines, is_sound) if span else _without_numbers(draft, lines, is_sound)


def _readable(place: Place, is_sound: IsSound) -> Place:
    """The place, its new text in plain typography where it cannot be read otherwise."""
    plain = replace(place, new=tuple(map(untyped, place.new)))
    return plain if plain != place and not is_sound(place) and is_sound(plain) else place


def _numbered(draft: Draft, span: re.Match[str], lines: Sequence[str], is_sound: IsSound) -> list[Place]:
    """The stated lines, else the definitions that the code repeats, else the lines near them that it is about."""
    new, start = draft.new or (), max(1, int(span["start"]))
    stated = Aim(new, lines, start, max(1, int(span["end"] or start)), is_sound)
    home = stated.at_home()
    # Line 0 often means "before the first one", which then stays.
    if home and (int(span["start"]) or _has_text({*home.new} & {*lines[home.start : home.end]})):
        return [home]
    whole = Whole(draft.path, _trimmed(new), near=start)
    with suppress(EditRejected):
        if all(map(is_sound, places := whole_places(whole, lines, is_sound))):
            return places
    return [stated.elsewhere()]


def _without_numbers(draft: Draft, lines: Sequence[str], is_sound: IsSound) -> list[Place]:
    """The file or the definitions that the code repeats. Raises EditRejected, also for a LINES that says nothing."""
    try:
        return whole_places(Whole(draft.path, _trimmed(draft.new or ()), draft.lines), lines, is_sound)
    except EditRejected as rejected:
        if not draft.lines:
            raise
        said = f"LINES must be like 12-15, new, delete or rename to PATH, not {draft.lines!r}"
        raise EditRejected((f"{said}; {rejected.faults[0]}",)) from rejected


def _is_sound(path: str, lines: Sequence[str], place: Place) -> bool:
    """Whether the file can be read with the place filled in."""
    return is_readable(path, "\n".join([*lines[: place.start], *place.new, *lines[place.end :]]) + "\n")


def _trimmed(code: Sequence[str]) -> tuple[str, ...]:
    """The code without blank lines at its ends."""
    telling = [n for n, line in enumerate(code) if line.strip()]
    return tuple(code[telling[0] : telling[-1] + 1]) if telling else ()


def _has_text(lines: Iterable[str]) -> bool:
    return any(line.strip() for line in lines)


def _new_file(draft: Draft) -> Edit:
    """Raises EditRejected when the reply speaks of lines of a file that nobody has seen."""
    if _has_text(draft.old or ()):
        raise EditRejected(("there is no such file among those shown; its text cannot be quoted",))
    if not (_ALL.match(draft.lines) or draft.lines in ("", "1") or draft.lines.startswith("1-")):
        raise EditRejected(("this file was not shown and cannot be edited by line; say LINES: new to create it",))
    return Edit(draft.path, 1, 0, None, "".join(f"{line}\n" for line in draft.new or ()), draft.reasoning)


def _edit(draft: Draft, place: Place, lines: Sequence[str]) -> Edit:
    text = "".join(f"{line}\n" for line in place.new)
    if (place.start, place.end) == (0, len(lines)):
        return Edit(draft.path, 1, len(lines), None, text, draft.reasoning)
    anchor = "".join(f"{line}\n" for line in lines[place.start : place.end])
    return Edit(draft.path, place.start + 1, place.end, anchor, text, draft.reasoning)


def _moves(edits: Sequence[Edit], drafts: Sequence[Draft], files: Mapping[str, str]) -> Iterator[Edit]:
    """The edits, with those of a file that moves folded into its text at the new path."""
    moves = {d.path: moved["path"] for d in drafts if d.old is None and (moved := _MOVED.match(d.lines))}
    yield from (edit for edit in edits if edit.path not in moves)
    for path, target in moves.items():
        if path not in files:
            raise EditRejected((f"{path}: there is no such file to rename",))
        own = [edit for edit in edits if edit.path == path]
        text = apply_edits(own, files)[path] if own else files[path]
        yield Edit(path, 1, 0, None, None, f"moved to {target}")
        yield Edit(target, 1, 0, None, text, f"moved from {path}")

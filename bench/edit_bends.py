"""Real fixes written as engines write edits, and bent as engines bend them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from runner.localise.syntax import definitions_of


@dataclass(frozen=True)
class Fix:
    """A file before and after its real fix."""

    id: str
    path: str
    base: str
    fixed: str


@dataclass(frozen=True)
class Hunk:
    """Base lines start..start+len(old)-1 (1-based) become `new`."""

    start: int
    old: list[str]
    new: list[str]


@dataclass(frozen=True)
class Reply:
    """An engine's answer: its edits still apart, so that bends can get at them."""

    dialect: str
    path: str
    hunks: list[Hunk]
    fence: str = "```python"
    close: str = "```"
    tail: str = ""
    shift: int = 0
    is_crlf: bool = False

    def text(self) -> str:
        """The answer as it arrives."""
        made = "\n".join(DIALECTS[self.dialect](self, hunk) for hunk in self.hunks)
        text = f"Here is the fix.\n\n{made}\n{self.tail}"
        return text.replace("\n", "\r\n") if self.is_crlf else text


def direct(reply: Reply, hunk: Hunk) -> str:
    """FILE, LINES, REASONING, code."""
    start = max(1, hunk.start + reply.shift)
    head = f"FILE: {reply.path}\nLINES: {start}-{start + len(hunk.old) - 1}\nREASONING: mends the cause\n"
    return head + fenced(reply, hunk.new)


def search(reply: Reply, hunk: Hunk) -> str:
    """A search and replace block."""
    body = ["<<<<<<< SEARCH", *hunk.old, "=======", *hunk.new, ">>>>>>> REPLACE"]
    return f"{reply.path}\n" + fenced(reply, body)


def diff(reply: Reply, hunk: Hunk) -> str:
    """A unified diff."""
    start = max(1, hunk.start + reply.shift)
    body = [f"--- a/{reply.path}", f"+++ b/{reply.path}", f"@@ -{start},{len(hunk.old)} +{start},{len(hunk.new)} @@"]
    for tag, a, b, c, d in SequenceMatcher(None, hunk.old, hunk.new, autojunk=False).get_opcodes():
        body += [f" {line}" for line in hunk.old[a:b]] if tag == "equal" else []
        body += [f"-{line}" for line in hunk.old[a:b]] if tag != "equal" else []
        body += [f"+{line}" for line in hunk.new[c:d]] if tag != "equal" else []
    return fenced(replace(reply, fence=reply.fence.replace("python", "diff")), body)


def headed(reply: Reply, hunk: Hunk) -> str:
    """Old and new code under headings."""
    return f"File: {reply.path}\n\nOld code:\n{fenced(reply, hunk.old)}\n\nNew code:\n{fenced(reply, hunk.new)}"


def whole(reply: Reply, hunk: Hunk) -> str:
    """The whole file, or whole definitions."""
    return f"FILE: {reply.path}\nREASONING: mends the cause\n" + fenced(reply, hunk.new)


def fenced(reply: Reply, lines: Sequence[str]) -> str:
    """The lines in the reply's kind of fence."""
    return "\n".join([*filter(None, [reply.fence]), *lines, *filter(None, [reply.close])])


DIALECTS: dict[str, Callable[[Reply, Hunk], str]] = {
    "direct, framed": direct,
    "direct, bare": direct,
    "search/replace": search,
    "old and new": headed,
    "diff": diff,
    "function": whole,
    "file": whole,
}


def hunks(fix: Fix, context: int) -> list[Hunk]:
    """The fix's hunks with so many unchanged lines around them."""
    old, new = fix.base.split("\n"), fix.fixed.split("\n")
    old, new = old[: -1 if old[-1] == "" else None], new[: -1 if new[-1] == "" else None]
    found = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    groups = matcher.get_grouped_opcodes(context) if context else ([code] for code in matcher.get_opcodes())
    for group in groups:
        if all(code[0] == "equal" for code in group):
            continue
        a, b, c, d = group[0][1], group[-1][2], group[0][3], group[-1][4]
        if not context and (a == b or c == d):  # a pure insertion or deletion shows at least the line before it
            a, c = max(0, a - 1), max(0, c - 1)
        found.append(Hunk(a + 1, old[a:b], new[c:d]))
    return found


def functions(fix: Fix) -> list[Hunk]:
    """The changed definitions, whole; empty when something outside of them changes as well."""
    before, after = (definitions_of(text.encode(), "python") for text in (fix.base, fix.fixed))
    new = fix.fixed.split("\n")
    found = []
    leaves = [d for d in before if not d.is_container]
    for old in leaves:
        match = [d for d in after if d.name == old.name and not d.is_container]
        same = [d for d in leaves if d.name == old.name]
        if len(match) != len(same):
            return []
        now = match[same.index(old)]
        hunk = Hunk(old.start, fix.base.split("\n")[old.start - 1 : old.end], new[now.start - 1 : now.end])
        if hunk.old != hunk.new:
            found.append(hunk)
    lines = fix.base.split("\n")
    for hunk in reversed(found):
        lines[hunk.start - 1 : hunk.start - 1 + len(hunk.old)] = hunk.new
    return found if "\n".join(lines) == fix.fixed else []


def replies(fix: Fix) -> Iterator[Reply]:
    """The fix in each dialect that can say it."""
    yield Reply("direct, framed", fix.path, hunks(fix, 2))
    yield Reply("direct, bare", fix.path, hunks(fix, 0))
    yield Reply("search/replace", fix.path, hunks(fix, 3))
    yield Reply("old and new", fix.path, hunks(fix, 2))
    yield Reply("diff", fix.path, hunks(fix, 3))
    if whole_ones := functions(fix):
        yield Reply("function", fix.path, whole_ones)
    yield Reply("file", fix.path, [Hunk(1, fix.base.split("\n")[:-1], fix.fixed.split("\n")[:-1])])


ELIDED = "something left out"
"""The one bend that nobody can straighten."""

Bend = Callable[[Reply, Fix, random.Random], Reply]


def each_line(change: Callable[[str], str], *, also_old: bool = True) -> Bend:
    """A bend of every line of code."""

    def bend(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
        made = [
            Hunk(h.start, [change(x) for x in h.old] if also_old else h.old, [change(x) for x in h.new])
            for h in reply.hunks
        ]
        return replace(reply, hunks=made)

    return bend


def flush(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """The code begins at the left margin."""
    made = []
    for hunk in reply.hunks:
        margin = min((len(x) - len(x.lstrip()) for x in (*hunk.old, *hunk.new) if x.strip()), default=0)
        made.append(Hunk(hunk.start, [x[margin:] for x in hunk.old], [x[margin:] for x in hunk.new]))
    return replace(reply, hunks=made)


def first_trimmed(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """The first line lost its indentation."""
    made = [
        Hunk(h.start, [*(x.lstrip() for x in h.old[:1]), *h.old[1:]], [*(x.lstrip() for x in h.new[:1]), *h.new[1:]])
        for h in reply.hunks
    ]
    return replace(reply, hunks=made)


def deeper(line: str) -> str:
    """Four columns to the right."""
    return f"    {line}" if line.strip() else line


def drifted(reply: Reply, _fix: Fix, rng: random.Random) -> Reply:
    """Every number is off by one to fifteen."""
    return replace(reply, shift=rng.choice([-1, 1]) * rng.randint(1, 15))


def partial(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """Of the context only the line before and the line after are left."""
    return replace(reply, hunks=[_narrowed(hunk) for hunk in reply.hunks])


def _narrowed(hunk: Hunk) -> Hunk:
    codes = SequenceMatcher(None, hunk.old, hunk.new, autojunk=False).get_opcodes()
    before = codes[0][2] - 1 if codes[0][0] == "equal" else 0
    after = codes[-1][2] - codes[-1][1] - 1 if codes[-1][0] == "equal" else 0
    cut = (max(0, before), max(0, after))
    return Hunk(
        hunk.start + cut[0],
        hunk.old[cut[0] : len(hunk.old) - cut[1]],
        hunk.new[cut[0] : len(hunk.new) - cut[1]],
    )


def wider(reply: Reply, fix: Fix, _random: random.Random) -> Reply:
    """The code repeats a line more at each end than LINES counts."""
    lines = fix.base.removesuffix("\n").split("\n")
    made = []
    for h in reply.hunks:
        above = lines[h.start - 2 : h.start - 1] if h.start > 1 else []
        below = lines[h.start - 1 + len(h.old) :][:1]
        made.append(Hunk(h.start, h.old, [*above, *h.new, *below]))
    return replace(reply, hunks=made)


def echoed(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """The code comes back with line numbers, as the prompt shows it."""

    def numbered(lines: list[str], start: int) -> list[str]:
        return [f"{n:>5} | {line}" for n, line in enumerate(lines, start)]

    return replace(
        reply, hunks=[Hunk(h.start, numbered(h.old, h.start), numbered(h.new, h.start)) for h in reply.hunks]
    )


def elided(reply: Reply, _fix: Fix, rng: random.Random) -> Reply:
    """A line of the new code is left out behind a comment."""
    made = []
    for hunk in reply.hunks:
        at = rng.randrange(len(hunk.new)) if hunk.new else 0
        mark = rng.choice(["# ... existing code ...", "# rest of the function unchanged", "...  # unchanged", "# ..."])
        made.append(Hunk(hunk.start, hunk.old, [*hunk.new[:at], mark, *hunk.new[at + 1 :]]))
    return replace(reply, hunks=made)


def unclosed(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """The last fence is never closed."""
    return replace(reply, close="") if len(reply.hunks) == 1 else reply


def unblanked(reply: Reply, _fix: Fix, _random: random.Random) -> Reply:
    """The quotation lost its blank lines."""
    return replace(reply, hunks=[Hunk(h.start, [x for x in h.old if x.strip()], h.new) for h in reply.hunks])


def tabbed(line: str) -> str:
    """Four spaces became a tab."""
    body = line.lstrip(" ")
    steps, odd = divmod(len(line) - len(body), 4)
    return "\t" * steps + " " * odd + body


def halved(line: str) -> str:
    """Two spaces for four."""
    body = line.lstrip(" ")
    return " " * ((len(line) - len(body)) // 2) + body


def typographic(line: str) -> str:
    """What a chat window makes of quotes."""
    line = re.sub(r"'([^']*)'", "\u2018\\1\u2019", line)
    return re.sub(r'"([^"]*)"', "\u201c\\1\u201d", line)


BENDS: dict[str, Bend] = {
    "as asked": lambda reply, _f, _r: reply,
    "numbers drifted": drifted,
    "one line of context": partial,
    "wider than LINES": wider,
    "flush left": flush,
    "first line trimmed": first_trimmed,
    "four deeper": each_line(deeper),
    "tabs": each_line(tabbed),
    "two spaces": each_line(halved),
    "trailing space": each_line(lambda line: line + "  "),
    "no blank lines quoted": unblanked,
    "typographic quotes": each_line(typographic),
    "echoed numbers": echoed,
    "fence without language": lambda reply, _f, _r: replace(reply, fence="```"),
    "tildes": lambda reply, _f, _r: replace(reply, fence="~~~python", close="~~~"),
    "unclosed fence": unclosed,
    "no fence": lambda reply, _f, _r: replace(reply, fence="", close=""),
    "trailing prose": lambda reply, _f, _r: replace(reply, tail="\nThis makes the test pass. Let me know!\n"),
    "Windows reply": lambda reply, _f, _r: replace(reply, is_crlf=True),
    "Windows file": lambda reply, _f, _r: reply,
    "no newline at end": lambda reply, _f, _r: reply,
    ELIDED: elided,
}  # fmt: skip
LOSSY = {"tabs", "two spaces", "four deeper"}
"""Bends after which nobody can know how lines were aligned: the same tokens in the same blocks are right."""
BLANKLESS = {"no fence", "no blank lines quoted"}
"""Bends after which nobody can know how many blank lines the code began and ended with, or which of the file's go."""
NOT_FOR = {
    "file": {"numbers drifted", "one line of context", "wider than LINES", "no blank lines quoted", "no fence",
             "flush left", "first line trimmed", "four deeper"},
    "function": {"numbers drifted", "one line of context", "wider than LINES", "no blank lines quoted", "no fence"},
    "search/replace": {"numbers drifted", "wider than LINES"},
    "old and new": {"numbers drifted", "wider than LINES", "no fence", "unclosed fence"},
    "diff": {"wider than LINES", "echoed numbers"},
    "direct, framed": {"no blank lines quoted"},
    "direct, bare": {"no blank lines quoted", "one line of context"},
}  # fmt: skip
"""Bends that mean nothing in a dialect."""


def bent_file(fix: Fix, bend: str) -> Fix:
    """The fix of a file that is itself odd."""
    if bend == "Windows file":
        return replace(fix, base=fix.base.replace("\n", "\r\n"), fixed=fix.fixed.replace("\n", "\r\n"))
    if bend == "no newline at end":
        return replace(fix, base=fix.base.removesuffix("\n"), fixed=fix.fixed.removesuffix("\n"))
    return fix

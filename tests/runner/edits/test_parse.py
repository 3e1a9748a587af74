"""Replies are read with patience, anchored by what they quote, and refused with a message that helps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.edits.apply import apply_edits
from runner.edits.parse import parse_reply
from runner.errors import EditRejected, ReplyMalformed

SHOP = """import os

LIMIT = 10


class Cart:
    def total(self, prices):
        result = 0
        for price in prices[1:]:
            result += price
        return result

    def count(self, prices):
        return len(prices)


class Till:
    def count(self, coins):
        kept = [coin for coin in coins if coin > 0]
        return len(kept)


def label(name, price):
    return f'{name}: {price}'
"""
FILES = {"src/shop.py": SHOP}
FIXED = SHOP.replace("prices[1:]", "prices")
LOOP = "        result = 0\n        for price in prices:\n            result += price\n"
HEAD = "FILE: src/shop.py\nREASONING: the first counts too\n"
DIFF = (
    "--- a/src/shop.py\n+++ b/src/shop.py\n@@ -8,3 +8,3 @@\n         result = 0\n"
    "-        for price in prices[1:]:\n+        for price in prices:\n             result += price\n"
)
BLOCK = "<<<<<<< SEARCH\n        for price in prices[1:]:\n=======\n        for price in prices:\n>>>>>>> REPLACE\n"
TOTAL = (
    "def total(self, prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n"
)


REPORT = """def report(carts, hidden):
    carts = sorted(carts, key=by_name)

    cart_coins = [
        " ".join(sorted(cart.coins - hidden))
        for cart in carts
    ]

    titles = ("Name", "Coins", "Total")
    sizes = (
        max(len(cart.name) for cart in carts),
        max(len(coins) for coins in cart_coins),
        max(len(cart.total) for cart in carts),
    )
    sizes = [max(len(t), size) for t, size in zip(titles, sizes)]
    line = " | ".join("{:<%d}" % size for size in sizes)

    write(line.format(*titles).strip())
    write(line.format(*("-" * size for size in sizes)))

    for cart, coins in zip(carts, cart_coins):
        write(line.format(cart.name, coins, cart.total).rstrip())
"""
REPORTED = """
    titles = ["Name", "Coins", "Total"]
    rows = [
        [cart.name, coins, cart.total]
        for cart, coins in zip(carts, cart_coins)
    ]

    shops = [cart.shop or "" for cart in carts]
    if any(shops):
        titles.insert(0, "Shop")
        for row, shop in zip(rows, shops):
            row.insert(0, shop)

    sizes = [max(len(cell) for cell in column) for column in zip(titles, *rows)]
    form = " | ".join(f"{{:<{size}}}" for size in sizes)

    write(form.format(*titles).strip())
    write(form.format(*("-" * size for size in sizes)))

    for row in rows:
        write(form.format(*row).rstrip())
"""


def made(reply: str, files: dict[str, str] = FILES) -> dict[str, str | None]:
    return apply_edits(parse_reply(reply, files), files)


def indented(code: str, by: str) -> str:
    return "".join(by + line if line.strip() else line for line in code.splitlines(keepends=True))


DIRECT = f"FILE: src/shop.py\nLINES: 8-10\nREASONING: the first counts too\n```python\n{LOOP}```\n"
SAME = {
    "as asked": DIRECT,
    "the changed line alone": DIRECT.replace("8-10", "9-9").replace(LOOP, "        for price in prices:\n"),
    "decorated": "Sure!\n\n" + DIRECT.replace("FILE:", "**FILE:**").replace("LINES:", "**LINES:**") + "Hope it helps.",
    "backticks": DIRECT.replace("src/shop.py", "`src/shop.py`"),
    "another path to it": DIRECT.replace("src/shop.py", "./src/shop.py"),
    "the path's end": DIRECT.replace("src/shop.py", "shop.py"),
    "tildes": DIRECT.replace("```python", "~~~py").replace("```", "~~~"),
    "no language": DIRECT.replace("```python", "```"),
    "unclosed fence": DIRECT.removesuffix("```\n"),
    "no fence": DIRECT.replace("```python\n", "").removesuffix("```\n"),
    "one fence around all": f"```\n{DIRECT}```\n",
    "windows": DIRECT.replace("\n", "\r\n"),
    "L8 to L10": DIRECT.replace("8-10", "L8 to L10"),
    "drifted down": DIRECT.replace("8-10", "13-15"),
    "drifted up": DIRECT.replace("8-10", "2-4"),
    "more code than lines": DIRECT.replace("8-10", "9-9"),
    "flush left": DIRECT.replace(LOOP, "result = 0\nfor price in prices:\n    result += price\n"),
    "first line trimmed": DIRECT.replace(LOOP, LOOP.lstrip()),
    "tabs": DIRECT.replace(LOOP, LOOP.replace("    ", "\t")),
    "line numbers": DIRECT.replace(
        LOOP, "    8 |         result = 0\n    9 |         for price in prices:\n   10 |             result += price\n"
    ),
    "numbers without a space": DIRECT.replace(
        LOOP, "8|        result = 0\n9|        for price in prices:\n10|            result += price\n"
    ),
    "trailing space": DIRECT.replace("= 0\n", "= 0   \n"),
    "a block": f"src/shop.py\n```python\n{BLOCK}```\n",
    "a block below its header": HEAD + f"```\n{BLOCK}```",
    "a block without a fence": f"src/shop.py\n{BLOCK}",
    "a block flush left": "src/shop.py\n" + BLOCK.replace("        for", "for"),
    "a block with a part of the line": "src/shop.py\n" + BLOCK.replace("        for price in ", "price in "),
    "a block named otherwise": "### src/shop.py\n" + BLOCK.replace("SEARCH", "ORIGINAL").replace("REPLACE", "UPDATED"),
    "tags": f"{HEAD}<search>\n        for price in prices[1:]:\n</search>\n<replace>\n        for price in prices:\n"
    "</replace>\n",
    "old and new": f"{HEAD}OLD:\n```\n        for price in prices[1:]:\n```\n"
    "NEW:\n```\n        for price in prices:\n```\n",
    "a diff": f"```diff\n{DIFF}```\n",
    "a diff without a fence": f"Here it is:\n\n{DIFF}",
    "a diff with wrong numbers": DIFF.replace("-8,3 +8,3", "-108,9 +41,2"),
    "a diff without numbers": DIFF.replace("@@ -8,3 +8,3 @@", "@@"),
    "a diff whose context lost its first space": DIFF.replace("\n         result = 0", "\n        result = 0"),
    "a tool's patch": "*** Begin Patch\n*** Update File: src/shop.py\n@@ def total\n"
    + DIFF.partition("@@\n")[2].replace("@@", "")
    + "*** End Patch\n",
    "the whole function": HEAD + f"```python\n{TOTAL}```\n",
    "the whole function in its class": HEAD + f"```python\nclass Cart:\n{indented(TOTAL, '    ')}```\n",
    "the whole function, lines wrong": HEAD + f"LINES: 1-2\n```python\n{indented(TOTAL, '    ')}```\n",
    "the whole file": HEAD + f"```python\n{FIXED}```\n",
    "the whole file under its name": f"```python src/shop.py\n{FIXED}```\n",
    "the whole file, its name in a comment": f"```python\n# src/shop.py\n{FIXED}```\n",
}


@pytest.mark.parametrize("reply", SAME.values(), ids=SAME.keys())
def test_the_same_edit_is_read_from_many_shapes(reply: str) -> None:
    """However it is written, the edit makes the same file."""
    assert made(reply) == {"src/shop.py": FIXED}


@pytest.mark.parametrize("reply", SAME.values(), ids=SAME.keys())
@pytest.mark.parametrize("kind", ["windows", "no newline at end"])
def test_a_file_keeps_its_line_ends(reply: str, kind: str) -> None:
    """Windows line ends stay, and a last line without an end gets none."""
    change = {"windows": lambda text: text.replace("\n", "\r\n"), "no newline at end": lambda text: text.rstrip("\n")}[
        kind
    ]
    assert made(reply, {"src/shop.py": change(SHOP)}) == {"src/shop.py": change(FIXED)}


@pytest.mark.parametrize("lines", ["0", "0-0", "0-1", "1-0"])
def test_line_0_is_the_first_one(lines: str) -> None:
    """Who puts a line before the first one often counts from 0; the first one, quoted below it, stays."""
    reply = HEAD + f"LINES: {lines}\n```\nimport json\nimport os\n```\n"
    assert made(reply) == {"src/shop.py": "import json\n" + SHOP}


REFUSED = {
    "no edit": ("I cannot help.", "holds no edit"),
    "no file": ("```\ncode\n```", "no FILE"),
    "lines that say nothing": (HEAD + "LINES: many\n```\nx\n```", "LINES must be like 12-15"),
    "a number without an end": (HEAD + f"LINES: {'1' * 5000}\n```\nx\n```", "LINES must be like 12-15"),
    "a file nobody saw": ("FILE: other.py\nLINES: 5-9\n```\nx\n```", "was not shown"),
    "a file that is ambiguous": ("FILE: a.py\nLINES: 1-1\n```\nx\n```", "any of src/a.py, lib/a.py"),
    "no content": (HEAD + "LINES: 9-9\n```\n        pass\n```", "begin and end the block with an unchanged line"),
    "an elision in a comment": (DIRECT.replace("        result = 0", "        # ... existing code ..."), "write every"),
    "an elision in words": (DIRECT.replace("        result = 0", "# rest of the method unchanged"), "stands for"),
    "an elision in dots": (DIRECT.replace("        result = 0", "        ..."), "write every line out"),
    "an elision in dots and a comment": (DIRECT.replace("        result = 0", "...  # unchanged"), "stands for"),
    "an elision in a quotation": (f"shop.py\n{BLOCK}".replace("SEARCH\n", "SEARCH\n        # ...\n"), "write every"),
    "a word of a line": (
        "src/shop.py\n" + BLOCK.replace("        for price in prices[1:]:", "return"),
        "not in the file",
    ),
    "two methods": (HEAD + "```\ndef count(self, things):\n    pass\n```", "Cart.count at line 13; Till.count at"),
    "a quotation in two places": (
        "src/shop.py\n<<<<<<< SEARCH\n\n\n=======\n\n>>>>>>> REPLACE\n", "quotes nothing",
    ),
    "a quotation that is nowhere": (
        f"src/shop.py\n{BLOCK}".replace("price in prices[1:]", "item in prices[2:]"), "9 |         for price in prices",
    ),
    "line 0 and no line of the file": (HEAD + "LINES: 0-0\n```\nimport re\n```", "begin and end"),
    "a piece of nothing": (HEAD + "```\nx = 1\n```", "say with LINES"),
    "a header without code": (HEAD + "LINES: 3-3\n\n" + DIRECT, "no code follows LINES: 3-3"),
    "old code that is blank": (
        f"{HEAD}Old code:\n```\n\n\n```\nNew code:\n```\n\n{TOTAL}```\n", "no place",
    ),
    "another definition for the head of one": (
        HEAD + "LINES: 13-13\n```\n    def counts(self, prices):\n        return [1 for _ in prices]\n\n```",
        "begin and end",
    ),
    "an insertion that quotes nothing": (
        "```diff\n--- a/src/shop.py\n+++ b/src/shop.py\n@@ -3,0 +4 @@\n+X = 1\n```", "no place",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_understood_is_refused(reply: str, message: str) -> None:
    """The refusal can be fed back as it is: it names what is missing, or quotes the nearest real lines."""
    files = {**FILES, "src/a.py": "x\n", "lib/a.py": "x\n"}
    with pytest.raises((ReplyMalformed, EditRejected), match=message.replace("[", r"\[").replace("|", r"\|")):
        made(reply, files)


@pytest.mark.parametrize("line", ["_" * 20_000, "-" * 20_000, " " * 20_000 + "1"], ids=["letters", "dashes", "blanks"])
@pytest.mark.parametrize("reply", ["{}", HEAD + "LINES: 9-9\n```\n{}\n```"], ids=["prose", "code"])
def test_no_line_takes_long(reply: str, line: str) -> None:
    """A model may repeat one sign until it is cut off; reading that took seconds to minutes."""
    with pytest.raises((ReplyMalformed, EditRejected)):
        made(reply.format(line))


def test_every_fault_of_a_reply_is_told_at_once() -> None:
    """One answer of the engine can mend them all."""
    with pytest.raises(EditRejected) as rejected:
        made(DIRECT.replace("        result = 0", "        # ...") + HEAD + "LINES: 9-9\n```\n        pass\n```")
    assert len(rejected.value.faults) == 2


def test_of_equal_places_the_stated_line_chooses_only_a_clear_one() -> None:
    """A number may decide between equal places when it names one of them, never when it drifted between them."""
    text = "".join(f"def f{n}(x):\n    y = 1\n    return x\n\n\n" for n in range(3))
    hunk = "--- a/a.py\n+++ b/a.py\n@@ -{0},2 +{0},2 @@\n-    y = 1\n+    y = 2\n     return x\n"
    lines = text.split("\n")
    lines[6] = "    y = 2"
    assert made(hunk.format(7), {"a.py": text}) == {"a.py": "\n".join(lines)}
    with pytest.raises(EditRejected, match=r"3 places .line 2, after `def f0"):
        made(hunk.format(9), {"a.py": text})


def test_stated_lines_that_the_text_closes_are_meant_though_others_read_a_little_more_like_it() -> None:
    """A method put before another reads like its sibling above; the last line and the numbers say where it goes."""
    before = (
        "class Field:\n"
        "    def __eq__(self, other):\n"
        "        # of one counter\n"
        "        if isinstance(other, Field):\n"
        "            return self.counter == other.counter\n"
        "        return NotImplemented\n\n"
        "    def __lt__(self, other):\n"
        "        if isinstance(other, Field):\n"
        "            return self.counter < other.counter\n"
        "        return NotImplemented\n\n"
        "    def __hash__(self):\n"
        "        return hash(self.counter)\n\n"
        "    def copy(self):\n"
        "        return self\n"
    )
    new = (
        "    def __eq__(self, other):\n"
        "        # of one model\n"
        "        if isinstance(other, Field):\n"
        "            return self.counter == other.counter and self.model == other.model\n"
        "        return NotImplemented\n\n"
        "    def __lt__(self, other):\n"
        "        if isinstance(other, Field):\n"
        "            if self.counter != other.counter:\n"
        "                return self.counter < other.counter\n"
        "            return self.model < other.model\n"
        "        return NotImplemented\n\n"
        "    def __hash__(self):\n"
        "        return hash((self.counter, self.model))\n\n"
        "    def copy(self):\n"
    )
    lines = before.splitlines(keepends=True)
    reply = f"FILE: a.py\nLINES: 8-16\nREASONING: r\n```python\n{new}```\n"
    assert made(reply, {"a.py": before}) == {"a.py": "".join([*lines[:7], new, *lines[16:]])}


def test_rewritten_lines_stay_where_they_are_stated_though_others_hold_more_of_their_names() -> None:
    """A block that begins with the stated blank line is not moved up over the neighbours that it speaks of."""
    lines = REPORT.splitlines(keepends=True)
    reply = f"FILE: a.py\nLINES: 8-22\nREASONING: r\n```python\n{REPORTED}```\n"
    assert made(reply, {"a.py": REPORT}) == {"a.py": "".join([*lines[:7], REPORTED])}


def test_of_namesakes_that_begin_alike_the_stated_one_is_meant() -> None:
    """Where all of a method is new but its first line, a shorter method of that name loses less, and is not meant."""
    head = "    def entry(self, i, j):\n"
    old = f"{head}        if i == j:\n            return one\n        else:\n            return zero\n"
    other = f"{head}        return Entry(self, i, j)\n\n    def is_true(self):\n        return False\n"
    text = f"class One:\n{old}\n\nclass Zero:\n{other}"
    new = f"{head}        from deltas import delta\n        return delta(i, j)\n"
    assert made(f"FILE: a.py\nLINES: 2-6\nREASONING: r\n```\n{new}```", {"a.py": text}) == {
        "a.py": text.replace(old, new)
    }


def test_drifted_lines_are_known_by_the_first_line_that_says_something() -> None:
    """The `else:` before it may stand anywhere."""
    lines = "".join(f"    step({n}, first, second)\n" for n in range(8))
    text = f"def run():\n{lines}    if ready():\n        pass\n    else:\n        write('no such thing', loud=True)\n"
    new = "    else:\n        write('no such thing', loud=True)\n        close()\n"
    reply = f"FILE: a.py\nLINES: 7-8\nREASONING: r\n```\n{new}```"
    assert made(reply, {"a.py": text}) == {"a.py": f"{text}        close()\n"}


def test_lines_that_only_one_of_several_definitions_has_tell_which_is_meant() -> None:
    """Short definitions of one name have most of their lines in common."""
    code = "    def name(self):\n        return super().name + (\n{}        )\n"
    left, lower = (
        "            self.left,\n            self.right,\n",
        "            self.upper,\n            self.lower,\n",
    )
    text = f"class A:\n{code.format(left)}\n\nclass B:\n{code.format(lower)}"
    new = code.format(f"{lower}            2,\n")
    want = text.replace(code.format(lower), new)
    assert made(f"FILE: a.py\nREASONING: r\n```\n{new}```", {"a.py": text}) == {"a.py": want}


def test_an_empty_definition_is_not_meant_by_all_of_its_name() -> None:
    """All of its lines are in the reply: the one that it has in common with every other."""
    code = "    def name(self):\n        first = self.first\n        last = self.last\n        return first + last\n"
    text = f"class A:\n    def name(self):\n        pass\n\n\nclass B:\n{code}"
    new = code.replace("first + last", "last + first")
    assert made(f"FILE: a.py\nREASONING: r\n```\n{new}```", {"a.py": text}) == {"a.py": text.replace(code, new)}


def test_a_small_file_whose_outer_lines_change_is_known_as_the_file() -> None:
    """An import that gains a name and a new constant do not make the file a heap of definitions."""
    body = "".join(f"    value{n} = one({n}, x)\n" for n in range(9))
    text = f"from lib import one\n\n\ndef f(x):\n{body}    return first, value1\n"
    new = text.replace("import one\n", "import one, other\n\nLIMIT = 10\n").replace(
        "return first,", "return other(first),"
    )
    assert made(f"FILE: a.py\nREASONING: r\n```\n{new}```", {"a.py": text}) == {"a.py": new}


def test_a_text_that_already_stands_elsewhere_is_no_edit() -> None:
    """Twins of code: the numbers say one of them, and the other reads like that already."""
    text = "def f(xs):\n    for x, y in xs.items():\n        say(x)\n\n\ndef g(xs):\n    for x in xs:\n        say(x)\n"
    reply = "FILE: a.py\nLINES: 7-7\nREASONING: r\n```\n    for x, y in xs.items():\n```\n"
    with pytest.raises(EditRejected, match="already stands in lines 2-2"):
        made(reply, {"a.py": text})


def test_edits_that_only_make_sense_together_are_found() -> None:
    """A `try` in one and its `finally` in another: neither can be read alone, the numbers of both have drifted."""
    reply = (
        "FILE: src/shop.py\nLINES: 11-12\nREASONING: r\n```\n        result = 0\n        try:\n"
        "            prices = list(prices)\n        for price in prices[1:]:\n```\n"
        "FILE: src/shop.py\nLINES: 13-14\nREASONING: r\n```\n            result += price\n        finally:\n"
        "            del prices\n        return result\n```\n"
    )
    text = made(reply)["src/shop.py"]
    assert text is not None
    assert "        try:\n            prices = list(prices)\n        for price" in text
    assert "+= price\n        finally:\n            del prices\n        return" in text


def test_a_name_in_the_header_tells_methods_apart() -> None:
    """The qualified name of a definition, as file::name or as LINES."""
    code = "```\ndef count(self, things):\n    return 0\n```"
    for header in ("FILE: src/shop.py::Till.count\n", "FILE: src/shop.py\nLINES: Till.count\n"):
        text = made(header + code)["src/shop.py"]
        assert text is not None
        assert "class Till:\n    def count(self, things):\n        return 0\n" in text
        assert "return len(prices)" in text


def test_a_new_import_and_a_new_helper_come_with_their_function() -> None:
    """What a changed function needs is put where it belongs."""
    code = (
        "import math\n\n\ndef rounded(price):\n    return math.floor(price)\n\n\n"
        "def label(name, price):\n    return f'{name}: {rounded(price)}'\n"
    )
    text = made(HEAD + f"```python\n{code}```")["src/shop.py"]
    assert text is not None
    assert text.startswith("import os\nimport math\n\nLIMIT")
    assert text.endswith(code.partition("\n\n\n")[2])


def test_new_deleted_and_renamed_files_are_read() -> None:
    """Headers and diffs can make, delete and move files."""
    new = {"b.py": "x = 1\n"}
    assert made("FILE: b.py\nLINES: new\nREASONING: r\n```\nx = 1\n```\n") == new
    assert made("FILE: b.py\nREASONING: r\n```\nx = 1\n```\n") == new
    assert made("--- /dev/null\n+++ b/b.py\n@@ -0,0 +1 @@\n+x = 1\n") == new
    assert made("*** Begin Patch\n*** Add File: b.py\n+x = 1\n*** End Patch\n") == new
    gone: dict[str, str | None] = {"src/shop.py": None}
    assert made("FILE: src/shop.py\nLINES: delete\nREASONING: r\n") == gone
    assert made("--- a/src/shop.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-import os\n-\n") == gone
    moved = {"src/shop.py": None, "src/till.py": FIXED}
    assert made("FILE: src/shop.py\nLINES: rename to src/till.py\nREASONING: r\n" + DIRECT) == moved
    assert (
        made("rename from src/shop.py\nrename to src/till.py\n" + DIFF.replace("+++ b/src/shop", "+++ b/src/till"))
        == moved
    )


def test_several_edits_in_several_files_and_dialects_are_read() -> None:
    """One reply may hold many, each in its own way."""
    new = "FILE: b.py\nLINES: new\nREASONING: r\n```\nx = 1\n```\n"
    reply = f"{DIRECT}\n{new}```diff\n--- a/c.py\n+++ b/c.py\n@@\n-one = 1\n+two = 2\n```"
    assert made(reply, {**FILES, "c.py": "one = 1\n"}) == {"src/shop.py": FIXED, "b.py": "x = 1\n", "c.py": "two = 2\n"}


def test_typographic_quotes_are_made_plain_and_kept_lines_stay_as_they_are() -> None:
    """What a chat window did to quotes is undone; the file's own typography is not touched."""
    text = "title = 'x'\nsaid = '\u201chello\u201d'\n"
    reply = (
        "FILE: a.py\nLINES: 1-2\nREASONING: r\n```\ntitle = \u2018y\u2019\nsaid = \u2018\u201chello\u201d\u2019\n```\n"
    )
    assert made(reply, {"a.py": text}) == {"a.py": text.replace("'x'", "'y'")}


@pytest.mark.parametrize(
    ("reply", "old", "new"),
    [
        (
            "FILE: a.py\nLINES: 1-3\nREASONING: r\nimport os\n\nline = 1\npath = 'a.py'\n\nX = {\n",
            "import os\n\n",
            "import os\n\nline = 1\npath = 'a.py'\n\n",
        ),
        ("FILE: a.py\nLINES: 4-4\nREASONING: r\n```\n    'path': 'a.py',\n```\n", "'b.py'", "'a.py'"),
        ("a.py\n<<<<<<< SEARCH\nX = {\n=======\n\nX = {  # new\n>>>>>>> REPLACE\n", "X = {", "X = {  # new"),
        (
            "--- a/a.py\n+++ b/a.py\n@@\n X = {\n-    'path': 'b.py',\n+    'path': 'c.py',\n"
            "--- a/a.py\n+++ b/a.py\n@@\n         if x:\n-            y = 1\n+            y = 2\n",
            "'b.py',\n}\n\n\ndef f(x):\n    while x:\n        if x:\n            y = 1",
            "'c.py',\n}\n\n\ndef f(x):\n    while x:\n        if x:\n            y = 2",
        ),
        (
            "FILE: a.py\nLINES: 11-11\nREASONING: r\n```\n    y = 1\nx = 0\n```\n",
            "            y = 1\n",
            "            y = 1\n        x = 0\n",
        ),
        (
            "FILE: a.py\nLINES: 4-5\nREASONING: r\n    'path': other,\n}\n",
            "'b.py'",
            "other",
        ),
        (
            "a.py\n<<<<<<< SEARCH\nreturn y\n\n\ndef g(x):\n=======\nreturn y\n\ndef g(x):\n>>>>>>> REPLACE\n",
            "return y\n\n\n",
            "return y\n\n",
        ),
        (
            "FILE: a.py\nREASONING: r\n```\ndef g(x):\n    \u201c\u201d\u201cTen.\u201d\u201d\u201d\n"
            "    return \u2018ten\u2019\n```\n",
            "return '10'",
            "return 'ten'",
        ),
    ],
    ids=[
        "no fence",
        "a key named path",
        "a lost blank line",
        "a header a hunk",
        "flush left",
        "a key first",
        "blank",
        "typographic function",
    ],
)
def test_bent_replies_mean_what_they_say(reply: str, old: str, new: str) -> None:
    """What real fixes looked like when they were bent (bench/edits.py)."""
    text = (
        "import os\n\nX = {\n    'path': 'b.py',\n}\n\n\ndef f(x):\n    while x:\n        if x:\n            y = 1\n"
        '    return y\n\n\ndef g(x):\n    """Ten."""\n    return \'10\'\n'
    )
    assert old in text
    assert made(reply, {"a.py": text}) == {"a.py": text.replace(old, new)}


def test_lines_that_count_blank_ones_which_the_text_lost_stay_where_they_are() -> None:
    """LINES reaches over the blank lines behind the code; the code does not, and the line above must not pay for it."""
    text = "YEAR = 2007\nNAMES = [\n    1,\n]\n\n\ndef f():\n    return [2]\n"
    reply = "FILE: a.py\nLINES: 2-6\nREASONING: r\n```\nNAMES = [\n    1,\n    3,\n]\n```\n"
    assert made(reply, {"a.py": text}) == {"a.py": text.replace("    1,\n", "    1,\n    3,\n")}


def test_a_part_of_a_class_is_not_taken_for_all_of_it() -> None:
    """Drifted numbers, twins nearby, and code that ends in the middle of a class: its lines are found by content."""
    twin = "class {}:\n    regex = r'^$'\n    message = say(\n        'for {}',\n    )\n    flags = 0\n\n\n"
    text = twin.format("A", "a") + twin.format("B", "b")
    code = "class B:\n    regex = r'^\\Z'\n    message = say(\n        'for b',\n"
    reply = f"FILE: a.py\nLINES: 2-5\nREASONING: r\n```\n{code}```\n"
    at = text.index("class B")
    assert made(reply, {"a.py": text}) == {"a.py": text[:at] + text[at:].replace("^$", "^\\Z")}


def test_dots_that_are_code_stay() -> None:
    """A stub's body, a doctest that goes on, and dots that the file has itself are no elision."""
    text = 'def f(x):\n    """Twice.\n\n    >>> f(\n    ... 1)\n    2\n    """\n    ...  # soon\n'
    reply = 'FILE: a.py\nLINES: 4-8\nREASONING: r\n```\n    >>> f(\n    ... 2)\n    4\n    """\n    ...  # soon\n```\n'
    assert made(reply, {"a.py": text}) == {"a.py": text.replace("... 1)\n    2", "... 2)\n    4")}
    stub = "FILE: b.py\nLINES: new\nREASONING: r\n```\ndef f(x: int) -> int:\n    ...\n```\n"
    assert made(stub) == {"b.py": "def f(x: int) -> int:\n    ...\n"}


@settings(max_examples=60)
@given(st.integers(0, 18), st.integers(1, 4), st.integers(-15, 15))
def test_drifted_numbers_never_change_another_line(at: int, size: int, drift: int) -> None:
    """An edit framed by unchanged lines lands where they stand, or is refused; there is no third."""
    lines = SHOP.splitlines()
    old = lines[at : at + size + 2]
    new = [old[0], "    NEW = [1]", *old[1:]]
    start = max(1, at + 1 + drift)
    reply = f"FILE: a.txt\nLINES: {start}-{start + len(old) - 1}\nREASONING: r\n```\n" + "\n".join(new) + "\n```\n"
    try:
        text = made(reply, {"a.txt": SHOP})["a.txt"]
    except EditRejected:
        return
    assert text == "\n".join([*lines[:at], *new, *lines[at + size + 2 :], ""])

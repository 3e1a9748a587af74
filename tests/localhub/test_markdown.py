"""Markdown on the pages: GitHub's dialect, and nothing that could run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghapp.localhub.markdown import make_parser, rendered

PARSER = make_parser()
HARMLESS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr",
    "u", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {"class", "href", "rel", "open", "start", "title"}


def html(text: str, home: str = "/acme/demo") -> str:
    return rendered(PARSER, text, home)


class Judge(HTMLParser):
    """Collects what a browser could be made to do by a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.harm: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.harm.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES or (name == "href" and "script:" in (value or "").lower()):
                self.harm.append(f"{tag}.{name}={value}")

    def handle_comment(self, data: str) -> None:
        self.harm.append(f"comment {data}")


def harm(fragment: str) -> list[str]:
    judge = Judge()
    judge.feed(fragment)
    judge.close()
    return judge.harm


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| a | b |\n|---|--:|\n| 1 | 2 |", '<td class="right">2</td>'),
        ("- [x] done\n- [ ] open", '<li class="task"><b>☑ </b>done</li>'),
        ("~~gone~~", "<s>gone</s>"),
        ("> [!WARNING]\n> Careful", '<blockquote class="alert warning">'),
        ("<details><summary>More</summary>\n\n**bold**\n\n</details>", "<strong>bold</strong>"),
        ("<details open><summary>x</summary></details>", "<details open>"),
        ("H<sub>2</sub>O<br>", "H<sub>2</sub>O<br>"),
        ("fixes #12", '<a href="/acme/demo/issues/12">#12</a>'),
        ("by @maya", "<strong>@maya</strong>"),
        ("see http://x.org/a_b?c=1.", '<a href="http://x.org/a_b?c=1" rel="nofollow">http://x.org/a_b?c=1</a>.'),
        ("```mermaid\ngraph LR\n```", "Mermaid diagram source"),
        ("```diff\n+new\n-old\n```", '<span class="add">+new</span>\n<span class="del">-old</span>'),
        ("![a chart](http://x/y.png)", '<span class="image">a chart</span>'),
        ("a < b & c", "a &lt; b &amp; c"),
        ("one\ntwo", "<br"),
    ],
)
def test_githubs_dialect_is_shown(text: str, expected: str) -> None:
    """Each construct that the App's comments use comes out as people know it."""
    assert expected in html(text)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("<!-- greenloop:state {} -->\nvisible", "greenloop:state"),
        ("before <!-- hidden --> after", "hidden"),
        ("<script>alert(1)</script>", "alert"),
        ("<style>b{}</style>", "b{}"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("<b onclick='alert(1)'>x</b>", "onclick"),
        ("<a href='javascript:alert(1)'>x</a>", "javascript"),
        ("[x](javascript:alert(1))", "href"),
        ("<iframe src='http://x'></iframe>", "iframe"),
        ("email a@b.c and issue x#3", "<strong>@b"),
    ],
)
def test_what_must_not_show_does_not(text: str, absent: str) -> None:
    """Hidden markers stay hidden; scripts, handlers and foreign content are left out."""
    assert absent not in html(text)


def test_what_follows_an_unclosed_script_is_still_escaped() -> None:
    """A tag that never ends can swallow text, yet opens nothing."""
    assert harm(html("<script>\nx <b onload=x>\n\n<img src=x onerror=y>")) == []


HOSTILE = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<b",
    "onload=",
    "'",
    '"',
    "`",
    "```",
    "[x](",
    ")",
    "javascript:",
    "&lt;",
    "&#60;",
    "<svg/onload=x>",
    "<?",
    "<![CDATA[",
    "<details",
    "onclick=x>",
    "<img",
    "alt=<b>",
    "#1",
    "@x",
    "http://x/<y>",
]
MARKDOWN = ("\n\n", " ", "| a |\n|-|\n", "> ", "- [ ] ", "> [!NOTE]\n", "    ")
FRAGMENTS = st.sampled_from((*HOSTILE, *MARKDOWN))


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=6)), max_size=14).map("".join))
def test_no_text_becomes_harmful_html(text: str) -> None:
    """Whatever is written, only listed tags and attributes come out."""
    assert harm(html(text)) == []

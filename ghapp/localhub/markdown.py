"""How Markdown becomes HTML that is safe to show: GitHub's dialect, and nothing that runs."""

from __future__ import annotations

import html
import re
from collections.abc import MutableMapping, Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_ALLOWED = frozenset(
    re.findall(
        r"\w+",
        "b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre q s samp small"
        " span strong sub summary sup table tbody td th thead tr u ul var",
    )
)
_VOID = frozenset({"br", "hr"})
_DROPPED_WITH_CONTENT = frozenset({"script", "style", "title", "textarea", "iframe"})
_REFERENCE = re.compile(
    r"(?P<url>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])|(?<![\w/#])#(?P<number>\d+)\b|(?<![\w@.])@(?P<login>[A-Za-z\d][A-Za-z\d-]*)"
)
_TASK = re.compile(r"\[([ xX])\]\s+")
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")
_SOURCE_ONLY = {"mermaid": "Mermaid diagram source", "math": "Formula source"}


class _Sanitiser(HTMLParser):
    """Rebuilds a piece of HTML from what is allowed; comments, attributes and everything else are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._muted = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            self._muted = tag
        elif tag in _ALLOWED:
            opened = " open" if tag == "details" and any(name == "open" for name, _ in attrs) else ""
            self.parts.append(f"<{tag}{opened}>")
        elif tag == "img":
            self.parts.append(html.escape(dict(attrs).get("alt") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._muted:
            self._muted = ""
        elif tag in _ALLOWED and tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.parts.append(html.escape(data))


def sanitised(fragment: str) -> str:
    """What is allowed of a piece of HTML."""
    parser = _Sanitiser()
    parser.feed(fragment)
    parser.close()
    return "".join(parser.parts)


class _Renderer(RendererHTML):
    """Writes HTML for GitHub's additions; `env["home"]` is the address that #1 is linked below."""

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Env) -> str:
        return sanitised(tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Env) -> str:
        return sanitised(tokens[idx].content)

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Env) -> str:
        """A picture from elsewhere is shown as its description: the pages load nothing."""
        return f'<span class="image">{html.escape(tokens[idx].content or "image")}</span>'

    def text(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: Env) -> str:
        inside = sum({"link_open": 1, "link_close": -1}.get(token.type, 0) for token in tokens[:idx])
        content = tokens[idx].content
        return html.escape(content, quote=False) if inside else _linked(content, str(env.get("home", "")))

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Env) -> str:
        language = tokens[idx].info.strip().partition(" ")[0].lower()
        content = tokens[idx].content
        body = _diff_lines(content) if language == "diff" else html.escape(content, quote=False)
        caption = _SOURCE_ONLY.get(language)
        label = f'<div class="caption">{caption}</div>' if caption else ""
        return f'{label}<pre class="code"><code>{body}</code></pre>\n'


Env = MutableMapping[str, object]


def _linked(text: str, home: str) -> str:
    """Escapes text and links addresses, #numbers and @logins in it."""
    parts, end = [], 0
    for found in _REFERENCE.finditer(text):
        parts.append(html.escape(text[end : found.start()], quote=False))
        shown, end = html.escape(found[0], quote=False), found.end()
        if found["url"]:
            parts.append(f'<a href="{html.escape(found["url"])}" rel="nofollow">{shown}</a>')
        elif found["number"] and home:
            parts.append(f'<a href="{home}/issues/{found["number"]}">{shown}</a>')
        else:
            parts.append(f"<strong>{shown}</strong>" if found["login"] else shown)
    parts.append(html.escape(text[end:], quote=False))
    return "".join(parts)


def _diff_lines(content: str) -> str:
    kinds = {"+": "add", "-": "del", "@": "hunk"}
    lines = []
    for line in content.splitlines():
        kind = kinds.get(line[:1])
        text = html.escape(line, quote=False)
        lines.append(f'<span class="{kind}">{text}</span>' if kind else text)
    return "\n".join(lines)


def _mark_tasks(tokens: Sequence[Token]) -> None:
    """Turns `[ ]` at the start of a list item into a box, `[!NOTE]` at the start of a quote into its title."""
    for before, token in zip(tokens, tokens[2:], strict=False):
        if token.type != "inline" or not token.children or token.children[0].type != "text":
            continue
        first = token.children[0]
        task, alert = _TASK.match(first.content), _ALERT.match(first.content)
        if before.type == "list_item_open" and task:
            before.attrJoin("class", "task")
            _swap(token, task, "☐ " if task[1] == " " else "☑ ")
        elif before.type == "blockquote_open" and alert:
            before.attrJoin("class", f"alert {alert[1].lower()}")
            _swap(token, alert, alert[1].capitalize())


def _align_cells(tokens: Sequence[Token]) -> None:
    """Says how a table's cell is aligned by class: the pages allow no style in the text."""
    for token in tokens:
        if style := token.attrs.pop("style", None):
            token.attrs["class"] = str(style).rpartition(":")[2]


def _swap(token: Token, found: re.Match[str], shown: str) -> None:
    children = token.children or []
    mark = Token("html_inline", "", 0, content=f"<b>{shown}</b>")
    children[0].content = children[0].content[found.end() :]
    token.children = [mark, *children]


def make_parser() -> MarkdownIt:
    """A parser for GitHub's dialect as far as it needs no further package."""
    parser = MarkdownIt("commonmark", {"html": True, "breaks": True}, renderer_cls=_Renderer)
    return parser.enable(["table", "strikethrough"])


def rendered(parser: MarkdownIt, text: str | None, home: str = "") -> str:
    """Markdown as HTML that may be put into a page as it is."""
    tokens = parser.parse(text or "", {})
    _mark_tasks(tokens)
    _align_cells(tokens)
    return str(parser.renderer.render(tokens, parser.options, {"home": home}))

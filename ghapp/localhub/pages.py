"""Plain pages, so that a person can look at what the hub holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ghapp.localhub.errors import NotFound
from ghapp.localhub.hub import Hub
from ghapp.localhub.markdown import make_parser, rendered
from ghapp.localhub.models import Repository
from ghapp.localhub.views import code, discussion, overview
from ghapp.localhub.views.view import Plain, View, Visit

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "hub"
VIEWS: Final = [(re.compile(pattern), view) for pattern, view in (*overview.VIEWS, *discussion.VIEWS, *code.VIEWS)]
STYLE_PATH: Final = "/_/hub.css"


@dataclass(frozen=True, slots=True)
class Page:
    """A page ready to be sent."""

    status: int
    content_type: str
    body: bytes


class Pages:
    """Renders the pages of one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._markdown = make_parser()
        self._jinja = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters["when"] = lambda at: at.strftime("%d %b %Y, %H:%M UTC")
        self._jinja.filters["markdown"] = self._to_html
        self._jinja.globals["hub_url"] = hub.state.urls.web

    def page(self, path: str) -> Page:
        """The page at a path; one with status 404 where there is none."""
        if path == STYLE_PATH:
            return Page(200, "text/css; charset=utf-8", (TEMPLATES / "hub.css").read_bytes())
        with self._hub.state.locked():
            try:
                view = self._view(path)
            except NotFound:
                return self._html(View("missing.html", {"path": path}), 404)
            if isinstance(view, Plain):
                return Page(200, view.content_type, view.body)
            return self._html(view, 200)

    def _view(self, path: str) -> View | Plain:
        for pattern, view_of in VIEWS:
            if found := pattern.fullmatch(path):
                return view_of(Visit(self._hub, found.groupdict()))
        raise NotFound

    def _html(self, view: View, status: int) -> Page:
        body = self._jinja.get_template(view.template).render(view.values)
        return Page(status, "text/html; charset=utf-8", body.encode())

    def _to_html(self, text: str, home: Repository) -> str:
        return rendered(self._markdown, text, f"/{home.full_name}")

"""Where HTTP meets the hub: one Flask application that hands each request to REST, git or the pages."""

from __future__ import annotations

import json
from typing import Final

from flask import Flask, Response, request

from ghapp.localhub.api import Incoming, answer
from ghapp.localhub.githttp import GitRequest, serve, split_path
from ghapp.localhub.hub import Hub
from ghapp.localhub.pages import Pages

API_BASE: Final = "/api/v3"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
# The pages show what strangers wrote: nothing on them may run or be loaded from elsewhere.
PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


def create_app(hub: Hub) -> Flask:
    """The WSGI application of a hub."""
    app = Flask(__name__, static_folder=None)
    pages = Pages(hub)

    def handle(path: str) -> Response:
        address = f"/{path}"
        if address == API_BASE or address.startswith(f"{API_BASE}/"):
            return _rest(hub, address.removeprefix(API_BASE) or "/")
        if (place := split_path(address)) is not None:
            return _git(hub, place)
        page = pages.page(address)
        headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
        return Response(page.body, page.status, headers, content_type=page.content_type)

    app.add_url_rule("/", "root", handle, methods=METHODS, defaults={"path": ""})
    app.add_url_rule("/<path:path>", "any", handle, methods=METHODS)
    return app


def _rest(hub: Hub, path: str) -> Response:
    came = Incoming(
        method=request.method,
        path=path,
        query=request.args.to_dict(),
        authorization=request.headers.get("Authorization"),
        body=request.get_data(),
    )
    going = answer(hub, came)
    if going.body is None:
        return Response(status=going.status, headers=dict(going.headers))
    content = json.dumps(going.body, separators=(",", ":"))
    return Response(content, going.status, dict(going.headers), content_type="application/json; charset=utf-8")


def _git(hub: Hub, place: tuple[str, str, str]) -> Response:
    owner, name, action = place
    going = serve(
        hub,
        GitRequest(
            method=request.method,
            owner=owner,
            name=name,
            action=action,
            query=request.query_string.decode(),
            service=request.args.get("service", ""),
            headers={key.lower(): value for key, value in request.headers.items()},
            stream=request.stream,
        ),
    )
    return Response(going.chunks, going.status, list(going.headers))

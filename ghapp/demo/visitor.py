"""A person at the hub: opens issues, sets labels and looks, over GitHub's own REST."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from ghapp.errors import DemoFailed

TIMEOUT_S: Final = 20.0
Json: TypeAlias = Any
"""What the hub answers; each caller takes out what it needs and names it."""

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Visitor:
    """Somebody with a token. Every call raises DemoFailed with what was asked and what came back."""

    def __init__(self, api_url: str, token: str) -> None:
        self._api_url = api_url
        self._token = token

    def get(self, path: str) -> Json:
        """The JSON at a path of the API."""
        return json.loads(self._send("GET", self._api_url + path, None))

    def post(self, path: str, body: Mapping[str, object]) -> Json:
        """Create something; the JSON of it."""
        return json.loads(self._send("POST", self._api_url + path, json.dumps(body).encode()))

    def page(self, url: str) -> str:
        """The text of a page."""
        return self._send("GET", url, None).decode(errors="replace")

    def _send(self, method: str, url: str, body: bytes | None) -> bytes:
        request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - always an http URL of ours
        if url.startswith(self._api_url):
            request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Accept", "application/vnd.github+json" if body or "/api/" in url else "*/*")
        request.add_header("Content-Type", "application/json")
        try:
            with _DIRECT.open(request, timeout=TIMEOUT_S) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            raise DemoFailed(f"{method} {url} was answered with {error.code}: {said}") from None
        except OSError as error:
            raise DemoFailed(f"{method} {url} was not answered: {error}; look at the logs of the services") from error

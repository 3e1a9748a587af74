"""How webhooks leave the hub: signed, one after the other, tried once, and remembered."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from ghapp.localhub.errors import NotFound
from ghapp.localhub.jsontypes import JsonObject
from ghapp.localhub.models import App, Delivery, Installation
from ghapp.localhub.state import State

# https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks
TIMEOUT_S: Final = 10.0
RESPONSE_CAP_BYTES: Final = 65_536


def sign(secret: bytes, body: bytes) -> str:
    """The value of X-Hub-Signature-256 for a body."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said; status code 0 when it did not answer at all."""

    status_code: int
    status: str
    headers: Mapping[str, str]
    body: str


class Outbox:
    """Sends deliveries from a thread of its own; `with Outbox(state)` starts and ends it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: queue.Queue[Delivery | None] = queue.Queue()
        self._idle = threading.Condition()
        self._unfinished = 0
        self._thread = threading.Thread(target=self._work, name="localhub-webhooks", daemon=True)

    def __enter__(self) -> Outbox:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.put(None)
        self._thread.join(TIMEOUT_S + 1)

    def send(
        self, app: App, installation: Installation, event: str, payload: JsonObject, repository_id: int | None
    ) -> None:
        """Queues a new delivery; an App without a webhook address gets none."""
        if not app.webhook_url:
            return
        body = json.dumps(payload, separators=(",", ":")).encode()
        guid = str(uuid.uuid4())
        action = payload.get("action")
        self._queue(
            Delivery(
                id=self._state.next_id(),
                guid=guid,
                app_id=app.id,
                event=event,
                action=action if isinstance(action, str) else None,
                installation_id=installation.id,
                repository_id=repository_id,
                delivered_at=self._state.now(),
                redelivery=False,
                request_headers=_headers(app, event, guid, body),
                payload=body,
            )
        )

    def redeliver(self, delivery_id: int) -> None:
        """Queues a delivery again: the same guid and bytes under a new id. Raises NotFound."""
        known = self._state.deliveries.get(delivery_id)
        if known is None:
            raise NotFound
        self._queue(replace(known, id=self._state.next_id(), redelivery=True, delivered_at=self._state.now()))

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Waits until every queued delivery was tried; False when time ran out."""
        with self._idle:
            return self._idle.wait_for(lambda: self._unfinished == 0, timeout_s)

    def _queue(self, delivery: Delivery) -> None:
        with self._idle:
            self._unfinished += 1
        self._waiting.put(delivery)

    def _work(self) -> None:
        while (delivery := self._waiting.get()) is not None:
            app = self._state.apps[delivery.app_id]
            started_s = time.monotonic()
            answer = _post(app.webhook_url, delivery.payload, delivery.request_headers)
            with self._state.locked():
                self._state.deliveries[delivery.id] = replace(
                    delivery,
                    duration_s=round(time.monotonic() - started_s, 3),
                    status=answer.status,
                    status_code=answer.status_code,
                    response_headers=answer.headers,
                    response_body=answer.body,
                )
            with self._idle:
                self._unfinished -= 1
                self._idle.notify_all()


def _headers(app: App, event: str, guid: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery.

    https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
    """
    legacy = hmac.new(app.webhook_secret, body, hashlib.sha1).hexdigest()
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/localhub",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(app.hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": f"sha1={legacy}",
        "X-Hub-Signature-256": sign(app.webhook_secret, body),
    }


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        text = response.read(RESPONSE_CAP_BYTES).decode(errors="replace")
    except TimeoutError:
        return Answer(504, "timed out", {}, "")
    except (OSError, http.client.HTTPException):
        return Answer(502, "failed to connect to host", {}, "")
    finally:
        connection.close()
    good = 200 <= response.status < 300
    status = "OK" if good else f"Invalid HTTP Response: {response.status}"
    return Answer(response.status, status, dict(response.getheaders()), text)

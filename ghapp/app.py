"""How deliveries come in over HTTP: verified, kept, queued, answered; in this order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from ghapp.errors import BadSignature, MalformedPayload, QueueUnreachable, TooLarge
from ghapp.orders import Kind, Order, written
from ghapp.reconcile import enqueue_waiting
from ghapp.router import Command, FixIssue, Nothing, Policy, Release, Reply, Router
from ghapp.settings import Settings
from ghapp.store import Refusal, Store
from ghapp.webhook import BODY_CAP_BYTES, parse, verify_signature

PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Greenloop</title>
<body style="font: 16px/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Greenloop</h1><p>This server opens verified pull requests. Label an issue or comment
<code>/greenloop fix</code> in a repository where the App is installed.</p></body></html>
"""

log = logging.getLogger(__name__)


class Queue(Protocol):
    """What is needed of the queue."""

    def enqueue(self, job_id: str, kind: Kind, *, turn: int) -> bool:
        """Hand a job's turn to the workers; False when they have it already."""

    def ping(self) -> None:
        """Return when Redis answers."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the web side stands on."""

    store: Store
    queue: Queue
    router: Router


def create_app(settings: Settings, dependencies: Dependencies) -> Flask:
    """The web application: POST /webhook, GET /healthz, GET /."""
    app = Flask("greenloop", static_folder=None)
    # Flask stops reading here, also when the length was not announced.
    app.config["MAX_CONTENT_LENGTH"] = BODY_CAP_BYTES
    secret = settings.webhook_secret.encode()
    policy = Policy(settings.label)

    @app.post("/webhook")
    def webhook() -> Response:
        body = _body()
        verify_signature(body, request.headers.get("X-Hub-Signature-256"), secret)
        delivery_id = _header("X-GitHub-Delivery")
        commands = dependencies.router.route(parse(_header("X-GitHub-Event"), body), policy)
        return _take_in(dependencies, delivery_id, commands)

    @app.get("/healthz")
    def healthz() -> Response:
        try:
            dependencies.queue.ping()
        except QueueUnreachable as error:
            log.error("not healthy: %s", error)
            return _plain("no Redis answers", 503)
        return _plain("ok", 200)

    @app.get("/")
    def home() -> Response:
        return Response(PAGE, content_type="text/html; charset=utf-8")

    app.register_error_handler(BadSignature, lambda error: _plain(str(error), 401))
    app.register_error_handler(MalformedPayload, lambda error: _plain(str(error), 400))
    app.register_error_handler(TooLarge, lambda error: _plain(str(error), 413))
    return app


def _body() -> bytes:
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise TooLarge(f"the body is over {BODY_CAP_BYTES} bytes, more than any delivery we read") from None


def _header(name: str) -> str:
    value = request.headers.get(name, "")
    if not value or len(value) > 100:
        raise MalformedPayload(f"the header {name} is missing or too long")
    return value


def _plain(text: str, status: int) -> Response:
    return Response(text + "\n", status, content_type="text/plain; charset=utf-8")


def _take_in(dependencies: Dependencies, delivery_id: str, commands: Sequence[Command]) -> Response:
    """Keep first, then queue, then answer: GitHub never sends a delivery again by itself."""
    store = dependencies.store
    orders = [command for command in commands if not isinstance(command, Nothing | Release)]
    answers = [_settled(store, command) for command in commands if isinstance(command, Nothing | Release)]
    if not orders:
        return _plain("\n".join(answers), 200)
    outcomes = store.accept(delivery_id, [written(order) for order in orders])
    refused = [order for order, is_ in zip(orders, outcomes, strict=True) if is_ is Refusal.BUSY]
    store.accept(f"{delivery_id}/busy", [written(reply) for reply in map(_busy, refused) if reply is not None])
    answers += [f"ignored: {is_.value}" if isinstance(is_, Refusal) else f"queued: {is_}" for is_ in outcomes]
    _queue_all(dependencies)
    return _plain("\n".join(answers), 202)


def _settled(store: Store, command: Nothing | Release) -> str:
    """The answer to a command that needs no job."""
    if isinstance(command, Nothing):
        return f"ignored: {command.reason}"
    is_ours = store.release(command.repository.id, command.pull_number)
    return "released: its issue takes orders again" if is_ours else "ignored: the pull request is not ours"


def _busy(order: Order) -> Reply | None:
    """Whoever asked in words gets an answer in words; a label put on twice needs none."""
    if not isinstance(order, FixIssue) or not order.comment_id:
        return None
    place = (order.installation_id, order.repository, order.issue_number)
    return Reply(*place, requester=order.requester, comment_id=order.comment_id, topic="busy")


def _queue_all(dependencies: Dependencies) -> None:
    """What is kept but cannot be queued now goes with the next order or the next start of a worker."""
    try:
        enqueue_waiting(dependencies.store, dependencies.queue)
    except QueueUnreachable as error:
        log.error("a delivery is kept but waits: %s", error)

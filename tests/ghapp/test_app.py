"""How deliveries are answered: the order of the checks, and what is kept."""

from __future__ import annotations

import hmac
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ghapp.app import Dependencies, create_app
from ghapp.errors import QueueUnreachable
from ghapp.handlers import ROUTER
from ghapp.settings import read_settings
from ghapp.store import JobState, Store
from ghapp.testing import FakeQueue
from ghapp.webhook import BODY_CAP_BYTES

SECRET = "correct horse battery staple"
SETTINGS = read_settings(
    {
        "GREENLOOP_APP_ID": "12",
        "GREENLOOP_PRIVATE_KEY_PATH": "/keys/app.pem",
        "GREENLOOP_WEBHOOK_SECRET": SECRET,
    }
)


@pytest.fixture
def queue() -> FakeQueue:
    """A queue that remembers."""
    return FakeQueue()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "app.sqlite", lambda: 1000.0)


@pytest.fixture
def client(store: Store, queue: FakeQueue) -> Iterator[FlaskClient]:
    """The web application's test client."""
    with create_app(SETTINGS, Dependencies(store, queue, ROUTER)).test_client() as client:
        yield client


def deliver(client: FlaskClient, event: str, body: dict[str, Any] | bytes, guid: str = "d1", **headers: str) -> Any:
    """Post a delivery, signed unless the headers say otherwise."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), raw, "sha256").hexdigest()
    sent = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature, **headers}
    return client.post("/webhook", data=raw, headers={name: value for name, value in sent.items() if value})


def labeled(number: int = 3, **changes: Any) -> dict[str, Any]:
    """The payload of a label."""
    return {
        "action": "labeled",
        "installation": {"id": 5},
        "repository": {"id": 9, "full_name": "octo/shop"},
        "sender": {"login": "mona", "id": 7, "type": "User"},
        "issue": {"number": number, "title": "Totals", "body": "", "state": "open"},
        "label": {"name": "greenloop"},
        **changes,
    }


def commented(text: str, comment_id: int = 44) -> dict[str, Any]:
    """The payload of a comment."""
    return labeled(action="created", comment={"id": comment_id, "body": text})


def test_a_label_is_kept_queued_and_answered_202(client: FlaskClient, store: Store, queue: FakeQueue) -> None:
    """One delivery makes one job, in the store and in the queue."""
    answer = deliver(client, "issues", labeled())
    (job,) = store.jobs_in(JobState.QUEUED)
    assert answer.status_code == 202
    assert queue.jobs == [(job.id, "fix")]


def test_five_deliveries_of_one_label_make_one_job(client: FlaskClient, store: Store, queue: FakeQueue) -> None:
    """Three with one id, two with ids of their own: GitHub hears 202, and there is one job."""
    codes = [deliver(client, "issues", labeled(), guid).status_code for guid in ("a", "a", "a", "b", "c")]
    assert codes == [202] * 5
    assert len(store.jobs_in(JobState.QUEUED)) == len(queue.jobs) == 1


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "sha1=x"])
def test_nothing_unsigned_is_read_or_kept(client: FlaskClient, store: Store, signature: str) -> None:
    """A wrong signature is 401, also when the body is no JSON and the delivery id is one of tomorrow's."""
    answer = deliver(client, "issues", b"{no json", "future", **{"X-Hub-Signature-256": signature})
    assert answer.status_code == 401
    assert deliver(client, "issues", labeled(), "future").status_code == 202
    assert len(store.jobs_in(JobState.QUEUED)) == 1


def test_a_huge_body_is_refused_before_it_is_read(client: FlaskClient) -> None:
    """More than the cap is 413, announced or not."""
    assert deliver(client, "issues", b"x" * (BODY_CAP_BYTES + 1)).status_code == 413
    announced = client.post("/webhook", environ_overrides={"CONTENT_LENGTH": str(BODY_CAP_BYTES + 1)})
    assert announced.status_code == 413
    unannounced = io.BytesIO(b"x" * (BODY_CAP_BYTES + 1))
    chunked = {"wsgi.input_terminated": True}
    assert client.post("/webhook", input_stream=unannounced, environ_overrides=chunked).status_code == 413


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{no json", {}),
        (b"[]", {}),
        ({"action": "labeled", "installation": {"id": 5}}, {}),
        (labeled(), {"X-GitHub-Delivery": ""}),
        (labeled(), {"X-GitHub-Event": ""}),
        (labeled(), {"X-GitHub-Delivery": "x" * 101}),
    ],
)
def test_what_is_signed_but_malformed_is_400(client: FlaskClient, body: Any, headers: dict[str, str]) -> None:
    """Only after the signature holds does anybody learn what is wrong with the body."""
    assert deliver(client, "issues", body, **headers).status_code == 400


def test_what_asks_nothing_is_200_with_the_reason(client: FlaskClient, queue: FakeQueue) -> None:
    """GitHub's delivery log shows why nothing happened."""
    for event, body in (("star", labeled()), ("issues", labeled(action="opened")), ("ping", {"zen": "Keep it"})):
        answer = deliver(client, event, body)
        assert (answer.status_code, answer.text.startswith("ignored: ")) == (200, True)
    assert queue.jobs == []


def test_a_dead_queue_does_not_lose_the_delivery(client: FlaskClient, store: Store, queue: FakeQueue) -> None:
    """It is kept and answered 202; the next delivery takes it along."""
    queue.broken = QueueUnreachable("no Redis")
    assert deliver(client, "issues", labeled()).status_code == 202
    assert len(store.jobs_in(JobState.QUEUED)) == 1
    queue.broken = None
    deliver(client, "issues", labeled(4), "d2")
    assert len(queue.jobs) == 2


def test_our_own_trouble_is_never_the_senders_fault(store: Store, queue: FakeQueue, tmp_path: Path) -> None:
    """When the store cannot write, the answer is 500: a 4xx would tell GitHub that the delivery was bad."""
    (tmp_path / "app.sqlite").write_bytes(b"this is no database" * 100)
    with create_app(SETTINGS, Dependencies(store, queue, ROUTER)).test_client() as client:
        assert deliver(client, "issues", labeled()).status_code == 500


def test_a_comment_on_a_busy_issue_gets_an_answer(client: FlaskClient, queue: FakeQueue) -> None:
    """Whoever asks in words while a job runs hears that one does; asking twice in one comment is one answer."""
    deliver(client, "issues", labeled())
    for guid in ("d2", "d3"):
        deliver(client, "issue_comment", commented("/greenloop fix"), guid)
    assert [kind for _, kind in queue.jobs] == ["fix", "reply"]


def test_a_closed_pull_request_sets_its_issue_free(client: FlaskClient, store: Store) -> None:
    """Ours is released, anybody else's is ignored."""
    deliver(client, "issues", labeled())
    (job,) = store.jobs_in(JobState.QUEUED)
    store.hold(job.id, 8)
    closed = labeled(action="closed", pull_request={"number": 7})
    assert "ignored" in deliver(client, "pull_request", closed, "d2").text
    closed = labeled(action="closed", pull_request={"number": 8})
    assert "released" in deliver(client, "pull_request", closed, "d3").text
    assert deliver(client, "issues", labeled(), "d4").text.startswith("queued")


def test_health_is_the_queues(client: FlaskClient, queue: FakeQueue) -> None:
    """The answer is 200 while Redis answers and 503 when it does not; where Redis is stays in the log."""
    assert client.get("/healthz").status_code == 200
    queue.broken = QueueUnreachable("no Redis at redis.internal")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "no Redis answers\n")


def test_there_is_one_page_and_nothing_else(client: FlaskClient) -> None:
    """The front page explains; other paths and methods do not exist."""
    assert "Greenloop" in client.get("/").text
    assert client.get("/webhook").status_code == 405
    assert client.get("/static/app.py").status_code == 404

"""Spans: sent to a collector, mirrored always, without secrets."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry import trace as otel
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status as WireStatus

from runner.adapters.tracing import RunSpan, RunTracer


@dataclass
class Phoenix:
    """What a collector on loopback received. Spans appear over REST when `shows` says so."""

    url: str = ""
    shows: threading.Event = field(default_factory=threading.Event)
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    status: int = 200
    malformed: bool = False

    @property
    def spans(self) -> list[WireSpan]:
        resources = [resource for request in self.requests for resource in request.resource_spans]
        return [span for resource in resources for scope in resource.scope_spans for span in scope.spans]

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        if self.malformed:
            return b'{"detail": "no"}'
        wanted = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)["trace_id"][0]
        spans = [s for s in self.spans if s.trace_id.hex() == wanted] if self.shows.is_set() else []
        rows = [{"context": {"trace_id": s.trace_id.hex(), "span_id": s.span_id.hex()}} for s in spans]
        return json.dumps({"data": rows, "next_cursor": None}).encode()


class Handler(BaseHTTPRequestHandler):
    phoenix: Phoenix

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces"
        self.phoenix.requests.append(ExportTraceServiceRequest.FromString(body))
        self._send(200, b"")

    def do_GET(self) -> None:
        self._send(self.phoenix.status, self.phoenix.answer(self.path))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def serving(phoenix: Phoenix) -> Iterator[Phoenix]:
    """The collector, listening."""
    handler = type("BoundHandler", (Handler,), {"phoenix": phoenix})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    phoenix.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield phoenix
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def phoenix() -> Iterator[Phoenix]:
    """A collector that stores and shows what it gets."""
    collector = Phoenix()
    collector.shows.set()
    with serving(collector):
        yield collector


def closed_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_spans_arrive_with_kind_project_and_parent(phoenix: Phoenix) -> None:
    """Phoenix groups by project, draws the tree by parents and the icons by kind."""
    with (
        RunTracer(collector_url=phoenix.url + "/", project="demo") as tracer,
        tracer.span("run", "AGENT"),
        tracer.span("map", "RETRIEVER") as span,
    ):
        span.set("files", 3)
        span.set("note", "found")
    inner, outer = sorted(phoenix.spans, key=lambda span: span.name)
    assert (outer.name, inner.name) == ("run", "map")
    assert inner.parent_span_id == outer.span_id
    assert {s.trace_id.hex() for s in phoenix.spans} == {tracer.trace_id}
    assert {s.status.code for s in phoenix.spans} == {WireStatus.STATUS_CODE_OK}
    attributes = {a.key: a.value for a in inner.attributes}
    assert attributes["openinference.span.kind"].string_value == "RETRIEVER"
    assert attributes["files"].int_value == 3
    resource = {a.key: a.value.string_value for a in phoenix.requests[0].resource_spans[0].resource.attributes}
    assert resource["openinference.project.name"] == "demo"
    assert tracer.delivered()
    assert phoenix.asked[0].startswith("/v1/projects/demo/spans?trace_id=")


def test_the_mirror_holds_what_was_sent() -> None:
    """The bundle's spans do not depend on any server."""
    tracer = RunTracer()
    with tracer.span("run", "CHAIN"):
        with tracer.span("map", "RETRIEVER") as span:
            span.set("slices", 2.5)
        with tracer.span("plan", "LLM") as span:
            span.fail("malformed")
    run, first, second = tracer.finished()
    assert [record.name for record in (run, first, second)] == ["run", "map", "plan"]
    assert [record.failed for record in (run, first, second)] == ["", "", "malformed"]
    assert first.parent_id == second.parent_id == run.span_id
    assert run.parent_id == ""
    assert first.attributes["slices"] == 2.5
    assert run.start_s <= first.start_s <= first.end_s <= second.start_s <= run.end_s
    tracer.close()


def test_a_dead_collector_costs_little() -> None:
    """With Phoenix down the run goes on, and the receipt may not claim that the trace was delivered."""
    tracer = RunTracer(collector_url=f"http://127.0.0.1:{closed_port()}")
    start = time.monotonic()
    for _ in range(50):
        with tracer.span("step", "TOOL"):
            pass
    assert "does not show" in tracer.delivery()
    tracer.close()
    assert time.monotonic() - start < 10
    assert len(tracer.finished()) == 50


def test_a_silent_collector_costs_little() -> None:
    """A server that accepts and never answers may not hold the run either."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracer = RunTracer(collector_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        with tracer.span("step", "TOOL"):
            pass
        tracer.close()
        assert not tracer.delivered()
        assert time.monotonic() - start < 10


def test_delivered_waits_for_the_collector_to_write() -> None:
    """Phoenix shows spans a moment after it took them."""
    late = Phoenix()
    with serving(late):
        tracer = RunTracer(collector_url=late.url, wait=lambda _: late.shows.set())
        with tracer.span("run", "CHAIN"):
            pass
        assert tracer.delivery() == "the collector has the whole trace"
        assert len(late.asked) == 2


@pytest.mark.parametrize("broken", [Phoenix(status=500), Phoenix(malformed=True), Phoenix()])
def test_delivered_says_no_when_the_collector_does_not_show_the_spans(broken: Phoenix) -> None:
    """Only the collector's own word counts; a span that was taken but never appears is not delivered."""
    seconds = iter(range(100))
    with serving(broken):
        tracer = RunTracer(collector_url=broken.url, clock=lambda: float(next(seconds)), wait=lambda _: None)
        with tracer.span("run", "CHAIN"):
            pass
        tracer.close()
        assert broken.spans
        assert not tracer.delivered()


def test_without_a_collector_nothing_is_delivered() -> None:
    """No collector is configured: the trace lives in the bundle alone."""
    tracer = RunTracer()
    with tracer.span("run", "CHAIN"):
        pass
    assert not tracer.delivered()
    assert "no collector" in tracer.delivery()


def raise_after_saying(span: RunSpan, reason: str) -> None:
    """Mark the span, then fail."""
    span.fail(reason)
    raise KeyError(reason)


def test_a_given_reason_is_not_overwritten_by_the_exception() -> None:
    """Whoever marks a span and lets the error rise has said it better than the error's type."""
    tracer = RunTracer()
    with pytest.raises(KeyError), tracer.span("plan", "CHAIN") as span:
        raise_after_saying(span, "no plan.json")
    assert tracer.finished()[0].failed == "no plan.json"


@pytest.mark.parametrize(("captures", "kept"), [(True, "prompt"), (False, None)])
def test_content_is_kept_only_on_request(*, captures: bool, kept: str | None) -> None:
    """Prompts and code leave the machine only when somebody opted in."""
    tracer = RunTracer(captures_content=captures)
    with tracer.span("ask", "LLM") as span:
        span.content("input.value", "prompt")
    assert tracer.finished()[0].attributes.get("input.value") == kept


def test_no_secret_reaches_the_trace(phoenix: Phoenix) -> None:
    """Every text passes the scrubber: names, attributes, content, reasons; and exceptions leave only their type."""
    tracer = RunTracer(
        collector_url=phoenix.url, captures_content=True, redact=lambda text: text.replace("s3cret", "[x]")
    )
    with tracer.span("call s3cret", "LLM") as span:
        span.set("header", "token s3cret")
        span.content("input.value", "s3cret")
        span.fail("s3cret was wrong")
    with pytest.raises(ValueError, match="s3cret"), tracer.span("inner", "TOOL"):
        raise ValueError("s3cret")
    tracer.close()
    wire = b"".join(request.SerializeToString() for request in phoenix.requests)
    assert wire
    assert b"s3cret" not in wire
    assert "s3cret" not in repr(tracer.finished())
    assert tracer.finished()[1].failed == "ValueError"


def test_long_values_are_cut() -> None:
    """A trace is an index, not an archive."""
    tracer = RunTracer(captures_content=True)
    with tracer.span("ask", "LLM") as span:
        span.set("note", "x" * 10_000)
        span.content("input.value", "y" * 100_000)
    attributes = tracer.finished()[0].attributes
    assert len(str(attributes["note"])) == 4_000
    assert len(str(attributes["input.value"])) == 65_536


def test_spans_of_pool_threads_hang_under_the_run() -> None:
    """The scan pool's threads have no open span of their own and must not start another trace."""
    tracer = RunTracer()

    def scan(number: int) -> None:
        with tracer.span(f"scan {number}", "TOOL"), tracer.span(f"read {number}", "TOOL"):
            pass

    with tracer.span("run", "CHAIN"), ThreadPoolExecutor(2) as pool:
        list(pool.map(scan, range(4)))
    by_id = {record.span_id: record for record in tracer.finished()}
    parents = {r.name: by_id[r.parent_id].name for r in by_id.values() if r.parent_id}
    assert parents == {f"scan {n}": "run" for n in range(4)} | {f"read {n}": f"scan {n}" for n in range(4)}


def test_two_runs_do_not_mix() -> None:
    """A tracer opened inside another's span starts its own trace, and the global provider stays untouched."""
    before = otel.get_tracer_provider()
    outer, inner = RunTracer(), RunTracer()
    with outer.span("outer", "CHAIN"), inner.span("inner", "CHAIN"):
        pass
    assert inner.finished()[0].parent_id == ""
    assert outer.trace_id != inner.trace_id
    assert otel.get_tracer_provider() is before


def test_an_unknown_kind_is_refused() -> None:
    """Phoenix would show it as UNKNOWN; a typo should not get that far."""
    tracer = RunTracer()
    with pytest.raises(ValueError, match="CHAINS"), tracer.span("run", "CHAINS"):
        pass

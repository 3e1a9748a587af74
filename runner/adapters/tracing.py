"""How a run's spans leave the process: to an OTLP/HTTP collector (Arize Phoenix), and always into a mirror.

Phoenix's REST interface: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
OpenInference's span kinds: https://github.com/Arize-ai/openinference/tree/main/spec
"""

from __future__ import annotations

import contextvars
import json
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from types import TracebackType
from typing import Final, Self

from openinference.semconv.resource import ResourceAttributes
from openinference.semconv.trace import OpenInferenceSpanKindValues, SpanAttributes
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from runner.ports import Clock, SpanRecord

PROJECT: Final = "greenloop"
EXPORT_TIMEOUT_S: Final = 0.5
"""A dead collector costs the run this once, when the tracer closes; in between only its own thread waits."""
DELIVERY_TIMEOUT_S: Final = 3.0
DELIVERY_POLL_S: Final = 0.1
ATTRIBUTE_CAP: Final = 4_000
CONTENT_CAP: Final = 65_536

_open_span: contextvars.ContextVar[RunSpan | None] = contextvars.ContextVar("greenloop_open_span", default=None)


class RunSpan:
    """The port `Span`. Everything written to it passes through the tracer's `redact` first."""

    def __init__(self, span: otel.Span, redact: Callable[[str], str], *, captures_content: bool) -> None:
        self.span = span
        self._redact = redact
        self._captures_content = captures_content
        self.failed = False

    def set(self, key: str, value: str | float) -> None:
        """Add an attribute, cut at 4,000 characters."""
        self.span.set_attribute(key, self._redact(value)[:ATTRIBUTE_CAP] if isinstance(value, str) else value)

    def content(self, key: str, text: str) -> None:
        """Add code or prompt text, cut at 65,536 characters; dropped unless content capture is on."""
        if self._captures_content:
            self.span.set_attribute(key, self._redact(text)[:CONTENT_CAP])

    def fail(self, reason: str) -> None:
        """Mark the span as failed."""
        self.failed = True
        self.span.set_status(otel.Status(otel.StatusCode.ERROR, self._redact(reason)[:ATTRIBUTE_CAP]))


class RunTracer:
    """The port `Tracer` for one run: one trace, a provider of its own (never the global one), closed by `with`.

    `collector_url` is Phoenix's base URL as this machine reaches it; None keeps the spans in the mirror alone.
    `redact` is applied to every text before it is stored or sent. A span opened in a thread without a copy of the
    opener's contextvars hangs under the run's first span.
    """

    def __init__(
        self,
        *,
        collector_url: str | None = None,
        project: str = PROJECT,
        captures_content: bool = False,
        redact: Callable[[str], str] = str,
        clock: Clock = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        ids = _OneTrace()
        self.trace_id = otel.format_trace_id(ids.trace_id)
        self._collector_url = collector_url.rstrip("/") if collector_url else None
        self._project = project
        self._captures_content = captures_content
        self._redact = redact
        self._clock = clock
        self._wait = wait
        self._root: RunSpan | None = None
        self._mirror = _Mirror()
        self._provider = TracerProvider(
            # Not Resource.create and no defaults: those read the environment, which is not this module's to read.
            resource=Resource({SERVICE_NAME: "greenloop", ResourceAttributes.PROJECT_NAME: project}),
            sampler=ALWAYS_ON,
            shutdown_on_exit=False,
            id_generator=ids,
            span_limits=SpanLimits(max_attributes=256),
        )
        self._provider.add_span_processor(self._mirror)
        if self._collector_url:
            self._provider.add_span_processor(_exporting(f"{self._collector_url}/v1/traces"))
        self._tracer = self._provider.get_tracer("greenloop")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def span(self, name: str, kind: str) -> Iterator[RunSpan]:
        """A span under the innermost open one; an exception that passes through marks it as failed.

        Raises ValueError if `kind` is not an OpenInference span kind.
        """
        attributes = {SpanAttributes.OPENINFERENCE_SPAN_KIND: OpenInferenceSpanKindValues(kind).value}
        parent = self._parent()
        context = otel.set_span_in_context(parent.span) if parent else Context()
        # Attached to no OpenTelemetry context: a library that traces itself stays out of the run's trace.
        started = self._tracer.start_span(self._redact(name), context=context, attributes=attributes)
        span = RunSpan(started, self._redact, captures_content=self._captures_content)
        self._root = self._root or span
        token = _open_span.set(span)
        try:
            yield span
        except BaseException as error:
            if not span.failed:
                span.fail(type(error).__name__)  # its message may hold code or output: that is content
            raise
        finally:
            if not span.failed:
                started.set_status(otel.Status(otel.StatusCode.OK))
            _open_span.reset(token)
            started.end()

    def finished(self) -> tuple[SpanRecord, ...]:
        """The spans that have ended, oldest first."""
        return tuple(sorted(self._mirror.records, key=lambda record: record.start_s))

    def close(self) -> None:
        """Send what is left, for at most a second, and stop the exporting thread."""
        self._provider.shutdown()

    def delivery(self) -> str:
        """What became of the trace, in one line for the receipt; nothing is sent after this."""
        if not self._collector_url:
            return "the trace is in the bundle alone; no collector is configured"
        self.close()
        if self.delivered():
            return "the collector has the whole trace"
        return "the collector does not show the whole trace; it is in spans.json"

    def delivered(self) -> bool:
        """Whether the collector has every finished span, as it says itself. Call it after `close`.

        Asked because the exporter's flush reports success also when nothing was sent. Phoenix writes a span some
        tenths of a second after it took it, so this asks again for up to three seconds.
        """
        wanted = {record.span_id for record in self._mirror.records}
        if not self._collector_url or not wanted:
            return False
        deadline_s = self._clock() + DELIVERY_TIMEOUT_S
        while True:
            stored = self._stored_span_ids()
            if stored is None or self._clock() >= deadline_s:
                return False
            if wanted <= stored:
                return True
            self._wait(DELIVERY_POLL_S)

    def _parent(self) -> RunSpan | None:
        innermost = _open_span.get()
        is_ours = (
            innermost is not None and otel.format_trace_id(innermost.span.get_span_context().trace_id) == self.trace_id
        )
        return innermost if is_ours else self._root

    def _stored_span_ids(self) -> set[str] | None:
        """The ids the collector has of this trace, none while it does not know the project; None if it is down."""
        project = urllib.parse.quote(self._project, safe="")
        url = f"{self._collector_url}/v1/projects/{project}/spans?trace_id={self.trace_id}&limit=1000"
        try:
            with urllib.request.urlopen(url, timeout=EXPORT_TIMEOUT_S) as reply:  # noqa: S310 - configured by the operator
                return _span_ids(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return set() if error.code == 404 else None
        except (OSError, HTTPException, ValueError):
            return None


class _OneTrace(IdGenerator):
    """Gives every span without a parent the same trace id."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.trace_id = self._random.generate_trace_id()

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self._random.generate_span_id()


class _Mirror(SpanProcessor):
    """Keeps every finished span as a value."""

    def __init__(self) -> None:
        self.records: list[SpanRecord] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.records.append(_record(span))


def _exporting(endpoint: str) -> BatchSpanProcessor:
    # Its warnings about a collector that is down would land between the progress lines; `delivered` tells instead.
    logging.getLogger("opentelemetry.exporter.otlp").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_TIMEOUT_S)
    return BatchSpanProcessor(exporter, schedule_delay_millis=500)


def _record(span: ReadableSpan) -> SpanRecord:
    attributes: Mapping[str, object] = span.attributes or {}
    failed = span.status.status_code is otel.StatusCode.ERROR
    return SpanRecord(
        span_id=otel.format_span_id(span.context.span_id) if span.context else "",
        parent_id=otel.format_span_id(span.parent.span_id) if span.parent else "",
        name=span.name,
        kind=str(attributes.get(SpanAttributes.OPENINFERENCE_SPAN_KIND, "")),
        start_s=(span.start_time or 0) / 1e9,
        end_s=(span.end_time or 0) / 1e9,
        failed=(span.status.description or "failed") if failed else "",
        attributes={key: value for key, value in attributes.items() if isinstance(value, (str, int, float))},
    )


def _span_ids(body: bytes) -> set[str]:
    """The span ids in Phoenix's answer. Raises ValueError if it is not one."""
    try:
        return {str(span["context"]["span_id"]) for span in json.loads(body)["data"]}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a list of spans: {body[:200]!r}") from error

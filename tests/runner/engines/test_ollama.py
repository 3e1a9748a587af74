"""Ollama is asked through its own client, on the wire of a server that answers as its API says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from runner.engines.ollama import OllamaModel
from runner.errors import EngineFailure, EngineUnreachable, TimeSpent
from runner.models import Limits
from runner.settings import OLLAMA_MODEL
from runner.testing import FakeClock

Answer = Callable[[dict[str, Any]], Iterable[dict[str, Any]]]


class Server(ThreadingHTTPServer):
    """Ollama's /api/tags and /api/chat; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Answer, models: tuple[str, ...], status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.models, self.status = answer, models, status
        self.asked: list[dict[str, Any]] = []
        self.clock = FakeClock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer(200, [{"models": [{"model": name} for name in self.server.models]}])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self._answer(self.server.status, self.server.answer(asked) if self.server.status == 200 else [{"error": "no"}])

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, chunks: Iterable[dict[str, Any]]) -> None:
        self.send_response(status)
        self.end_headers()
        for chunk in chunks:
            self.server.clock.advance(1.0)
            self.wfile.write(json.dumps(chunk).encode() + b"\n")


def chunk(text: str, **more: object) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": text}, "done": False, **more}


LAST = {"done": True, "prompt_eval_count": 70, "eval_count": 40, "eval_duration": 400_000_000}


@contextmanager
def serving(
    chunks: list[dict[str, Any]],
    *,
    models: tuple[str, ...] = (OLLAMA_MODEL,),
    status: int = 200,
    answer: Answer | None = None,
) -> Iterator[Server]:
    """A server that answers every call with the same chunks, or as `answer` makes them of the request."""
    server = Server(answer or (lambda _asked: chunks), models, status)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def model_at(server: Server) -> OllamaModel:
    return OllamaModel(url=server.url, model=OLLAMA_MODEL, limits=Limits(), seed=7, clock=server.clock)


def test_the_answer_is_streamed_and_the_models_own_counts_are_kept() -> None:
    """Tokens are what the model counted, not what we guess."""
    with serving([chunk("FILE: "), chunk("a.py"), chunk("", **LAST)]) as server:
        answer = model_at(server).complete("fix it", schema=None, temperature=0.5, timeout_s=30)
    assert answer.text == "FILE: a.py"
    assert (answer.usage.calls, answer.usage.tokens_in, answer.usage.tokens_out) == (1, 70, 40)


def test_nothing_is_cut_silently() -> None:
    """num_ctx holds prompt and output in every call, thinking is off, a schema travels as the format."""
    with serving([chunk("{}", **LAST)]) as server:
        model = model_at(server)
        model.complete("plan", schema={"type": "object"}, temperature=0.0, timeout_s=30)
        model.complete("edit", schema=None, temperature=0.6, timeout_s=30)
    plan, edit = server.asked
    assert plan["options"]["num_ctx"] == edit["options"]["num_ctx"] == 4000 + 4096
    assert plan["format"] == {"type": "object"}
    assert plan["think"] is False
    assert (plan["options"]["seed"], edit["options"]["temperature"]) == (7, 0.6)


def test_the_room_to_write_follows_from_the_measured_speed() -> None:
    """20 tokens/s before anything was measured, then what the model showed: 40 in 0.4 s."""
    with serving([chunk("x", **LAST)]) as server:
        model = model_at(server)
        model.complete("one", schema=None, temperature=0.0, timeout_s=30)
        model.complete("two", schema=None, temperature=0.0, timeout_s=30)
    assert [asked["options"]["num_predict"] for asked in server.asked] == [600, 3000]


def test_the_time_to_read_the_prompt_is_not_there_to_write() -> None:
    """A machine that reads 70 tokens in 7 s has 10 s of 30 left after 200 of them."""
    slow = {**LAST, "prompt_eval_duration": 7_000_000_000}
    with serving([chunk("x", **slow)]) as server:
        model = model_at(server)
        model.complete("one", schema=None, temperature=0.0, timeout_s=30)
        model.complete("x" * 700, schema=None, temperature=0.0, timeout_s=30)
        with pytest.raises(TimeSpent, match="too few"):
            model.complete("x" * 700, schema=None, temperature=0.0, timeout_s=20.5)
    assert [asked["options"]["num_predict"] for asked in server.asked] == [600, 1000]


def test_an_answer_that_filled_its_room_is_marked() -> None:
    """Whoever reads it must know that its end is missing."""
    with serving([chunk("FILE: a", **LAST, done_reason="length")]) as server:
        assert model_at(server).complete("fix", schema=None, temperature=0.0, timeout_s=30).is_cut


def test_a_model_that_never_stops_is_stopped_by_the_clock() -> None:
    """The answer ends with its time, not with the model's patience."""
    with serving([chunk("on and on ")] * 50) as server, pytest.raises(TimeSpent, match="still writing"):
        model_at(server).complete("fix", schema=None, temperature=0.0, timeout_s=5)


def test_a_model_that_is_left_is_stopped_whoever_keeps_the_failure() -> None:
    """Its connection is closed at once; a failure that is kept keeps none open."""
    gone = threading.Event()

    def endless(_asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        try:
            while True:
                yield chunk("on and on ")
        finally:
            gone.set()

    kept: list[TimeSpent] = []
    with serving([], answer=endless) as server:
        try:
            model_at(server).complete("fix", schema=None, temperature=0.0, timeout_s=5)
        except TimeSpent as spent:  # pytest.raises would let go of what its frames hold
            kept.append(spent)
        assert gone.wait(5.0)
    assert kept


class Hesitant(BaseHTTPRequestHandler):
    """Says half a line after most of the time, then nothing: each wait is short enough, their sum is not."""

    server: Server

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"model": "m", "message": {"role": "assist')
        self.wfile.flush()
        gone = self.connection.recv(1 << 20) and self.connection.recv(1)  # the request, then its end
        assert gone in (b"", None)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_server_that_falls_silent_in_a_line_is_left_in_time() -> None:
    """The whole answer has a time limit and not only each wait for a piece of it."""
    with serving([]) as server:
        server.RequestHandlerClass = Hesitant
        model = OllamaModel(url=server.url, model=OLLAMA_MODEL, limits=Limits(), seed=7, clock=time.monotonic)
        with pytest.raises(TimeSpent):
            model.complete("write", schema=None, temperature=0.0, timeout_s=1.0)


def test_a_model_that_heeds_no_limit_is_cut_off() -> None:
    """More text than the tokens asked for can hold is an answer gone wrong, not worth the rest of the clock."""
    with serving([chunk("x" * 1000)] * 100) as server:
        limits = Limits(output_tokens=100)
        model = OllamaModel(url=server.url, model=OLLAMA_MODEL, limits=limits, seed=7, clock=FakeClock())
        with pytest.raises(EngineFailure, match="past 100 tokens"):
            model.complete("write", schema=None, temperature=0.0, timeout_s=60.0)


def test_a_missing_model_is_named_with_the_command_that_gets_it() -> None:
    """The health check says what to pull."""
    with serving([], models=("other:1b",)) as server, pytest.raises(EngineUnreachable, match="ollama pull llama3"):
        model_at(server).check()


def test_no_server_says_how_to_start_it() -> None:
    """Nothing answers: one line with what to do."""
    with serving([]) as server:
        gone = model_at(server)
    with pytest.raises(EngineUnreachable, match="ollama serve"):
        gone.check()
    with pytest.raises(EngineUnreachable, match="ollama serve"):
        gone.complete("fix", schema=None, temperature=0.0, timeout_s=5)


def test_a_healthy_server_is_named() -> None:
    """The check says which model answers where."""
    with serving([]) as server:
        assert model_at(server).check() == f"{OLLAMA_MODEL} on Ollama at {server.url}"


def test_a_refused_call_is_an_engine_failure() -> None:
    """The server's own words are passed on."""
    with serving([], status=500) as server, pytest.raises(EngineFailure, match="refused"):
        model_at(server).complete("fix", schema=None, temperature=0.0, timeout_s=5)

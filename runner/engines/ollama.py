"""A text model served by Ollama, asked so that nothing is cut silently."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any, cast

import httpx
import ollama

from runner.budget import estimate_tokens
from runner.engines.prompted import Completion
from runner.errors import EngineFailure, EngineUnreachable, TimeSpent
from runner.models import Limits, Usage

FIRST_TOKENS_PER_S = 20.0
"""What a small machine writes, until this model's own speed has been measured."""
LEAST_TOKENS = 64
"""An answer that has to be shorter is not worth a call."""
CHECK_TIMEOUT_S = 3.0
LEAST_S = 1.0
MOST_CHARS_PER_TOKEN = 16
"""A model that has written more than so much of its limit heeds no limit."""


class OllamaModel:
    """One model of one Ollama server. `num_ctx` is the same in every call of a run: a change reloads the model.

    See https://github.com/ollama/ollama/blob/main/docs/api.md for the options.
    """

    def __init__(self, *, url: str, model: str, limits: Limits, seed: int, clock: Callable[[], float]) -> None:
        """Nothing is asked yet; `url` is the server's base address."""
        self.name = "ollama"
        self.model = model
        self._url = url
        self._limits = limits
        self._seed = seed
        self._clock = clock
        self._tokens_per_s = FIRST_TOKENS_PER_S
        self._s_per_prompt_token = 0.0

    def check(self) -> str:
        """Which model answers where. Raises EngineUnreachable: start the server, or pull the model."""
        try:
            with _client(self._url, CHECK_TIMEOUT_S) as client:
                served = [m.model for m in client.list().models]
        except (ConnectionError, httpx.HTTPError, ollama.ResponseError) as error:
            raise EngineUnreachable(f"no Ollama answers at {self._url}; start it with `ollama serve`") from error
        if self.model not in served and f"{self.model}:latest" not in served:
            raise EngineUnreachable(f"Ollama has no model {self.model}; get it with `ollama pull {self.model}`")
        return f"{self.model} on Ollama at {self._url}"

    def complete(
        self, prompt: str, *, schema: Mapping[str, Any] | None, temperature: float, timeout_s: float
    ) -> Completion:
        """The model's answer, streamed so that the clock can end it.

        Raises EngineUnreachable, TimeSpent when the answer did not end in `timeout_s`, EngineFailure.
        """
        start_s = self._clock()
        writing_s = timeout_s - estimate_tokens(prompt) * self._s_per_prompt_token
        room = int(min(self._limits.output_tokens, writing_s * self._tokens_per_s))
        if room < LEAST_TOKENS:
            raise TimeSpent(f"{timeout_s:.0f} s are too few for {self.model} to read the prompt and answer; allow more")
        try:
            return self._stream(prompt, schema, {"temperature": temperature, "num_predict": room}, start_s + timeout_s)
        except (ConnectionError, httpx.TransportError, json.JSONDecodeError) as error:
            if self._clock() - start_s >= timeout_s:
                raise TimeSpent(f"{self.model} did not answer in {timeout_s:.0f} s") from error
            raise EngineUnreachable(f"Ollama at {self._url} went away: {error}; is `ollama serve` running?") from error
        except ollama.ResponseError as error:
            raise EngineFailure(f"Ollama refused the call: {error.error}") from error

    def _stream(
        self, prompt: str, schema: Mapping[str, Any] | None, options: dict[str, Any], deadline_s: float
    ) -> Completion:
        context = self._limits.prompt_tokens + self._limits.output_tokens
        cap_chars = MOST_CHARS_PER_TOKEN * self._limits.output_tokens
        text: list[str] = []
        chars = tokens_in = tokens_out = 0
        is_whole = is_cut = False
        with ExitStack() as left:
            client = left.enter_context(_client(self._url, max(LEAST_S, deadline_s - self._clock())))
            chunks = client.chat(
                model=self.model,
                messages=[{"role": "user", "content": prompt}],
                format=dict(schema) if schema is not None else None,
                options={**options, "num_ctx": context, "seed": self._seed},
                think=False,
                stream=True,
            )
            # Closed by hand: who keeps the failure keeps this frame, and the model would write on.
            left.enter_context(closing(cast("Generator[ollama.ChatResponse]", chunks)))
            for chunk in chunks:
                text.append(chunk.message.content or "")
                chars += len(text[-1])
                if chunk.done:
                    is_whole, is_cut = True, chunk.done_reason == "length"
                    tokens_in, tokens_out = chunk.prompt_eval_count or 0, chunk.eval_count or 0
                    self._measure(chunk)
                elif self._clock() >= deadline_s:
                    raise TimeSpent(f"{self.model} was still writing when its time ran out")
                elif chars > cap_chars:
                    raise EngineFailure(
                        f"{self.model} wrote on past {self._limits.output_tokens} tokens; it was cut off"
                    )
        if not is_whole:
            raise ConnectionError("its answer broke off")
        return Completion("".join(text), Usage(1, tokens_in, tokens_out), is_cut)

    def _measure(self, last: ollama.ChatResponse) -> None:
        """Learn this machine's speeds from the model's own counts; a prompt that it knows by heart costs no time."""
        if last.eval_count and last.eval_duration:
            self._tokens_per_s = last.eval_count / (last.eval_duration / 1e9)
        if last.prompt_eval_count and last.prompt_eval_duration:
            self._s_per_prompt_token = last.prompt_eval_duration / 1e9 / last.prompt_eval_count


@contextmanager
def _client(url: str, seconds: float) -> Iterator[ollama.Client]:
    """A client whose connection is cut after so many seconds, whatever the server sends or does not.

    httpx limits each wait, not their sum: a server that says a little now and then could go on for ever.
    """
    until_s = time.monotonic() + seconds
    with ExitStack() as timers:

        def arm(response: httpx.Response) -> None:
            connection: socket.socket = response.extensions["network_stream"].get_extra_info("socket")
            timer = threading.Timer(max(0.0, until_s - time.monotonic()), _cut, (connection,))
            timer.start()
            timers.callback(timer.join)
            timers.callback(timer.cancel)

        yield ollama.Client(host=url, timeout=seconds, event_hooks={"response": [arm]})


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)

"""A text model served by Ollama, asked so that nothing is cut silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import ollama

from runner.engines.prompted import Completion
from runner.errors import EngineFailure, EngineUnreachable, TimeSpent
from runner.models import Limits, Usage

DEFAULT_MODEL = "llama3.1:8b"
DEFAULT_URL = "http://127.0.0.1:11434"
FIRST_TOKENS_PER_S = 20.0
"""What a small machine writes, until this model's own speed has been measured."""
CHECK_TIMEOUT_S = 3.0


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

    def check(self) -> str:
        """Which model answers where. Raises EngineUnreachable: start the server, or pull the model."""
        try:
            served = [m.model for m in ollama.Client(host=self._url, timeout=CHECK_TIMEOUT_S).list().models]
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
        room = int(min(self._limits.output_tokens, max(64.0, timeout_s * self._tokens_per_s)))
        try:
            return self._stream(prompt, schema, {"temperature": temperature, "num_predict": room}, start_s + timeout_s)
        except (ConnectionError, httpx.TransportError) as error:
            if self._clock() - start_s >= timeout_s:
                raise TimeSpent(f"{self.model} did not answer in {timeout_s:.0f} s") from error
            raise EngineUnreachable(f"Ollama at {self._url} went away: {error}; is `ollama serve` running?") from error
        except ollama.ResponseError as error:
            raise EngineFailure(f"Ollama refused the call: {error.error}") from error

    def _stream(
        self, prompt: str, schema: Mapping[str, Any] | None, options: dict[str, Any], deadline_s: float
    ) -> Completion:
        client = ollama.Client(host=self._url, timeout=max(1.0, deadline_s - self._clock()))
        context = self._limits.prompt_tokens + self._limits.output_tokens
        chunks = client.chat(
            model=self.model,
            messages=[{"role": "user", "content": prompt}],
            format=dict(schema) if schema is not None else None,
            options={**options, "num_ctx": context, "seed": self._seed},
            think=False,
            stream=True,
        )
        text: list[str] = []
        tokens_in = tokens_out = 0
        for chunk in chunks:
            text.append(chunk.message.content or "")
            if chunk.done:
                tokens_in, tokens_out = chunk.prompt_eval_count or 0, chunk.eval_count or 0
                self._measure(tokens_out, chunk.eval_duration)
            elif self._clock() >= deadline_s:  # leaving the loop closes the connection, which stops the model
                raise TimeSpent(f"{self.model} was still writing when its time ran out")
        return Completion("".join(text), Usage(1, tokens_in, tokens_out))

    def _measure(self, tokens: int, duration_ns: int | None) -> None:
        if tokens and duration_ns:
            self._tokens_per_s = tokens / (duration_ns / 1e9)

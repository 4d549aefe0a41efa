"""Asks a server that speaks the messages format."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.adapters.anthropic_wire import MessagesAnswer, body_of
from setsquare.adapters.model_endpoint import Endpoint
from setsquare.adapters.model_errors import Complaint, cut, failure, inner_complaint, nonsense
from setsquare.adapters.model_http import Answer, Post
from setsquare.errors import ModelTransient
from setsquare.events.conversation import Reply
from setsquare.ports.language_model import Request

_VERSION = "2023-06-01"


class AnthropicMessages:
    """A `LanguageModel` over the messages format; it remembers whether the model takes a temperature."""

    def __init__(self, endpoint: Endpoint, provider: str) -> None:
        """Take the endpoint and the provider's id; the key goes in a header of its own if there is one."""
        self._endpoint = endpoint
        self._provider = provider
        self._model = endpoint.profile.model
        key = (("x-api-key", endpoint.key),) if endpoint.key else ()
        self._post = Post(endpoint, (("anthropic-version", _VERSION), *key))
        self._has_temperature = True

    @property
    def id(self) -> str:
        """Name the model as `provider:name`."""
        return f"{self._provider}:{self._model}"

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Stream an answer and give it whole; `on_text` sees the text as it comes.

        A refusal of the temperature is answered by asking again without one; no other refusal is.

        Raises:
            ModelFailed: one of its kinds, see the error tree.
        """
        answer = self._attempt(request, on_text)
        if isinstance(answer, Complaint) and self._has_temperature and answer.status == 400 and "temperature" in answer.message:
            self._has_temperature = False
            answer = self._attempt(request, on_text)
        if isinstance(answer, Complaint):
            raise failure(self._endpoint, answer)
        return answer

    def _attempt(self, request: Request, on_text: Callable[[str], None] | None) -> Reply | Complaint:
        said = MessagesAnswer()
        with self._post.open(body_of(request, self._model, has_temperature=self._has_temperature)) as answer:
            complaint = answer.complaint()
            if complaint is not None:
                return complaint
            try:
                self._read(answer, said, on_text)
            except ModelTransient:
                # What was finished is not asked for again only because the goodbye got lost.
                if not said.is_finished:
                    raise
        try:
            return said.reply(request, self._provider, self._model)
        except ValueError as error:
            raise nonsense(self._endpoint, str(error)) from error

    def _read(self, answer: Answer, said: MessagesAnswer, on_text: Callable[[str], None] | None) -> None:
        body = answer.whole()
        if body is not None:
            if not body.rstrip().endswith(b"}"):
                raise cut(self._endpoint, "was cut before its end")
            self._add(said.add_whole, body, on_text)
            return
        for event in answer.events():
            self._add(said.add, event.data, on_text)
            if said.is_finished:
                return
        raise cut(self._endpoint, "was cut before its end")

    def _add(self, add: Callable[[bytes], str | bytes], raw: bytes, on_text: Callable[[str], None] | None) -> None:
        try:
            part = add(raw)
        except (ValueError, RecursionError) as error:
            raise nonsense(self._endpoint, str(error)) from error
        if isinstance(part, bytes):
            raise failure(self._endpoint, inner_complaint(part))
        if part and on_text is not None:
            on_text(part)

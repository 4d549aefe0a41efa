"""Asks any server that speaks the chat completions format: Ollama, vLLM, llama.cpp, gateways, OpenAI."""

from __future__ import annotations

from collections.abc import Callable

from setsquare.adapters.model_endpoint import Endpoint
from setsquare.adapters.model_errors import Complaint, cut, failure, inner_complaint, nonsense
from setsquare.adapters.model_http import Answer, Post
from setsquare.adapters.openai_wire import Abilities, ChatAnswer, body_of, relaxed
from setsquare.errors import ModelTransient
from setsquare.events.conversation import Reply
from setsquare.ports.language_model import Request

_MOST_RELAXATIONS = 3


class OpenAiChat:
    """A `LanguageModel` over chat completions; it remembers what the server does not take."""

    def __init__(self, endpoint: Endpoint, provider: str) -> None:
        """Take the endpoint and the provider's id; the key goes as a bearer token if there is one."""
        self._endpoint = endpoint
        self._provider = provider
        self._model = endpoint.profile.model
        self._post = Post(endpoint, (("authorization", f"Bearer {endpoint.key}"),) if endpoint.key else ())
        self._abilities = Abilities(has_completion_limit=endpoint.host == "api.openai.com")

    @property
    def id(self) -> str:
        """Name the model as `provider:name`."""
        return f"{self._provider}:{self._model}"

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Stream an answer and give it whole; `on_text` sees the text as it comes.

        A refusal of one optional field is answered by asking again without that field; no other refusal is.

        Raises:
            ModelFailed: one of its kinds, see the error tree.
        """
        answer = self._attempt(request, on_text)
        for _ in range(_MOST_RELAXATIONS):
            if isinstance(answer, Reply):
                return answer
            abilities = relaxed(self._abilities, answer)
            if abilities is None:
                break
            self._abilities = abilities
            answer = self._attempt(request, on_text)
        if isinstance(answer, Complaint):
            raise failure(self._endpoint, answer)
        return answer

    def _attempt(self, request: Request, on_text: Callable[[str], None] | None) -> Reply | Complaint:
        chat = ChatAnswer()
        with self._post.open(body_of(request, self._model, self._abilities)) as answer:
            complaint = answer.complaint()
            if complaint is not None:
                return complaint
            try:
                self._read(answer, chat, on_text)
            except ModelTransient:
                # What was finished is not asked for again only because the goodbye got lost.
                if not chat.is_finished:
                    raise
        try:
            return chat.reply(request, self._provider, self._model)
        except ValueError as error:
            raise nonsense(self._endpoint, str(error)) from error

    def _read(self, answer: Answer, chat: ChatAnswer, on_text: Callable[[str], None] | None) -> None:
        body = answer.whole()
        if body is not None:
            if not body.rstrip().endswith(b"}"):
                raise cut(self._endpoint, "was cut before its end")
            self._add(chat, body, on_text)
            if not chat.is_finished and chat.is_empty:
                raise nonsense(self._endpoint, "it holds no choice")
            return
        for event in answer.events():
            if event.data.strip() == b"[DONE]":
                if not chat.is_finished and chat.is_empty:
                    raise nonsense(self._endpoint, "it ended without a choice")
                chat.is_finished = True
                return
            self._add(chat, event.data, on_text)
        if not chat.is_finished:
            raise cut(self._endpoint, "was cut before its end")

    def _add(self, chat: ChatAnswer, raw: bytes, on_text: Callable[[str], None] | None) -> None:
        try:
            part = chat.add(raw)
        except (ValueError, RecursionError) as error:
            raise nonsense(self._endpoint, str(error)) from error
        if isinstance(part, bytes):
            raise failure(self._endpoint, inner_complaint(part))
        if part and on_text is not None:
            on_text(part)

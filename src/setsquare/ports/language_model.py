"""A language model behind any provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from setsquare.events.conversation import Message, Reply, Tool


class Request(Struct, frozen=True, kw_only=True):
    """One request. `temperature` from 0 to 2; `limit_tokens` bounds the answer. `size_bytes` is that of all of it, 0 where nobody counted yet."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    limit_tokens: int = 4096
    temperature: float = 0.1
    size_bytes: int = 0


class LanguageModel(Protocol):
    """Answers a request once; retrying is the caller's, so that every attempt is journalled and charged."""

    @property
    def id(self) -> str:
        """Name the model as `provider:name`."""
        ...

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Stream an answer and give it whole; `on_text` sees the text as it comes.

        Raises:
            ModelFailed: one of its kinds, see the error tree.
        """
        ...

"""Builds the language model that a profile names; the HTTP client is only loaded when one is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from setsquare.adapters.model_endpoint import Provider, endpoint_for
from setsquare.errors import Unreadable
from setsquare.errors import Usage as UsageError
from setsquare.ports.language_model import LanguageModel
from setsquare.workspace.settings import ModelProfile

SCRIPTED_VARIABLE = "SETSQUARE_ALLOW_SCRIPTED"
"""Set to `1`, it lets a profile play a recorded conversation; a workspace cannot bring its own model otherwise."""

_CHAT = "/chat/completions"
_LIMIT_SCRIPT_BYTES = 20_000_000

PROVIDERS = (
    Provider(
        name="anthropic", wire="messages", base_url="https://api.anthropic.com", key_variable="ANTHROPIC_API_KEY", operation="/messages"
    ),
    Provider(name="openai", wire="chat", base_url="https://api.openai.com/v1", key_variable="OPENAI_API_KEY", operation=_CHAT),
    Provider(name="openai-compatible", wire="chat", base_url="", key_variable="", operation=_CHAT),
    Provider(name="ollama", wire="chat", base_url="http://127.0.0.1:11434/v1", key_variable="", operation=_CHAT),
    Provider(name="vllm", wire="chat", base_url="http://127.0.0.1:8000/v1", key_variable="", operation=_CHAT),
    Provider(name="llama.cpp", wire="chat", base_url="http://127.0.0.1:8080/v1", key_variable="", operation=_CHAT),
)
"""Every provider id that a profile may name, with the address that it usually has."""


def build(profile: ModelProfile, environ: Mapping[str, str]) -> LanguageModel:
    """Make the adapter of a profile; nothing is sent yet.

    Raises:
        Usage: the provider is unknown, or the profile cannot be used.
        ModelAuth: the provider's own service needs a key and there is none.
    """
    if not profile.model.strip():
        raise UsageError(f"Model profile '{profile.name}' names no model.", 'Add "model" to the profile in settings.json.')
    if profile.provider == "scripted" and environ.get(SCRIPTED_VARIABLE) == "1":
        return _scripted(profile)
    provider = next((known for known in PROVIDERS if known.name == profile.provider.strip().lower()), None)
    if provider is None:
        raise UsageError(
            f"Model profile '{profile.name}' names provider '{profile.provider}', which is not known.",
            f"Known providers: {', '.join(known.name for known in PROVIDERS)}; any other compatible server is 'openai-compatible' with a baseUrl.",
        )
    endpoint = endpoint_for(profile, provider, environ)
    if provider.wire == "messages":
        from setsquare.adapters.anthropic_messages import AnthropicMessages  # noqa: PLC0415  (loads httpx)

        return AnthropicMessages(endpoint, provider.name)
    from setsquare.adapters.openai_chat import OpenAiChat  # noqa: PLC0415  (loads httpx)

    return OpenAiChat(endpoint, provider.name)


def _scripted(profile: ModelProfile) -> LanguageModel:
    from setsquare.adapters.scripted import Scripted, read_script  # noqa: PLC0415  (only tests need it)

    path = Path(profile.model)
    try:
        with path.open("rb") as file:
            raw = file.read(_LIMIT_SCRIPT_BYTES)
    except OSError as error:
        raise Unreadable(
            f"The recorded conversation {profile.model} cannot be read: {error.strerror}.", 'Correct "model" of the profile.'
        ) from error
    return Scripted(read_script(raw), name=path.stem)

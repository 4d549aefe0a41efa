"""Chooses which model profile serves a call, and which stand in for one whose provider is down."""

from __future__ import annotations

import re

from setsquare.workspace.settings import ModelProfile, Settings

FAST = "fast"
_DATED = re.compile(r"[-@:.](?:\d{4}-?\d{2}-?\d{2}|\d{3,4}|latest)")


def chain(settings: Settings, first: ModelProfile) -> tuple[ModelProfile, ...]:
    """List a profile and those that stand in for it, each once: a circle of fallbacks ends where it would begin again.

    >>> from setsquare.text.paths import RelPath
    >>> one = ModelProfile(name="a", provider="p", model="m", fallback="b")
    >>> two = ModelProfile(name="b", provider="q", model="n", fallback="a")
    >>> [profile.name for profile in chain(Settings(path=RelPath("s"), models=(one, two)), one)]
    ['a', 'b']
    """
    named = {profile.name: profile for profile in settings.models}
    found = [first]
    while (after := named.get(found[-1].fallback)) is not None and after.name not in {profile.name for profile in found}:
        found.append(after)
    return tuple(found)


def fast(settings: Settings) -> ModelProfile | None:
    """Give the profile that a restricting budget sends every call to."""
    return next((profile for profile in settings.models if profile.name == FAST), None)


def is_same_model(asked: str, answered: str) -> bool:
    """Tell whether an answer came from the model that was asked for; a provider may add the date of its version.

    >>> is_same_model("gpt-4o", "gpt-4o-2024-08-06"), is_same_model("gpt-4o", "gpt-4o-mini"), is_same_model("Qwen3", "qwen3")
    (True, False, True)
    """
    wanted, given = asked.casefold(), answered.casefold()
    return given == wanted or (given.startswith(wanted) and _DATED.fullmatch(given[len(wanted) :]) is not None)

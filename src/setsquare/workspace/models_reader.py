"""Reads the `models` object of the settings: the profiles with their servers, limits and prices, and which serves what."""

from __future__ import annotations

from setsquare.text.json_tree import JsonMember, JsonString
from setsquare.workspace.settings import ModelProfile, Price
from setsquare.workspace.settings_keys import PURPOSES
from setsquare.workspace.settings_section import Section

_MOST_DOLLARS = 1_000_000


def read_profiles(models: Section) -> tuple[ModelProfile, ...]:
    """Read every member of `models` except `routing`; a broken profile is left out."""
    for name in ("primary", "fast"):
        if models.member(name) is None:
            models.complaints.add(models.value.span, f'models must have a profile "{name}"')
    found = (_profile(models, member) for member in models.value.members if member.key != "routing")
    return tuple(profile for profile in found if profile is not None)


def _profile(models: Section, member: JsonMember) -> ModelProfile | None:
    """Read one profile; `None` when it cannot be used."""
    section = models.section(member.key, "the profile is not used")
    if section is None:
        return None
    for key in ("provider", "model"):
        if section.member(key) is None:
            section.wrong(key, "given", "the profile is not used")
    provider, model = section.text("provider"), section.text("model")
    if provider is None or model is None:
        return None
    is_primary = member.key == "primary"
    return ModelProfile(
        name=member.key,
        provider=provider,
        model=model,
        limit_tokens=section.integer("maxTokens", absent=8192 if is_primary else 4096, invalid=1, least=1),
        temperature=section.number("temperature", absent=0.1 if is_primary else 0.2, invalid=0.0, most=2, allows_zero=True),
        base_url=section.text("baseUrl") or "",
        api_key_variable=section.text("apiKeyVariable") or "",
        fallback=_fallback(models, section),
        price=_price(section),
        context_tokens=section.integer("contextTokens", absent=100_000, invalid=8_000, least=8_000),
        max_concurrent=section.integer("maxConcurrent", absent=4, invalid=1, least=1),
        is_pinned=section.boolean("pin", absent=False, invalid=True),
    )


def _fallback(models: Section, section: Section) -> str:
    """Read which profile stands in while the provider is down; one that does not exist is none."""
    name = section.text("fallback") or ""
    if name and (name == "routing" or models.member(name) is None):
        names = sorted(member.key for member in models.value.members if member.key != "routing")
        section.wrong("fallback", f"the name of a profile ({', '.join(names)})", "nothing stands in")
        return ""
    return name


def _price(section: Section) -> Price | None:
    """Read what a model costs; a price that is not whole is unknown."""
    price = section.section("price", "the price is unknown")
    if price is None:
        return None
    if price.member("input") is None or price.member("output") is None:
        section.wrong("price", 'an object with "input" and "output", in US dollars for a million tokens', "the price is unknown")
        return None
    before = len(price.complaints.found)
    read, write = _dollars(price, "cacheRead"), _dollars(price, "cacheWrite")
    found = Price(
        input_usd=_dollars(price, "input") or 0.0, output_usd=_dollars(price, "output") or 0.0, cache_read_usd=read, cache_write_usd=write
    )
    return found if len(price.complaints.found) == before else None


def _dollars(price: Section, key: str) -> float | None:
    """Read an amount; `None` when it is absent."""
    return None if price.member(key) is None else price.number(key, absent=0.0, invalid=0.0, most=_MOST_DOLLARS, allows_zero=True)


def read_routing(models: Section) -> tuple[tuple[str, str], ...]:
    """Read which profile serves which purpose; a profile that does not exist gives way to `primary`."""
    routing = models.section("routing", "every purpose uses its default")
    if routing is None:
        return ()
    names = sorted(member.key for member in models.value.members if member.key != "routing")
    routes: list[tuple[str, str]] = []
    for member in routing.value.members:
        profile = member.value.value if isinstance(member.value, JsonString) else ""
        if profile not in names:
            routing.wrong(member.key, f"the name of a profile ({', '.join(names)})", "primary is used")
            profile = "primary"
        if member.key not in PURPOSES:
            reason = f"{routing.dotted(member.key)} is no purpose of ours ({', '.join(PURPOSES)})"
            routing.complaints.add(member.key_span, reason, is_warning=True)
        routes.append((member.key, profile))
    return tuple(routes)

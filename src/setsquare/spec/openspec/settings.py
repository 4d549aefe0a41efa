"""What a person can set for OpenSpec's commands: which keys there are, what each may hold, and how a value is read from a command line.

Source: `openspec config` 1.13.2, observed from outside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

DEFAULTS: Mapping[str, object] = {"featureFlags": {}, "profile": "core", "delivery": "both"}
CORE_WORKFLOWS = ("propose", "explore", "apply", "update", "sync", "archive")
_CHOICES = {"profile": ("core", "custom"), "delivery": ("both", "skills", "commands")}
_KNOWN = ("featureFlags", "profile", "delivery", "workflows", "defaultStore", "telemetry")
_FORBIDDEN = ("__proto__", "constructor", "prototype")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BASED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")


def merged_defaults(settings: Mapping[str, object]) -> dict[str, object]:
    """Put the defaults below what was set; flags are merged one by one.

    >>> merged_defaults({"delivery": "skills"})
    {'featureFlags': {}, 'profile': 'core', 'delivery': 'skills'}
    """
    return {**DEFAULTS, **settings}


def key_problem(key: str, *, is_unknown_allowed: bool = False) -> str:
    """Say why a key cannot be set; empty when it can.

    >>> key_problem("profile"), key_problem("foo")
    ('', 'Unknown top-level key "foo".')
    """
    parts = key.split(".")
    bad = next((part for part in parts if part in _FORBIDDEN), "")
    if bad:
        return f'Key segment "{bad}" is not allowed.'
    if is_unknown_allowed:
        return ""
    if not all(part.strip() for part in parts):
        return "Key path must not be empty."
    top, *below = parts
    if top not in _KNOWN:
        return f'Unknown top-level key "{top}".'
    match top, below:
        case "featureFlags", [_, _, *_]:
            return "featureFlags values are booleans and do not support nested keys."
        case "telemetry", []:
            return "Set nested keys under telemetry (e.g. telemetry.enabled)."
        case "telemetry", [inner, *_] if below != ["enabled"]:
            return f'Unknown telemetry key "{inner}" (allowed: enabled).'
        case "featureFlags" | "telemetry", _:
            return ""
        case _, [_, *_]:
            return f'"{top}" does not support nested keys.'
        case _:
            return ""


def is_forbidden(key: str) -> bool:
    """Tell whether no option can make a key settable."""
    return any(part in _FORBIDDEN for part in key.split("."))


def read_value(said: str, *, is_string: bool = False) -> object:
    """Read a value as it was typed: a switch, a number, a list or mapping in JSON, else the text.

    >>> read_value("true"), read_value("12"), read_value('["a"]'), read_value("12", is_string=True)
    (True, 12, ['a'], '12')
    """
    if is_string:
        return said
    plain = said.strip()
    if plain in ("true", "false"):
        return plain == "true"
    if _NUMBER.fullmatch(plain):
        number = float(plain)
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    if _BASED.fullmatch(plain):
        return int(plain, 0)
    if plain[:1] in ("{", "["):
        try:
            found: object = msgspec.json.decode(plain)
        except msgspec.DecodeError:
            return said
        return found
    return said


def value_problem(settings: Mapping[str, object]) -> str:
    """Say which setting holds what it must not; empty when none.

    >>> value_problem({"profile": "x"})
    'profile: Invalid option: expected one of "core"|"custom"'
    """
    for key, choices in _CHOICES.items():
        if key in settings and settings[key] not in choices:
            return f"{key}: Invalid option: expected one of " + "|".join(f'"{choice}"' for choice in choices)
    flags = settings.get("featureFlags", {})
    if not isinstance(flags, dict):
        return f"featureFlags: Invalid input: expected record, received {_kind(flags)}"
    for name, value in flags.items():
        if not isinstance(value, bool):
            return f"featureFlags.{name}: Invalid input: expected boolean, received {_kind(value)}"
    workflows = settings.get("workflows", [])
    if not isinstance(workflows, list):
        return f"workflows: Invalid input: expected array, received {_kind(workflows)}"
    for at, value in enumerate(workflows):
        if not isinstance(value, str):
            return f"workflows.{at}: Invalid input: expected string, received {_kind(value)}"
    store = settings.get("defaultStore", "")
    if not isinstance(store, str):
        return f"defaultStore: Invalid input: expected string, received {_kind(store)}"
    telemetry = settings.get("telemetry", {})
    if not isinstance(telemetry, dict):
        return f"telemetry: Invalid input: expected object, received {_kind(telemetry)}"
    is_enabled = telemetry.get("enabled", False)
    return "" if isinstance(is_enabled, bool) else f"telemetry.enabled: Invalid input: expected boolean, received {_kind(is_enabled)}"


def value_at(settings: Mapping[str, object], key: str) -> object:
    """Give what stands at a key, `None` when nothing does.

    >>> value_at({"telemetry": {"enabled": False}}, "telemetry.enabled")
    False
    """
    found: object = settings
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def with_value(settings: Mapping[str, object], key: str, value: object) -> dict[str, object]:
    """Give settings in which a key holds a value.

    >>> with_value({}, "telemetry.enabled", False)
    {'telemetry': {'enabled': False}}
    """
    top, _, below = key.partition(".")
    if not below:
        return {**settings, top: value}
    inner = settings.get(top)
    return {**settings, top: with_value(inner if isinstance(inner, dict) else {}, below, value)}


def without_value(settings: Mapping[str, object], key: str) -> dict[str, object]:
    """Give settings without a key.

    >>> without_value({"a": {"b": 1}}, "a.b")
    {'a': {}}
    """
    top, _, below = key.partition(".")
    inner = settings.get(top)
    if not below:
        return {name: value for name, value in settings.items() if name != top}
    return {**settings, top: without_value(inner, below)} if isinstance(inner, dict) else dict(settings)


def said(value: object) -> str:
    """Write a value as JavaScript's `String` does.

    >>> said(True), said(["a", "b"]), said({"a": 1})
    ('true', 'a,b', '[object Object]')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(said(item) for item in value)
        case dict():
            return "[object Object]"
        case _:
            return str(value)


def outline(settings: Mapping[str, object], indent: str = "") -> list[str]:
    """Write settings line by line for people.

    >>> outline({"featureFlags": {}, "workflows": ["apply"]})
    ['featureFlags: {}', 'workflows:', '  - apply']
    """
    lines: list[str] = []
    for name, value in settings.items():
        match value:
            case dict() if value:
                lines += [f"{indent}{name}:", *outline(value, f"{indent}  ")]
            case list() if value:
                lines += [f"{indent}{name}:", *(f"{indent}  - {said(item)}" for item in value)]
            case dict():
                lines.append(f"{indent}{name}: {{}}")
            case list():
                lines.append(f"{indent}{name}: []")
            case _:
                lines.append(f"{indent}{name}: {said(value)}")
    return lines


def _kind(value: object) -> str:
    """Name a value's kind as JavaScript does."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: tuple[tuple[type, str], ...] = ((str, "string"), (int, "number"), (float, "number"), (list, "array"), (dict, "object"))
    return next((name for kind, name in names if isinstance(value, kind)), "undefined")

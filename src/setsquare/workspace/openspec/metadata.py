"""Reads a change's `.openspec.yaml`.

A marker (`skip_specs`, `retire_capabilities`) is honoured only if the whole file is valid and its schema is known.

Source: the metadata reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.model import ChangeMetadata
from setsquare.workspace.openspec.yaml_values import Value, plain_value, read_yaml

NOT_YAML = "the file is not valid YAML"
"""The problem of a file that cannot be parsed at all."""

_PLAIN_LINE = r"[a-z_]+: [A-Za-z0-9][\w-]*[ ]*(?:\n|\Z)"
_PLAIN = LazyPattern(rf"(?a)(?:{_PLAIN_LINE})*")
_MARKER_LINE = LazyPattern(r"(?m)^[ \t]*+(skip_specs|retire_capabilities)[ \t]*+:")
_DATE = LazyPattern(r"(?a)\d{4}-\d{2}-\d{2}")
_KEBAB = LazyPattern(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_metadata(text: str, known_schemas: Collection[str]) -> ChangeMetadata:
    r"""Read the metadata; what is wrong is said in `problem`, and no marker is then set.

    >>> read_metadata("schema: spec-driven\nskip_specs: true\n", {"spec-driven"}).skips_specs
    True
    >>> read_metadata("skip_specs: true\n", {"spec-driven"}).problem
    'schema: Invalid input: expected string, received undefined'
    """
    try:
        value = _plain(text) if _PLAIN.fullmatch(text) else read_yaml(text)
    except ValueError:
        return ChangeMetadata(problem=NOT_YAML, named_markers=tuple(dict.fromkeys(_MARKER_LINE.findall(text))))
    if not isinstance(value, dict):
        return ChangeMetadata(problem=f": Invalid input: expected object, received {_kind(value)}")
    markers = tuple(name for name in ("skip_specs", "retire_capabilities") if value.get(name, False) is not False)
    problem = _problem(value)
    if not problem and value["schema"] not in known_schemas:
        problem = f"schema: unknown schema '{value['schema']}'"
    areas = value.get("affected_areas")
    return ChangeMetadata(
        schema=_text(value, "schema"),
        created=_text(value, "created"),
        goal=_text(value, "goal"),
        affected_areas=tuple(area for area in areas if isinstance(area, str)) if isinstance(areas, list) else (),
        skips_specs=not problem and value.get("skip_specs") is True,
        retires_capabilities=not problem and value.get("retire_capabilities") is True,
        problem=problem,
        named_markers=markers,
    )


def _plain(text: str) -> dict[str, Value]:
    """Read a file of nothing but plain `key: word` lines.

    Raises:
        ValueError: a key stands twice.
    """
    found: dict[str, Value] = {}
    for line in text.splitlines():
        key, _, word = line.partition(": ")
        if key in found:
            raise ValueError(f"the key {key} stands twice")
        found[key] = plain_value(word.rstrip(" "))
    return found


def _text(value: Mapping[str, Value], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _problem(value: Mapping[str, Value]) -> str:
    """Name the first thing that is wrong, in the order of the fields."""
    schema = value.get("schema")
    if not isinstance(schema, str):
        return _wrong("schema", "string", value)
    if not schema:
        return "schema: schema is required"
    for key, check in (("created", _date_problem), ("goal", _goal_problem)):
        if key in value:
            problem = _wrong(key, "string", value) if not isinstance(value[key], str) else check(value[key])
            if problem:
                return problem
    return _areas_problem(value) or _initiative_problem(value) or _markers_problem(value)


def _date_problem(created: str) -> str:
    return "" if _DATE.fullmatch(created) else "created: created must be YYYY-MM-DD format"


def _goal_problem(goal: str) -> str:
    return "" if goal else "goal: Too small: expected string to have >=1 characters"


def _areas_problem(value: Mapping[str, Value]) -> str:
    if "affected_areas" not in value:
        return ""
    areas = value["affected_areas"]
    if not isinstance(areas, list):
        return _wrong("affected_areas", "array", value)
    for at, area in enumerate(areas):
        if not isinstance(area, str):
            return f"affected_areas.{at}: Invalid input: expected string, received {_kind(area)}"
        if not area:
            return f"affected_areas.{at}: Too small: expected string to have >=1 characters"
    return ""


def _initiative_problem(value: Mapping[str, Value]) -> str:
    if "initiative" not in value:
        return ""
    initiative = value["initiative"]
    if not isinstance(initiative, dict):
        return _wrong("initiative", "object", value)
    for key, label in (("store", "Store id"), ("id", "Initiative id")):
        named = initiative.get(key)
        if not isinstance(named, str):
            return f"initiative.{key}: Invalid input: expected string, received {_kind(named, is_there=key in initiative)}"
        if not _KEBAB.fullmatch(named):
            return f"initiative.{key}: {label} must be kebab-case with lowercase letters, numbers, and single hyphen separators"
    unknown = [str(key) for key in initiative if key not in {"store", "id"}]
    if unknown:
        listed = ", ".join(f'"{key}"' for key in unknown)
        return f"initiative: Unrecognized key{'s' if len(unknown) > 1 else ''}: {listed}"
    return ""


def _markers_problem(value: Mapping[str, Value]) -> str:
    for key in ("skip_specs", "retire_capabilities"):
        if key in value and not isinstance(value[key], bool):
            return _wrong(key, "boolean", value)
    return ""


def _wrong(key: str, expected: str, value: Mapping[str, Value]) -> str:
    return f"{key}: Invalid input: expected {expected}, received {_kind(value.get(key), is_there=key in value)}"


def _kind(value: Value, *, is_there: bool = True) -> str:
    """Name a value's kind as ECMAScript does."""
    if value is None:
        return "null" if is_there else "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "NaN" if value != value else "number"  # noqa: PLR0124  (the test for not-a-number)
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"

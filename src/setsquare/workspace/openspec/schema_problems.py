"""Says what is wrong with a workflow schema: first its shape, then the graph of its artifacts.

Source: the messages of OpenSpec 1.13.2, observed from outside; scripts read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.yaml_values import Value

_MOST_ARTIFACTS = 1000
_DRIVE = LazyPattern(r"[A-Za-z]:")
_ABSENT = object()


def schema_problem(value: Value) -> str:
    """Name what is wrong; empty when nothing is.

    >>> schema_problem({"version": 1, "artifacts": []})
    'Invalid schema: name: Invalid input: expected string, received undefined, artifacts: At least one artifact required'
    """
    if not isinstance(value, dict):
        return f"Invalid schema: : Invalid input: expected object, received {_kind(value)}"
    shape = tuple(_shape(value))
    return f"Invalid schema: {', '.join(shape)}" if shape else _graph_problem(value)


def is_inside(path: str) -> bool:
    """Tell whether a path or glob stays below the folder that it starts from.

    >>> is_inside("specs/**/*.md"), is_inside("../a.md"), is_inside("C:a")
    (True, False, False)
    """
    is_absolute = path.startswith(("/", "\\")) or _DRIVE.match(path) is not None
    return not is_absolute and "\0" not in path and ".." not in path.replace("\\", "/").split("/")


def _shape(value: Mapping[str, Value]) -> Iterator[str]:
    yield from _string(value, "name", "", "Schema name is required")
    version = value.get("version", _ABSENT)
    if not isinstance(version, int | float) or isinstance(version, bool):
        yield f"version: Invalid input: expected number, received {_kind(version)}"
    elif isinstance(version, float) and not version.is_integer():
        yield "version: Invalid input: expected int, received number"
    elif version <= 0:
        yield "version: Version must be a positive integer"
    yield from _optional(value, "description", "")
    artifacts = value.get("artifacts", _ABSENT)
    if not isinstance(artifacts, list):
        yield f"artifacts: Invalid input: expected array, received {_kind(artifacts)}"
    elif not artifacts:
        yield "artifacts: At least one artifact required"
    elif len(artifacts) > _MOST_ARTIFACTS:
        yield f"artifacts: At most {_MOST_ARTIFACTS} artifacts are allowed"
    else:
        for at, artifact in enumerate(artifacts):
            yield from _artifact_shape(artifact, f"artifacts.{at}")
    yield from _apply_shape(value.get("apply", _ABSENT))


def _artifact_shape(artifact: Value, where: str) -> Iterator[str]:
    if not isinstance(artifact, dict):
        yield f"{where}: Invalid input: expected object, received {_kind(artifact)}"
        return
    before = f"{where}."
    yield from _string(artifact, "id", before, "Artifact ID is required")
    yield from _path(artifact, "generates", before)
    yield from _string(artifact, "description", before)
    yield from _path(artifact, "template", before)
    yield from _optional(artifact, "instruction", before)
    if "requires" in artifact:
        yield from _strings(artifact["requires"], f"{before}requires")


def _apply_shape(apply: Value) -> Iterator[str]:
    if apply is _ABSENT:
        return
    if not isinstance(apply, dict):
        yield f"apply: Invalid input: expected object, received {_kind(apply)}"
        return
    requires = apply.get("requires", _ABSENT)
    if requires == []:
        yield "apply.requires: At least one required artifact"
    else:
        yield from _strings(requires, "apply.requires")
    tracks = apply.get("tracks")
    if tracks is not None and not isinstance(tracks, str):
        yield f"apply.tracks: Invalid input: expected string, received {_kind(tracks)}"
    elif tracks is not None and not is_inside(tracks):
        yield "apply.tracks: apply.tracks must be a relative path inside its allowed directory"
    yield from _optional(apply, "instruction", "apply.")


def _string(value: Mapping[str, Value], key: str, before: str, needed: str = "") -> Iterator[str]:
    found = value.get(key, _ABSENT)
    if not isinstance(found, str):
        yield f"{before}{key}: Invalid input: expected string, received {_kind(found)}"
    elif needed and not found:
        yield f"{before}{key}: {needed}"


def _path(value: Mapping[str, Value], key: str, before: str) -> Iterator[str]:
    problems = tuple(_string(value, key, before, f"{key} field is required"))
    yield from problems
    if not problems and not is_inside(value[key]):
        yield f"{before}{key}: {key} field must be a relative path inside its allowed directory"


def _optional(value: Mapping[str, Value], key: str, before: str) -> Iterator[str]:
    if key in value and not isinstance(value[key], str):
        yield f"{before}{key}: Invalid input: expected string, received {_kind(value[key])}"


def _strings(found: Value, where: str) -> Iterator[str]:
    if not isinstance(found, list):
        yield f"{where}: Invalid input: expected array, received {_kind(found)}"
        return
    for at, item in enumerate(found):
        if not isinstance(item, str):
            yield f"{where}.{at}: Invalid input: expected string, received {_kind(item)}"


def _graph_problem(value: Mapping[str, Value]) -> str:
    artifacts: Sequence[Mapping[str, Value]] = value["artifacts"]
    ids: set[str] = set()
    for artifact in artifacts:
        if artifact["id"] in ids:
            return f"Duplicate artifact ID: {artifact['id']}"
        ids.add(artifact["id"])
    for artifact in artifacts:
        for name in artifact.get("requires", []):
            if name not in ids:
                return f"Invalid dependency reference in artifact '{artifact['id']}': '{name}' does not exist"
    apply = value.get("apply") or {}
    unknown = next((name for name in apply.get("requires", []) if name not in ids), None)
    if unknown is not None:
        listed = ", ".join(str(artifact["id"]) for artifact in artifacts)
        return f"Invalid apply.requires reference: '{unknown}' does not exist (artifacts: {listed})"
    return _cycle({artifact["id"]: tuple(artifact.get("requires", [])) for artifact in artifacts})


def _cycle(requires: Mapping[str, tuple[str, ...]]) -> str:
    """Name a circle of requirements, or nothing."""
    done: set[str] = set()
    for begin in requires:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(begin, False)]
        while waiting:
            name, is_left = waiting.pop()
            if is_left:
                path.pop()
                done.add(name)
            elif name in path:
                return f"Cyclic dependency detected: {' → '.join((*path[path.index(name) :], name))}"
            elif name not in done:
                path.append(name)
                waiting.append((name, True))
                waiting += [(other, False) for other in reversed(requires[name])]
    return ""


def _kind(value: Value) -> str:
    """Name a value's kind as JavaScript does."""
    if value is _ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: tuple[tuple[type, str], ...] = ((str, "string"), (int, "number"), (float, "number"), (list, "array"))
    return next((name for kind, name in names if isinstance(value, kind)), "object")

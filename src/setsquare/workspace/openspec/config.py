"""Reads `openspec/config.yaml`, each field on its own: one that is not as it should be is left out and named.

Source: the configuration of OpenSpec 1.13.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import ProjectConfig
from setsquare.workspace.openspec.yaml_values import Value, read_yaml

LIMIT_CONTEXT_BYTES = 51_200
"""The longest `context` that is used."""

_OPERATIONS = ("apply", "archive")

_Named = tuple[tuple[str, tuple[str, ...]], ...]


def read_config(path: RelPath, text: str) -> ProjectConfig:
    r"""Read the configuration.

    >>> config = read_config(RelPath("openspec/config.yaml"), "schema: spec-driven\nrules:\n  proposal: [Be brief, '']\n  tasks: no\n")
    >>> config.schema, config.rules, config.warnings
    ('spec-driven', (('proposal', ('Be brief',)),), ("rules for 'tasks' must be a list of strings; they are left out",))
    """
    try:
        value = read_yaml(text)
    except ValueError:
        return ProjectConfig(path=path, warnings=("the file is not valid YAML; it is not used",))
    if value is None:
        return ProjectConfig(path=path)
    if not isinstance(value, dict):
        return ProjectConfig(path=path, warnings=("the file is no list of keys with values; it is not used",))
    warnings: list[str] = []
    copilot = value.get("githubCopilot")
    agent = copilot.get("cloudAgent") if isinstance(copilot, dict) else None
    return ProjectConfig(
        path=path,
        schema=_text(value, "schema", warnings),
        context=_context(value, warnings),
        rules=_rules(value, warnings),
        guidance=_guidance(value, warnings),
        store=_text(value, "store", warnings),
        references=_references(value, warnings),
        cloud_agent=agent if isinstance(agent, bool) else None,
        warnings=tuple(warnings),
    )


def _text(value: Mapping[str, Value], key: str, warnings: list[str]) -> str:
    found = value.get(key)
    if isinstance(found, str) and found:
        return found
    if found is not None:
        warnings.append(f"'{key}' must be a string that is not empty; it is left out")
    return ""


def _context(value: Mapping[str, Value], warnings: list[str]) -> str:
    context = value.get("context")
    if context is None:
        return ""
    if not isinstance(context, str):
        warnings.append("'context' must be a string; it is left out")
        return ""
    size = len(context.encode("utf-8", "surrogatepass"))
    if size > LIMIT_CONTEXT_BYTES:
        warnings.append(f"'context' is {size} bytes long, more than {LIMIT_CONTEXT_BYTES}; it is left out")
        return ""
    return context


def _rules(value: Mapping[str, Value], warnings: list[str]) -> _Named:
    rules = value.get("rules")
    if rules is None:
        return ()
    if not isinstance(rules, dict):
        warnings.append("'rules' must name artifacts; they are left out")
        return ()
    return tuple((artifact, listed) for artifact, said in rules.items() if (listed := _strings(said, f"rules for '{artifact}'", warnings)))


def _guidance(value: Mapping[str, Value], warnings: list[str]) -> _Named:
    operations = value.get("operations")
    if operations is None:
        return ()
    if not isinstance(operations, dict):
        warnings.append("'operations' must name operations; they are left out")
        return ()
    found = []
    for operation, said in operations.items():
        if operation not in _OPERATIONS or not isinstance(said, dict):
            warnings.append(f"operation '{operation}' is not known; it is left out")
            continue
        warnings += [f"field '{key}' of operation '{operation}' is not known; it is left out" for key in said if key != "guidance"]
        listed = _strings(said.get("guidance"), f"guidance of '{operation}'", warnings) if "guidance" in said else ()
        if listed:
            found.append((operation, listed))
    return tuple(found)


def _strings(value: Value, what: str, warnings: list[str]) -> tuple[str, ...]:
    """Give a list of strings without empty ones."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        warnings.append(f"{what} must be a list of strings; they are left out")
        return ()
    return tuple(item for item in value if item)


def _references(value: Mapping[str, Value], warnings: list[str]) -> tuple[tuple[str, str], ...]:
    """List the stores that are only read, with where each is fetched from; one that is named twice counts once."""
    references = value.get("references")
    if references is None:
        return ()
    if not isinstance(references, list):
        warnings.append("'references' must be a list; they are left out")
        return ()
    found: dict[str, str] = {}
    for reference in references:
        store = reference if isinstance(reference, str) else reference.get("id") if isinstance(reference, dict) else None
        remote = reference.get("remote") if isinstance(reference, dict) else None
        if not isinstance(store, str) or not store:
            warnings.append("a reference must be the id of a store, or have one; it is left out")
            continue
        found[store] = found.get(store) or (remote if isinstance(remote, str) else "")
    return tuple(found.items())

"""Reads the two files that say which stores this machine knows and who a folder says that it is.

Source: what OpenSpec 1.13.2 writes, `stores/registry.yaml` in its data folder and `.openspec-store/store.yaml` in a store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from setsquare.workspace.openspec.yaml_checks import Check, constant, optional, plain_yaml, problems, record, strict, text, why_no_yaml
from setsquare.workspace.openspec.yaml_values import Value, read_yaml

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
KEBAB = "kebab-case with lowercase letters, numbers, and single hyphen separators"
_FILLED = text(least=1)
_BACKEND = strict({"type": constant("git"), "local_path": _FILLED, "remote": optional(_FILLED), "branch": optional(_FILLED)})
_REGISTRY = strict({"version": constant(1), "stores": record(strict({"backend": _BACKEND}))})
_IDENTITY = strict({"version": constant(1), "id": text(), "remote": optional(_FILLED)})


class RegisteredStore(Struct, frozen=True, kw_only=True):
    """A store that this machine knows: `path` is absolute, `remote` and `branch` empty where the registry has none."""

    id: str
    path: str
    remote: str = ""
    branch: str = ""


class StoreIdentity(Struct, frozen=True, kw_only=True):
    """Who a store says that it is."""

    id: str
    remote: str = ""


def problem_of_id(store_id: str) -> str:
    """Say why a name cannot be a store's id; empty when it can.

    >>> problem_of_id("team-a"), problem_of_id("a/b")
    ('', 'Store id must not contain path separators')
    """
    if not store_id.strip():
        return "Store id must not be empty"
    if store_id in (".", ".."):
        return f"Store id must not be '{store_id}'"
    if "/" in store_id or "\\" in store_id:
        return "Store id must not contain path separators"
    return "" if _ID.fullmatch(store_id) else f"Store id must be {KEBAB}"


def read_registry(source: str) -> tuple[RegisteredStore, ...] | str:
    r"""Read the registry, sorted by id; what is wrong with it as a sentence.

    >>> read_registry("version: 1\nstores:\n  a: {backend: {type: git, local_path: /s}}\n")
    (RegisteredStore(id='a', path='/s', remote='', branch=''),)
    >>> read_registry("version: 2\nstores: {}\n")
    'Invalid store registry state: version: Invalid input: expected 1'
    """
    what = "Invalid store registry state"
    value = _loaded(source, what, _REGISTRY)
    if isinstance(value, str):
        return value
    wrong = next((store_id for store_id in value["stores"] if not _ID.fullmatch(store_id)), None)
    if wrong is not None:
        return f"Invalid store id: '{wrong}': must be {KEBAB}"
    found = [
        RegisteredStore(id=store_id, path=backend["local_path"], remote=backend.get("remote", ""), branch=backend.get("branch", ""))
        for store_id, entry in value["stores"].items()
        for backend in (entry["backend"],)
    ]
    return tuple(sorted(found, key=lambda store: store.id))


def registry_text(stores: Iterable[RegisteredStore]) -> str:
    """Write the registry as OpenSpec does, so that both tools share it.

    >>> print(registry_text((RegisteredStore(id="a", path="/s"),)), end="")
    version: 1
    stores:
      a:
        backend:
          type: git
          local_path: /s
    """
    lines: list[str] = []
    for store in sorted(stores, key=lambda store: store.id):
        lines += [f"  {plain_yaml(store.id)}:", "    backend:", "      type: git", f"      local_path: {plain_yaml(store.path)}"]
        lines += [f"      {key}: {plain_yaml(value)}" for key, value in (("remote", store.remote), ("branch", store.branch)) if value]
    return "\n".join(["version: 1", *(["stores:", *lines] if lines else ["stores: {}"])]) + "\n"


def read_identity(source: str) -> StoreIdentity | str:
    r"""Read a store's own name; what is wrong as a sentence.

    >>> read_identity("version: 1\nid: a\n")
    StoreIdentity(id='a', remote='')
    >>> read_identity("version: 1\nid: a\nname: b\n")
    'Invalid store metadata state: root: Unrecognized key: "name"'
    """
    value = _loaded(source, "Invalid store metadata state", _IDENTITY)
    if isinstance(value, str):
        return value
    return problem_of_id(value["id"]) or StoreIdentity(id=value["id"], remote=value.get("remote", ""))


def identity_text(identity: StoreIdentity) -> str:
    r"""Write a store's own name.

    >>> identity_text(StoreIdentity(id="a", remote="https://h/x.git"))
    'version: 1\nid: a\nremote: https://h/x.git\n'
    """
    remote = f"remote: {plain_yaml(identity.remote)}\n" if identity.remote else ""
    return f"version: 1\nid: {plain_yaml(identity.id)}\n{remote}"


def read_pointer(source: str) -> tuple[bool, object]:
    r"""Read `store` of a `config.yaml`: whether the file is YAML, and the value as it stands, `None` when there is none.

    >>> read_pointer("schema: spec-driven\nstore: team\n"), read_pointer("a: b: c")
    ((True, 'team'), (False, None))
    """
    try:
        value = read_yaml(source)
    except ValueError:
        return (False, None)
    return (True, value.get("store") if isinstance(value, dict) else None)


def _loaded(source: str, what: str, check: Check) -> Value | str:
    """Read a mapping of a shape, or say why there is none."""
    try:
        value = read_yaml(source)
    except ValueError as error:
        return f"{what}: {why_no_yaml(error)}"
    wrong = problems(value, check)
    return f"{what}: {wrong}" if wrong else value

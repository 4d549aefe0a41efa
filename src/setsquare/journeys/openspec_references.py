"""Says which stores a root refers to, and whether each can be read here.

Source: references and relationship health of OpenSpec 1.13.2, observed.
"""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.journeys.openspec_root_health import root_health
from setsquare.journeys.openspec_rooting import IDENTITY, RootRefused, registered_stores, store_problem
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.config import read_config
from setsquare.workspace.openspec.model import ProjectConfig
from setsquare.workspace.openspec.store_registry import RegisteredStore, problem_of_id, read_identity, read_pointer
from setsquare.workspace.openspec.text import normalised

_CONFIGS = ("config.yaml", "config.yml")
_REMOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9@:/._~+-]*")
"""What may stand in a command that a person copies: no blank, no quote, no leading hyphen."""

_UNUSABLE = {
    "invalid_store_metadata": "metadata error",
    "unhealthy_store_root": "unhealthy root",
}


class Reference(Struct, frozen=True, kw_only=True):
    """A store that a root refers to: `path` is where it is here, empty where it cannot be read, which `problem` explains."""

    store_id: str
    path: str = ""
    problem: Diagnostic | None = None


class Related(Struct, frozen=True, kw_only=True):
    """What a root refers to; `findings` are about the relations as a whole, `config_warnings` about the configuration."""

    references: tuple[Reference, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    config_warnings: tuple[str, ...] = ()


class StoreState(Struct, frozen=True, kw_only=True):
    """The store that a root is: what its own metadata says."""

    id: str
    is_present: bool
    is_valid: bool
    remote: str = ""


def related(app: PlanningApp, root: str) -> Related:
    """Look at the stores that a root refers to, in the order of its configuration; the root itself is none."""
    config = config_of(app, root)
    stores = registered_stores(app)
    findings: tuple[Diagnostic, ...] = ()
    if isinstance(stores, RootRefused):
        told = "The store registry is unreadable; reference health cannot be checked."
        findings = (_warning("relationship_registry_unreadable", told, "relationships", "Run: openspec store doctor"),)
    known = None if isinstance(stores, RootRefused) else {store.id: store for store in stores}
    named = config.references if config else ()
    own = {store.id for store in known.values() if store.path == root} if known is not None else set[str]()
    warnings = tuple(f"{root}/{config.path}: {warning}" for warning in config.warnings) if config else ()
    references = tuple(_reference(app, store_id, remote, known) for store_id, remote in named if store_id not in own)
    return Related(references=references, findings=findings, config_warnings=warnings)


def pointer_findings(app: PlanningApp, root: str) -> tuple[Diagnostic, ...]:
    """Say that a root's configuration has a pointer at a store that cannot be used."""
    for name in _CONFIGS:
        raw = app.planning.read(root, joined("openspec", name))
        if not isinstance(raw, bytes):
            continue
        is_yaml, pointer = read_pointer(normalised(raw))
        why = "the store key must be a single store id string" if is_yaml else "the config file could not be read as YAML"
        if is_yaml and (pointer is None or isinstance(pointer, str)):
            return ()
        place = f"{root}/openspec/{name}"
        told = f"{place} declares a store: pointer that cannot be used ({why})."
        return (_warning("root_pointer_invalid", told, "relationships", f"Fix or remove the store: line in {place}."),)
    return ()


def root_findings(app: PlanningApp, root: str) -> tuple[Diagnostic, ...]:
    """Say what a root lacks."""
    return root_health(app, root).findings


def store_state(app: PlanningApp, store_id: str, root: str) -> StoreState:
    """Read what a store says about itself."""
    raw = app.planning.read(root, IDENTITY)
    identity = read_identity(normalised(raw)) if isinstance(raw, bytes) else ""
    if isinstance(identity, str):
        return StoreState(id=store_id, is_present=raw is not None, is_valid=False)
    return StoreState(id=store_id, is_present=True, is_valid=identity.id == store_id, remote=identity.remote)


def config_of(app: PlanningApp, root: str) -> ProjectConfig | None:
    """Read a root's configuration; `None` where it has none."""
    for name in _CONFIGS:
        path = joined("openspec", name)
        raw = app.planning.read(root, path)
        if isinstance(raw, bytes):
            return read_config(RelPath(path), normalised(raw))
    return None


def _reference(app: PlanningApp, store_id: str, remote: str, known: dict[str, RegisteredStore] | None) -> Reference:
    """Look at one store."""
    if problem_of_id(store_id):
        told = f"Reference '{store_id}' is not a valid store id."
        return _unread(store_id, "reference_invalid_id", told, "Use kebab-case store ids in the references list.")
    if known is None:
        told = f"Referenced store '{store_id}' cannot be checked: the store registry is unreadable."
        return _unread(store_id, "reference_registry_unreadable", told, "Run: openspec store doctor")
    store = known.get(store_id)
    if store is None:
        fix = f"Get a checkout from a teammate and run: openspec store register <path> --id {store_id}"
        if _REMOTE.fullmatch(remote):
            place = f"'{app.home}/openspec/{store_id}'"
            fix = f"git clone -- {remote} {place} && openspec store register {place} --id {store_id}"
        return _unread(store_id, "reference_unresolved", f"Referenced store '{store_id}' is not registered on this machine.", fix)
    problem = store_problem(app, store)
    if problem is None:
        return Reference(store_id=store_id, path=store.path)
    missing = "metadata missing" if app.planning.read(store.path, IDENTITY) is None else "metadata id mismatch"
    why = _UNUSABLE.get(problem.code, missing)
    told = f"Referenced store '{store_id}' is registered but not usable ({why})."
    return _unread(store_id, "reference_root_unhealthy", told, f"Run: openspec store doctor {store_id}")


def _unread(store_id: str, code: str, told: str, fix: str) -> Reference:
    return Reference(store_id=store_id, problem=_warning(code, told, "references", fix))


def _warning(code: str, told: str, target: str, fix: str) -> Diagnostic:
    return Diagnostic(severity=Severity.WARNING, code=code, message=told, target=target, fix=fix)

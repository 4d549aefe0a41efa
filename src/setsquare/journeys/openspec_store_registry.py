"""Changes the registry of stores under the lock that OpenSpec takes too, so that neither tool loses what the other one writes.

Source: `openspec store` 1.13.2, observed.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.errors import Unreadable as FolderMissing
from setsquare.journeys.openspec_rooting import REGISTRY, RootRefused, registered_stores
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.store_world import LockBusyError, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity, error
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, replacement
from setsquare.workspace.openspec.store_registry import RegisteredStore, problem_of_id, registry_text

KEBAB_FIX = "Use kebab-case with lowercase letters, numbers, and single hyphen separators."

Stores = tuple[RegisteredStore, ...]


class NotEntered(Struct, frozen=True):
    """Why the registry was not changed."""

    finding: Diagnostic


def id_finding(store_id: str) -> Diagnostic | None:
    """Say why a name cannot be a store's id."""
    told = problem_of_id(store_id)
    return error("invalid_store_id", told, "store.id", KEBAB_FIX) if told else None


def conflict(stores: Stores, store_id: str, path: str, resolved: Callable[[str], str]) -> Diagnostic | None:
    """Say that an id or a folder is registered otherwise; `resolved` gives a path without links."""
    for store in stores:
        if store.id == store_id and resolved(store.path) != resolved(path):
            told = f"Store '{store_id}' is already registered at {store.path}. One checkout per store id is supported on this machine."
            fix = f"Use the existing registration, or run openspec store unregister {store_id} first to switch this id to a different checkout."
            return error("store_id_conflict", told, "store.id", fix)
    for store in stores:
        if store.id != store_id and resolved(store.path) == resolved(path):
            fix = f"Use the existing '{store.id}' registration or choose a different path."
            return error("store_path_conflict", f"Store path is already registered as '{store.id}'.", "store.root", fix)
    return None


def not_found(store_id: str, *, mark: str = "") -> Diagnostic:
    """Say that no such store is registered."""
    return error("store_not_found", f"Unknown store '{store_id}'{mark}", "store.id", "Run openspec store list to see registered stores.")


def already_registered(store_id: str) -> Diagnostic:
    """Note that there was nothing to register."""
    told = f"Store '{store_id}' is already registered at this path."
    return Diagnostic(severity=Severity.INFO, code="store_already_registered", message=told, target="store.registry")


def change_registry(app: PlanningApp, world: StoreWorld, changed: Callable[[Stores], Stores | Diagnostic]) -> NotEntered | None:
    """Change the registry while nobody else does; `changed` gives the new entries, or why there are none.

    Raises:
        StorageFailed: it cannot be written.
    """
    folder, _, name = f"{app.data_folder}/{REGISTRY}".rpartition("/")
    world.places.make_folders(folder, (), is_private=True)
    try:
        with world.places.locked(f"{folder}/{name}.lock"):
            stores = registered_stores(app)
            if isinstance(stores, RootRefused):
                return NotEntered(stores.finding)
            new = changed(stores)
            if isinstance(new, Diagnostic):
                return NotEntered(new)
            if new != stores:
                write_shared(app, folder, RelPath(name), registry_text(new), "change the store registry")
                world.places.make_private(f"{folder}/{name}")
    except LockBusyError:
        fix = f"Retry shortly; if this persists, delete the stale lock file {folder}/{name}.lock."
        return NotEntered(error("store_registry_busy", "Store registry is busy.", "store.registry", fix))
    return None


def write_shared(app: PlanningApp, folder: str, name: RelPath, text: str, title: str) -> None:
    """Write a file that OpenSpec reads too, whole.

    Raises:
        StorageFailed: it cannot be written, or names a path that is no UTF-8.
    """
    try:
        document = text.encode()
    except UnicodeEncodeError:
        raise StorageFailed(f"Cannot write {folder}/{name}: a path in it is no UTF-8.", "Rename that folder.") from None
    files = app.made(folder)
    try:
        old = files.read(name)
    except FolderMissing:
        old = None
    if old != document:
        files.apply(Plan(title, (creation(name, document) if old is None else replacement(name, old, document),)))

"""Forgets stores: takes them out of the registry, and deletes their folder where a person said so.

Source: `openspec store unregister` and `store remove` 1.13.2, observed. A folder that holds the home, the current registry or the whole disk is never deleted.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_rooting import REGISTRY, RootRefused, registered_stores
from setsquare.journeys.openspec_store_making import identity_of
from setsquare.journeys.openspec_store_registry import NotEntered, Stores, change_registry, id_finding, not_found
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.store_world import Ground, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity, error
from setsquare.workspace.openspec.store_registry import RegisteredStore

_FORGET = 'Run "openspec store unregister <id>" if you only want to forget this local registry entry.'


class Forgotten(Struct, frozen=True, kw_only=True):
    """A store that is not registered any more; `was_deleted` when its folder went, `is_left` when it still stands."""

    id: str
    root: str
    registry: str
    was_deleted: bool = False
    is_left: bool = False
    notices: tuple[Diagnostic, ...] = ()


class Kept(Struct, frozen=True):
    """Why nothing was done."""

    finding: Diagnostic


def unregister(app: PlanningApp, world: StoreWorld, store_id: str) -> Forgotten | Kept:
    """Take a store out of the registry and leave its files alone.

    Raises:
        StorageFailed: the registry cannot be written.
    """
    store = _registered(app, store_id)
    if isinstance(store, Diagnostic):
        return Kept(store)
    refused = _taken_out(app, world, store)
    if refused is not None:
        return Kept(refused)
    return Forgotten(id=store.id, root=store.path, registry=f"{app.data_folder}/{REGISTRY}", is_left=True)


def removable(app: PlanningApp, world: StoreWorld, store_id: str) -> RegisteredStore | Kept:
    """Find out whether a store's folder may be deleted: it must say itself that it is this store."""
    store = _registered(app, store_id)
    if isinstance(store, Diagnostic):
        return Kept(store)
    finding = _unfit(app, world, store)
    return Kept(finding) if finding is not None else store


def unconfirmed(store_id: str) -> Diagnostic:
    """Say that nobody agreed to the deletion."""
    told = "Pass --yes to delete store files non-interactively."
    return error("store_remove_confirmation_required", told, "store.root", f"openspec store remove {store_id} --yes")


def remove(app: PlanningApp, world: StoreWorld, store: RegisteredStore) -> Forgotten | Kept:
    """Delete a store's folder and take it out of the registry.

    Raises:
        StorageFailed: the folder cannot be deleted or the registry cannot be written.
    """
    was_there = world.places.ground(store.path) is not Ground.NOTHING
    world.places.delete(store.path)
    refused = _taken_out(app, world, store)
    if refused is not None:
        return Kept(refused)
    notices: tuple[Diagnostic, ...] = ()
    if not was_there:
        told = "Store files were already missing."
        notices = (Diagnostic(severity=Severity.WARNING, code="store_root_missing", message=told, target="store.root"),)
    return Forgotten(id=store.id, root=store.path, registry=f"{app.data_folder}/{REGISTRY}", was_deleted=was_there, notices=notices)


def _registered(app: PlanningApp, store_id: str) -> RegisteredStore | Diagnostic:
    wrong = id_finding(store_id)
    if wrong is not None:
        return wrong
    stores = registered_stores(app)
    if isinstance(stores, RootRefused):
        return stores.finding
    return next((store for store in stores if store.id == store_id), None) or not_found(store_id)


def _unfit(app: PlanningApp, world: StoreWorld, store: RegisteredStore) -> Diagnostic | None:
    """Say why a folder must not be deleted."""
    ground = world.places.ground(store.path)
    if ground is Ground.NOTHING:
        return None
    if ground is Ground.OTHER:
        return error("store_remove_path_not_directory", f"Store path is not a directory: {store.path}", "store.root", _FORGET)
    identity = identity_of(app, store.path)
    if isinstance(identity, Diagnostic):
        return identity
    if identity is None:
        told = "Store remove refuses to delete a folder without store metadata."
        return error("store_remove_metadata_missing", told, "store.metadata", _FORGET)
    if identity.id != store.id:
        told = f"Store metadata id '{identity.id}' does not match requested id '{store.id}'."
        fix = "Repair the registry or run store unregister instead of deleting this folder."
        return error("store_metadata_id_mismatch", told, "store.metadata", fix)
    real = world.places.resolved(store.path)
    for held in (app.home, app.data_folder, app.config_folder):
        if f"{world.places.resolved(held)}/".startswith(f"{real.rstrip('/')}/"):
            told = f"Store remove refuses to delete {store.path}: {held} lies in it."
            return error("store_remove_path_refused", told, "store.root", _FORGET)
    return None


def _taken_out(app: PlanningApp, world: StoreWorld, store: RegisteredStore) -> Diagnostic | None:
    """Take a store out of the registry, unless it stands for another folder by now."""

    def changed(stores: Stores) -> Stores | Diagnostic:
        if all(entry.id != store.id or entry.path != store.path for entry in stores):
            return not_found(store.id)
        return tuple(entry for entry in stores if entry.id != store.id)

    refused = change_registry(app, world, changed)
    return refused.finding if isinstance(refused, NotEntered) else None

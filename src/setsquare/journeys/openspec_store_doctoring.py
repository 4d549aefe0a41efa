"""Says which registered stores are sound: folder, root, identity and git.

Source: `openspec store doctor` 1.13.2, observed.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_root_health import RootHealth, root_health
from setsquare.journeys.openspec_rooting import IDENTITY, RootRefused, registered_stores
from setsquare.journeys.openspec_store_making import identity_of
from setsquare.journeys.openspec_store_registry import Stores, id_finding, not_found
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.store_world import GitState, Ground, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity, error
from setsquare.workspace.openspec.store_registry import RegisteredStore


class IdentityState(Struct, frozen=True, kw_only=True):
    """What a store says that it is; `None` is what was not looked for, and an empty `id` that it says none."""

    is_present: bool | None = None
    is_valid: bool | None = None
    id: str = ""
    remote: str = ""


class StoreHealth(Struct, frozen=True, kw_only=True):
    """The state of a registered store; `is_repository` is `None` where there is no folder."""

    id: str
    root: str
    health: RootHealth
    identity: IdentityState
    is_repository: bool | None
    git: GitState
    findings: tuple[Diagnostic, ...]


def listed_stores(app: PlanningApp, store_id: str | None = None) -> Stores | Diagnostic:
    """Name all registered stores, or one."""
    wrong = id_finding(store_id) if store_id is not None else None
    if wrong is not None:
        return wrong
    stores = registered_stores(app)
    if isinstance(stores, RootRefused):
        return stores.finding
    chosen = tuple(store for store in stores if store_id in (None, store.id))
    return chosen if chosen or store_id is None else not_found(store_id, mark=".")


def store_health(app: PlanningApp, world: StoreWorld, store: RegisteredStore) -> StoreHealth:
    """Look at one store.

    Raises:
        StorageFailed: its folder cannot be seen.
    """
    ground = world.places.ground(store.path)
    if ground is not Ground.FOLDER:
        return _absent(store, is_missing=ground is Ground.NOTHING)
    health = root_health(app, store.path)
    identity, findings = _identity(app, store)
    is_repository = world.git.is_repository(store.path)
    git = world.git.state(store.path) if is_repository else GitState()
    if git.has_commits is False:
        told = "Git repository has no commits yet; clones of this store will be empty until an initial commit exists."
        fix = "Commit the store files, then push to share them."
        findings = (
            *findings,
            Diagnostic(severity=Severity.WARNING, code="store_git_no_commits", message=told, target="store.git", fix=fix),
        )
    return StoreHealth(
        id=store.id,
        root=store.path,
        health=health,
        identity=identity,
        is_repository=is_repository,
        git=git,
        findings=(*health.findings, *findings),
    )


def _identity(app: PlanningApp, store: RegisteredStore) -> tuple[IdentityState, tuple[Diagnostic, ...]]:
    """Read a store's own name."""
    found = identity_of(app, store.path)
    if found is None:
        fix = f"Create {store.path}/{IDENTITY} or rerun store register."
        missing = error("store_metadata_missing", "Store metadata is missing.", "store.metadata", fix)
        return IdentityState(is_present=False, is_valid=False), (missing,)
    if isinstance(found, Diagnostic):
        broken = error(found.code, found.message, found.target, f"Repair {IDENTITY}.")
        return IdentityState(is_present=True, is_valid=False), (broken,)
    if found.id != store.id:
        told = f"Store metadata id '{found.id}' does not match registry id '{store.id}'."
        fix = "Repair the local registry or store metadata so the ids match."
        wrong = error("store_metadata_id_mismatch", told, "store.metadata", fix)
        return IdentityState(is_present=True, is_valid=False, id=found.id, remote=found.remote), (wrong,)
    return IdentityState(is_present=True, is_valid=True, id=found.id, remote=found.remote), ()


def _absent(store: RegisteredStore, *, is_missing: bool) -> StoreHealth:
    """Say that there is no folder."""
    if is_missing:
        inner = error("openspec_store_root_missing", "Store root does not exist.", "store.root")
        fix = f"Run openspec store register /path/to/{store.id} --id {store.id}."
        outer = error("store_root_missing", "Store location does not exist.", "store.root", fix)
    else:
        inner = error("openspec_store_root_not_directory", "Store root is not a directory.", "store.root")
        fix = "Register a directory path for this store."
        outer = error("store_root_not_directory", "Store location is not a directory.", "store.root", fix)
    return StoreHealth(
        id=store.id,
        root=store.path,
        health=RootHealth(findings=(inner,)),
        identity=IdentityState(),
        is_repository=None,
        git=GitState(),
        findings=(outer,),
    )

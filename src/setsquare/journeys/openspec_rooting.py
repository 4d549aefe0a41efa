"""Chooses the folder whose `openspec/` a command works on.

Source: root selection of OpenSpec 1.13.2, observed: `--store`, else the nearest folder upwards with specs or changes or a configuration, which may
point at a store, else the person's default store, else the current folder where a command can do without a root.
"""

from __future__ import annotations

import enum

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_recovering import recovery_notices
from setsquare.journeys.openspec_root_health import root_health
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.spec.openspec.diagnostic import Diagnostic, Severity, error
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.store_registry import (
    KEBAB,
    RegisteredStore,
    problem_of_id,
    read_identity,
    read_pointer,
    read_registry,
)

REGISTRY = RelPath("stores/registry.yaml")
IDENTITY = RelPath(".openspec-store/store.yaml")
SETTINGS = RelPath("config.json")
_CONFIGS = ("config.yaml", "config.yml")
_FOLDERS = (EntryKind.FOLDER, EntryKind.LINK_TO_FOLDER)
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)


class Source(enum.Enum):
    """Why a root was chosen."""

    STORE = "store"
    DECLARED = "declared"
    GLOBAL_DEFAULT = "global_default"
    NEAREST = "nearest"
    IMPLICIT = "implicit"


class PlanningRoot(Struct, frozen=True, kw_only=True):
    """A chosen root: `path` is the folder that holds `openspec/`; `store_id` is empty for a root that is no store. `notices` never fail a command."""

    path: str
    source: Source
    store_id: str = ""
    notices: tuple[Diagnostic, ...] = ()


class RootRefused(Struct, frozen=True):
    """Why there is no root; `notices` are what is said beside it."""

    finding: Diagnostic
    notices: tuple[Diagnostic, ...] = ()


class _Nearest(Struct, frozen=True, kw_only=True):
    """The nearest folder that is a root or points at one: `config` is the name of its configuration, empty where it has none."""

    path: str
    is_planning: bool
    config: str


def chosen_root(
    app: PlanningApp,
    store: str | None = None,
    *,
    may_be_implicit: bool = True,
    is_legacy_enough: bool = False,
    store_path: str | None = None,
) -> PlanningRoot | RootRefused:
    """Choose the root. `store` is the value of `--store`; `may_be_implicit` lets the current folder be one that has no `openspec/` yet.

    With `is_legacy_enough` the current folder is one when it holds the older `openspec/project.md`. An archive that was cut off there is ended first.
    """
    root = _selected(app, store, may_be_implicit=may_be_implicit, is_legacy_enough=is_legacy_enough, store_path=store_path)
    if isinstance(root, PlanningRoot) and (notices := recovery_notices(app, root.path)):
        return replace(root, notices=(*root.notices, *notices))
    return root


def _selected(
    app: PlanningApp, store: str | None, *, may_be_implicit: bool, is_legacy_enough: bool, store_path: str | None
) -> PlanningRoot | RootRefused:
    """Select the root by the rules."""
    if store_path is not None:
        fix = "openspec store register <path>, then rerun with --store <id>."
        told = "--store-path is not supported. Register the path with openspec store register <path>, then select it with --store <id>."
        return RootRefused(error("store_path_not_supported", told, "store.id", fix))
    if store is not None:
        return root_of_store(app, store, Source.STORE)
    found = _nearest(app)
    if found is not None:
        return _root_of(app, found)
    default = _default_store(app)
    if isinstance(default, str) and default:
        return _default(app, default)
    notices = (default,) if isinstance(default, Diagnostic) else ()
    stores = registered_stores(app)
    if isinstance(stores, RootRefused):
        return stores
    if stores:
        return RootRefused(_no_root(stores), notices)
    if may_be_implicit or (is_legacy_enough and "project.md" in _kinds(app, f"{app.here}/openspec")):
        return PlanningRoot(path=app.here, source=Source.IMPLICIT, notices=notices)
    told, fix = "No OpenSpec root found from the current directory.", "Run openspec init to create a root here."
    return RootRefused(error("no_openspec_root", told, "openspec.root", fix), notices)


def root_of_store(app: PlanningApp, store_id: str, source: Source) -> PlanningRoot | RootRefused:
    """Give the root of a registered store, which must say that it is that store and hold a root."""
    problem = problem_of_id(store_id)
    if problem:
        return RootRefused(error("invalid_store_id", problem, "store.id", f"Use {KEBAB}."))
    stores = registered_stores(app)
    if isinstance(stores, RootRefused):
        return stores
    store = next((item for item in stores if item.id == store_id), None)
    if store is None:
        return RootRefused(_unknown(store_id, stores))
    refused = store_problem(app, store)
    return RootRefused(refused) if refused else PlanningRoot(path=store.path, source=source, store_id=store_id)


def registered_stores(app: PlanningApp) -> tuple[RegisteredStore, ...] | RootRefused:
    """Read which stores this machine knows, sorted by id."""
    raw = app.planning.read(app.data_folder, REGISTRY)
    if raw is None:
        return ()
    found = f"Cannot read the store registry: {raw.reason}" if isinstance(raw, Unreadable) else read_registry(_decoded(raw))
    if isinstance(found, tuple):
        return found
    fix = f"Repair or remove {joined(app.data_folder, REGISTRY)}."
    return RootRefused(error("invalid_store_registry", found, "store.registry", fix))


def store_problem(app: PlanningApp, store: RegisteredStore) -> Diagnostic | None:
    """Say why a registered store cannot be used, `None` when it can."""
    fix = f"Run openspec store doctor {store.id} to inspect it."
    raw = app.planning.read(store.path, IDENTITY)
    if raw is None:
        told = f"Store '{store.id}' is missing identity metadata at {store.path}/{IDENTITY}. {fix}"
        return error("store_identity_mismatch", told, "store.metadata", fix)
    identity = f"Invalid store metadata state: {raw.reason}" if isinstance(raw, Unreadable) else read_identity(_decoded(raw))
    if isinstance(identity, str):
        return error("invalid_store_metadata", identity, "store.metadata", f"Repair {IDENTITY}.")
    if identity.id != store.id:
        told = f"Store '{store.id}' metadata id '{identity.id}' does not match its registered id. {fix}"
        return error("store_identity_mismatch", told, "store.metadata", fix)
    flaw = root_flaw(app, store.path)
    if flaw:
        told = f"Store '{store.id}' does not have a healthy OpenSpec root at {store.path}: {flaw}. {fix}"
        return error("unhealthy_store_root", told, "openspec.root", fix)
    return None


def root_flaw(app: PlanningApp, path: str) -> str:
    """Say what a folder lacks to be a sound root with a configuration, without the last full stop; empty when nothing."""
    return " ".join(finding.message for finding in root_health(app, path).findings).removesuffix(".")


def has_planning_folder(app: PlanningApp, path: str) -> bool:
    """Tell whether a folder holds one named `openspec`."""
    return _kinds(app, path).get("openspec") in _FOLDERS


def _nearest(app: PlanningApp) -> _Nearest | None:
    """Look upwards for a folder with specs or changes, or with a configuration."""
    path = app.here
    while True:
        inside = _kinds(app, f"{path.rstrip('/')}/openspec")
        is_planning = any(inside.get(name) in _FOLDERS for name in ("specs", "changes"))
        config = next((name for name in _CONFIGS if inside.get(name) in _FILES), "")
        if is_planning or config:
            return _Nearest(path=path, is_planning=is_planning, config=config)
        if path == "/" or not path:
            return None
        path = path.rpartition("/")[0] or "/"


def _root_of(app: PlanningApp, found: _Nearest) -> PlanningRoot | RootRefused:
    """Give the nearest root, or the store that its configuration points at."""
    here = PlanningRoot(path=found.path, source=Source.NEAREST)
    config = f"{found.path}/openspec/{found.config}"
    raw = app.planning.read(f"{found.path}/openspec", RelPath(found.config)) if found.config else None
    # A configuration that is only looked at for its pointer need not be parsed when it cannot hold one.
    if not isinstance(raw, bytes) or (found.is_planning and b"store" not in raw):
        return here
    is_yaml, pointer = read_pointer(_decoded(raw))
    if found.is_planning:
        return _ignoring(here, config, pointer) if isinstance(pointer, str) and pointer else here
    if not is_yaml:
        told, fix = "the config file could not be read as YAML.", f"Fix the YAML syntax in {config}."
        return RootRefused(error("invalid_store_pointer", f"Invalid store declaration in {config}: {told}", "store.pointer", fix))
    if pointer is None:
        return here
    if not isinstance(pointer, str):
        fix = f"Edit {config} so the store key is a registered store id, or remove it."
        told = f"Invalid store declaration in {config}: the store key must be a single store id string."
        return RootRefused(error("invalid_store_pointer", told, "store.pointer", fix))
    root = root_of_store(app, pointer, Source.DECLARED)
    if isinstance(root, PlanningRoot):
        return root
    fix = root.finding.fix
    if root.finding.code == "unknown_store":
        fix = f"Register the store (openspec store register <path> --id {pointer}) or edit {config} to name a registered store."
    return RootRefused(_said(root.finding, f"Declared in {config}: ", fix))


def _ignoring(here: PlanningRoot, config: str, pointer: str) -> PlanningRoot:
    """Note that a root with specs of its own keeps to them."""
    told = f"{config} declares store '{pointer}', but this directory is a real OpenSpec root; the declaration is ignored."
    fix = f"Remove the store: line from {config}, or move the planning files into the store."
    notice = Diagnostic(severity=Severity.WARNING, code="root_pointer_ignored", message=told, target="relationships", fix=fix)
    return PlanningRoot(path=here.path, source=here.source, notices=(notice,))


def _default(app: PlanningApp, store_id: str) -> PlanningRoot | RootRefused:
    """Give the root of the person's default store."""
    root = root_of_store(app, store_id, Source.GLOBAL_DEFAULT)
    if isinstance(root, PlanningRoot):
        return root
    fix = root.finding.fix
    if root.finding.code in ("unknown_store", "no_registered_stores"):
        clear = "clear the stale global default (openspec config unset defaultStore)"
        fix = f"Register the store (openspec store register <path> --id {store_id}) or {clear}."
    return RootRefused(_said(root.finding, f"Global defaultStore '{store_id}': ", fix))


def _default_store(app: PlanningApp) -> str | Diagnostic | None:
    """Read the person's default store; a settings file that is no JSON is a warning."""
    raw = app.planning.read(app.config_folder, SETTINGS)
    if not isinstance(raw, bytes):
        return None
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        told = f"Invalid JSON in {joined(app.config_folder, SETTINGS)}, using defaults"
        return Diagnostic(severity=Severity.WARNING, code="invalid_settings", message=told)
    store = value.get("defaultStore") if isinstance(value, dict) else None
    return store if isinstance(store, str) else None


def _unknown(store_id: str, stores: tuple[RegisteredStore, ...]) -> Diagnostic:
    """Say that no such store is registered."""
    if not stores:
        fix = f"Run openspec store setup {store_id} or openspec store register <path> first."
        return error("no_registered_stores", f"Unknown store '{store_id}'. No stores are registered.", "store.id", fix)
    told = f"Unknown store '{store_id}'. Registered stores: {_names(stores)}."
    return error("unknown_store", told, "store.id", "Pass a registered store id, or run openspec store list.")


def _no_root(stores: tuple[RegisteredStore, ...]) -> Diagnostic:
    """Say that nothing here is a root although stores are known."""
    told = (
        f"No OpenSpec root found in the current directory or its ancestors. Registered stores: {_names(stores)}. "
        "Pass --store <id> to use one, or run openspec init to create a local root."
    )
    fix = f"Rerun with --store <id> (registered: {_names(stores)}) or run openspec init."
    return error("no_root_with_registered_stores", told, "openspec.root", fix)


def _names(stores: tuple[RegisteredStore, ...]) -> str:
    return ", ".join(store.id for store in stores)


def _said(finding: Diagnostic, where: str, fix: str) -> Diagnostic:
    """Say where a store was named."""
    return Diagnostic(severity=finding.severity, code=finding.code, message=where + finding.message, target=finding.target, fix=fix)


def _kinds(app: PlanningApp, root: str) -> dict[str, EntryKind]:
    """Name what stands directly in a folder."""
    return {standing.path: standing.kind for standing in app.planning.walk(root, RelPath(""), depth=1)}


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8-sig", "replace")

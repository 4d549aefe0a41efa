"""Makes stores and registers those that exist: whole planning folders that a person's other projects can refer to.

Source: `openspec store setup` and `store register` 1.13.2, observed. What was made is taken back when a later step fails. No hook of a repository runs.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import GitFailed, SetsquareError
from setsquare.integrations.openspec_project import CONFIG, KEEP, config_file
from setsquare.journeys.openspec_root_health import RootHealth, root_health
from setsquare.journeys.openspec_rooting import IDENTITY, REGISTRY, RootRefused, registered_stores
from setsquare.journeys.openspec_store_registry import (
    NotEntered,
    Stores,
    already_registered,
    change_registry,
    conflict,
    id_finding,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.ports.store_world import Ground, StoreWorld
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.text.paths import RelPath, base_name
from setsquare.text.plan import Plan, creation
from setsquare.workspace.openspec.store_registry import RegisteredStore, StoreIdentity, identity_text, read_identity
from setsquare.workspace.openspec.text import normalised

_MARK = RelPath(IDENTITY.rpartition("/")[0])
"""Made first and filled last: a folder in which it is empty is a store that was not made to its end."""

_FOLDERS = tuple(map(RelPath, ("openspec", "openspec/specs", "openspec/changes", "openspec/changes/archive")))
_LEFTOVER = re.compile(r"\.setsquare-[0-9a-f]{16}\.tmp")
_NO_GIT = "or rerun setup with --no-init-git."


class Setup(Struct, frozen=True, kw_only=True):
    """What a new store shall be; `remote` is where others clone it from."""

    id: str | None
    path: str | None
    remote: str | None = None
    has_git: bool = True


class Register(Struct, frozen=True, kw_only=True):
    """Which folder to register; `is_agreed` lets its identity be written."""

    path: str | None
    id: str | None = None
    is_agreed: bool = False


class Made(Struct, frozen=True, kw_only=True):
    """A store that is registered now. `created` are paths below it, folders with a slash at their end."""

    id: str
    root: str
    registry: str
    was_registered: bool
    is_repository: bool
    is_initialised: bool = False
    is_committed: bool = False
    created: tuple[str, ...] = ()
    remote: str = ""
    notices: tuple[Diagnostic, ...] = ()


class NotMade(Struct, frozen=True):
    """Why there is no store."""

    finding: Diagnostic


class _Site(Struct, frozen=True, kw_only=True):
    """The folder that becomes a store, once it was found fit."""

    id: str
    root: str
    identity: StoreIdentity | None
    health: RootHealth | None
    is_registered: bool


class _GitWork(Struct, frozen=True, kw_only=True):
    """What git shall do: begin a repository, commit, and with `is_whole` all files of the store instead of the new ones."""

    is_begun: bool = False
    is_committed: bool = False
    is_whole: bool = False


def set_up(app: PlanningApp, world: StoreWorld, wish: Setup) -> Made | NotMade:
    """Make a store in a new, empty or already sound folder, and register it.

    Raises:
        StorageFailed: a folder or file cannot be made; nothing is left of the attempt.
    """
    site = _site_of(app, world, wish)
    if isinstance(site, Diagnostic):
        return NotMade(site)
    # What is registered and says who it is is a store already: no more than missing folders are made.
    is_store = site.is_registered and site.identity is not None
    files = {} if is_store else _missing_files(app, site, wish.remote or "")
    work = _git_work(world, site.root, is_wanted=wish.has_git and not is_store, has_files=bool(files))
    unfit = _git_finding(world, site.root) if work.is_committed else None
    if unfit is not None:
        return NotMade(unfit)
    folders = world.places.make_folders(site.root, (_MARK, *_FOLDERS))
    paths = tuple(f"{site.root}/{path}" for path in files)
    try:
        finding = _filled(app, world, site, files, work) or _entered(app, world, site)
    except (SetsquareError, KeyboardInterrupt):
        _taken_back(world, site, paths, folders, began=work.is_begun)
        raise
    if finding is not None:
        _taken_back(world, site, paths, folders, began=work.is_begun)
        return NotMade(finding)
    if site.identity is None:
        world.places.discard(tuple(f"{site.root}/{path}" for path in _standing(app, site.root) if _is_leftover(path)), ())
    created = tuple(f"{path}/" for path in _FOLDERS if f"{site.root}/{path}" in folders) + tuple(files)
    site = replace(site, identity=site.identity or StoreIdentity(id=site.id, remote=wish.remote or ""))
    return _told(app, world, site, created, work)


def register(app: PlanningApp, world: StoreWorld, wish: Register) -> Made | NotMade:
    """Register a folder that is a sound planning root; one without an identity gets it only when that was agreed to.

    Raises:
        StorageFailed: the identity or the registry cannot be written.
    """
    if not wish.path:
        return NotMade(error("store_path_required", "Pass a store path.", "store.root", "openspec store register /path/to/store"))
    root = place_of(app, world, wish.path)
    wrong = _ground_finding(world, root) or _unhealthy(app, root)
    if wrong is not None:
        return NotMade(wrong)
    identity = identity_of(app, root)
    if isinstance(identity, Diagnostic):
        return NotMade(identity)
    wrong = id_finding(wish.id) if wish.id is not None else None
    if wrong is not None:
        return NotMade(wrong)
    if identity is not None and wish.id is not None and identity.id != wish.id:
        where = "The id comes from the store's committed .openspec-store/store.yaml."
        told = f"Store metadata id '{identity.id}' does not match --id '{wish.id}'. {where}"
        return NotMade(error("store_metadata_id_mismatch", told, "store.id", f"Use --id {identity.id} or register a different folder."))
    store_id = identity.id if identity is not None else wish.id if wish.id is not None else base_name(root)
    wrong = id_finding(store_id)
    if wrong is None and identity is None and not wish.is_agreed:
        fix = f"Run interactively or pass --yes to create {root}/{IDENTITY}."
        told = f"Turn this OpenSpec root into store '{store_id}'?"
        wrong = error("store_register_identity_confirmation_required", told, "store.metadata", fix)
    if wrong is not None:
        return NotMade(wrong)
    site = _registered_site(app, world, store_id, root, identity)
    if isinstance(site, Diagnostic):
        return NotMade(site)
    files = {} if identity is not None else {IDENTITY: identity_text(StoreIdentity(id=store_id)).encode()}
    if files:
        app.files(root).apply(Plan(f"register store {store_id}", tuple(creation(path, raw) for path, raw in files.items())))
    paths = tuple(f"{root}/{path}" for path in files)
    try:
        finding = _entered(app, world, site)
    except (SetsquareError, KeyboardInterrupt):
        world.places.discard(paths, (f"{root}/{_MARK}",))
        raise
    if finding is not None:
        world.places.discard(paths, (f"{root}/{_MARK}",))
        return NotMade(finding)
    return _told(app, world, site, tuple(files), _GitWork())


def place_of(app: PlanningApp, world: StoreWorld, said: str) -> str:
    """Resolve a path that a person typed: `~` is the home, what is relative starts at the current folder, links are followed."""
    if said == "~" or said.startswith("~/"):
        said = app.home + said[1:]
    return world.places.resolved(said if said.startswith("/") else f"{app.here}/{said}")


def _site_of(app: PlanningApp, world: StoreWorld, wish: Setup) -> _Site | Diagnostic:
    """Find out whether a store can be made."""
    if not wish.id:
        return error("store_setup_id_required", "Pass a store name.", "store.id", "openspec store setup <id> --path ~/openspec/<id> --json")
    wrong = id_finding(wish.id) if wish.path is not None else None
    if wrong is not None:
        return wrong
    if not wish.path:
        fix = f"openspec store setup {wish.id} --path ~/openspec/{wish.id}"
        return error("store_setup_path_required", "Pass --path with the folder where this store should live.", "store.root", fix)
    if wish.remote == "":
        told = "Store remote must not be empty when provided."
        return error("store_remote_empty", told, "store.metadata", "Pass a clone URL: --remote <url>.")
    root = place_of(app, world, wish.path)
    ground = world.places.ground(root)
    if ground is Ground.OTHER:
        fix = "Choose an empty directory or an existing healthy OpenSpec root."
        return error("store_setup_path_not_directory", f"Store setup path is not a directory: {root}", "store.root", fix)
    around = world.git.around(root) if wish.has_git and not world.git.is_repository(root) else ""
    if around:
        told = f"Store setup path is inside another Git repository: {around}"
        return error("store_setup_inside_git_repo", told, "store.root", "Choose a path outside that Git repository.")
    identity, health = None, None
    entries = (
        {standing.path: standing.kind for standing in app.planning.walk(root, RelPath(""), depth=1)} if ground is Ground.FOLDER else {}
    )
    if set(entries) - {".git"} and not _is_cut_off(app, root, tuple(entries)):
        health = root_health(app, root)
        wrong = _setup_finding(app, root, health, wish)
        if wrong is not None:
            return wrong
        found = identity_of(app, root)
        identity = found if isinstance(found, StoreIdentity) else None
    site = _registered_site(app, world, wish.id, root, identity)
    return site if isinstance(site, Diagnostic) else replace(site, health=health)


def _is_cut_off(app: PlanningApp, root: str, entries: tuple[RelPath, ...]) -> bool:
    """Tell whether a folder holds no more than a store whose making was cut off before its first file."""
    inside = app.planning.walk(root, RelPath("openspec"))
    is_bare = all(standing.kind is EntryKind.FOLDER or _is_leftover(standing.path) for standing in inside)
    is_marked = _MARK in entries and all(_is_leftover(standing.path) for standing in app.planning.walk(root, _MARK, depth=1))
    return is_marked and is_bare and not set(entries) - {".git", "openspec", _MARK}


def _is_leftover(path: RelPath) -> bool:
    """Tell whether a file is what a write that was cut off left behind."""
    return _LEFTOVER.fullmatch(base_name(path)) is not None


def _setup_finding(app: PlanningApp, root: str, health: RootHealth, wish: Setup) -> Diagnostic | None:
    """Say why a folder that holds something cannot become the store that was asked for."""
    if not health.is_healthy:
        told = "Store setup does not support initializing a non-empty folder that is not a healthy OpenSpec root."
        fix = "Choose an empty folder, a Git-only folder, or an existing healthy OpenSpec root."
        return error("store_setup_non_empty_directory", told, "store.root", fix)
    identity = identity_of(app, root)
    if isinstance(identity, Diagnostic) or identity is None:
        return identity
    if identity.id != wish.id:
        told = f"Store metadata id '{identity.id}' does not match requested id '{wish.id}'."
        return error("store_metadata_id_mismatch", told, "store.metadata", f"Use id '{identity.id}' or choose a different setup path.")
    if wish.remote:
        told = f"Store '{wish.id}' already has an identity file; --remote cannot change it."
        return error("store_remote_requires_hand_edit", told, "store.metadata", f"Edit {root}/{IDENTITY} and commit it.")
    return None


def _registered_site(app: PlanningApp, world: StoreWorld, store_id: str, root: str, identity: StoreIdentity | None) -> _Site | Diagnostic:
    """Ask the registry whether an id and a folder can belong together."""
    wrong = id_finding(store_id)
    if wrong is not None:
        return wrong
    stores = registered_stores(app)
    if isinstance(stores, RootRefused):
        return stores.finding
    taken = conflict(stores, store_id, root, world.places.resolved)
    is_registered = any(store.id == store_id for store in stores)
    return taken or _Site(id=store_id, root=root, identity=identity, health=None, is_registered=is_registered)


def _missing_files(app: PlanningApp, site: _Site, remote: str) -> dict[RelPath, bytes]:
    """Name the files that the folder does not have yet, in the order in which they are written."""
    files: dict[RelPath, bytes] = {}
    if site.health is None:
        files[CONFIG] = config_file("", has_cloud=None)
    for keep in KEEP:
        folder = f"{site.root}/{keep.rpartition('/')[0]}"
        if all(_is_leftover(standing.path) for standing in app.planning.walk(folder, RelPath(""), depth=1)):
            files[keep] = b""
    if site.identity is None:
        files[IDENTITY] = identity_text(StoreIdentity(id=site.id, remote=remote)).encode()
    return files


def _git_finding(world: StoreWorld, root: str) -> Diagnostic | None:
    """Say why git could not make the first commit, before anything is made."""
    if not world.git.is_available(root):
        told = "Git is not available, so setup cannot create the initial store commit."
        return error("store_git_init_failed", told, "store.git", "Install Git or rerun setup with --no-init-git.")
    if not world.git.has_person(root):
        told = "No usable Git commit identity is configured, so setup cannot create the initial store commit."
        fix = f'Run git config --global user.name "Your Name" and git config --global user.email "you@example.com", {_NO_GIT}'
        return error("store_git_identity_missing", told, "store.git", fix)
    return None


def _git_work(world: StoreWorld, root: str, *, is_wanted: bool, has_files: bool) -> _GitWork:
    """Decide what git shall do. A repository that has nothing to commit but no commit either is one whose making was cut off."""
    if not is_wanted:
        return _GitWork()
    is_begun = not world.git.is_repository(root)
    is_whole = is_begun or (not has_files and world.git.state(root).has_commits is False)
    return _GitWork(is_begun=is_begun, is_whole=is_whole, is_committed=is_whole or has_files)


def _filled(app: PlanningApp, world: StoreWorld, site: _Site, files: dict[RelPath, bytes], work: _GitWork) -> Diagnostic | None:
    """Write the files and commit them."""
    if files:
        app.files(site.root).apply(Plan(f"set up store {site.id}", tuple(creation(path, raw) for path, raw in files.items())))
    if work.is_begun:
        try:
            world.git.begin(site.root)
        except GitFailed as failure:
            told = f"Failed to initialize a Git repository: {failure.message}"
            return error("store_git_init_failed", told, "store.git", f"Initialize the repository manually, {_NO_GIT}")
    if not work.is_committed:
        return None
    standing = tuple(path for path in _standing(app, site.root) if not _is_leftover(path)) if work.is_whole else tuple(files)
    try:
        world.git.commit(site.root, standing, f"Initialize OpenSpec store {site.id}")
    except GitFailed as failure:
        told = f"Failed to create the initial store commit: {failure.message}"
        return error("store_git_commit_failed", told, "store.git", f"Commit the created files manually, {_NO_GIT}")
    return None


def _standing(app: PlanningApp, root: str) -> tuple[RelPath, ...]:
    """Name the files of a store."""
    entries = (entry for below in ("openspec", _MARK) for entry in app.planning.walk(root, RelPath(below)))
    return tuple(entry.path for entry in entries if entry.kind is EntryKind.FILE)


def _entered(app: PlanningApp, world: StoreWorld, site: _Site) -> Diagnostic | None:
    """Enter a store in the registry, unless somebody was faster."""
    origin = world.git.origin(site.root)

    def changed(stores: Stores) -> Stores | Diagnostic:
        taken = conflict(stores, site.id, site.root, world.places.resolved)
        if taken is not None:
            return taken
        before = next((store for store in stores if store.id == site.id), None)
        entry = RegisteredStore(
            id=site.id,
            path=before.path if before else site.root,
            remote=origin or (before.remote if before else ""),
            branch=before.branch if before else "",
        )
        return tuple(sorted((*(store for store in stores if store.id != site.id), entry), key=_by_id))

    refused = change_registry(app, world, changed)
    return refused.finding if isinstance(refused, NotEntered) else None


def _by_id(store: RegisteredStore) -> str:
    return store.id


def _taken_back(world: StoreWorld, site: _Site, paths: tuple[str, ...], folders: tuple[str, ...], *, began: bool) -> None:
    """Leave nothing of an attempt that failed."""
    if began:
        world.git.forget(site.root)
    world.places.discard(paths, folders)


def _told(app: PlanningApp, world: StoreWorld, site: _Site, created: tuple[str, ...], work: _GitWork) -> Made:
    """Say what stands now."""
    is_repository = world.git.is_repository(site.root)
    note = (already_registered(site.id),) if site.is_registered and not created else ()
    known = (site.identity.remote if site.identity else "") or world.git.origin(site.root)
    return Made(
        id=site.id,
        root=site.root,
        registry=f"{app.data_folder}/{REGISTRY}",
        was_registered=site.is_registered,
        is_repository=is_repository,
        is_initialised=work.is_begun,
        is_committed=work.is_committed,
        created=created,
        remote=known,
        notices=note,
    )


def _ground_finding(world: StoreWorld, root: str) -> Diagnostic | None:
    """Say that there is no folder to register."""
    match world.places.ground(root):
        case Ground.NOTHING:
            fix = "Clone or create the store folder before registering it."
            return error("store_path_missing", f"Store path does not exist: {root}", "store.root", fix)
        case Ground.OTHER:
            return error(
                "store_path_not_directory", f"Store path is not a directory: {root}", "store.root", "Pass an existing store directory."
            )
        case Ground.FOLDER:
            return None


def _unhealthy(app: PlanningApp, root: str) -> Diagnostic | None:
    """Say that a folder is no sound root."""
    findings = root_health(app, root).findings
    if not findings:
        return None
    told = f"Store register requires an existing healthy OpenSpec root. {' '.join(finding.message for finding in findings)}"
    fix = "Run openspec store setup for a new store, or point register at a checkout whose openspec/ files are present."
    return error("store_register_root_unhealthy", told, "openspec.root", fix)


def identity_of(app: PlanningApp, root: str) -> StoreIdentity | Diagnostic | None:
    """Read who a folder says that it is."""
    raw = app.planning.read(root, IDENTITY)
    if raw is None:
        above = {standing.path: standing.kind for standing in app.planning.walk(root, RelPath(""), depth=1)}
        kind = above.get(RelPath(IDENTITY.partition("/")[0]))
        if kind not in (EntryKind.FILE, EntryKind.LINK_TO_FILE):
            return None
        raw = Unreadable("ENOTDIR", f"not a directory, open '{root}/{IDENTITY}'")
    found = f"{raw.code}: {raw.reason}" if isinstance(raw, Unreadable) else read_identity(normalised(raw))
    if isinstance(found, str):
        return error("invalid_store_metadata", found, "store.metadata", f"Repair {root}/{IDENTITY}.")
    return found

"""What the commands about stores print: shapes for programs, lines for people."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_rooting import IDENTITY
from setsquare.journeys.openspec_store_doctoring import StoreHealth
from setsquare.journeys.openspec_store_forgetting import Forgotten
from setsquare.journeys.openspec_store_making import Made
from setsquare.spec.openspec.diagnostic import Diagnostic


class StoreShape(Struct, frozen=True, kw_only=True):
    """A store."""

    id: str
    root: str
    metadata_path: str


class EnteredShape(Struct, frozen=True, kw_only=True):
    """What the registry got."""

    path: str
    registered: bool
    already_registered: bool


class GitShape(Struct, frozen=True, kw_only=True):
    """What git did."""

    is_repository: bool
    initialized: bool
    committed: bool


class MadeShape(Struct, frozen=True, kw_only=True):
    """The answer of `setup` and `register`."""

    store: StoreShape | None = None
    registry: EnteredShape | None = None
    git: GitShape | None = None
    created_files: tuple[str, ...] = ()
    status: tuple[Diagnostic, ...] = ()


class LeftShape(Struct, frozen=True, kw_only=True):
    """What the registry lost."""

    path: str
    removed: bool = True


class FilesShape(Struct, frozen=True, kw_only=True):
    """What became of the folder."""

    deleted: bool
    deleted_path: str | None
    left_on_disk: str | None


class ForgottenShape(Struct, frozen=True, kw_only=True):
    """The answer of `unregister` and `remove`."""

    store: StoreShape | None = None
    registry: LeftShape | None = None
    files: FilesShape | None = None
    status: tuple[Diagnostic, ...] = ()


class RowShape(Struct, frozen=True, kw_only=True):
    """A store of the list."""

    id: str
    root: str


class ListShape(Struct, frozen=True, kw_only=True):
    """The answer of `list`."""

    stores: tuple[RowShape, ...] = ()
    status: tuple[Diagnostic, ...] = ()


class PresenceShape(Struct, frozen=True, kw_only=True):
    """Whether something stands there."""

    present: bool | None
    path: str | UnsetType = UNSET


class RootHealthShape(Struct, frozen=True, kw_only=True):
    """The planning root of a store."""

    present: bool | None
    config: PresenceShape
    specs: PresenceShape
    changes: PresenceShape
    archive: PresenceShape
    healthy: bool
    status: tuple[Diagnostic, ...]


class IdentityShape(Struct, frozen=True, kw_only=True):
    """What a store says about itself."""

    present: bool | None
    valid: bool | None
    id: str | UnsetType
    remote: str | None


class GitStateShape(Struct, frozen=True, kw_only=True):
    """What git says about a store."""

    is_repository: bool | None
    has_commits: bool | None
    has_uncommitted_changes: bool | None
    has_remote: bool | None
    origin_url: str | None


class HealthShape(Struct, frozen=True, kw_only=True):
    """A store and its health."""

    id: str
    root: str
    metadata_path: str
    openspec_root: RootHealthShape
    metadata: IdentityShape
    git: GitStateShape
    status: tuple[Diagnostic, ...]


class DoctorShape(Struct, frozen=True, kw_only=True):
    """The answer of `doctor`."""

    stores: tuple[HealthShape, ...] = ()
    status: tuple[Diagnostic, ...] = ()


def made_shape(made: Made) -> MadeShape:
    """Write a registered store."""
    return MadeShape(
        store=_store(made.id, made.root),
        registry=EnteredShape(path=made.registry, registered=not made.was_registered, already_registered=made.was_registered),
        git=GitShape(is_repository=made.is_repository, initialized=made.is_initialised, committed=made.is_committed),
        created_files=made.created,
        status=made.notices,
    )


def made_text(made: Made, title: str) -> str:
    """Write a registered store for people."""
    lines = [f"{title}: {made.id}", f"Location: {made.root}", "OpenSpec root: ready"]
    lines.append(f"Registry: {'already registered' if made.was_registered else 'registered'}")
    lines += [f"Note: {notice.message}" for notice in made.notices]
    lines += ["", "Next: run normal OpenSpec commands against this store, for example:"]
    lines.append(f"  openspec new change <change-id> --store {made.id}")
    if made.remote:
        lines.append(f"Share it: teammates clone {made.remote} and run openspec store register <path>.")
    elif made.is_repository:
        lines.append("Share this store by committing and pushing it like any Git repo.")
    return "\n".join(lines)


def forgotten_shape(forgotten: Forgotten) -> ForgottenShape:
    """Write a store that is forgotten."""
    return ForgottenShape(
        store=_store(forgotten.id, forgotten.root),
        registry=LeftShape(path=forgotten.registry),
        files=FilesShape(
            deleted=forgotten.was_deleted,
            deleted_path=forgotten.root if forgotten.was_deleted else None,
            left_on_disk=forgotten.root if forgotten.is_left else None,
        ),
        status=forgotten.notices,
    )


def forgotten_text(forgotten: Forgotten) -> str:
    """Write a store that is forgotten for people."""
    if forgotten.is_left:
        return f"Unregistered store: {forgotten.id}\nFiles kept at: {forgotten.root}"
    lines = [f"Removed store: {forgotten.id}"]
    lines += [f"Deleted: {forgotten.root}"] if forgotten.was_deleted else []
    return "\n".join([*lines, *(f"Note: {notice.message}" for notice in forgotten.notices)])


def health_shape(health: StoreHealth) -> HealthShape:
    """Write a store's health."""
    root, identity, git = health.health, health.identity, health.git
    return HealthShape(
        id=health.id,
        root=health.root,
        metadata_path=f"{health.root}/{IDENTITY}",
        openspec_root=RootHealthShape(
            present=root.is_present,
            config=PresenceShape(present=root.has_config, path=root.config or UNSET),
            specs=PresenceShape(present=root.has_specs),
            changes=PresenceShape(present=root.has_changes),
            archive=PresenceShape(present=root.has_archive),
            healthy=root.is_healthy,
            status=root.findings,
        ),
        metadata=IdentityShape(
            present=identity.is_present, valid=identity.is_valid, id=identity.id or UNSET, remote=identity.remote or None
        ),
        git=GitStateShape(
            is_repository=health.is_repository,
            has_commits=git.has_commits,
            has_uncommitted_changes=git.has_changes,
            has_remote=git.has_remote,
            origin_url=git.origin or None,
        ),
        status=health.findings,
    )


def health_lines(health: StoreHealth) -> list[str]:
    """Write a store's health for people."""
    is_known = health.is_repository is not None
    root = "ok" if health.health.is_healthy else "incomplete" if is_known else "unknown"
    valid = health.identity.is_valid
    identity = "unknown" if valid is None else "ok" if valid else "invalid" if health.identity.is_present else "missing"
    lines = [health.id, f"  Location: {health.root}", f"  OpenSpec root: {root}", f"  Metadata: {identity}"]
    remote = health.identity.remote or health.git.origin
    lines += [f"  Remote: {remote}"] if remote else []
    lines.append(f"  Git: {_git_words(health)}")
    if not health.findings:
        return [*lines, "  Issues: none"]
    lines.append("  Issues:")
    for finding in health.findings:
        lines += [f"    - {finding.message}", *([f"      Fix: {finding.fix}"] if finding.fix else [])]
    return lines


def _git_words(health: StoreHealth) -> str:
    """Say what git knows."""
    if not health.is_repository:
        return "unknown" if health.is_repository is None else "not detected"
    git = health.git

    def said(fact: bool | None, no: str) -> str:
        return "unknown" if fact is None else "yes" if fact else no

    parts = (said(git.has_commits, "none"), said(git.has_changes, "no"), said(git.has_remote, "none"))
    return "repository detected (commits: {}, uncommitted changes: {}, remote: {})".format(*parts)


def _store(store_id: str, root: str) -> StoreShape:
    return StoreShape(id=store_id, root=root, metadata_path=f"{root}/{IDENTITY}")

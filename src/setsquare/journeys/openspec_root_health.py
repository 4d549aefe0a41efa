"""Says what a folder lacks to be a sound planning root.

Source: root health of OpenSpec 1.13.2, observed: `specs`, `changes` and `changes/archive` may be missing, but nothing else may stand in their place.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.text.paths import RelPath

CONFIGS = ("config.yaml", "config.yml")
_FOLDERS = (EntryKind.FOLDER, EntryKind.LINK_TO_FOLDER)
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)


class RootHealth(Struct, frozen=True, kw_only=True):
    """What stands in a root; `None` is what was not looked for. `config` is the configuration's path, empty where there is none."""

    is_present: bool | None = None
    has_config: bool | None = None
    config: str = ""
    has_specs: bool | None = None
    has_changes: bool | None = None
    has_archive: bool | None = None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Tell whether nothing is amiss."""
        return self.is_present is True and not self.findings


def root_health(app: PlanningApp, root: str) -> RootHealth:
    """Look at a folder that exists."""
    kind = _kinds(app, root).get("openspec")
    if kind not in _FOLDERS:
        code, told = (
            ("missing", "Missing openspec/ directory.") if kind is None else ("not_directory", "openspec/ exists but is not a directory.")
        )
        return RootHealth(is_present=False, findings=(error(f"openspec_root_{code}", told, "openspec.root"),))
    inside = _kinds(app, f"{root}/openspec")
    findings: list[Diagnostic] = []
    config = next((name for name in CONFIGS if inside.get(name) in _FILES), "")
    if not config:
        findings.append(_config_finding(inside))
    wrong = (name for name in ("specs", "changes") if name in inside and inside[name] not in _FOLDERS)
    findings += [_not_folder(name, f"openspec/{name}/") for name in wrong]
    has_changes = inside.get("changes") in _FOLDERS
    archive = _kinds(app, f"{root}/openspec/changes").get("archive") if has_changes else None
    if archive is not None and archive not in _FOLDERS:
        findings.append(_not_folder("archive", "openspec/changes/archive/"))
    return RootHealth(
        is_present=True,
        has_config=bool(config),
        config=f"openspec/{config}" if config else "",
        has_specs=inside.get("specs") in _FOLDERS,
        has_changes=has_changes,
        has_archive=archive in _FOLDERS,
        findings=tuple(findings),
    )


def _config_finding(inside: Mapping[str, EntryKind]) -> Diagnostic:
    if any(name in inside for name in CONFIGS):
        return error("openspec_config_not_file", "OpenSpec config path exists but is not a file.", "openspec.config")
    return error("openspec_config_missing", "Missing openspec/config.yaml or openspec/config.yml.", "openspec.config")


def _not_folder(name: str, place: str) -> Diagnostic:
    return error(f"openspec_{name}_not_directory", f"{place} exists but is not a directory.", f"openspec.{name}")


def _kinds(app: PlanningApp, root: str) -> dict[str, EntryKind]:
    """Name what stands directly in a folder."""
    return {standing.path: standing.kind for standing in app.planning.walk(root, RelPath(""), depth=1)}

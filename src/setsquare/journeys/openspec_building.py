"""Builds the specs that a change leads to, in memory, and judges them.

Source: `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_reading import system_message
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, SpecWrite
from setsquare.ports.planning import Unreadable
from setsquare.spec.openspec.bases import Base, texts_of
from setsquare.spec.openspec.conflict_marks import conflict_line
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.merging import Merged, MergeRefused, Totals, merged
from setsquare.spec.openspec.retiring import kept_apart, lost_lines, retired, undeclared
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.paths import RelPath, joined, parent
from setsquare.workspace.openspec.model import Change, ChangeMetadata, Delta
from setsquare.workspace.openspec.text import normalised

UNBUILT = "archive_spec_update_failed"
_SPECS = RelPath("openspec/specs")
_FIX = "Fix the change delta specs and rerun. No files were changed."
_NO_REQUIREMENT = "requirements"
"""Where a spec's lack of any requirement is reported."""


class BuiltSpec(Struct, frozen=True, kw_only=True):
    """One spec as it will be: `write` is `None` where nothing changes."""

    merged: Merged
    old: bytes | None
    write: SpecWrite | None
    is_retired: bool = False


class Built(Struct, frozen=True, kw_only=True):
    """All specs of a change as they will be; without specs there is nothing to update."""

    specs: tuple[BuiltSpec, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[SpecWrite, ...]:
        """Give what is to be written."""
        return tuple(spec.write for spec in self.specs if spec.write is not None)

    @property
    def totals(self) -> Totals | None:
        """Add up what changes; `None` where there is nothing to update."""
        if not self.specs:
            return None
        total = Totals()
        for spec in self.specs:
            total += spec.merged.totals
        return total


class Misfit(Struct, frozen=True, kw_only=True):
    """Why the specs of a change cannot be built."""

    code: str
    message: str
    fix: str = ""
    warnings: tuple[str, ...] = ()


class Unsound(Struct, frozen=True, kw_only=True):
    """A built spec that is not valid; `advice` is what to do, where that is known."""

    capability: str
    issues: tuple[Issue, ...]
    advice: str = ""


def build(app: PlanningApp, root: str, place: ArchivePlace, change: Change, bases: tuple[Base, ...] = ()) -> Built | Misfit:
    """Merge every delta of a change; the first that cannot be merged ends it. `bases` are what its requirements said when it was written.

    Raises:
        setsquare.errors.StorageFailed: a place cannot be looked at.
    """
    specs: list[BuiltSpec] = []
    warnings: list[str] = []
    for delta in change.deltas:
        path = joined(_SPECS, delta.capability, "spec.md")
        misplaced = misplaced_spec(place, root, path)
        if misplaced:
            return Misfit(code="archive_error", message=misplaced)
        raw = app.planning.read(root, path)
        if isinstance(raw, Unreadable):
            if raw.code == "EISDIR":
                # The one refusal that comes at reading, where the system names no path.
                return Misfit(code=UNBUILT, message=system_message(raw.code, raw.reason, "read", "").removesuffix(" ''"), fix=_FIX)
            return Misfit(code=UNBUILT, message=system_message(raw.code, raw.reason, "open", f"{root}/{path}"), fix=_FIX)
        spec = _merged(delta, raw, change.id, f"{root}/{path}", texts_of(bases, delta.capability))
        if isinstance(spec, MergeRefused):
            return _misfit(app, root, change, delta, spec, (raw, bases))
        if isinstance(spec, Misfit):
            return spec
        specs.append(spec)
        warnings += spec.merged.warnings
    return Built(specs=tuple(specs), warnings=tuple(warnings))


def judged(built: Built, metadata: ChangeMetadata | None) -> Built | Unsound:
    """Judge all built specs; one whose last requirement went is retired where its change declares that and nothing else would be lost."""
    specs: list[BuiltSpec] = []
    warnings = list(built.warnings)
    for spec in built.specs:
        issues = spec_issues(spec.merged.text)
        errors = [issue for issue in issues if issue.level is Level.ERROR]
        if not errors:
            specs.append(spec)
            continue
        capability = spec.merged.capability
        advice = _advice(spec, metadata) if all(issue.path == _NO_REQUIREMENT for issue in errors) else ""
        if advice is not None or spec.write is None:
            return Unsound(capability=capability, issues=issues, advice=advice or "")
        specs.append(replace(spec, is_retired=True, write=replace(spec.write, new=None)))
        warnings.append(retired(capability, spec.write.path))
    return Built(specs=tuple(specs), warnings=tuple(warnings))


def _advice(spec: BuiltSpec, metadata: ChangeMetadata | None) -> str | None:
    """Say what keeps a spec without requirements from being retired; `None` when nothing does."""
    capability = spec.merged.capability
    if not spec.merged.is_emptied or spec.old is None:
        return ""
    lost = lost_lines(normalised(spec.old))
    if metadata is None or not metadata.retires_capabilities:
        is_named = metadata is not None and "retire_capabilities" in metadata.named_markers
        return undeclared(capability, metadata.problem if metadata is not None and is_named else "", lost)
    return kept_apart(capability, lost) if lost else None


def misplaced_spec(place: ArchivePlace, root: str, path: RelPath) -> str:
    """Say why a main spec may not be written where it stands; empty when it may.

    A link may stay within the specs; one that leads out of the root is not followed, even where OpenSpec does so with a warning.
    """
    folder = parent(path)
    home = place.spot(folder)
    if home.is_dangling:
        return f"Cannot verify dangling symbolic link: {root}/{folder}"
    if home.kind is not None and not home.real:
        return f"Refusing to write through a link that leads out of the OpenSpec root: {root}/{folder}"
    spot = place.spot(path)
    if spot.is_dangling:
        return f"Cannot verify dangling symbolic link: {root}/{path}"
    if spot.is_link and not spot.real.startswith((f"{place.spot(_SPECS).real}/", f"{home.real}/")):
        return f"Path is outside the allowed directory: {root}/{path}"
    return ""


def _misfit(
    app: PlanningApp, root: str, change: Change, delta: Delta, refused: MergeRefused, beside: tuple[bytes | None, tuple[Base, ...]]
) -> Misfit:
    """Word a refusal to merge; `beside` is the main spec and what its requirements said when the delta was written."""
    raw, bases = beside
    if not refused.clashes:
        from setsquare.journeys.openspec_gone import GoneNames  # noqa: PLC0415  (start-up: few are refused)

        return Misfit(code=UNBUILT, message=GoneNames(app, root).message(delta.capability, refused), fix=_FIX)
    from setsquare.journeys.openspec_clashes import CLASH, Clashing, clash_fix, clash_message  # noqa: PLC0415  (the same)

    clashing = Clashing(change=change.id, delta=delta, main_text=normalised(raw or b""), refused=refused, bases=bases)
    return Misfit(code=CLASH, message=clash_message(app, root, clashing), fix=clash_fix(change.id))


def _merged(
    delta: Delta, raw: bytes | None, change_id: str, shown_path: str, bases: Mapping[str, str]
) -> BuiltSpec | Misfit | MergeRefused:
    """Merge one delta and lay its bytes out with the line ends of the file."""
    text = None if raw is None else normalised(raw)
    line = conflict_line(text or "")
    if line:
        told = f"{delta.capability}: openspec/specs/{delta.capability}/spec.md holds a git conflict that nobody has resolved, from line {line} on."
        return Misfit(
            code=UNBUILT, message=told, fix="Choose what is to stand there, remove the conflict marks, and rerun. No files were changed."
        )
    outcome = merged(delta.capability, text, delta, change_id, shown_path=shown_path, bases=bases)
    if isinstance(outcome, MergeRefused):
        return outcome
    path = joined(_SPECS, delta.capability, "spec.md")
    write = None if outcome.totals.is_nothing else SpecWrite(path=path, old=raw, new=ended_like(raw, outcome.text))
    return BuiltSpec(merged=outcome, old=raw, write=write)


def ended_like(raw: bytes | None, text: str) -> bytes:
    """Encode a text with CRLF where at least half of the file's line ends are, else with LF."""
    pairs = 0 if raw is None else raw.count(b"\r\n")
    is_crlf = raw is not None and pairs > 0 and pairs * 2 >= raw.count(b"\n")
    return (text.replace("\n", "\r\n") if is_crlf else text).encode("utf-8", "surrogatepass")

"""`setsquare openspec context`."""

from __future__ import annotations

import json

import click
from msgspec import Struct

from setsquare.journeys.openspec_context import Unwritten, Written, folders_of, write_workspace
from setsquare.journeys.openspec_references import Reference, related
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, notes_on, refused, told
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """What to print, and where to write the folders."""

    is_json: bool
    code_workspace: str | None
    is_forced: bool
    store: str | None
    store_path: str | None


class RootShape(Struct, frozen=True, kw_only=True):
    """The root."""

    path: str
    source: str
    role: str = "openspec_root"


class StoreRootShape(Struct, frozen=True, kw_only=True):
    """The root that is a store."""

    path: str
    source: str
    store_id: str
    role: str = "openspec_root"


class MemberShape(Struct, frozen=True, kw_only=True):
    """A store that can be read."""

    role: str = "referenced_store"
    id: str
    path: str
    fetch: str
    status: tuple[Diagnostic, ...] = ()


class AbsentShape(Struct, frozen=True, kw_only=True):
    """A store that cannot be read here."""

    role: str = "referenced_store"
    id: str
    status: tuple[Diagnostic, ...]


class Shape(Struct, frozen=True, kw_only=True):
    """The folders that work here draws on."""

    root: RootShape | StoreRootShape | None
    members: tuple[MemberShape | AbsentShape, ...]
    status: tuple[Diagnostic, ...]


PARAMS = (
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    click.option(
        "--code-workspace", "code_workspace", metavar="<path>", default=None, help="Write the folders as a workspace of VS Code too."
    ),
    click.option("--force", "is_forced", is_flag=True, help="Overwrite that file."),
    *STORE,
)


@made("context", Options, PARAMS)
def command(options: Options) -> Answer:
    """Print which folders work here draws on: the root and the stores that it refers to."""
    app = planning_app()
    root = chosen_root(app, options.store, may_be_implicit=False, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, _failed(root.finding) if options.is_json else None, mark="")
    found = related(app, root.path)
    notes = notes_on(root, is_json=options.is_json) + "".join(f"Warning: {warning}\n" for warning in found.config_warnings)
    name = _name(root)
    code = 0
    if options.code_workspace:
        folders = folders_of(root.path, name, found.references)
        document = json.dumps({"folders": [{"name": folder.name, "path": folder.path} for folder in folders]}, indent=2, ensure_ascii=False)
        match write_workspace(app, options.code_workspace, f"{document}\n".encode(), is_forced=options.is_forced):
            case Unwritten(finding):
                if options.is_json:
                    return Answer(document=_failed(finding), notes=notes, exit_code=1)
                notes, code = notes + told(finding, mark=""), 1
            case Written(place):
                notes += _wrote(place, len(folders), found.references)
    if options.is_json:
        members = tuple(map(_member, found.references))
        return Answer(document=Shape(root=_root_shape(root), members=members, status=found.findings), notes=notes)
    return Answer(text=_text(root, name, found.references), notes=notes, exit_code=code)


def _failed(finding: Diagnostic) -> Shape:
    return Shape(root=None, members=(), status=(finding,))


def _name(root: PlanningRoot) -> str:
    """Name a root for people: its store, else its folder."""
    return root.store_id or root.path.rstrip("/").rpartition("/")[2] or root.path


def _root_shape(root: PlanningRoot) -> RootShape | StoreRootShape:
    if root.store_id:
        return StoreRootShape(path=root.path, source=root.source.value, store_id=root.store_id)
    return RootShape(path=root.path, source=root.source.value)


def _fetch(reference: Reference) -> str:
    return f"openspec show <spec-id> --type spec --store {reference.store_id}"


def _member(reference: Reference) -> MemberShape | AbsentShape:
    if reference.problem is not None:
        return AbsentShape(id=reference.store_id, status=(reference.problem,))
    return MemberShape(id=reference.store_id, path=reference.path, fetch=_fetch(reference))


def _wrote(place: str, count: int, references: tuple[Reference, ...]) -> str:
    """Say what was written."""
    absent = ", ".join(reference.store_id for reference in references if reference.problem is not None)
    plural = "" if count == 1 else "s"
    away = f"; not available: {absent}" if any(reference.problem for reference in references) else ""
    return f"Wrote {place} ({count} folder{plural}{away})\n"


def _text(root: PlanningRoot, name: str, references: tuple[Reference, ...]) -> str:
    """Write it for people."""
    lines = [f"Working context for {name} ({root.path})", "", "OpenSpec root", f"  {name}  {root.path}"]
    if not references:
        return "\n".join([*lines, "", "No references declared; the working set is this root alone."])
    here = [reference for reference in references if reference.problem is None]
    if here:
        lines += ["", "Referenced stores"]
        for reference in here:
            lines += [f"  {reference.store_id}  {reference.path}", f"    Fetch: {_fetch(reference)}"]
    absent = [reference for reference in references if reference.problem is not None]
    if absent:
        lines += ["", "Not available on this machine"]
        for reference in absent:
            finding = reference.problem
            if finding is not None:
                lines += [f"  - {reference.store_id}: {finding.message}", *([f"    Fix: {finding.fix}"] if finding.fix else [])]
    return "\n".join(lines)

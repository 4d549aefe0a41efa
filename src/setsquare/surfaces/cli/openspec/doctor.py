"""`setsquare openspec doctor`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_references import Reference, Related, StoreState, pointer_findings, related, root_findings, store_state
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, notes_on, refused
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """How to print, and of which root."""

    is_json: bool
    store: str | None
    store_path: str | None


class HealthShape(Struct, frozen=True, kw_only=True):
    """A root and its health."""

    path: str
    source: str
    healthy: bool
    status: tuple[Diagnostic, ...]


class StoreHealthShape(Struct, frozen=True, kw_only=True):
    """A root that is a store, and its health."""

    path: str
    source: str
    store_id: str
    healthy: bool
    status: tuple[Diagnostic, ...]


class MetadataShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a store says about itself."""

    present: bool
    valid: bool
    remote: str = ""


class StoreShape(Struct, frozen=True, kw_only=True):
    """The store that the root is."""

    id: str
    metadata: MetadataShape
    status: tuple[Diagnostic, ...]


class ReferenceShape(Struct, frozen=True, kw_only=True):
    """A reference; `root` is left out where it cannot be read."""

    store_id: str
    root: str
    status: tuple[Diagnostic, ...]


class UnreadReferenceShape(Struct, frozen=True, kw_only=True):
    """A reference that cannot be read here."""

    store_id: str
    status: tuple[Diagnostic, ...]


class Shape(Struct, frozen=True, kw_only=True):
    """The health of a root and its relations."""

    root: HealthShape | StoreHealthShape | None
    store: StoreShape | None
    references: tuple[ReferenceShape | UnreadReferenceShape, ...]
    status: tuple[Diagnostic, ...]


PARAMS = (click.option("--json", "is_json", is_flag=True, help="Print JSON."), *STORE)


@made("doctor", Options, PARAMS)
def command(options: Options) -> Answer:
    """Say whether the chosen root, its store and its references are sound; what is found does not fail the command."""
    app = planning_app()
    root = chosen_root(app, options.store, may_be_implicit=False, store_path=options.store_path)
    if isinstance(root, RootRefused):
        nothing = Shape(root=None, store=None, references=(), status=(root.finding,))
        return refused(root, nothing if options.is_json else None, mark="")
    flaws = root_findings(app, root.path)
    found = related(app, root.path)
    state = store_state(app, root.store_id, root.path) if root.store_id else None
    notices = tuple(notice for notice in root.notices if notice.target == "relationships")
    findings = (*notices, *(() if notices else pointer_findings(app, root.path)), *found.findings)
    notes = notes_on(root, is_json=options.is_json) + "".join(f"Warning: {warning}\n" for warning in found.config_warnings)
    if options.is_json:
        references = tuple(map(_reference_shape, found.references))
        shape = Shape(root=_root_shape(root, flaws), store=_store_shape(state), references=references, status=findings)
        return Answer(document=shape, notes=notes)
    return Answer(text=_text(root, flaws, state, found, findings), notes=notes)


def _root_shape(root: PlanningRoot, flaws: tuple[Diagnostic, ...]) -> HealthShape | StoreHealthShape:
    if root.store_id:
        return StoreHealthShape(path=root.path, source=root.source.value, store_id=root.store_id, healthy=not flaws, status=flaws)
    return HealthShape(path=root.path, source=root.source.value, healthy=not flaws, status=flaws)


def _store_shape(state: StoreState | None) -> StoreShape | None:
    if state is None:
        return None
    metadata = MetadataShape(present=state.is_present, valid=state.is_valid, remote=state.remote)
    return StoreShape(id=state.id, metadata=metadata, status=())


def _reference_shape(reference: Reference) -> ReferenceShape | UnreadReferenceShape:
    if reference.problem is not None:
        return UnreadReferenceShape(store_id=reference.store_id, status=(reference.problem,))
    return ReferenceShape(store_id=reference.store_id, root=reference.path, status=())


def _text(
    root: PlanningRoot, flaws: tuple[Diagnostic, ...], state: StoreState | None, found: Related, findings: tuple[Diagnostic, ...]
) -> str:
    """Write it for people."""
    lines = ["Doctor", "", "Root", f"  Location: {root.path}", f"  OpenSpec root: {'unhealthy' if flaws else 'ok'}"]
    for flaw in flaws:
        first, *rest = said(flaw)
        lines += [f"  - {first}", *(f"    {line}" for line in rest)]
    if state is not None:
        lines.append(
            f"  Store: {state.id} ({'metadata ok' if state.is_valid else 'metadata invalid' if state.is_present else 'metadata missing'})"
        )
    lines += ["", "References"]
    if not found.references:
        lines.append("  (none declared)")
    for reference in found.references:
        lines += reference_lines(reference)
    for finding in findings:
        lines += ["", f"Note: {finding.message}", *([f"Fix: {finding.fix}"] if finding.fix else [])]
    return "\n".join(lines)


def reference_lines(reference: Reference) -> list[str]:
    """Write one reference."""
    if reference.problem is None:
        return [f"  - {reference.store_id}: ok ({reference.path})"]
    first, *rest = said(reference.problem)
    return [f"  - {reference.store_id}: {first}", *(f"    {line}" for line in rest)]


def said(finding: Diagnostic) -> list[str]:
    """Write a finding in one line, and what to do in a second one."""
    return [finding.message, *([f"Fix: {finding.fix}"] if finding.fix else [])]

"""`setsquare sources`: what is read from where, and which other checkouts are declared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import Struct

from setsquare.journeys.declaring import Declared, add, remove
from setsquare.journeys.sourcing import Namesakes, Source, Sources, combined, namesakes
from setsquare.ports.source_places import SourcePlace
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.sources_options import source_result, sources_of
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, paint, safe
from setsquare.text.counted import counted
from setsquare.wire import app_here, load_workspace, workspace_folder
from setsquare.wire.unfinished import end_plans
from setsquare.workspace.artefact import Root
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import SOURCES_PATH, DeclaredSource, mount_of, unmounted, without_user
from setsquare.workspace.spec import Spec

_NAMES = 60
"""How many characters of a root's names are shown; the JSON has all."""


class ListOptions(Struct, frozen=True):
    """What the person gives on top of what is declared."""

    given: tuple[str, ...]


class RootResult(Struct, frozen=True, kw_only=True):
    """A root: `source` is the id of the checkout, empty for the workspace; counts are of specs and files, `commit` is the checkout's."""

    source: str
    kind: str
    path: str
    specs: int
    files: int
    commit: str


class SpecResult(Struct, frozen=True, kw_only=True):
    """A spec and where it comes from.

    `shadows` are specs of sources that have its name, which alone means this one; `shadowed_by` is the workspace's spec that has the name;
    `clashes` are others of the same rank.
    """

    spec: str
    source: str
    root: str
    path: str
    criteria: int
    shadows: tuple[str, ...]
    shadowed_by: str
    clashes: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """Everything that is read, sorted; `name` is what others call this workspace, `commit` its own. `problems` are those of the declarations."""

    schema: str = "setsquare/sources/1"
    name: str
    commit: str
    sources: tuple[SourceResult, ...]
    roots: tuple[RootResult, ...]
    specs: tuple[SpecResult, ...]
    problems: tuple[str, ...]


class ChangeOptions(Struct, frozen=True):
    """A source to declare."""

    id: str
    path: str
    remote: str
    specs: tuple[str, ...]


class RemoveOptions(Struct, frozen=True):
    """A source to take back."""

    id: str


class ChangeResult(Struct, frozen=True, kw_only=True):
    """What was declared or taken back; `trusted` tells whether the workspace is trusted as it is now."""

    schema: str = "setsquare/sources-change/1"
    id: str
    path: str
    remote: str
    specs: tuple[str, ...]
    trusted: bool


class _Group(click.Group):
    """A group that lists when nothing else is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the listing in front of options that are its own."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("sources", cls=_Group)
def command() -> None:
    """Show what resolved from where: the roots of this tree and the other checkouts that it declares; add and remove those.

    Sources are read, never written, and nothing is fetched.
    """


# req: openspec-interop/7.1, openspec-interop/7.3
@made("list", ListOptions, SOURCE_PARAMS[1:])
def listed(options: ListOptions) -> Output:
    """List every root with its kind and specs, every source with what became of it, and which names are borne twice.

    Ends with 0 also when a source is missing: it is named, and the others are read. `check --sources` ends with 2 then.
    """
    folder = workspace_folder()
    end_plans(folder)
    own = load_workspace(folder)
    sources = sources_of(folder, own, options.given)
    workspace = combined(sources)
    commits = {item.id: item.commit for item in sources.items} | {"": _commit(sources, folder)}
    known = namesakes(workspace)
    result = Result(
        name=own.declared.name,
        commit=commits[""],
        sources=tuple(source_result(item) for item in sources.items),
        roots=tuple(_root(root, workspace, commits) for root in workspace.roots),
        specs=tuple(_spec(spec, known[spec.path]) for spec in workspace.specs),
        problems=tuple(_problems(own)),
    )
    return Output(result=result, text=_text(result, sources))


@made(
    "add",
    ChangeOptions,
    (
        click.argument("id"),
        click.argument("path"),
        click.option("--remote", default="", metavar="URL", help="Where others get the checkout; for readers only, never fetched."),
        click.option("--specs", multiple=True, metavar="GLOB", help="Only specs of these names; may be given again."),
    ),
)
def added(options: ChangeOptions) -> Output:
    """Declare the checkout at PATH as the source ID in .setsquare/sources.toml; the path is kept relative to the workspace."""
    app = app_here()
    path = Path(os.path.relpath(os.path.realpath(options.path), os.path.realpath(app.folder))).as_posix()
    done = add(app, DeclaredSource(id=options.id, path=path, remote=without_user(options.remote), specs=options.specs))
    return Output(result=_changed(done), text=f"Declared {done.source.id}: {safe(done.source.path)}.{_trust(done)}")


@made("remove", RemoveOptions, (click.argument("id"),))
def removed(options: RemoveOptions) -> Output:
    """Take the declaration of the source ID back; its checkout is not touched."""
    done = remove(app_here(), options.id)
    return Output(
        result=_changed(done), text=f"{done.source.id} is no source any more; {safe(done.source.path)} is as it was.{_trust(done)}"
    )


for _made in (listed, added, removed):
    command.add_command(_made)


def _problems(own: Workspace) -> Iterator[str]:
    """Say what is wrong with the declarations: in the file, or that it was left out."""
    for path, reason in own.skipped:
        if path == SOURCES_PATH or SOURCES_PATH.startswith(f"{path}/"):
            yield f"it is left out ({reason}), so nothing is declared"
    for problem in own.declared.problems:
        yield problem.reason


def _commit(sources: Sources, folder: str) -> str:
    """Name the commit of the workspace's own checkout."""
    place = sources.places.given(folder)
    return sources.places.git(place).head() if isinstance(place, SourcePlace) and place.is_checkout else ""


def _root(root: Root, workspace: Workspace, commits: dict[str, str]) -> RootResult:
    """Describe a root."""
    source = mount_of(root.path)
    files = [file.path for file in workspace.artefacts if file.path.startswith(f"{root.path}/")]
    specs = sum(spec.root == root.path for spec in workspace.specs)
    commit = commits.get(source, "")
    return RootResult(source=source, kind=root.kind.value, path=unmounted(root.path), specs=specs, files=len(files), commit=commit)


def _spec(spec: Spec, same: Namesakes) -> SpecResult:
    """Describe a spec."""
    return SpecResult(
        spec=spec.name,
        source=mount_of(spec.path),
        root=unmounted(spec.root),
        path=unmounted(spec.path),
        criteria=len(spec.requirements.criteria) if spec.requirements else 0,
        shadows=tuple(map(unmounted, same.shadows)),
        shadowed_by=unmounted(same.shadowed_by),
        clashes=tuple(map(unmounted, same.clashes)),
    )


def _changed(done: Declared) -> ChangeResult:
    source = done.source
    return ChangeResult(id=source.id, path=source.path, remote=without_user(source.remote), specs=source.specs, trusted=done.is_trusted)


def _trust(done: Declared) -> str:
    """Say what a source outside still needs."""
    return (
        "" if done.is_trusted else " The workspace is not trusted as it is now: a source outside of it is read once it is: setsquare trust"
    )


def _text(result: Result, sources: Sources) -> str:
    """List roots, sources and names."""
    blocks = []
    if result.roots:
        blocks.append(
            listing([("ROOT", "KIND", "FILES", "SPECS", "NAMES"), *(_root_row(root, result) for root in result.roots)], columns())
        )
    else:
        blocks.append("No root is here: no .kiro, no openspec, no Spec Kit tree.")
    if sources.items:
        head = ("SOURCE", "STATE", "PATH", "COMMIT", "SPECS")
        blocks.append(listing([head, *(_row(item) for item in sources.items)], columns()))
    notes = [f"{safe(item.id)}: {safe(item.reason)}" for item in sources.items if item.reason]
    notes += [paint(safe(f".setsquare/sources.toml: {problem}"), "yellow") for problem in result.problems]
    for spec in result.specs:
        notes += [f"{safe(spec.path)} hides {safe(path)}: name that {safe(mount_named(path, spec.spec))}" for path in spec.shadows]
        if spec.clashes and spec.path < min(spec.clashes):
            notes.append(f"{counted(1 + len(spec.clashes), 'spec')} have one name: {safe(', '.join((spec.path, *spec.clashes)))}")
    return "\n\n".join([*blocks, *(["\n".join(notes)] if notes else [])])


def _root_row(root: RootResult, result: Result) -> tuple[str, ...]:
    """Show a root with the names of its specs, as far as they fit."""
    names = ", ".join(spec.spec for spec in result.specs if spec.root == root.path)
    return safe(root.path), root.kind, str(root.files), str(root.specs), cut(safe(names), _NAMES) or "–"


def mount_named(path: str, spec: str) -> str:
    """Write the name of a source's spec as a reference does.

    >>> mount_named("pay:.kiro/specs/login", "login")
    'pay:login'
    """
    return f"{path.partition(':')[0]}:{spec}"


def _row(item: Source) -> tuple[str, ...]:
    commit = f"{item.commit[:12]}{' +' if item.is_dirty else ''}" if item.commit else "–"
    return safe(item.id), item.state.value, safe(item.wanted.path), commit, str(len(item.workspace.specs))

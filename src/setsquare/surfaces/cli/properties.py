"""`setsquare properties`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.journeys.properties import Begun, begun, write
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here


class Options(Struct, frozen=True, kw_only=True):
    """Which specs, where the tests go, whether to save them."""

    specs: tuple[str, ...]
    into: str
    write: bool


class Property(Struct, frozen=True, kw_only=True):
    """A criterion that can be tested on many inputs."""

    criterion: str
    shape: str
    test: str


class SpecProperties(Struct, frozen=True, kw_only=True):
    """One spec: how many criteria demand something, which of them have a shape, and the file; `text` is what it holds or would hold."""

    spec: str
    path: str
    criteria: int
    properties: tuple[Property, ...]
    is_changed: bool
    text: str


class Result(Struct, frozen=True, kw_only=True):
    """The properties of each spec; `is_written` tells whether files were saved."""

    schema: str = "setsquare/properties/1"
    specs: tuple[SpecProperties, ...]
    is_written: bool


PARAMS = (
    click.argument("specs", nargs=-1),
    click.option(
        "--into",
        default="tests/properties",
        show_default=True,
        metavar="FOLDER",
        help="Where the test files stand, from the workspace's folder.",
    ),
    click.option("--write", is_flag=True, help="Save the test files; what stands in them already is kept."),
)


@made("properties", Options, PARAMS)
def command(options: Options) -> Output:
    """Begin property tests (Hypothesis) for the criteria of SPECS that can be tested on many inputs; by default of every spec.

    Five shapes are recognised: round trip, idempotence, error path, bound, invariant. Each test links to its criterion by
    `Validates:`; it is skipped, and verifies nothing, until its parts are bound to your code.
    """
    app = app_here()
    workspace = opened(app)
    specs = [named_spec(workspace, name) for name in options.specs] or [
        spec for spec in workspace.specs if spec.requirements and not spec.is_archived and spec.is_kiro
    ]
    found = tuple(begun(app, spec, named_as(workspace, spec), options.into.strip("/")) for spec in specs)
    if options.write:
        write(app, found)
    result = Result(specs=tuple(_result(app.folder, item) for item in found), is_written=options.write)
    return Output(result=result, text=_text(app.folder, found, is_written=options.write))


def _result(folder: str, item: Begun) -> SpecProperties:
    return SpecProperties(
        spec=item.spec,
        path=shown(folder, item.path),
        criteria=item.criteria,
        properties=tuple(Property(criterion=each.criterion, shape=each.shape.value, test=each.name) for each in item.skeletons),
        is_changed=item.change is not None,
        text=item.text if item.skeletons else "",
    )


def _text(folder: str, found: tuple[Begun, ...], *, is_written: bool) -> str:
    lines = []
    for item in found:
        lines.append(f"{paint(safe(item.spec), 'bold')}  {len(item.skeletons)} of {item.criteria} criteria can be tested on many inputs")
        lines += [f"  {each.criterion:<8} {each.shape.value:<12} {each.name}" for each in item.skeletons]
        if item.change is not None:
            word = paint("wrote", "green") if is_written else "would write"
            lines.append(f"  {word}  {shown(folder, item.path)}")
    if any(item.change for item in found) and not is_written:
        lines.append("\nSave them: add --write.")
    return "\n".join(lines) or "There is no spec with requirements here."

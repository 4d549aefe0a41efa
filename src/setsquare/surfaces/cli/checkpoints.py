"""`setsquare checkpoints`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.run_checkpoints import Listed, checkpoints
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.report.label import cut
from setsquare.surfaces.cli.run_named import run_named
from setsquare.surfaces.cli.streams import columns
from setsquare.surfaces.cli.style import listing, safe
from setsquare.wire import app_here

_MOST_PATHS = 200
_KINDS = {"step": "", "rest": "as the run left it", "before": "before files were put back"}


class Options(Struct, frozen=True, kw_only=True):
    """Which run, and how many of its checkpoints."""

    run: str | None
    last: int | None


class PointResult(Struct, frozen=True, kw_only=True):
    """One checkpoint: the files before step `step`. `kind` is `step`, `rest` or `before`.

    `changed` names what differs from the checkpoint before, at most 200 files of `changes`; `files` and `size_bytes` count the whole tree.
    """

    step: int
    kind: str
    at: str
    tree: str
    changes: int
    changed: tuple[str, ...]
    files: int
    size_bytes: int


class Result(Struct, frozen=True, kw_only=True):
    """A run's checkpoints in the order of time, `left_out` earlier ones not among them."""

    schema: str = "setsquare/checkpoints/1"
    run: str
    left_out: int
    checkpoints: tuple[PointResult, ...]


PARAMS = (
    click.argument("run", required=False),
    click.option("--last", type=click.IntRange(min=1), default=None, metavar="N", help="Only the last N checkpoints."),
)


@made("checkpoints", Options, PARAMS)
def command(options: Options) -> Output:
    """List the checkpoints of RUN (the latest run by default): when each was taken and what had changed since the one before.

    The checkpoint of a step holds the files before that step; step 0 is before the run.
    """
    app = app_here()
    run = run_named(app, options.run)
    found = checkpoints(app, run)
    shown = found[-options.last :] if options.last else found
    points = tuple(_point(item) for item in shown)
    result = Result(run=run, left_out=len(found) - len(shown), checkpoints=points)
    return Output(result=result, text=_text(result))


def _point(item: Listed) -> PointResult:
    """Shape one checkpoint for programs."""
    return PointResult(
        step=item.point.step,
        kind=item.point.kind,
        at=item.point.at,
        tree=item.point.tree,
        changes=len(item.changed),
        changed=tuple(path for _, path in item.changed[:_MOST_PATHS]),
        files=item.files,
        size_bytes=item.size_bytes,
    )


def _text(result: Result) -> str:
    """Show the checkpoints as aligned lines."""
    if not result.checkpoints:
        return f"Run {result.run} took no checkpoint."
    rows = [("STEP", "TIME", "TREE", "FILES", "SIZE", "CHANGED SINCE")]
    for point in result.checkpoints:
        names = ", ".join(point.changed[:3]) + (f" and {point.changes - 3} more" if point.changes > 3 else "")
        note = _KINDS[point.kind]
        said = "; ".join(part for part in (names, note) if part) or "–"
        rows.append((str(point.step), point.at[11:19], point.tree[:10], str(point.files), _size(point.size_bytes), cut(safe(said), 90)))
    left = f"\n  … {result.left_out} earlier checkpoints" if result.left_out else ""
    ending = f"Look: setsquare diff {result.run} --step N. Put files back: setsquare restore {result.run} --step N"
    return f"Run {result.run}{left}\n{listing(rows, columns())}\n{ending}"


def _size(count: int) -> str:
    """Write a number of bytes with its unit.

    >>> _size(512), _size(20_480)
    ('512 B', '20 KiB')
    """
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

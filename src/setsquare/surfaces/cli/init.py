"""`setsquare init`."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.initialising import initialise
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import paint
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """`init` takes none."""


class Result(Struct, frozen=True, kw_only=True):
    """What was recognised and written."""

    schema: str = "setsquare/init/1"
    languages: tuple[str, ...]
    frameworks: tuple[str, ...]
    test_command: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    trusted: bool


@made("init", Options)
def command(options: Options) -> Output:  # noqa: ARG001  (every command takes its options)
    """Make a working .kiro/ for this repository: steering from what is recognised, commented settings.

    Nothing that exists is overwritten.
    """
    app = app_here()
    done = initialise(app)
    repository = done.repository
    result = Result(
        languages=tuple(name for name, _ in repository.languages),
        frameworks=repository.frameworks,
        test_command=repository.test_command,
        written=tuple(shown(app.folder, path) for path in done.written),
        kept=tuple(shown(app.folder, path) for path in done.kept),
        trusted=done.is_trusted,
    )
    return Output(result=result, text=_text(result))


def _text(result: Result) -> str:
    """Say what was found, what was written and what comes next."""
    lines = [
        f"Recognised: {', '.join(result.languages) or 'no language yet'}"
        + (f"; {', '.join(result.frameworks)}" if result.frameworks else ""),
        f"Test command: {result.test_command or 'none found: name it in .kiro/settings.json as verify.command'}",
        "",
        *(f"  {paint('wrote', 'green')}  {path}" for path in result.written),
        *(f"  {paint('kept', 'dim')}   {path} (exists)" for path in result.kept),
        "",
    ]
    if not result.trusted:
        lines += ["Other files here would become active too, so the workspace is not trusted yet: setsquare trust"]
    return "\n".join([*lines, "Next: setsquare spec new NAME    such as user-authentication"])

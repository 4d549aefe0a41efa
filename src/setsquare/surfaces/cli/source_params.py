"""The options by which a command reads other checkouts too."""

from __future__ import annotations

import click

SOURCE_PARAMS = (
    click.option("--sources", "with_sources", is_flag=True, help="Read the declared sources too; see `setsquare sources`."),
    click.option(
        "--source",
        "given",
        multiple=True,
        metavar="ID=PATH",
        help="Read this checkout as a source too, whatever is declared; may be given again.",
    ),
)

"""`setsquare openspec feedback`: says where to write, and sends nothing."""

from __future__ import annotations

import sys

import click
from msgspec import Struct

from setsquare._version import __version__
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.tabled import VERSION

_PLACE = "https://github.com/Fission-AI/OpenSpec/issues/new"


class Options(Struct, frozen=True):
    """What a person wants to say."""

    message: str
    body: str | None


PARAMS = (
    click.argument("message", metavar="<message>"),
    click.option("--body", metavar="<text>", default=None, help="More about it."),
)


@made("feedback", Options, PARAMS)
def command(options: Options) -> Answer:
    """Lay out feedback and say where it can be written. Nothing is sent, and no other program is started."""
    details = ["", "## Details", "", options.body] if options.body else []
    lines = [
        "Nothing was sent. This is your feedback, ready to be pasted:",
        "",
        f"Title: Feedback: {options.message}",
        "",
        "## Summary",
        "",
        options.message,
        *details,
        "",
        f"Setsquare {__version__}, OpenSpec contract {VERSION}, {sys.platform}",
        "",
        "About these commands: to the maintainers of Setsquare, where you have it from.",
        f"About OpenSpec itself: {_PLACE}",
    ]
    return Answer(text="\n".join(lines))

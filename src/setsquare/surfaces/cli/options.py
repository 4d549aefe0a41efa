"""Turns click's keyword arguments into one frozen value, and a command's output into text or JSON on the right stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
from msgspec import Struct

from setsquare.surfaces.cli.streams import write_document, write_text
from setsquare.text.json_escapes import escaped

Options = TypeVar("Options", bound=Struct)


class Output(Struct, frozen=True, kw_only=True):
    """What a command gives: `result` for programs, `text` for people, and the exit code."""

    result: Struct
    text: str
    exit_code: int = 0


def gathered(options: type[Options], function: Callable[[Options], int]) -> Callable[..., int]:
    """Make what click calls of a function from a command's options to its exit code."""

    def call(**values: Any) -> int:  # one of the two places where options arrive as keywords
        return function(options(**values))

    return call


def command(
    name: str,
    options: type[Options],
    params: tuple[Callable[[Any], Any], ...] = (),
    *,
    formats: tuple[str, ...] = ("text", "json"),
    epilog: str = "",
) -> Callable[[Callable[[Options], Output]], click.Command]:
    """Make a click command of a function from its options to its output; every command takes `--format`."""

    def decorate(function: Callable[[Options], Output]) -> click.Command:
        def callback(**values: Any) -> int:  # one of the two places where options arrive as keywords
            shown_as = str(values.pop("output_format"))
            if "output_format" in options.__struct_fields__:
                values["output_format"] = shown_as
            output = function(options(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}))
            show(output, shown_as)
            return output.exit_code

        callback.__doc__ = function.__doc__
        made = click.command(name, help=function.__doc__, epilog=epilog)(callback)
        choice = click.option(
            "--format", "output_format", type=click.Choice(formats), default="text", show_default=True, help="How to print the result."
        )
        for param in (*params, choice):
            made = param(made)
        return made

    return decorate


def show(output: Output, shown_as: str) -> None:
    """Print a result in one of the formats, and nothing else on standard output."""
    text = pretty(output.result) if shown_as == "json" else output.text
    if text and not text.endswith("\n"):
        text += "\n"
    if shown_as == "text":
        write_text(text)
    else:
        write_document(text)


def pretty(value: Struct) -> str:
    """Write a result as indented JSON with its line end; bytes that are not text become replacement characters."""
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_printable(msgspec.to_builtins(value)))
    return escaped(msgspec.json.format(raw, indent=2).decode()) + "\n"


def _printable(value: Any) -> Any:
    """Replace what JSON cannot carry (lone surrogates from bytes that are not UTF-8)."""
    if isinstance(value, str):
        return value if value.isprintable() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    return value

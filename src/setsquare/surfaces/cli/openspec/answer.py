"""What a command of the group gives, and how it is printed: one JSON document of two blanks' indent, or text; notes go to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import msgspec
from msgspec import Struct

from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.usage_errors import too_many
from setsquare.surfaces.cli.options import gathered
from setsquare.surfaces.cli.streams import write_document, write_error, write_text
from setsquare.text.json_escapes import escaped

Options = TypeVar("Options", bound=Struct)

Document = Struct | tuple[Struct, ...] | Mapping[str, object]
"""What is printed as JSON: a shape, a bare array, or an object whose keys are ids or a person's own settings."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a command gives. With a `document` the text is not printed; `notes` are lines for standard error, written first."""

    document: Document | None = None
    text: str = ""
    notes: str = ""
    exit_code: int = 0


class Failed(Struct, frozen=True, kw_only=True):
    """The output of a command that failed and has no shape of its own."""

    status: tuple[Diagnostic, ...]


def made(
    name: str,
    options: type[Options],
    params: tuple[Callable[[Any], Any], ...] = (),
    *,
    takes_unknown: bool = False,
    is_hidden: bool = False,
) -> Callable[[Callable[[Options], Answer]], click.Command]:
    """Make a click command of a function from its options to its answer; more arguments than it takes are a usage error of OpenSpec's wording.

    With `takes_unknown` an option that nobody knows counts as an argument.
    """

    def decorate(function: Callable[[Options], Answer]) -> click.Command:
        def run(given: Options) -> int:
            context = click.get_current_context()
            if context.args:
                arguments = [param for param in context.command.params if isinstance(param, click.Argument)]
                count = sum(getattr(given, param.name or "") is not None for param in arguments) + len(context.args)
                write_error(too_many(name, len(arguments), count))
                return 1
            answer = function(given)
            show(answer)
            return answer.exit_code

        settings = {"help_option_names": ["-h", "--help"], "allow_extra_args": True, "ignore_unknown_options": takes_unknown}
        command = click.command(name, help=function.__doc__, context_settings=settings, hidden=is_hidden)(gathered(options, run))
        for param in params:
            command = param(command)
        return command

    return decorate


def show(answer: Answer) -> None:
    """Print an answer: notes on standard error, then the document or the text on standard output."""
    if answer.notes:
        write_error(_ended(answer.notes))
    if answer.document is not None:
        write_document(document(answer.document))
    elif answer.text:
        # A pipe gets the bytes of what was asked for; a terminal must be kept from what a stranger's file could make it do.
        write = write_text if sys.stdout.isatty() else write_document
        write(_ended(answer.text))


def document(value: Document) -> str:
    r"""Write a JSON document with its line end.

    >>> document(())
    '[]\n'
    """
    return escaped(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()) + "\n"


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"

"""Answers somebody who may look and do nothing else, such as a model in another program, with what the command line answers."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from setsquare.errors import Refused, Usage, WorldFailed
from setsquare.ports.named_places import NamedPlaces
from setsquare.ports.own_answers import OwnAnswers, Said
from setsquare.powers.iam.usage.sources import source_of
from setsquare.text.paths import quoted

MOST_ARGUMENTS: Final = 500
MOST_CHARACTERS: Final = 50_000
"""Of one question; a model that asks for more has written something else."""


class LookingWorld(Struct, frozen=True, kw_only=True):
    """What is needed: a judge of the paths that are named, and the command line."""

    places: NamedPlaces
    answers: OwnAnswers


class Named(Struct, frozen=True, kw_only=True):
    """A path that a question names. `is_trail` means what may also be a source beyond this machine, and where links in a folder are followed."""

    path: str
    is_trail: bool = False


class Question(Struct, frozen=True, kw_only=True):
    """A command line, without the name of the program, and the paths in it."""

    arguments: tuple[str, ...]
    named: tuple[Named, ...] = ()


# req: mcp-server/3.1
# req: mcp-server/3.2
async def looked(world: LookingWorld, question: Question) -> Said:
    """Judge the paths, then ask the command line; what it answers is given as it is.

    Raises:
        Refused: a path leads out of what may be read.
        Usage: a path is none.
        WorldFailed: there is no answer.
    """
    if any("\0" in argument for argument in question.arguments):
        raise Usage("A null byte stands in no name and no path.", "Leave it out.")
    if len(question.arguments) > MOST_ARGUMENTS or sum(map(len, question.arguments)) > MOST_CHARACTERS:
        told = f"A question has no more than {MOST_ARGUMENTS} arguments and {MOST_CHARACTERS:,} characters."
        raise Usage(told, "Ask for less: one folder instead of its files.")
    for named in question.named:
        # Folders with many files and links take a while, and others ask too.
        await asyncio.to_thread(_require_readable, world, named)
    said = await world.answers.answer(question.arguments)
    if said.fault:
        raise WorldFailed(f"`setsquare {' '.join(question.arguments[:2])}` gave no answer: {said.fault}.", "Ask for less, or try it again.")
    return said


def _require_readable(world: LookingWorld, named: Named) -> None:
    """Refuse a path that is no path on this machine, or lies where nothing may be read."""
    if not named.path:
        raise Usage("An empty text names no file.", "Name a file or folder of the workspace.")
    if named.path == "-":
        raise Usage("`-` is standard input, which belongs to the protocol here.", "Name a file.")
    if named.is_trail and source_of(named.path).is_remote:
        raise Refused(
            f"{quoted(named.path)} is a source beyond this machine, and this server reads local files only.",
            "Fetch it with `setsquare iam` in a terminal, or name a file or folder; `./` before a name makes it one.",
        )
    problem = world.places.problem(named.path, is_followed=named.is_trail)
    if problem:
        raise Refused(
            f"{quoted(named.path)} is not read: {problem}.", "Name a file in the workspace, or start the server with --read for its folder."
        )

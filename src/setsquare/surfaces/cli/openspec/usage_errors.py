"""Words usage errors as OpenSpec 1.13.2 does, because scripts and skills read them."""

from __future__ import annotations

import click

_FARTHEST = 3
"""A suggestion is at most so many keystrokes away."""

_LEAST_ALIKE = 0.4
"""More than this part of the longer word must be kept."""


def worded(error: click.ClickException, command: click.Command | None = None) -> str:
    """Write a usage error of a command in one line, and the nearest option in a second one."""
    match error:
        case click.exceptions.NoSuchOption():
            known = _long_options(error.ctx)
            return f"error: unknown option '{error.option_name}'\n{suggestion(error.option_name, known)}"
        case click.exceptions.BadOptionUsage():
            return f"error: option '{_spelled(error.option_name, command)}' argument missing\n"
        case click.exceptions.MissingParameter() if error.param is not None:
            return f"error: missing required argument '{_argument(error.param)}'\n"
        case _:
            return f"error: {_lowered(' '.join(error.format_message().split()))}\n"


def too_many(name: str, expected: int, given: int) -> str:
    r"""Say that a command takes fewer arguments.

    >>> too_many("list", 0, 2)
    "error: too many arguments for 'list'. Expected 0 arguments but got 2.\n"
    """
    plural = "" if expected == 1 else "s"
    return f"error: too many arguments for '{name}'. Expected {expected} argument{plural} but got {given}.\n"


def unknown_command(name: str, known: tuple[str, ...]) -> str:
    """Say that there is no such command, with the nearest ones.

    >>> print(unknown_command("sync", ("list", "spec")), end="")
    error: unknown command 'sync'
    (Did you mean spec?)
    """
    return f"error: unknown command '{name}'\n{suggestion(name, known)}"


def suggestion(word: str, known: tuple[str, ...]) -> str:
    r"""Name the words nearest to one, in a line of its own; empty when none is near.

    >>> suggestion("--jsn", ("--json", "--store"))
    '(Did you mean --json?)\n'
    >>> suggestion("zzz", ("list",))
    ''
    """
    is_option = word.startswith("--")
    plain = word.removeprefix("--")
    best, found = _FARTHEST, list[str]()
    for candidate in sorted(set(known)):
        name = candidate.removeprefix("--")
        if len(name) <= 1 or is_option != candidate.startswith("--"):
            continue
        far = distance(plain, name)
        longest = max(len(plain), len(name))
        if (longest - far) / longest <= _LEAST_ALIKE or far > best:
            continue
        if far < best:
            best, found = far, []
        found.append(candidate)
    if len(found) > 1:
        return f"(Did you mean one of {', '.join(found)}?)\n"
    return f"(Did you mean {found[0]}?)\n" if found else ""


def distance(first: str, second: str) -> int:
    """Count the keystrokes between two words; swapping neighbours counts once.

    >>> distance("chnage", "change"), distance("st", "list")
    (1, 2)
    """
    if abs(len(first) - len(second)) > _FARTHEST:
        return max(len(first), len(second))
    rows = [list(range(len(second) + 1))]
    for i, left in enumerate(first, 1):
        row = [i]
        for j, right in enumerate(second, 1):
            least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                least = min(least, rows[i - 2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


def _long_options(ctx: click.Context | None) -> tuple[str, ...]:
    """List the long options that a command shows and those of the groups around it."""
    names: list[str] = []
    while ctx is not None:
        for param in ctx.command.params:
            if isinstance(param, click.Option) and not param.hidden:
                names += [name for name in (*param.opts, *param.secondary_opts) if name.startswith("--")]
        ctx = ctx.parent if ctx.command.name != "openspec" else None
    return (*names, "--help")


def _spelled(name: str, command: click.Command | None) -> str:
    """Write an option with its short form and the name of its value."""
    for param in command.params if command is not None else ():
        if isinstance(param, click.Option) and name in param.opts:
            return f"{', '.join(sorted(param.opts, key=len))} <{(param.metavar or 'value').strip('<>').lower()}>"
    return name


def _argument(param: click.Parameter) -> str:
    """Name an argument as the help does."""
    return (getattr(param, "metavar", None) or param.name or "").strip("<>[]").lower()


def _lowered(text: str) -> str:
    """Begin with a small letter and leave out the full stop."""
    return (text[:1].lower() + text[1:]).rstrip(".")

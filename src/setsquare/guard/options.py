"""Compares options of a command line in all of their spellings."""

from __future__ import annotations

from types import MappingProxyType

_LONG = MappingProxyType(
    {
        "r": "recursive",
        "R": "recursive",
        "f": "force",
        "v": "verbose",
        "q": "quiet",
        "y": "yes",
        "a": "all",
        "g": "global",
        "i": "interactive",
    }
)


def has_flag(arguments: tuple[str, ...], flag: str) -> bool:
    """Tell whether a flag stands among arguments: split from a bundle, in long or short form, shortened, with one dash or two.

    Everything that begins with a dash counts, also after `--`: too much is found rather than too little.

    >>> [has_flag(arguments, "-f") for arguments in (("-rf",), ("--force",), ("--fo", "x"), ("-r",), ("f",))]
    [True, True, True, False, False]
    >>> has_flag(("--recursive",), "-r"), has_flag(("-R",), "-r"), has_flag(("--force-with-lease",), "--force")
    (True, True, True)
    """
    name, has_value, value = flag.lstrip("-").partition("=")
    if len(name) == 1 and not flag.startswith("--"):
        return any(_is_short(argument, name) or _is_long(argument, _LONG.get(name, "")) for argument in arguments)
    shorts = [short for short, long in _LONG.items() if long == name]
    for argument in arguments:
        if has_value and argument.lstrip("-") == f"{name}={value}":
            return True
        if not has_value and (_is_long(argument, name) or any(_is_short(argument, short) for short in shorts)):
            return True
    return False


def uses_option(arguments: tuple[str, ...], names: frozenset[str], *, bundles: bool = True) -> str:
    """Find the first argument that is one of the named options in any spelling; empty when there is none.

    `bundles` says that the program takes several short options behind one dash.

    >>> uses_option(("-u", "--compress-prog=sh"), frozenset({"o", "compress-program"})), uses_option(("-uo", "x"), frozenset({"o"}))
    ('--compress-prog=sh', '-uo')
    """
    for argument in arguments:
        name = argument.lstrip("-").partition("=")[0]
        if argument.startswith("--"):
            if name and any(option.startswith(name) for option in names if len(option) > 1):
                return argument
        elif argument.startswith("-") and (name in names or (bundles and any(character in names for character in name))):
            return argument
    return ""


def _is_short(argument: str, letter: str) -> bool:
    """Tell whether a bundle of short flags holds a letter; `r` and `R` are one."""
    if not argument.startswith("-") or argument.startswith("--"):
        return False
    letters = argument[1:].partition("=")[0]
    return letter in letters or (letter in "rR" and ("r" in letters or "R" in letters))


def _is_long(argument: str, name: str) -> bool:
    """Tell whether an argument is a long flag, shortened, or prolonged by a dash (`--force-with-lease` is still force)."""
    if not name or not argument.startswith("-"):
        return False
    given = argument.lstrip("-").partition("=")[0]
    if argument.startswith("--"):
        return bool(given) and (name.startswith(given) or given.startswith(f"{name}-"))
    return given == name

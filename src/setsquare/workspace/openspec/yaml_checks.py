"""Checks the shape of a small YAML or JSON document, and words what is wrong as programs that read OpenSpec's messages expect it.

Source: messages of OpenSpec 1.13.2, observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import UNSET

Check = Callable[[object, str], Iterator[str]]
"""Names the problems of a value that stands at a place such as `stores.a`; the value is `UNSET` where nothing stands."""


def problems(value: object, check: Check, root: str = "root") -> str:
    """Join all problems of a document; empty when there is none. `root` names the document itself.

    >>> problems({"version": 2, "x": 1}, strict({"version": constant(1)}))
    'version: Invalid input: expected 1; root: Unrecognized key: "x"'
    """
    return "; ".join(f"{root}{problem}" if problem.startswith(":") else problem for problem in check(value, ""))


def text(*, least: int = 0) -> Check:
    """Ask for a string of at least so many characters."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where}: Invalid input: expected string, received {kind(value)}"
        elif len(value) < least:
            yield f"{where}: Too small: expected string to have >={least} characters"

    return check


def constant(expected: int | str) -> Check:
    """Ask for one value."""

    def check(value: object, where: str) -> Iterator[str]:
        if isinstance(value, bool) or value != expected:
            yield f"{where}: Invalid input: expected {_quoted(expected)}"

    return check


def choice(*options: str) -> Check:
    """Ask for one of several words."""

    def check(value: object, where: str) -> Iterator[str]:
        if value not in options:
            yield f"{where}: Invalid option: expected one of {'|'.join(map(_quoted, options))}"

    return check


def optional(inner: Check) -> Check:
    """Let the value be missing."""

    def check(value: object, where: str) -> Iterator[str]:
        if value is not UNSET:
            yield from inner(value, where)

    return check


def record(inner: Check) -> Check:
    """Ask for a mapping of any names to values of one shape."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: Invalid input: expected record, received {kind(value)}"
            return
        for key, item in value.items():
            yield from inner(item, _below(where, str(key)))

    return check


def array(inner: Check) -> Check:
    """Ask for a list of values of one shape."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where}: Invalid input: expected array, received {kind(value)}"
            return
        for index, item in enumerate(value):
            yield from inner(item, _below(where, str(index)))

    return check


def strict(fields: Mapping[str, Check]) -> Check:
    """Ask for a mapping with these names and no other."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: Invalid input: expected object, received {kind(value)}"
            return
        for key, inner in fields.items():
            yield from inner(value.get(key, UNSET), _below(where, key))
        unknown = [_quoted(str(key)) for key in value if key not in fields]
        if unknown:
            yield f"{where}: Unrecognized key{'' if len(unknown) == 1 else 's'}: {', '.join(unknown)}"

    return check


def kind(value: object) -> str:
    """Name a value's kind as JavaScript does.

    >>> kind(None), kind(UNSET), kind(True), kind([])
    ('null', 'undefined', 'boolean', 'array')
    """
    if value is UNSET:
        return "undefined"
    if value is None:
        return "null"
    names: tuple[tuple[type, str], ...] = (
        (bool, "boolean"),
        (str, "string"),
        (int, "number"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for type_, name in names if isinstance(value, type_)), "unknown")


def why_no_yaml(error: ValueError) -> str:
    r"""Word in one line why a text is no YAML.

    >>> why_no_yaml(ValueError('found a tab\n  in "<unicode string>", line 2'))
    'found a tab, line 2'
    """
    return " ".join(str(error).split()).replace(' in "<unicode string>",', ",")


def plain_yaml(value: str) -> str:
    """Write a string as a value of a YAML line: as it stands where that reads back the same, else in quotes.

    >>> plain_yaml("/s/team"), plain_yaml("true"), plain_yaml("a: b")
    ('/s/team', '"true"', '"a: b"')
    """
    from setsquare.workspace.openspec.yaml_values import read_yaml  # noqa: PLC0415  (start-up: only a write needs it)

    if value.isprintable():
        try:
            if read_yaml(f"- {value}\n") == [value] and read_yaml(f"k: {value}\n") == {"k": value}:
                return value
        except ValueError:
            pass
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(letter: str) -> str:
    """Write a letter within double quotes; half of a pair, which no file in UTF-8 can hold, stays."""
    number = ord(letter)
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable() or 0xD800 <= number <= 0xDFFF:
        return letter
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _quoted(value: int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)

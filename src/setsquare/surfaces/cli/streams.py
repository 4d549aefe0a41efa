"""Writes to standard output as it is: a terminal or a pipe, closed, full, or in an old encoding."""

from __future__ import annotations

import io
import os
import re
import sys

from setsquare.errors import StorageFailed
from setsquare.surfaces.cli.style import is_coloured, safe

_OUR_COLOURS = re.compile(r"(\x1b\[(?:0|1|2|3[1-6])(?:;(?:1|2|3[1-6]))*m)")
_PLAIN = str.maketrans("✓✗⊘·–—…→•│", "+x!---~>*|")
"""Signs of the same width for encodings that lack ours."""


class OutputFailed(StorageFailed):
    """Standard output cannot be written, so not even an error document can go there."""


def prepare() -> None:
    """Make both streams writable: what nobody reads is thrown away, what an encoding lacks is escaped, so that no output can fail a command."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def columns() -> int | None:
    """Give the width of the terminal, `None` where the output is no terminal."""
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415  (start-up: it loads what packs archives)

    return shutil.get_terminal_size().columns


def write_text(text: str) -> None:
    """Write text for people; only our own colours reach the terminal, and signs that the encoding lacks become plainer ones.

    Raises:
        OutputFailed: the output cannot be written, such as on a full disk.
    """
    _write(spelled(shielded(text, is_coloured=is_coloured()), sys.stdout.encoding or "utf-8"))


def write_document(text: str) -> None:
    """Write a document for programs, always in UTF-8 whatever the locale says.

    Raises:
        OutputFailed: the output cannot be written, such as on a full disk.
    """
    _write(text.encode("utf-8", "replace"))


def write_error(text: str) -> None:
    """Write a message to standard error, made safe for a terminal."""
    sys.stderr.write(spelled(shielded(text, is_coloured=False), sys.stderr.encoding or "utf-8"))


def shielded(text: str, *, is_coloured: bool) -> str:
    r"""Make control characters visible, our own colours excepted where colours are on.

    >>> shielded("\x1b[1mok\x1b[0m \x1b[2J", is_coloured=True)
    '\x1b[1mok\x1b[0m \\x1b[2J'
    >>> shielded("\x1b[1mok", is_coloured=False)
    '\\x1b[1mok'
    """
    parts = _OUR_COLOURS.split(text) if is_coloured else [text]
    return "".join(part if index % 2 else _shielded_lines(part) for index, part in enumerate(parts))


def _shielded_lines(text: str) -> str:
    """Make every line safe; most are already, which is quick to tell."""
    return "\n".join(line if line.isprintable() else safe(line) for line in text.split("\n"))


def spelled(text: str, encoding: str) -> str:
    """Replace our signs where an encoding lacks them.

    >>> spelled("✓ a → b", "ascii"), spelled("✓ a → b", "utf-8")
    ('+ a > b', '✓ a → b')
    """
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN)
    return text


def _write(output: str | bytes) -> None:
    """Write and flush; a reader that went away has seen enough."""
    try:
        if isinstance(output, str):
            sys.stdout.write(output)
        elif hasattr(sys.stdout, "buffer"):
            sys.stdout.flush()
            sys.stdout.buffer.write(output)
        else:
            sys.stdout.write(output.decode())
        sys.stdout.flush()
    except BrokenPipeError:
        discard()
    except OSError as error:
        discard()
        reason = error.strerror or str(error)
        raise OutputFailed(
            f"The output cannot be written: {reason}.", "Make room or choose another place for it, then run it again."
        ) from error


def discard() -> None:
    """Let what is still buffered, and what follows, go nowhere, so that the end of the process does not fail on it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)

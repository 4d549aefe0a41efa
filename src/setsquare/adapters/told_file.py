"""Remembers what people were told in a file of the state folder: a digest of the key in each line, lines are only ever added.

The last line of a key counts: the digest alone says told, `~` before it that telling has begun, `-` that it failed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "iam-alerts.txt"
"""The name of the file."""
_BEGUN, _FAILED = "~", "-"


class FileTold:
    """Keeps keys in a folder; `None` keeps them nowhere, so that people are told again."""

    def __init__(self, folder: str | None) -> None:
        """Take the state folder."""
        self._file = Path(folder) / FILE if folder is not None else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a lock of the kernel, which ends with its process, however that ends."""
        with contextlib.ExitStack() as held:
            if self._file is not None:
                with contextlib.suppress(OSError):
                    self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    lock = held.enter_context(self._file.with_suffix(".lock").open("a", encoding="ascii"))
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def untold(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those whose last line does not say told."""
        marks = self._marks()
        return tuple(dict.fromkeys(key for key in keys if marks.get(_digest(key)) != ""))

    def cut_off(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give those whose last line says begun."""
        marks = self._marks()
        return tuple(dict.fromkeys(key for key in keys if marks.get(_digest(key)) == _BEGUN))

    def begin(self, keys: Iterable[str]) -> None:
        """Add lines that say begun."""
        self._add(keys, _BEGUN)

    def remember(self, keys: Iterable[str]) -> None:
        """Add lines that say told."""
        self._add(keys, "")

    def give_up(self, keys: Iterable[str]) -> None:
        """Add lines that say failed."""
        self._add(keys, _FAILED)

    def _marks(self) -> dict[str, str]:
        """Read the last mark of each digest; what is no line of ours, such as the half of one, tells nothing."""
        marks: dict[str, str] = {}
        if self._file is not None:
            # A file that cannot be read tells too much, never too little.
            with contextlib.suppress(OSError):
                for line in self._file.read_text("ascii", "replace").split("\n"):
                    mark = line[:1] if line.startswith((_BEGUN, _FAILED)) else ""
                    marks[line[len(mark) :]] = mark
        return marks

    def _add(self, keys: Iterable[str], mark: str) -> None:
        lines = "".join(f"{mark}{_digest(key)}\n" for key in dict.fromkeys(keys))
        if self._file is not None and lines:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._file.open("a", encoding="ascii") as file:
                    file.write(lines)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

"""Follows in which folders a shell text may stand, so that a relative path is judged wherever it may lead.

Source: safety.md AT30 (the effect of a command differs by its folder).
"""

from __future__ import annotations

from setsquare.guard.globs import braces_expanded
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.words import Word
from setsquare.text.paths import RelPath, joined

_MOST_FOLDERS = 16


class Locations:
    """The folders in which the next command may stand; after a `cd` both the old and the new one, because it may fail."""

    def __init__(self, root: str = "") -> None:
        """Start in the workspace's folder; `root` is its absolute path, if known."""
        self.root = root
        self.folders: tuple[str, ...] = ("",)
        self.is_lost = False

    def move(self, words: tuple[Word, ...]) -> None:
        """Follow a `cd`; one whose target is computed, outside or elsewhere loses the place."""
        targets = tuple(word for word in words if not word.text.startswith("-") or word.text == "-")
        if len(targets) != 1 or not targets[0].is_literal or targets[0].text in ("-", ""):
            self.is_lost = True
            return
        found = [self._place(folder, targets[0].text) for folder in self.folders]
        inside = tuple(place for place in found if not isinstance(place, BadPath))
        self.is_lost = self.is_lost or len(inside) < len(found)
        self.folders = tuple(dict.fromkeys((*self.folders, *inside)))
        self.is_lost = self.is_lost or len(self.folders) > _MOST_FOLDERS

    def targets(self, word: Word) -> tuple[RelPath | BadPath, ...]:
        """List the places that a command changes by a word; file names that are matched when it runs cannot be told."""
        if word.globs:
            return (BadPath("computed-path", f"which files `{word.text}` names is told when it runs"),)
        return self.of(word)

    def of(self, word: Word) -> tuple[RelPath | BadPath, ...]:
        """List the places that a word may name.

        >>> here = Locations("/w")
        >>> here.move((Word(text="src"),))
        >>> here.of(Word(text="a.py")), here.of(Word(text="$X", expands=True))[0].rule
        (('a.py', 'src/a.py'), 'computed-path')
        """
        if word.expands:
            return (BadPath("computed-path", f"which file `{word.text}` names is computed when it runs"),)
        texts = (braces_expanded(word.text) or (word.text,)) if word.has_braces else (word.text,)
        places: list[RelPath | BadPath] = [self._place(folder, text) for text in texts for folder in self.folders]
        if self.is_lost and not word.text.startswith("/"):
            places.append(BadPath("computed-path", "in which folder the command stands cannot be told"))
        return tuple(dict.fromkeys(places))

    def _place(self, folder: str, text: str) -> RelPath | BadPath:
        """Read a path as seen from a folder of the workspace."""
        return normalised(text if text.startswith(("/", "~")) else joined(folder, text or "."), self.root)

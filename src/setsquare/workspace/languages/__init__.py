"""Every language pack: a file beside this one that defines `LANGUAGE` is one, so a new language is a new file and nothing else.

Languages without a pack are rows of `others.py`: the parts of their files are found, their sentences are not judged.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from setsquare.workspace.languages.pack import Language

_NOT_A_PACK: Final = frozenset({"pack", "others"})


def _found() -> tuple[Language, ...]:
    """Import the packs; English first, the others by code."""
    names = {module.name for module in pkgutil.iter_modules(__path__)} - _NOT_A_PACK
    ordered = sorted(names, key=lambda name: (name != "en", name))
    # Found by its file, so that a language needs no second place.
    packs = [importlib.import_module(f"{__name__}.{name}").LANGUAGE for name in ordered]  # noqa: TID251  (a pack is found by its file)
    return tuple(pack for pack in packs if isinstance(pack, Language))


LANGUAGES: Final = _found()
"""The packs; English first, the others by code."""

"""Finds the corpus of real workspaces."""

from __future__ import annotations

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def corpus_folder(named: str = "") -> Path | None:
    """Give the named folder, the one that `SETSQUARE_CORPUS` names, or the one beside the project; nothing where it has no `workspaces`."""
    named = named or os.environ.get("SETSQUARE_CORPUS", "")
    folder = Path(named) if named else BESIDE
    return folder if (folder / "workspaces").is_dir() else None


def repositories(corpus: Path) -> list[Path]:
    """List the folders of the repositories, sorted."""
    return sorted(path for path in (corpus / "workspaces").iterdir() if path.is_dir())


def repository_name(folder: Path | str) -> str:
    """Name a repository as its host does.

    >>> repository_name("acme+shop")
    'acme/shop'
    """
    return Path(folder).name.replace("+", "/", 1)

"""Chooses where the state of a workspace lies: runs, checkpoints, trust. Never in the workspace."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH111, PTH117, PTH118, PTH119

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping

from setsquare.errors import StorageFailed, Usage


def workspace_id(folder: str) -> str:
    """Name a workspace by its real path: 16 hexadecimal digits, a dash and the folder's name."""
    real = os.path.realpath(folder)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.basename(real)).strip(".-")[:64] or "workspace"
    return f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}-{name}"


def state_folder(folder: str, environment: Mapping[str, str]) -> str:
    """Choose the state folder: `<id>` below `$SETSQUARE_STATE`, else below `$XDG_STATE_HOME/setsquare`, else below `~/.local/state/setsquare`.

    Nothing is made. `<id>` names the workspace, so that workspaces that share a place see neither each other's runs nor each other's trust.

    Raises:
        Usage: the choice lies in the workspace, where what the workspace contains could forge it, or is not absolute.
    """
    real = os.path.realpath(folder)
    chosen = state_root(environment)
    place = os.path.realpath(os.path.join(chosen, workspace_id(real)))
    if place == real or place.startswith(real.rstrip("/") + "/"):
        raise Usage(f"the state folder {place} lies in the workspace", "set SETSQUARE_STATE to a folder outside of the workspace")
    return place


def state_root(environment: Mapping[str, str]) -> str:
    """Choose the folder that holds the state folders of all workspaces.

    Raises:
        Usage: the choice is not absolute.
    """
    chosen = environment.get("SETSQUARE_STATE", "")
    if not chosen:
        states = environment.get("XDG_STATE_HOME", "")
        if not os.path.isabs(states):  # Source: XDG Base Directory Specification: a relative path is ignored
            states = os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".local", "state")
        chosen = os.path.join(states, "setsquare")
    if not os.path.isabs(chosen):
        raise Usage(
            f"the state folder {chosen!r} is not an absolute path", "set SETSQUARE_STATE to an absolute path outside of the workspace"
        )
    return chosen


def made_state_folder(folder: str, environment: Mapping[str, str]) -> str:
    """Choose the state folder and make it, readable by its owner only.

    Raises:
        Usage: see `state_folder`.
        StorageFailed: it cannot be made.
    """
    place = state_folder(folder, environment)
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"cannot make the state folder {place}: {error}", "set SETSQUARE_STATE to a folder that can be written"
        ) from error
    return place

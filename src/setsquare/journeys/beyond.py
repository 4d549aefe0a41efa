"""What other checkouts add to a workspace, for a journey that reads them only when it is asked to."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.spec.code_notes import CodeNote
from setsquare.workspace.model import Workspace


class Beyond(Struct, frozen=True, kw_only=True):
    """Other checkouts as they are now: `joined` puts their specs into a state of the workspace, `notes` are what their code names."""

    joined: Callable[[Workspace], Workspace]
    notes: tuple[CodeNote, ...] = ()

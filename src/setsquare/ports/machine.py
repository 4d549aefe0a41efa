"""What can be asked of the machine that Setsquare runs on."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.workspace.settings import ModelProfile


class BackendState(Struct, frozen=True, kw_only=True):
    """How a sandbox backend stands here. `tested` says where the project's tests ran on it, empty where none did.

    `works` means that a confined command ran just now; `is_chosen` that commands run in it.
    """

    name: str
    is_present: bool
    works: bool
    is_chosen: bool
    supports_hosts: bool
    tested: str
    lacks: tuple[str, ...]


class StatePlace(Struct, frozen=True, kw_only=True):
    """Where runs, checkpoints and trust are kept: `problem` is empty when it can be written. Sizes are in bytes, `-1` when unknown."""

    path: str
    problem: str = ""
    free_bytes: int = -1
    skew_s: float = 0.0


class KeyState(Struct, frozen=True, kw_only=True):
    """The variable that holds a profile's key, by name only; empty when the provider needs none. `problem` says why it cannot be used."""

    variable: str
    is_set: bool
    problem: str = ""


class Machine(Protocol):
    """Answers questions about this machine; nothing of the workspace is run."""

    def setsquare(self) -> str:
        """Give Setsquare's own version."""
        ...

    def python(self) -> str:
        """Give the version of Python."""
        ...

    def git(self) -> str:
        """Give the version of git, empty when it is missing."""
        ...

    def backends(self) -> tuple[BackendState, ...]:
        """Try every sandbox backend with a confined command in a folder of its own."""
        ...

    def choice(self) -> str:
        """Say what is wrong with the backend that the person's environment names, empty when nothing is."""
        ...

    def state(self) -> StatePlace:
        """Try to write where state is kept; `skew_s` is how far the file system's clock is ahead."""
        ...

    def extras(self) -> tuple[tuple[str, bool], ...]:
        """Name each optional part, and whether it is installed."""
        ...

    def key(self, profile: ModelProfile) -> KeyState:
        """Say whether the key of a model profile is there."""
        ...

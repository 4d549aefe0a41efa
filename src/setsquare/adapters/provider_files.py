"""Remembers how the hosts that answer for models fare, in one small file each, and counts the calls in flight by locks.

The files lie beside the state folders of all workspaces, because a host is the same one for all of them. A file exists only while there is
something to remember: a host that answers costs nothing.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH105, PTH108, PTH118, PTH120

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from setsquare.adapters.file_lock import FileLock
from setsquare.adapters.models import PROVIDERS
from setsquare.ports.clock import Clock
from setsquare.ports.providers import NoSlot, Outcome, Slot
from setsquare.usage.breaker import POLICY, Health, admit, admit_retry, failed, given_up, key_refused, let_go, succeeded
from setsquare.workspace.settings import ModelProfile

_LOCK_S = 0.5
_LIMIT_BYTES = 65_536
_MOST_SLOTS = 256


class FileSlot:
    """A lock that is held while a call is in flight."""

    def __init__(self, descriptor: int) -> None:
        """Take the locked file."""
        self._descriptor = descriptor

    def close(self) -> None:
        """Let it go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class FileProviders:
    """Health in `<root>/providers/<host>/health.json`, slots in the files `slot-N` beside it."""

    def __init__(self, root: str, clock: Clock) -> None:
        """Keep it below the folder that holds the state of all workspaces."""
        self._folder = os.path.join(root, "providers")
        self._clock = clock

    def is_admitted(self, profile: ModelProfile, *, is_retry: bool = False) -> bool:
        """Tell whether a request may go to the profile's host now."""
        decide = admit_retry if is_retry else admit
        found = True

        def change(health: Health) -> Health:
            nonlocal found
            after, found = decide(health, self._clock.monotonic_s())
            return after

        self._changed(profile, change, makes=is_retry)
        return found

    def note(self, profile: ModelProfile, outcome: Outcome) -> int:
        """Take in how a request ended; give how often in a row the host has refused a key."""
        now_s = self._clock.monotonic_s()
        changes: dict[Outcome, Callable[[Health], Health]] = {
            Outcome.ANSWERED: succeeded,
            Outcome.FAILED: lambda health: failed(health, now_s),
            Outcome.GIVEN_UP: lambda health: given_up(health, now_s),
            Outcome.KEY_REFUSED: key_refused,
            Outcome.NOT_SENT: let_go,
        }
        is_bad = outcome in {Outcome.FAILED, Outcome.GIVEN_UP, Outcome.KEY_REFUSED}
        return self._changed(profile, changes[outcome], makes=is_bad).refused_keys

    def slot(self, profile: ModelProfile) -> Slot | None:
        """Take one of the host's slots; where there can be no lock, calls are not counted."""
        place = self._place(profile)
        for number in range(min(profile.max_concurrent, _MOST_SLOTS)):
            try:
                descriptor = _opened(os.path.join(place, f"slot-{number}"))
            except OSError:
                return NoSlot()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            except OSError:
                os.close(descriptor)
                return NoSlot()
            else:
                return FileSlot(descriptor)
        return None

    def _place(self, profile: ModelProfile) -> str:
        """Name the folder of a profile's host."""
        return os.path.join(self._folder, hashlib.sha256(host_of(profile).encode("utf-8", "replace")).hexdigest()[:24])

    def _changed(self, profile: ModelProfile, change: Callable[[Health], Health], *, makes: bool) -> Health:
        """Change what is remembered of a host; what cannot be locked or written is decided for this once and forgotten."""
        place = self._place(profile)
        path = os.path.join(place, "health.json")
        if not makes and not os.path.lexists(path):
            return change(Health())
        try:
            with FileLock(os.path.join(place, "lock")).held(_LOCK_S):
                before = _read(path)
                after = change(before)
                if after != before:
                    _write(path, after)
                return after
        except OSError:
            return change(_read(path))


def host_of(profile: ModelProfile) -> str:
    """Name the host that a profile's calls go to, with its port.

    >>> host_of(ModelProfile(name="a", provider="anthropic", model="m"))
    'api.anthropic.com'
    """
    name = profile.provider.strip().lower()
    usual = next((provider.base_url for provider in PROVIDERS if provider.name == name), "")
    with contextlib.suppress(ValueError):
        return urlsplit((profile.base_url or usual).strip()).netloc.rpartition("@")[2].lower() or name
    return name


def _opened(path: str) -> int:
    """Open a lock file, made where it is missing."""
    flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


def _read(path: str) -> Health:
    """Read what is remembered; what cannot be read is nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return Health()
    try:
        return msgspec.json.decode(os.read(descriptor, _LIMIT_BYTES), type=Health)
    except (OSError, msgspec.MsgspecError):
        return Health()
    finally:
        os.close(descriptor)


def _write(path: str, health: Health) -> None:
    """Put the file in its place whole; nothing to remember is no file."""
    if health == Health() and health.retries >= POLICY.retry_store:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return
    beside = f"{path}.{os.getpid()}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(health))
    finally:
        os.close(descriptor)
    os.replace(beside, path)

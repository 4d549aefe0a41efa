"""Fakes of the ports that keep something: all that they keep is the state of one world, as a disk and a repository would hold it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from setsquare.errors import GitFailed, StalePlan, StorageFailed, Unreadable
from setsquare.events.entry import Entry, decode_entry, encode_entry
from setsquare.events.facts import Event
from setsquare.ports.files import Snapshot
from setsquare.ports.git import CommitRequest, TreeChange
from setsquare.ports.history import Commit
from setsquare.ports.trees import Difference, Held, Recorded
from setsquare.ports.trust import TrustRecord
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, digest

if TYPE_CHECKING:
    from tests.unit.journeys.acting import FakeClock
    from tests.unit.journeys.world import World


class KilledError(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def named(files: dict[str, bytes], salt: int = 0) -> str:
    return hashlib.sha1(repr((sorted(files.items()), salt)).encode(), usedforsecurity=False).hexdigest()


class FakeHistory:
    """The history of a folder that lies in no repository."""

    def resolve(self, ref: str) -> str:
        raise GitFailed(f"cannot read {ref!r} from the history: there is no repository", "run `git init` there")

    def base(self, ref: str) -> str:
        return self.resolve(ref)

    def tree(self, ref: str, below: tuple[str, ...] = ()) -> Mapping[RelPath, bytes]:
        del below
        return {RelPath(""): self.resolve(ref).encode()}

    def changed(self, ref: str) -> tuple[TreeChange, ...]:
        return (TreeChange(RelPath(""), self.resolve(ref)),)

    def commits(self, paths: tuple[RelPath, ...] = (), since: str = "", limit: int = 1000) -> tuple[Commit, ...]:
        del paths, since, limit
        return ()


class FakeFiles:
    def __init__(self, world: World) -> None:
        self._world = world

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        return Snapshot({RelPath(path): raw for path, raw in self._world.files.items() if path.startswith((".kiro", ".setsquare"))})

    def read(self, path: RelPath) -> bytes | None:
        return self._world.files.get(path)

    def exists(self, path: RelPath) -> bool:
        return path in self._world.files or any(other.startswith(f"{path}/") for other in self._world.files)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        found = sorted(path for path in self._world.files if not below or path.startswith(f"{below}/"))
        return tuple(RelPath(path) for path in found[:limit])

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        return tuple(RelPath(path) for path in sorted(self._world.files) if is_wanted(path))

    def apply(self, plan: Plan) -> None:
        new: dict[str, bytes] = {}
        gone: set[str] = set()
        for change in plan.changes:
            raw = self._world.files.get(change.path)
            if (None if raw is None else digest(raw)) != change.expects:
                raise StalePlan(f"{change.path} is not as it was.", "Run the command again.")
            if self._world.full_disk(change.path):
                raise StorageFailed(f"Cannot write {change.path}: the disk is full.", "Make room.")
            gone |= {change.path} if change.is_removal else set()
            new[change.path] = change.applied(raw or b"")
        self._world.files.update(new)
        for path in gone:
            del self._world.files[path]


class FakeGit:
    def __init__(self, world: World) -> None:
        self._world = world

    def _head(self) -> dict[str, bytes]:
        return self._world.commits[-1][2] if self._world.commits else {}

    def head(self) -> str:
        return self._world.commits[-1][0] if self._world.commits else ""

    def is_repository(self) -> bool:
        return self._world.has_repository

    def dirty(self, paths: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
        return tuple(path for path in paths if self._head().get(path) != self._world.files.get(path))

    def uncommitted(self, recorded: Mapping[RelPath, str]) -> tuple[RelPath, ...]:
        return self.dirty(tuple(RelPath(path) for path in sorted({*self._head(), *recorded})))

    def commit(self, request: CommitRequest) -> str:
        tree = dict(self._head())
        for path in request.paths:
            tree.pop(path, None)
            held = request.held[path] if path in request.held else self._held(path)
            if held is not None:
                tree[path] = held.raw
        if tree == self._head():
            raise GitFailed("nothing to commit", "")
        name = named(tree, len(self._world.commits))
        self._world.commits.append((name, request.message, tree))
        return name

    def _held(self, path: RelPath) -> Held | None:
        return Held("100644", self._world.files[path]) if path in self._world.files else None

    def tag(self, name: str, message: str) -> None:
        pass

    def show(self, ref: str, path: RelPath) -> bytes | None:
        return next(tree for name, _, tree in reversed(self._world.commits) if ref in {name, "HEAD"}).get(path)

    def user(self) -> str:
        return "Ada <ada@example.org>"


class FakeCheckpoints:
    def __init__(self, world: World) -> None:
        self._world = world
        self._included: set[str] = set()
        self._wanted: Callable[[str], bool] = lambda _path: False

    @property
    def trees(self) -> FakeTrees:
        return FakeTrees(self._world)

    @property
    def folders(self) -> FakeFolders:
        return FakeFolders()

    def include(self, path: RelPath) -> None:
        self._included.add(path)

    def watch(self, is_wanted: Callable[[str], bool], below: tuple[RelPath, ...]) -> None:
        del below
        self._wanted = is_wanted

    def watched(self) -> frozenset[RelPath]:
        return frozenset(RelPath(path) for path in self._world.files if self._is_watched(path))

    def _is_watched(self, path: str) -> bool:
        return path.startswith("ignored/") and (path in self._included or self._wanted(path))

    def take(self, only: tuple[RelPath, ...] = ()) -> str:
        self._world.takes += not only
        included = only or self._included
        self._included |= {path for path in self._world.files if self._is_watched(path)}
        tree = {path: raw for path, raw in self._world.files.items() if path in included or not (only or path.startswith("ignored/"))}
        name = named(tree)
        self._world.trees[name] = tree
        return name

    def changes(self, old: str, new: str) -> tuple[TreeChange, ...]:
        before, after = self._world.trees[old], self._world.trees[new]
        paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return tuple(TreeChange(RelPath(p), "added" if p not in before else "deleted" if p not in after else "modified") for p in paths)

    def read(self, tree: str, path: RelPath) -> bytes | None:
        return self._world.trees[tree].get(path)

    def files(self, tree: str) -> Mapping[RelPath, str]:
        return {RelPath(path): digest(raw) for path, raw in self._world.trees[tree].items()}

    def restore(self, tree: str, paths: tuple[RelPath, ...]) -> None:
        for path in paths:
            self._world.files.pop(path, None)
            if path in self._world.trees[tree]:
                self._world.files[path] = self._world.trees[tree][path]


class FakeTrees:
    """Names bytes by themselves."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _records(self, tree: str) -> dict[RelPath, Recorded]:
        return {RelPath(path): Recorded("100644", raw.hex()) for path, raw in self._world.trees[tree].items()}

    def compared(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[Difference, ...], ...]:
        return tuple(self._compared(self._records(old), self._records(new)) for old, new in pairs)

    def _compared(self, old: Mapping[RelPath, Recorded], new: Mapping[RelPath, Recorded]) -> tuple[Difference, ...]:
        paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
        return tuple(Difference(path=path, old=old.get(path), new=new.get(path)) for path in paths)

    def renames(self, old: str, new: str) -> Mapping[RelPath, RelPath]:
        before, after = self._world.trees[old], self._world.trees[new]
        return {
            RelPath(path): RelPath(other)
            for path, raw in before.items()
            for other in after
            if path not in after and other not in before and after[other] == raw
        }

    def entries(self, tree: str) -> Mapping[RelPath, Recorded]:
        return self._records(tree)

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        return {name: len(name) // 2 for name in names}

    def contents(self, names: Iterable[str]) -> Mapping[str, bytes]:
        return {name: bytes.fromhex(name) for name in names}

    def record(self, files: Mapping[RelPath, Held]) -> str:
        made: dict[str, bytes] = {path: held.raw for path, held in files.items()}
        name = named(made)
        self._world.trees[name] = made
        return name


class FakeFolders:
    def empty(self) -> tuple[RelPath, ...]:
        return ()

    def put(self, made: tuple[RelPath, ...], removed: tuple[RelPath, ...]) -> None:
        pass


class FakeJournal:
    def __init__(self, world: World, run: str, clock: FakeClock) -> None:
        self._world, self._run, self._clock = world, run, clock

    def append(self, actor: str, event: Event, *, is_deferred: bool = False) -> Entry:
        world, lines = self._world, self._world.journals[self._run]
        if world.full_disk("journal"):
            raise StorageFailed("Cannot write the journal: the disk is full.", "Make room.")
        world.appended += 1
        is_end = world.appended == world.kill_at
        entry = Entry(seq=len(lines) + 1, at=self._clock.now(), actor=actor, event=event)
        if not is_end or world.is_kept:
            lines.append(encode_entry(entry))
        if is_end:
            raise KilledError
        return entry

    def claim(self) -> None:
        pass

    def close(self) -> None:
        pass

    def entries(self) -> Iterator[Entry]:
        return iter([decode_entry(line) for line in self._world.journals[self._run]])


class FakeJournals:
    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world, self._clock = world, clock

    def create(self, run: str) -> FakeJournal:
        self._world.journals[run] = []
        return FakeJournal(self._world, run, self._clock)

    def open(self, run: str) -> FakeJournal:
        if run not in self._world.journals:
            raise Unreadable(f"There is no run `{run}`.", "")
        return FakeJournal(self._world, run, self._clock)

    def salvaged(self, run: str) -> tuple[Event, ...]:
        return tuple(entry.event for line in self._world.journals.get(run, []) for entry in _readable(line))

    def set_aside(self, run: str) -> str:
        del self._world.journals[run]
        return f"{run}.aside"

    def runs(self) -> tuple[str, ...]:
        return tuple(self._world.journals)


def _readable(line: bytes) -> Iterator[Entry]:
    with contextlib.suppress(msgspec.MsgspecError):
        yield decode_entry(line)


class FakeTrust:
    def __init__(self, world: World) -> None:
        self._world = world

    def current(self) -> TrustRecord | None:
        return self._world.trusted

    def grant(self, record: TrustRecord) -> None:
        self._world.trusted = record

    def revoke(self) -> None:
        self._world.trusted = None

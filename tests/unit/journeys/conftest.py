"""A workspace in memory with every port as a small fake, so that faults can be planted anywhere."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest

from setsquare.errors import GitFailed, StalePlan, StorageFailed, Unreadable
from setsquare.events.conversation import AssistantMessage, Reply, ToolCall
from setsquare.events.entry import Entry, decode_entry, encode_entry
from setsquare.events.facts import Event
from setsquare.journeys.app import App
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import grant
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.ports.files import Snapshot
from setsquare.ports.git import CommitRequest, TreeChange
from setsquare.ports.history import Commit
from setsquare.ports.language_model import Request
from setsquare.ports.sandbox import Confinement, Execution
from setsquare.ports.symbols import Symbol
from setsquare.ports.trees import Difference, Held, Recorded
from setsquare.ports.trust import TrustRecord
from setsquare.spec.stage import APPROVED_STAGES
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, digest

REQUIREMENTS = b"""# Requirements Document

## Introduction

A login.

## Requirements

### Requirement 1: Login

**User Story:** As a user, I want to log in, so that I can work.

#### Acceptance Criteria

1. WHEN a user logs in THEN the system SHALL issue a token.
2. IF the password is wrong THEN the system SHALL refuse the login.
"""
DESIGN = b"# Design Document\n\n## Overview\n\nA module `src/login.py`.\n\n## Tokens\n\nRequirement 1.1 is met by `issue`.\n"
TASKS = b"""# Implementation Plan

- [ ] 1. Issue a token
  - Write `src/login.py`
  - _Requirements: 1.1_
- [ ] 2. Refuse wrong passwords
  - [ ] 2.1 Compare the password
    - _Requirements: 1.2_
  - [ ] 2.2 Count the refusals
    - _Requirements: 1.2_
  - [ ]* 2.3 Write a property test
    - _Requirements: 1.2_
"""
SETTINGS = b"""{
  "agent": {"autonomyLevel": "full", "maxSelfCorrections": 2},
  "models": {
    "primary": {"provider": "scripted", "model": "recorded"},
    "fast": {"provider": "scripted", "model": "recorded"}
  },
  "verify": {"command": "check"}
}
"""
FOLDER = "/nowhere/workspace"


class KilledError(BaseException):
    """Stands for the end of the process: nothing may catch it."""


@dataclass
class World:
    """The whole state of a workspace and of the platform's own folder, and the faults to plant."""

    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[tuple[str, str, dict[str, bytes]]] = field(default_factory=list)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    journals: dict[str, list[bytes]] = field(default_factory=dict)
    trusted: TrustRecord | None = None
    turns: list[Reply | Exception | Callable[[World], Reply]] = field(default_factory=list)
    answers: Callable[[Question], Answer] = lambda _question: Answer.YES
    shell: Callable[[World, str], tuple[int, str]] = lambda _world, _command: (0, "")
    questions: list[Question] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    has_sandbox: bool = True
    has_repository: bool = True
    appended: int = 0
    kill_at: int = 0
    is_kept: bool = True
    full_disk: Callable[[str], bool] = lambda _path: False
    takes: int = 0

    def app(self) -> App:
        """A fresh process over the same disk."""
        clock = _Clock()
        return App(
            folder=FOLDER,
            files=_Files(self),
            git=_Git(self),
            history=_History(),
            checkpoints=_Checkpoints(self),
            sandbox=_Sandbox(self) if self.has_sandbox else None,
            approver=_Approver(self),
            trust=_Trust(self),
            journals=_Journals(self, clock),
            clock=clock,
            model=lambda _profile: _Model(self),
            progress=self.progress.append,
            symbols=_Symbols(),
        )

    def events(self, run: str = "") -> list[Event]:
        """The facts of a run, the last one by default."""
        lines = self.journals[run] if run else next(reversed(self.journals.values()))
        return [decode_entry(line).event for line in lines]

    def messages(self) -> list[str]:
        """The messages of the commits since the workspace was made."""
        return [message for _, message, _ in self.commits[4:]]

    def person_commits(self) -> None:
        """Commit everything as a person."""
        self.commits.append((_name(self.files, len(self.commits)), "by hand", dict(self.files)))


def _name(files: dict[str, bytes], salt: int = 0) -> str:
    return hashlib.sha1(repr((sorted(files.items()), salt)).encode(), usedforsecurity=False).hexdigest()


class _History:
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


class _Symbols:
    """Knows a language of its own: every line `def name: words` is a symbol."""

    def of(self, path: RelPath, raw: bytes) -> tuple[Symbol, ...] | None:
        if not path.endswith(".py"):
            return None
        rows = [(number, row.split(None, 2)) for number, row in enumerate(raw.decode().split("\n"), 1) if row.startswith("def ")]
        return tuple(Symbol(name=row[1].rstrip(":"), line=number, end_line=number, digest=_word(row)) for number, row in rows)

    def whole(self, path: RelPath, raw: bytes) -> str:
        return _word(raw.split()) if path.endswith(".py") else ""

    def missing(self, path: RelPath) -> str:
        return "code" if path.endswith(".ts") else ""


def _word(words: Sequence[object]) -> str:
    return hashlib.sha256(repr(list(words)).encode()).hexdigest()[:16]


class _Files:
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


class _Git:
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
        name = _name(tree, len(self._world.commits))
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


class _Checkpoints:
    def __init__(self, world: World) -> None:
        self._world = world
        self._included: set[str] = set()
        self._wanted: Callable[[str], bool] = lambda _path: False

    @property
    def trees(self) -> _Trees:
        return _Trees(self._world)

    @property
    def folders(self) -> _Folders:
        return _Folders()

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
        name = _name(tree)
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


class _Trees:
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
        name = _name(made)
        self._world.trees[name] = made
        return name


class _Folders:
    def empty(self) -> tuple[RelPath, ...]:
        return ()

    def put(self, made: tuple[RelPath, ...], removed: tuple[RelPath, ...]) -> None:
        pass


class _Journal:
    def __init__(self, world: World, run: str, clock: _Clock) -> None:
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


class _Journals:
    def __init__(self, world: World, clock: _Clock) -> None:
        self._world, self._clock = world, clock

    def create(self, run: str) -> _Journal:
        self._world.journals[run] = []
        return _Journal(self._world, run, self._clock)

    def open(self, run: str) -> _Journal:
        if run not in self._world.journals:
            raise Unreadable(f"There is no run `{run}`.", "")
        return _Journal(self._world, run, self._clock)

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


class _Clock:
    _ids = itertools.count(1)

    def __init__(self) -> None:
        self._passed_s = 0.0

    def now(self) -> str:
        return "2026-11-21T10:15:02Z"

    def monotonic_s(self) -> float:
        self._passed_s += 0.001
        return self._passed_s

    def sleep(self, wait_s: float) -> None:
        self._passed_s += wait_s

    def new_id(self) -> str:
        return f"run{next(self._ids):05d}"


class _Approver:
    def __init__(self, world: World) -> None:
        self._world = world

    def ask(self, question: Question) -> Verdict:
        self._world.questions.append(question)
        return Verdict(answer=self._world.answers(question), digest=question.digest, by="Ada")


class _Trust:
    def __init__(self, world: World) -> None:
        self._world = world

    def current(self) -> TrustRecord | None:
        return self._world.trusted

    def grant(self, record: TrustRecord) -> None:
        self._world.trusted = record

    def revoke(self) -> None:
        self._world.trusted = None


class _Sandbox:
    name = "fake"
    supports_hosts = False
    lacks: tuple[str, ...] = ()

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, argv: tuple[str, ...], confinement: Confinement, is_halted: Callable[[], bool] | None = None) -> Execution:
        self._world.commands.append(argv[-1])
        if argv[-1] == "check":
            code, output = check(self._world)
        else:
            code, output = self._world.shell(self._world, argv[-1])
        return Execution(exit_code=code, output=output.encode(), duration_s=0.01)


def check(world: World) -> tuple[int, str]:
    """The project's test command: passes when nothing under `src` is bad."""
    bad = [path for path, raw in world.files.items() if path.startswith("src/") and b"bad" in raw]
    return (1, f"== 1 failed, 2 passed in 0.1s ==\n{bad}") if bad else (0, "== 3 passed in 0.1s ==")


class _Model:
    """Gives the turn that follows the answers already in the conversation, so that a resumed run is answered alike."""

    id = "scripted:recorded"

    def __init__(self, world: World) -> None:
        self._world = world

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self._world.requests.append(request)
        given = sum(isinstance(message, AssistantMessage) for message in request.messages)
        turn = self._world.turns[min(given, len(self._world.turns) - 1)]
        if isinstance(turn, Exception):
            raise turn
        return turn if isinstance(turn, Reply) else turn(self._world)


def call(tool: str, arguments: str, number: int = 1) -> Reply:
    """A reply with one tool call."""
    return Reply(calls=(ToolCall(f"{tool}-{number}", tool, arguments),), stop="tools")


@pytest.fixture
def calling() -> Callable[..., Reply]:
    """Makes a reply with one tool call."""
    return call


@pytest.fixture
def working() -> Callable[[World], Reply]:
    """A turn that does some of each task's own work: the file that it writes differs from task to task."""
    return lambda world: call("write", f'{{"path": "src/login.py", "content": "def issue(): return {len(world.commits)}\\n"}}', 9)


@pytest.fixture
def killed() -> type[BaseException]:
    """What a planted kill raises."""
    return KilledError


@pytest.fixture
def make_world() -> Callable[..., World]:
    """Makes approved, trusted, committed workspaces."""

    def make(tasks: bytes = TASKS, settings: bytes = SETTINGS) -> World:
        world = World()
        world.files.update(
            {
                ".kiro/specs/login/requirements.md": REQUIREMENTS,
                ".kiro/specs/login/design.md": DESIGN,
                ".kiro/specs/login/tasks.md": tasks,
                ".kiro/settings.json": settings,
                "src/app.py": b"import login\n",
                "README.md": b"# App\n",
            }
        )
        world.person_commits()
        app = world.app()
        grant(app, opened(app))
        for stage in APPROVED_STAGES:
            approve_stage(app, "login", stage, "owner")
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """An approved, trusted, committed workspace with two tasks, whose model does the first one right."""
    made = make_world()
    made.turns = [
        call("read", '{"path": "src/app.py"}'),
        call("write", '{"path": "src/login.py", "content": "def issue(): return 1\\n"}'),
        Reply(text="Wrote issue(). Changed src/login.py."),
    ]
    return made

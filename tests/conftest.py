"""What every test shares: the corpus beside the project, no network by accident, and the last line that says what the corpus did."""

from __future__ import annotations

import fcntl
import functools
import gc
import itertools
import os
import re
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from setsquare.events.facts import Committed, RunFinished, RunStarted
from setsquare.journeys.app import App

# Machines are shared: how long one example takes says nothing about the property.
hypothesis.settings.register_profile("setsquare", deadline=None, derandomize=not os.environ.get("SETSQUARE_SOAK"))
hypothesis.settings.load_profile("setsquare")

MEMORY = Path("/dev/shm")
MOST_IN_MEMORY = 2 << 30
PLACES = ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
REPOSITORY = Path(__file__).resolve().parents[1]


def _in_memory() -> bool:
    """Tell whether the folders of tests can lie in memory, where programs may run: they hold very many small files, and journals wait for the disk.

    The full sets lie on the disk, so that both are tried.
    """
    if os.environ.get("SETSQUARE_SOAK") or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    room = os.statvfs(MEMORY)
    return not room.f_flag & os.ST_NOEXEC and room.f_bavail * room.f_frsize >= MOST_IN_MEMORY


def corpus_folder() -> Path | None:
    """Find the corpus of real workspaces: `$SETSQUARE_CORPUS`, else beside the project."""
    named = os.environ.get("SETSQUARE_CORPUS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "corpus"
    return folder if (folder / "workspaces").is_dir() else None


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's own folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The corpus; the test skips with a message where it is absent, and fails where it is required."""
    folder = corpus_folder()
    if folder is None:
        if os.environ.get("SETSQUARE_REQUIRE_CORPUS"):
            pytest.fail("the corpus is required and absent: set SETSQUARE_CORPUS to its folder")
        pytest.skip("the corpus of real workspaces is absent (../shared/corpus, or SETSQUARE_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def peers() -> Path:
    """The folder of scripts that stand in for other tools; the test skips with a message where it is absent."""
    named = os.environ.get("SETSQUARE_PEERS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "peers"
    if not (folder / "fake_llm.py").is_file():
        pytest.skip("the scripted model server is absent (../shared/peers, or SETSQUARE_PEERS)")
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], bytes]], bytes]:
    """Give what the first of all processes of a run made that asked for a name, in a folder that is gone then; the others wait for it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared

    def made(name: str, make: Callable[[Path], bytes]) -> bytes:
        folder, result = shared / f"once-{name}", shared / f"once-{name}.made"
        with (shared / f"once-{name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not result.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                unfinished = result.with_suffix(".part")
                unfinished.write_bytes(make(folder))
                unfinished.replace(result)
                shutil.rmtree(folder, ignore_errors=True)
        return result.read_bytes()

    return made


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a test marked `network` may open a connection, and only to the loopback address."""
    is_marked = request.node.get_closest_marker("network") is not None
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not (is_marked and host in ("127.0.0.1", "::1", "localhost")):
            msg = f"a test that is not marked `network` connects to {address!r}"
            raise AssertionError(msg)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


class _Room:
    """Gives folders below one of a session; that of a test that passed is removed at once.

    pytest's own `tmp_path` keeps the folders of all tests: hundreds of thousands of files, which a later session has to remove.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._home: Path | None = None
        self._failed = 0

    def lent(self, name: str, session: pytest.Session) -> Iterator[Path]:
        """Lend a folder to a test; it stays when the test failed."""
        failed = session.testsfailed
        made = self._folder / f"{name}{next(self._numbers)}"
        made.mkdir(0o700)
        yield made
        os.chdir(REPOSITORY)  # where a test went on its own, nobody can stay once it is gone
        if session.testsfailed == failed:
            shutil.rmtree(made, ignore_errors=True)

    def home(self, session: pytest.Session) -> Path:
        """Give what a person has at home who has nothing yet; what a test left untouched, as most do, serves the next one too."""
        if self._home is None or not _is_untouched(self._home):
            if self._home is not None and session.testsfailed == self._failed:
                shutil.rmtree(self._home, ignore_errors=True)
            self._home = self._folder / f"places{next(self._numbers)}"
            for name in PLACES:
                (self._home / name.lower()).mkdir(0o755, parents=True)
        self._failed = session.testsfailed
        return self._home


def _is_untouched(home: Path) -> bool:
    """Tell whether nothing was made at home or done to its folders."""
    folders = [home / name.lower() for name in PLACES]
    try:
        is_as_made = all(stat.S_IMODE(folder.lstat().st_mode) == 0o755 and not os.listdir(folder) for folder in folders)
        return is_as_made and len(os.listdir(home)) == len(PLACES)
    except OSError:
        return False


@pytest.fixture(scope="session")
def _room(tmp_path_factory: pytest.TempPathFactory) -> _Room:
    """Where the folders of this session's tests lie."""
    return _Room(tmp_path_factory.mktemp("each"))


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, _room: _Room) -> Iterator[Path]:
    """A folder of the test's own."""
    yield from _room.lent(re.sub(r"\W", "_", request.node.name)[:30], request.session)


def _at_home(places: Path, patch: pytest.MonkeyPatch) -> None:
    """Let what a person has at home lie in a folder, and no variable of theirs count."""
    for name in PLACES:
        patch.setenv(name, str(places / name.lower()))
    for name in ("SETSQUARE_STATE", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "NO_COLOR", "GIT_DIR", "GIT_WORK_TREE"):
        patch.delenv(name, raising=False)
    for role, what in itertools.product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")):
        patch.delenv(f"GIT_{role}_{what}", raising=False)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_places(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """What is made once for many tests does not write into the home of the person who runs them either."""
    with pytest.MonkeyPatch.context() as patch:
        _at_home(_Room(tmp_path_factory.mktemp("nobody")).home(request.session), patch)
        yield


@pytest.fixture(autouse=True)
def _own_places(_room: _Room, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the home of the person who runs it, or reads their git configuration."""
    _at_home(_room.home(request.session), monkeypatch)


class _CorpusCount:
    """Counts the corpus tests of a run, in the process that reports."""

    def __init__(self) -> None:
        self.ran = 0
        self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one test by its marker."""
        if "corpus" not in report.keywords:
            return
        if report.skipped:
            self.skipped += 1
        elif report.when == "call":
            self.ran += 1


def pytest_configure(config: pytest.Config) -> None:
    """Say where the folders of tests lie, and count corpus tests in the reporting process only; what is collected is no garbage to look for."""
    gc.disable()
    if _in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_CorpusCount(), "corpus-count")


def pytest_collection_finish() -> None:
    """What was collected lives as long as the run: the garbage collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()
    # Each client of AWS that a test makes would read the same megabytes of botocore's descriptions again.
    session = sys.modules.get("botocore.session")
    if session is not None:
        session.create_loader = functools.cache(session.create_loader)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last what the corpus tests did."""
    gc.enable()
    count = config.pluginmanager.get_plugin("corpus-count")
    if isinstance(count, _CorpusCount):
        print(f"corpus: {count.ran} run, {count.skipped} skipped")


@pytest.fixture(scope="session")
def seasoned() -> Callable[[App, str], None]:
    """Two tasks of a spec done under a person's eyes, as the journals tell it: what opens the autonomous mode."""

    def season(app: App, spec: str) -> None:
        run = "000000000000000000"
        if run in app.journals.runs():
            return
        journal = app.journals.create(run)
        begun = RunStarted(
            run=run,
            workspace=app.folder,
            spec=spec,
            tasks=("x.1", "x.2"),
            mode="supervised",
            autonomy="full",
            model="m",
            sandbox="",
            approved="",
            base="",
        )
        for event in (begun, Committed(task="x.1", commit="a"), Committed(task="x.2", commit="b"), RunFinished(step=1, outcome="done")):
            journal.append("platform", event)
        journal.close()

    return season

"""What every test shares: the corpus beside the project, no network by accident, and the last line that says what the corpus did."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from setsquare.events.facts import Committed, RunFinished, RunStarted
from setsquare.journeys.app import App

# Machines are shared: how long one example takes says nothing about the property.
hypothesis.settings.register_profile("setsquare", deadline=None, derandomize=not os.environ.get("SETSQUARE_SOAK"))
hypothesis.settings.load_profile("setsquare")

REPOSITORY = Path(__file__).resolve().parents[1]


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


@pytest.fixture(autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the home of the person who runs it, or reads their git configuration."""
    places = tmp_path_factory.mktemp("places")
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(places / name.lower()))
        (places / name.lower()).mkdir()
    for name in ("SETSQUARE_STATE", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "NO_COLOR", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    for role, what in itertools.product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")):
        monkeypatch.delenv(f"GIT_{role}_{what}", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


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
    """Count corpus tests in the reporting process only."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_CorpusCount(), "corpus-count")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last what the corpus tests did."""
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

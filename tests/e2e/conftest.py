"""Drives the command line through `main(argv)` in a fresh git repository, where needed beside a model server on the loopback address."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import msgspec
import pytest
from tests.e2e.planning import Answered, OpenSpec

from setsquare import wire
from setsquare.__main__ import main
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.events.conversation import Reply
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Question, Verdict
from setsquare.ports.language_model import Request

_spec = importlib.util.spec_from_file_location("model_server", Path(__file__).parents[1] / "contract" / "model_server.py")
assert _spec
assert _spec.loader
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


class Ran(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read standard output as JSON and hold it against its published schema."""
        value = json.loads(self.out)
        kind, name, version = value["schema"].split("/")
        assert (kind, version) == ("setsquare", "1")
        jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(value)
        return value


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with nothing but an author, to copy."""
    place = tmp_path_factory.mktemp("empty") / "project"
    place.mkdir()
    for command in (["init", "-q", "-b", "main"], ["config", "user.name", "Ada"], ["config", "user.email", "ada@example.org"]):
        subprocess.run(["git", *command], cwd=place, check=True)
    for sample in (place / ".git/hooks").glob("*.sample"):
        sample.unlink()
    return place


@pytest.fixture
def folder(empty_repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh git repository that is the current folder."""
    place = tmp_path / "project"
    shutil.copytree(empty_repository, place)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line and give its exit code and both streams."""

    def run(*argv: str) -> Ran:
        capsys.readouterr()
        code = main(list(argv))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that the test can look into, with the folders of settings and data in it."""
    for name, below in (("HOME", "home"), ("XDG_CONFIG_HOME", "home/config"), ("XDG_DATA_HOME", "home/data")):
        monkeypatch.setenv(name, str(tmp_path / below))
    return tmp_path / "home"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a root that is the current folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def openspec(own_home: Path, capsys: pytest.CaptureFixture[str]) -> OpenSpec:
    """Run a command of `setsquare openspec` in the current folder, in an own home."""
    assert own_home.name == "home"

    def run(*argv: str) -> Answered:
        capsys.readouterr()
        code = main(["openspec", *argv])
        return Answered(code, *capsys.readouterr())

    return run


@pytest.fixture
def git(folder: Path) -> Callable[..., str]:
    """Run git in the repository and give what it prints."""

    def git(*argv: str) -> str:
        return subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True, text=True).stdout

    return git


SUM = {
    ".kiro/specs/sum/requirements.md": "# Requirements Document\n\n## Introduction\n\nSums.\n\n## Requirements\n\n### Requirement 1: Sum\n\n"
    "**User Story:** As a user, I want sums, so that I can count.\n\n#### Acceptance Criteria\n\n"
    "1. WHEN two numbers are given THEN the system SHALL return their sum.\n"
    "2. WHEN three numbers are given THEN the system SHALL return their product.\n",
    ".kiro/specs/sum/design.md": "# Design Document\n\n## Overview\n\n`src/calc.py` holds `add`, `src/more.py` holds `times`.\n",
    ".kiro/specs/sum/tasks.md": "# Implementation Plan\n\n- [ ] 1. Add numbers\n  - Write `src/calc.py`\n  - _Requirements: 1.1_\n"
    "- [ ] 2. Multiply numbers\n  - Write `src/more.py`\n  - _Requirements: 1.2_\n",
    "src/__init__.py": "",
    "tests/__init__.py": "",
    "tests/test_calc.py": "import unittest\nfrom src.calc import add\n\n\nclass T(unittest.TestCase):\n"
    "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n",
}


class Project:
    """A committed repository with two tasks, whose settings name a model server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, provider: str, origin: str) -> None:
        """Write everything and commit it."""
        model = {"provider": provider, "model": "m-1", "baseUrl": origin}
        settings = {
            "agent": {"autonomyLevel": "full", "maxSelfCorrections": 1},
            "models": {"primary": model, "fast": model},
            "verify": {"command": "python3 -m unittest discover -s tests -t ."},
        }
        for name, text in {**SUM, ".kiro/settings.json": json.dumps(settings, indent=2)}.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "start")

    def git(self, *argv: str) -> str:
        return subprocess.run(["git", *argv], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def files(self) -> dict[str, bytes]:
        """Everything but the repository's own."""
        found = {str(path.relative_to(self.folder)): path for path in sorted(self.folder.rglob("*")) if path.is_file()}
        return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".git/")}


ALL = ("requirements", "design", "tasks")


def _approved(folder: Path, provider: str, origin: str, stages: tuple[str, ...]) -> Project:
    """Make a project in the current folder."""
    project = Project(folder)
    project.start(provider, origin)
    for argv in (("trust",), *(("approve", "sum", stage) for stage in stages or ALL)):
        assert main(list(argv)) == 0, argv
    return project


@pytest.fixture
def logged_project(folder: Path) -> Callable[..., Project]:
    """Make a project for a provider and an address, approved up to a stage on this machine, whose log tells of each approval."""
    return lambda provider, origin, *stages: _approved(folder, provider, origin, stages)


@pytest.fixture(scope="session")
def approved_elsewhere(empty_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give a project that is approved, to copy; it is made once, since approvals take a hundred processes of git."""
    made: dict[tuple[str, ...], Path] = {}

    def give(provider: str, origin: str, *stages: str) -> Path:
        asked = (provider, origin, *stages)
        if asked not in made:
            place = tmp_path_factory.mktemp("approved")
            shutil.copytree(empty_repository, place / "project")
            with pytest.MonkeyPatch.context() as there:
                there.chdir(place / "project")
                there.setenv("XDG_STATE_HOME", str(place / "state"))
                made[asked] = _approved(place / "project", provider, origin, stages).folder
        return made[asked]

    return give


@pytest.fixture
def sum_project(folder: Path, run: Run, approved_elsewhere: Callable[..., Path]) -> Callable[..., Project]:
    """Make a project for a provider and an address, approved up to a stage on another machine, cloned to this one and trusted here."""

    def make(provider: str, origin: str, *stages: str) -> Project:
        shutil.copytree(approved_elsewhere(provider, origin, *stages), folder, dirs_exist_ok=True)
        ran = run("trust")
        assert ran.code == 0, ran.err
        return Project(folder)

    return make


class Spoken:
    """A model server of one wire format: it says what a test puts in."""

    def __init__(self, name: str, port: int = 0) -> None:
        self.name = name
        self.provider = "openai-compatible" if name == "chat" else "anthropic"
        try:
            self.server = _server.ModelServer(port)
        except OSError:
            self.server = _server.ModelServer()
        self.origin: str = self.server.origin
        self._wire = _server.Wire(name, self.server)

    @property
    def port(self) -> int:
        """Where the server listens."""
        return int(self.origin.rpartition(":")[2])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all requests since `says`."""
        return [body for _, _, body in self.server.requests]

    def text(self, *text: str, is_cut: bool = False) -> Any:
        """An answer in words; a cut one ends in the middle."""
        pieces = self._wire.stream(list(text))
        return _server.Canned(pieces[: len(pieces) // 2] if is_cut else pieces, is_cut=is_cut)

    def call(self, tool: str, arguments: str | dict[str, Any]) -> Any:
        """An answer that calls a tool."""
        raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
        return _server.Canned(self._wire.stream([], [("call_1", tool, [raw])]))

    def raw(self, body: bytes) -> Any:
        """An answer that is no event stream at all."""
        return _server.Canned([body], 200, {"Content-Type": "text/html"})

    def error(self, status: int) -> Any:
        """A refusal."""
        return self._wire.error(status, "not now")

    def says(self, *answers: Any) -> None:
        """Give these answers from now on, the last for ever."""
        self.server.requests.clear()
        self.server.answers = list(answers)

    def dies(self) -> None:
        """Refuse every connection."""
        self.server.close()

    def comes_back(self) -> None:
        """Listen at the same address again."""
        self.server = _server.ModelServer(self.port)


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """The port on which each model server of this session listened last: projects that name the same address are made once."""
    return {}


@pytest.fixture(params=["chat", "messages"])
def spoken(request: pytest.FixtureRequest, ports: dict[str, int]) -> Iterator[Spoken]:
    """A model server for each wire format."""
    made = Spoken(request.param, ports.get(request.param, 0))
    ports[request.param] = made.port
    yield made
    made.dies()


@pytest.fixture(scope="session")
def has_sandbox(tmp_path_factory: pytest.TempPathFactory) -> bool:
    """Whether the machine has a sandbox; it is tried once."""
    return wire.find_sandbox(str(tmp_path_factory.mktemp("confining"))) is not None


@pytest.fixture
def sandboxed(has_sandbox: bool) -> None:
    """Skip where the machine has no sandbox, without which nothing is verified."""
    if not has_sandbox:
        pytest.skip("there is no sandbox on this machine")


class ScriptedRun:
    """A trusted, approved, committed repository in which a scripted model acts under the eyes of a person who says yes to all."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.folder = project.folder
        self.id = ""
        self.app: App | None = None

    def __call__(
        self, *turns: Turn | tuple[str, dict[str, object]], tasks: str = "1", meanwhile: Callable[[int], None] | None = None
    ) -> str:
        """Let the model act; `meanwhile` is called before each of its turns with its number, as a person who works on in the same folder."""
        script = tuple(turn if isinstance(turn, Turn) else _turn(turn) for turn in turns)
        model = Watched(Scripted((*script, Turn(text="Done."))), meanwhile or (lambda _number: None))
        self.app = wire.app_for(self.folder, is_sandboxed=True, approver=Agreeing(), model=model)
        self.id = start(self.app, RunRequest(spec="sum", tasks=tasks, mode=Mode.SUPERVISED, limit_steps=6_000)).run
        return self.id


def _turn(turn: tuple[str, dict[str, object]]) -> Turn:
    tool, arguments = turn
    return Turn(calls=(ScriptedCall(tool=tool, arguments=msgspec.Raw(json.dumps(arguments).encode())),))


class Agreeing:
    """Says yes to everything."""

    def ask(self, question: Question) -> Verdict:
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


class Watched:
    """A model before whose every turn something happens in the folder."""

    def __init__(self, model: Scripted, meanwhile: Callable[[int], None]) -> None:
        self._model = model
        self._meanwhile = meanwhile
        self._count = 0
        self.id = model.id

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self._count += 1
        self._meanwhile(self._count)
        return self._model.complete(request, on_text)


@pytest.fixture
def scripted(sum_project: Callable[..., Project], sandboxed: None, run: Run) -> ScriptedRun:
    """A project whose runs are scripted, with tasks that may write everything below `src`."""
    del sandboxed
    project = sum_project("scripted", "http://127.0.0.1:9/v1", "requirements", "design")
    tasks = project.folder / ".kiro/specs/sum/tasks.md"
    tasks.write_text(tasks.read_text().replace("`src/calc.py`", "`src/**`").replace("`src/more.py`", "`src/**`"))
    assert run("approve", "sum", "tasks").code == 0
    return ScriptedRun(project)

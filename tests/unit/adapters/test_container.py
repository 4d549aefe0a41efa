"""What a container engine is asked to do, read from a stand-in that notes its arguments and executes nothing."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from setsquare.adapters import container
from setsquare.adapters.container import Container
from setsquare.adapters.container_mounts import Engine
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement

STAND_IN = """#!{python}
import json, sys
with open({noted!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
arguments = sys.argv[1:]
if "run" in arguments and {answers!r}:
    at = arguments.index("-c")
    token, command = arguments[at + 3], arguments[at + 4:]
    sys.stdout.write("WARNING: a remark of the engine\\n" + token + "ran " + " ".join(command))
    sys.exit({code})
sys.stderr.write("Error: no such image")
sys.exit(125)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work, space"
    (folder / "src").mkdir(parents=True)
    (folder / "keys").mkdir()
    (folder / ".env").write_text("TOKEN=x")
    (folder / ".kiro").mkdir()
    return folder


def engine(tmp_path: Path, *, name: str = "docker", answers: bool = True, code: int = 0) -> tuple[Engine, Path]:
    program, noted = tmp_path / "engines" / name, tmp_path / "noted"
    program.parent.mkdir(exist_ok=True)
    program.write_text(STAND_IN.format(python=sys.executable, noted=str(noted), answers=answers, code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    is_podman = name == "podman"
    return Engine(program=str(program), is_podman=is_podman, image="" if is_podman else "registry.example.com/tools:1"), noted


def arguments(noted: Path) -> list[str]:
    return [str(word) for word in json.loads(noted.read_text().splitlines()[0])]


def values(line: list[str], option: str) -> list[str]:
    return [line[at + 1] for at, word in enumerate(line) if word == option]


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_the_container_is_closed(tmp_path, workspace, name):
    made, noted = engine(tmp_path, name=name)
    confinement = Confinement(
        writable=("src",), read_only=(".kiro", ".vscode"), hidden=(".env", "keys"), environment=(("A", "b=c\nd"),), limit_processes=77,
        limit_file_bytes=1_000_000, hosts=("allowed.com",),
    )  # fmt: skip
    ended = Container(str(workspace), made).run(("make", "test"), confinement)
    assert (ended.exit_code, ended.output) == (0, b"ran make test")
    line = arguments(noted)
    assert line[0] == "run"
    assert {"--rm", "--read-only"} <= set(line)
    assert values(line, "--network") == ["none"], "hosts are left out, the network stays closed"
    assert values(line, "--cap-drop") == ["ALL"]
    assert "no-new-privileges" in values(line, "--security-opt")
    assert values(line, "--pids-limit") == ["77"]
    assert values(line, "--memory") == ["4g"]
    assert "fsize=1000000:1000000" in values(line, "--ulimit")
    assert values(line, "--user") == [f"{os.getuid()}:{os.getgid()}"]
    assert values(line, "--workdir") == [str(workspace)]
    assert "A=b=c\nd" in values(line, "--env")
    assert not {"--privileged", "--device", "--volume", "-v", "--publish", "--ipc", "--pid"} & set(line)
    mounts = values(line, "--mount")
    assert f'type=bind,"source={workspace}","target={workspace}",readonly' in mounts
    assert f'type=bind,"source={workspace}/src","target={workspace}/src"' in mounts
    assert f'type=bind,"source={workspace}/.kiro","target={workspace}/.kiro",readonly' in mounts
    assert f'type=bind,source=/dev/null,"target={workspace}/.env",readonly' in mounts
    (covered,) = [mount for mount in mounts if mount.endswith(f'"target={workspace}/keys",readonly')]
    assert f"source={workspace}" not in covered
    assert not any("docker.sock" in mount or "podman.sock" in mount for mount in mounts)
    assert sorted(os.listdir(workspace)) == [".env", ".kiro", "keys", "src"]


def test_a_missing_protected_name_is_locked(tmp_path, workspace):
    made, noted = engine(tmp_path)
    Container(str(workspace), made).run(("true",), Confinement(writable=("",), read_only=(".vscode",)))
    mounts = values(arguments(noted), "--mount")
    assert f'type=bind,"source={workspace}","target={workspace}"' in mounts
    assert f'type=bind,"source={workspace}/.vscode","target={workspace}/.vscode",readonly' in mounts
    assert not (workspace / ".vscode").exists()


def test_with_an_image_nothing_of_the_machine_is_mounted(tmp_path, workspace):
    made, noted = engine(tmp_path)
    Container(str(workspace), made).run(("true",), Confinement())
    line = arguments(noted)
    assert [mount for mount in values(line, "--mount") if str(workspace) not in mount] == []
    assert "registry.example.com/tools:1" in line
    assert values(line, "--pull") == ["never"]


@pytest.mark.parametrize(("code", "expected"), [(3, 3), (137, -9), (125, 125), (127, 127)])
def test_exit_codes(tmp_path, workspace, code, expected):
    made, _ = engine(tmp_path, code=code)
    assert Container(str(workspace), made).run(("true",), Confinement()).exit_code == expected


def test_an_engine_that_fails_is_told(tmp_path, workspace):
    made, _ = engine(tmp_path, answers=False)
    with pytest.raises(SandboxFailed, match="no such image"):
        Container(str(workspace), made).run(("true",), Confinement())


def test_a_hung_container_is_killed_by_name(tmp_path, workspace):
    made, noted = engine(tmp_path)
    program = Path(made.program)
    program.write_text(
        program.read_text().replace('if "run" in', 'import time, os, signal\nif arguments[0] == "run": open({0!r}, "w").write(str(os.getpid())); time.sleep(60)\n'
        'if arguments[0] == "kill": os.kill(int(open({0!r}).read()), signal.SIGKILL); sys.exit(0)\nif "run" in'.format(str(tmp_path / "pid")))
    )  # fmt: skip
    ended = Container(str(workspace), made).run(("sleep", "60"), Confinement(limit_s=1.0))
    assert ended.is_timed_out
    first, second = (json.loads(line) for line in noted.read_text().splitlines())
    assert second == ["kill", "--signal", "KILL", values(first, "--name")[0]]


def test_docker_needs_an_image_that_the_person_names(tmp_path, workspace, monkeypatch):
    made, _ = engine(tmp_path)
    monkeypatch.setenv("PATH", str(Path(made.program).parent))
    assert container.find(str(workspace), {}) is None
    assert container.find(str(workspace), {container.IMAGE: "tools:1"}) is None, "the stand-in confines nothing, so it is not believed"


def test_an_engine_in_the_workspace_is_not_run(tmp_path, workspace, monkeypatch):
    made, noted = engine(tmp_path)
    (workspace / "bin").mkdir()
    os.rename(made.program, workspace / "bin" / "docker")
    monkeypatch.setenv("PATH", str(workspace / "bin"))
    assert container.find(str(workspace), {container.IMAGE: "tools:1"}) is None
    assert not noted.exists()


@pytest.mark.parametrize("argv", [(), ("sh", "a\0b")])
def test_impossible_arguments_are_refused(tmp_path, workspace, argv):
    made, noted = engine(tmp_path)
    with pytest.raises(SandboxFailed):
        Container(str(workspace), made).run(argv, Confinement())
    assert not noted.exists()

"""What every sandbox backend must do, run against each one that this machine has."""

# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from setsquare.adapters import bubblewrap, container, landlock
from setsquare.adapters.container_mounts import Engine
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement, Execution, Sandbox


@functools.cache
def _engine() -> Engine | None:
    """Find the engine once: to try one takes a container."""
    with tempfile.TemporaryDirectory() as folder:
        found = container.find(folder, os.environ)
        return found.engine if found else None


def _container(folder: str) -> Sandbox | None:
    engine = _engine()
    return container.Container(folder, engine) if engine else None


FIND = {"bubblewrap": bubblewrap.find, "landlock": landlock.find, "container": _container}
QUICK = Confinement(limit_s=20.0)


@pytest.fixture(params=list(FIND))
def sandbox(request, tmp_path) -> Sandbox:
    workspace = tmp_path / "workspace"
    (workspace / "src").mkdir(parents=True)
    (workspace / "src" / "a.py").write_text("A = 1\n")
    (workspace / ".kiro").mkdir()
    (workspace / ".kiro" / "settings.json").write_text("{}")
    (workspace / ".env").write_text("TOKEN=tell-nobody\n")
    found = FIND[request.param](str(workspace))
    if found is None:
        pytest.skip(f"{request.param} does not work on this machine")
    return found


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def shell(sandbox: Sandbox, text: str, **confinement) -> Execution:
    return sandbox.run(("sh", "-c", text), Confinement(**{"limit_s": 20.0, **confinement}))


# req: guarded-run/2.2
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux backends")
def test_linux_has_a_backend(tmp_path):
    assert any(find(str(tmp_path)) for find in FIND.values()), "neither bubblewrap nor Landlock confines commands here"


def test_probe_leaves_nothing_behind(sandbox, workspace):
    assert sorted(os.listdir(workspace)) == [".env", ".kiro", "src"]


def test_name_and_exit_code(sandbox):
    assert sandbox.name in FIND
    assert shell(sandbox, "exit 3").exit_code == 3


def test_output_has_both_streams_in_order(sandbox):
    ended = shell(sandbox, "echo one; echo two >&2; echo three")
    assert ended.output == b"one\ntwo\nthree\n"
    assert not ended.is_truncated
    assert 0 < ended.duration_s < 20


def test_runs_in_the_workspace_with_nothing_to_read(sandbox, workspace):
    ended = shell(sandbox, "pwd; cat; cat src/a.py")
    assert ended.output.decode() == f"{workspace}\nA = 1\n"


def test_signal_is_negative(sandbox):
    assert shell(sandbox, "kill -TERM $$").exit_code == -15


def test_missing_command_is_127(sandbox):
    ended = sandbox.run(("no-such-command-anywhere",), QUICK)
    assert ended.exit_code == 127
    assert b"no-such-command-anywhere" in ended.output


@pytest.mark.parametrize("argv", [(), ("sh", "a\0b")])
def test_impossible_arguments_are_refused(sandbox, argv):
    with pytest.raises(SandboxFailed):
        sandbox.run(argv, QUICK)


def test_python_of_the_platform_works(sandbox):
    ended = sandbox.run((sys.executable, "-c", "import json, ssl, sqlite3; print(json.dumps(1))"), QUICK)
    assert (ended.exit_code, ended.output) == (0, b"1\n")


def test_environment_is_what_was_given(sandbox, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "tell-nobody")
    seen = shell(sandbox, "env", environment=(("COLOUR", "green blue"), ("EMPTY", ""))).output.decode().splitlines()
    names = {line.partition("=")[0] for line in seen}
    assert "COLOUR=green blue" in seen
    assert "EMPTY=" in seen
    assert names <= {"COLOUR", "EMPTY", "PATH", "HOME", "TMPDIR", "TERM", "LANG", "GIT_CONFIG_NOSYSTEM", "PWD", "OLDPWD", "SHLVL", "_"}


def test_home_and_temporary_folder_are_private_and_writable(sandbox):
    ended = shell(sandbox, 'echo x > "$HOME/f" && echo y > "$TMPDIR/g" && ls -A "$HOME"')
    assert ended.exit_code == 0
    again = shell(sandbox, 'ls -A "$HOME" "$TMPDIR"').output
    assert b"f" not in again.split()


def test_nothing_is_writable_unless_said(sandbox, workspace):
    ended = shell(sandbox, "echo x > src/a.py; echo x > new.txt; rm -f src/a.py; mkdir d; ln -s a b; mv src s")
    assert ended.exit_code != 0
    assert sorted(os.listdir(workspace)) == [".env", ".kiro", "src"]
    assert (workspace / "src" / "a.py").read_text() == "A = 1\n"


def test_writable_folder(sandbox, workspace):
    ended = shell(sandbox, "echo x >> src/a.py && mkdir src/d && echo n > src/d/n && mv src/d/n src/m && rm src/m", writable=("src",))
    assert ended.exit_code == 0, ended.output
    assert (workspace / "src" / "a.py").read_text() == "A = 1\nx\n"
    assert shell(sandbox, "echo x > top.txt", writable=("src",)).exit_code != 0


def test_writable_file(sandbox, workspace):
    ended = shell(sandbox, "echo B = 2 > src/a.py; echo x > src/b.py", writable=("src/a.py",))
    assert ended.exit_code != 0
    assert (workspace / "src" / "a.py").read_text() == "B = 2\n"
    assert not (workspace / "src" / "b.py").exists()


def test_whole_workspace_writable(sandbox, workspace):
    assert shell(sandbox, "echo x > top.txt && mkdir -p a/b && echo y > a/b/c", writable=("",)).exit_code == 0
    assert (workspace / "a" / "b" / "c").read_text() == "y\n"


def test_places_that_do_not_exist_yet(sandbox, workspace):
    ended = shell(sandbox, "echo r > out/report.json; echo b > build/b; ls -A", writable=("out/report.json", "build", "dist"))
    assert ended.exit_code == 0, ended.output
    assert (workspace / "out" / "report.json").read_text() == "r\n"
    assert (workspace / "build" / "b").exists()
    assert not (workspace / "dist").exists()


def test_read_only_wins(sandbox, workspace):
    ended = shell(
        sandbox,
        "echo x > .kiro/settings.json; echo x > .kiro/new; rm -rf .kiro; mv .kiro k; rmdir .kiro",
        writable=("", ".kiro"),
        read_only=(".kiro",),
    )
    assert ended.exit_code != 0
    assert os.listdir(workspace / ".kiro") == ["settings.json"]
    assert (workspace / ".kiro" / "settings.json").read_text() == "{}"


def test_read_only_can_be_read(sandbox):
    assert shell(sandbox, "cat .kiro/settings.json", writable=("",), read_only=(".kiro",)).output == b"{}"


@pytest.mark.parametrize("writable", [(), ("",)])
def test_hidden_file_cannot_be_read_or_replaced(sandbox, workspace, writable):
    text = "cat .env; cp .env src/copy; ln .env src/link; cat src/link; mv .env src/moved; rm -f .env; echo x > .env"
    ended = shell(sandbox, text, writable=writable, hidden=(".env",))
    assert b"tell-nobody" not in ended.output
    assert (workspace / ".env").read_text() == "TOKEN=tell-nobody\n"
    assert not any(b"tell-nobody" in file.read_bytes() for file in (workspace / "src").iterdir())


def test_hidden_folder_cannot_be_read_or_changed(sandbox, workspace):
    (workspace / "keys").mkdir()
    (workspace / "keys" / "k.pem").write_text("tell-nobody")
    ended = shell(sandbox, "cat keys/*; cat keys/k.pem; echo x > keys/new; mv keys k", writable=("",), hidden=("keys", "keys/k.pem"))
    assert b"tell-nobody" not in ended.output
    assert os.listdir(workspace / "keys") == ["k.pem"]


@pytest.mark.parametrize("kind", ["hidden", "read_only"])
def test_protected_names_that_do_not_exist_cannot_be_made(sandbox, workspace, kind):
    names = (".vscode", ".mcp.json", "src/deep/.env", ".kiro/hooks")
    text = "".join(f"mkdir -p $(dirname {name}); mkdir {name}; echo x > {name}; echo x > {name}/f; mv src/a.py {name};" for name in names)
    shell(sandbox, text + "mv src s; mkdir src; rm -rf .kiro; echo x > src/ok", writable=("",), **{kind: names})
    assert sorted(os.listdir(workspace)) == [".env", ".kiro", "src"]
    assert "hooks" not in os.listdir(workspace / ".kiro")
    assert not (workspace / "src" / "deep" / ".env").exists()
    assert (workspace / "src" / "a.py").exists()


def test_strict_test_runs_pass_beside_protected_names(sandbox, workspace):
    (workspace / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (workspace / "src" / "test_a.py").write_text("def test_a(tmp_path):\n    (tmp_path / 'x').write_text('x')\n")
    confinement = Confinement(writable=("",), read_only=(".git", ".vscode", ".kiro"), limit_s=60.0)
    ended = sandbox.run((sys.executable, "-m", "pytest", "-q", "-p", "no:benchmark"), confinement)
    assert ended.exit_code == 0, ended.output
    assert sorted(place.name for place in workspace.iterdir()) == [".env", ".kiro", ".pytest_cache", "pytest.ini", "src"]


def test_git_works_on_the_workspace(sandbox, workspace):
    made = shell(sandbox, "git init -q . && git status --short", writable=("",))
    assert (made.exit_code, made.removed) == (0, (".git",)), made.output
    subprocess.run(("git", "init", "-q", str(workspace)), check=True)
    ended = shell(sandbox, "git status --short; git config core.pager evil", writable=("",), read_only=(".git",))
    assert b"?? src/" in ended.output
    assert "evil" not in (workspace / ".git" / "config").read_text()


def test_paths_out_of_the_workspace_are_refused(sandbox):
    for path in ("../x", "/etc", "a/../../x"):
        with pytest.raises(SandboxFailed):
            sandbox.run(("true",), Confinement(writable=(path,)))


# req: guarded-run/2.4
def test_time_limit(sandbox):
    started = time.monotonic()
    ended = shell(sandbox, "echo started; (trap '' TERM; sleep 60) & sleep 60", limit_s=1.5)
    assert (ended.exit_code, ended.is_timed_out, ended.output) == (124, True, b"started\n")
    assert time.monotonic() - started < 10


def test_halt(sandbox):
    halt = threading.Event()
    timer = threading.Timer(0.3, halt.set)
    timer.start()
    ended = sandbox.run(("sleep", "60"), Confinement(limit_s=60.0), halt.is_set)
    timer.join()
    assert ended.exit_code == -9
    assert not ended.is_timed_out
    assert ended.duration_s < 5


def test_long_output_is_cut_in_the_middle(sandbox):
    ended = shell(sandbox, "echo first; head -c 3000000 /dev/zero; echo; echo last", limit_output_bytes=10_000)
    assert ended.is_truncated
    assert ended.output.startswith(b"first\n")
    assert ended.output.endswith(b"last\n")
    assert len(ended.output) < 10_200


def test_two_at_once(sandbox, workspace):
    results: list[int] = []

    def work(name: str) -> None:
        confinement = Confinement(writable=("",), read_only=(".vscode",), limit_s=20.0)
        results.append(sandbox.run(("sh", "-c", f"sleep 0.2; echo {name} > src/{name}; mkdir .vscode/x"), confinement).exit_code)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results)
    assert sorted(os.listdir(workspace)) == [".env", ".kiro", "src"]
    assert sorted(os.listdir(workspace / "src")) == ["a.py", "one", "two"]


# req: agent-runtime/3.4
def test_disk_in_all_is_bounded(sandbox, workspace):
    """Many files, each below the limit for one, are stopped together, and the note says why."""
    text = "i=0; while [ $i -lt 400 ]; do head -c 1000000 /dev/urandom > src/f$i; i=$((i+1)); sleep 0.01; done"
    ended = shell(sandbox, text, writable=("src",), limit_disk_bytes=20_000_000, limit_file_bytes=2_000_000, limit_s=60.0)
    assert ended.exit_code == -9
    assert b"[stopped: more than 20 MB of the disk taken]" in ended.output
    assert not ended.is_timed_out
    assert sum(file.stat().st_size for file in (workspace / "src").iterdir()) < 300_000_000


def test_temporary_folder_counts_as_disk(sandbox):
    text = 'i=0; while [ $i -lt 400 ]; do head -c 1000000 /dev/urandom > "$TMPDIR/f$i"; i=$((i+1)); sleep 0.01; done'
    ended = shell(sandbox, text, limit_disk_bytes=20_000_000, limit_s=60.0)
    assert (ended.exit_code == -9 and b"of the disk taken]" in ended.output) or b"No space left" in ended.output


def test_what_a_backend_lacks_is_said(sandbox):
    assert sandbox.lacks
    assert isinstance(sandbox.supports_hosts, bool)

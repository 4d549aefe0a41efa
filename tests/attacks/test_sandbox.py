"""Commands that try to leave the sandbox, run against each backend that this machine has."""

# Names go to the kernel as they are; a path object would normalise them.

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from setsquare.adapters import bubblewrap, landlock
from setsquare.ports.sandbox import Confinement, Execution, Sandbox

FIND = {"bubblewrap": bubblewrap.find, "landlock": landlock.find}
PROTECTED = (".git", ".kiro", ".vscode", ".idea", ".mcp.json", ".setsquare")


@pytest.fixture(params=list(FIND))
def sandbox(request, tmp_path, monkeypatch) -> Sandbox:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text("tell-nobody")
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("tell-nobody")
    monkeypatch.setenv("HOME", str(home))
    workspace = tmp_path / "workspace"
    (workspace / "src").mkdir(parents=True)
    (workspace / ".git" / "hooks").mkdir(parents=True)
    (tmp_path / "outside").write_text("as it was")
    found = FIND[request.param](str(workspace))
    if found is None:
        pytest.skip(f"{request.param} does not work on this machine")
    return found


def shell(sandbox: Sandbox, text: str, **confinement) -> Execution:
    values = {"limit_s": 30.0, "writable": ("",), "read_only": PROTECTED, **confinement}
    return sandbox.run(("sh", "-c", text), Confinement(**values))


def python(sandbox: Sandbox, text: str, **confinement) -> Execution:
    values = {"limit_s": 30.0, "writable": ("",), "read_only": PROTECTED, **confinement}
    return sandbox.run((sys.executable, "-c", textwrap.dedent(text)), Confinement(**values))


# req: guarded-run/2.1
def test_write_outside(sandbox, tmp_path):
    shell(sandbox, f"echo x > {tmp_path}/outside; rm -f {tmp_path}/outside; echo x > ../outside; echo x > ../new; mkdir ../../d")
    assert (tmp_path / "outside").read_text() == "as it was"
    assert sorted(os.listdir(tmp_path)) == ["home", "outside", "workspace"]


@pytest.mark.parametrize(
    "way", ["{home}/.ssh/id_rsa", "{home}/.aws/credentials", "/proc/self/root{home}/.ssh/id_rsa", "../home/.ssh/id_rsa"]
)
def test_read_secrets(sandbox, tmp_path, way):
    ended = shell(sandbox, f"cat {way.format(home=tmp_path / 'home')}")
    assert ended.exit_code != 0
    assert b"tell-nobody" not in ended.output


def test_password_hashes_cannot_be_read(sandbox):
    assert shell(sandbox, "cat /etc/shadow").exit_code != 0


@pytest.mark.parametrize("name", ["link", "src/link"])
def test_links_out_of_the_workspace(sandbox, tmp_path, name):
    link = tmp_path / "workspace" / name
    link.symlink_to(tmp_path / "home")
    (tmp_path / "workspace" / "file").symlink_to(tmp_path / "outside")
    ended = shell(
        sandbox, f"cat {name}/.ssh/id_rsa; echo x > {name}/new; echo x > file; ln -s {tmp_path}/home src/h; cat src/h/.ssh/id_rsa"
    )
    assert b"tell-nobody" not in ended.output
    assert (tmp_path / "outside").read_text() == "as it was"
    assert not (tmp_path / "home" / "new").exists()


def test_writable_path_that_is_a_link(sandbox, tmp_path):
    (tmp_path / "workspace" / "out").symlink_to(tmp_path / "home")
    shell(sandbox, "echo x > out/new; cat out/.ssh/id_rsa", writable=("out", "out/.ssh"), read_only=())
    assert not (tmp_path / "home" / "new").exists()


def test_protected_name_that_is_a_link(sandbox, tmp_path):
    workspace = tmp_path / "workspace"
    (workspace / "AGENTS.md").write_text("rules")
    (workspace / "CLAUDE.md").symlink_to("AGENTS.md")
    (workspace / ".vscode").symlink_to("src")
    protected = ("CLAUDE.md", ".vscode/settings.json")
    shell(
        sandbox,
        "echo x > src/settings.json; echo x > CLAUDE.md; echo y > AGENTS.md; rm CLAUDE.md; echo z > CLAUDE.md; rm .vscode; mkdir .vscode",
        read_only=protected,
    )
    assert not os.path.lexists(workspace / "src" / "settings.json")
    assert (workspace / "CLAUDE.md").is_symlink()
    assert (workspace / "AGENTS.md").read_text() == "rules"
    assert (workspace / ".vscode").is_symlink()


@pytest.mark.parametrize("name", [".vscode/settings.json", ".git/hooks/pre-commit", ".kiro/hooks/x.kiro.hook", ".mcp.json", ".idea/w.xml"])
def test_planted_configuration(sandbox, tmp_path, name):
    ways = (
        f"mkdir -p $(dirname {name}); echo x > {name}",
        f"cp src/p {name}",
        f"mv src/p {name}",
        f"ln -s ../src/p {name}",
        f"ln src/p {name}",
    )
    shell(sandbox, "echo x > src/p;" + ";".join(ways) + "; mv .git src/g; mkdir -p src/g/hooks; mv src/g .git")
    assert not os.path.lexists(tmp_path / "workspace" / name)
    assert (tmp_path / "workspace" / ".git" / "hooks").is_dir()


# req: guarded-run/2.1
def test_network_is_closed(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(0.3)
        ended = python(
            sandbox,
            f"""
            import socket
            def tried(what, *args):
                try:
                    what(*args)
                except OSError:
                    return
                print("REACHED", args)
            tried(lambda: socket.create_connection(("127.0.0.1", {tcp.getsockname()[1]}), 1))
            tried(lambda: socket.create_connection(("192.0.2.1", 80), 1))
            tried(lambda: socket.getaddrinfo("example.com", 80))
            tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
            tried(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("2001:db8::1", 53)))
            try:
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {udp.getsockname()[1]}))
            except OSError:
                pass
            tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
            """,
        )
        assert b"REACHED" not in ended.output
        with pytest.raises(TimeoutError):
            udp.recv(10)
    assert ended.exit_code == 0, ended.output


def test_sockets_of_daemons(sandbox, tmp_path):
    place = f"/tmp/setsquare-{os.getpid()}.sock"
    hidden = f"\0setsquare-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        named.bind(place)
        named.listen()
        abstract.bind(hidden)
        abstract.listen()
        ended = python(
            sandbox,
            f"""
            import socket
            for name in ({place!r}, {hidden!r}):
                try:
                    socket.socket(socket.AF_UNIX).connect(name)
                    print("REACHED", repr(name))
                except OSError:
                    pass
            """,
        )
    Path(place).unlink()
    assert (ended.exit_code, ended.output) == (0, b"")


def test_processes_outside_cannot_be_touched(sandbox):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={"SECRET_KEY": "tell-nobody"}) as victim:
        ended = shell(
            sandbox, f"kill -9 {victim.pid}; kill -9 {os.getpid()}; cat /proc/{victim.pid}/environ /proc/{os.getpid()}/environ; kill -9 -1"
        )
        time.sleep(0.1)
        assert victim.poll() is None
        victim.kill()
    assert b"tell-nobody" not in ended.output


SYSTEM_CALLS = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
def call(name, x86, aarch64, *args):
    if libc.syscall(aarch64 if arm else x86, *args) != -1:
        print("DONE", name)
call("ptrace attach", 101, 117, 16, os.getppid(), 0, 0)
call("ptrace traceme", 101, 117, 0, 0, 0, 0)
call("keyctl", 250, 219, 0, -3, 0, 0, 0)
call("add_key", 248, 217, b"user", b"n", b"v", 1, -3)
call("bpf", 321, 280, 0, 0, 0)
call("userfaultfd", 323, 282, 1)
call("io_uring_setup", 425, 425, 8, ctypes.create_string_buffer(120))
call("unshare user", 272, 97, 0x10000000)
call("unshare net", 272, 97, 0x40000000)
call("mount", 165, 40, b"none", b"/tmp", b"tmpfs", 0, 0)
call("chroot", 161, 51, b"/")
call("perf_event_open", 298, 241, ctypes.create_string_buffer(120), 0, -1, -1, 0)
call("process_vm_readv", 310, 270, os.getppid(), 0, 0, 0, 0, 0)
call("open_tree", 428, 428, -100, b"/", 1)
call("fsopen", 430, 430, b"tmpfs", 0)
call("clone newuser", 56, 220, 0x10000000 | 17, 0, 0, 0, 0)
call("clone3", 435, 435, ctypes.create_string_buffer(88), 88)
"""


def test_dangerous_system_calls(sandbox):
    ended = python(sandbox, SYSTEM_CALLS)
    assert (ended.exit_code, ended.output) == (0, b"")


def test_other_calling_conventions(sandbox):
    """The x32 numbers mean the same calls."""
    text = "import ctypes; print(ctypes.CDLL(None).syscall(0x40000000 + 39))"
    assert python(sandbox, text).output == b"-1\n"


def test_set_id_bits(sandbox, tmp_path):
    text = """
        import os, shutil
        shutil.copyfile("/bin/sh", "src/sh")
        for way in (lambda: os.chmod("src/sh", 0o4755), lambda: os.chmod("src/sh", 0o2755),
                    lambda: os.fchmod(os.open("src/sh", os.O_RDONLY), 0o4755),
                    lambda: os.open("src/new", os.O_CREAT | os.O_WRONLY, 0o4777),
                    lambda: os.mknod("src/node", 0o104777)):
            try:
                way()
                print("DONE")
            except OSError:
                pass
        os.chmod("src/sh", 0o755)
    """
    ended = python(sandbox, text)
    assert (ended.exit_code, ended.output) == (0, b"")
    assert not any(file.stat().st_mode & 0o6000 for file in (tmp_path / "workspace" / "src").iterdir())


def test_set_id_programs_give_nothing(sandbox):
    ended = shell(sandbox, "grep -E 'NoNewPrivs|CapEff|CapPrm' /proc/self/status")
    assert ended.output.split() == [b"CapPrm:", b"0" * 16, b"CapEff:", b"0" * 16, b"NoNewPrivs:", b"1"]


def test_no_descriptor_is_inherited(sandbox, tmp_path):
    with (tmp_path / "outside").open() as secret:
        os.set_inheritable(secret.fileno(), True)
        ended = shell(sandbox, "ls -l /proc/self/fd | grep -v '/proc/' | awk '{print $9}' | sort | xargs")
    assert ended.output.split() == [b"0", b"1", b"2"]


# req: guarded-run/2.4
def test_daemon_does_not_survive(sandbox, tmp_path):
    text = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                os.close(1); os.close(2)
                while True:
                    open("src/alive", "w").write(str(time.time()))
                    time.sleep(0.01)
            os._exit(0)
        while not os.path.exists("src/alive"):
            time.sleep(0.01)
    """
    ended = python(sandbox, text)
    assert ended.exit_code == 0, ended.output
    alive = tmp_path / "workspace" / "src" / "alive"
    before = alive.stat().st_mtime_ns
    time.sleep(0.1)
    assert alive.stat().st_mtime_ns == before
    assert ended.duration_s < 10


def test_fork_bomb_is_bounded(sandbox):
    text = """
        import os, time
        count = 0
        while True:
            try:
                if os.fork() == 0:
                    time.sleep(60)
                count += 1
            except OSError:
                time.sleep(0.01)
    """
    started = time.monotonic()
    ended = python(sandbox, text, limit_processes=60, limit_s=3.0)
    assert ended.exit_code in {124, -9}
    assert time.monotonic() - started < 20


def test_endless_output_is_bounded(sandbox):
    ended = shell(sandbox, "yes", limit_s=1.0, limit_output_bytes=100_000)
    assert ended.is_timed_out
    assert ended.is_truncated
    assert len(ended.output) < 101_000


def test_output_beyond_measure_is_bounded(sandbox):
    ended = shell(sandbox, "head -c 2000000000 /dev/zero", limit_s=30.0, limit_output_bytes=1000)
    assert len(ended.output) < 1100


def test_huge_file_is_bounded(sandbox, tmp_path):
    ended = shell(
        sandbox, "head -c 5000000 /dev/zero > src/huge; dd if=/dev/zero of=$TMPDIR/huge bs=1M count=5", limit_file_bytes=1_000_000
    )
    assert ended.exit_code != 0
    assert (tmp_path / "workspace" / "src" / "huge").stat().st_size <= 1_000_000


def test_no_core_is_dumped(sandbox, tmp_path):
    ended = shell(sandbox, "cd src; ulimit -c; kill -SEGV $$")
    assert ended.output == b"0\n"
    assert ended.exit_code == -11
    assert not list((tmp_path / "workspace").rglob("core*"))


def test_environment_cannot_load_code_outside(sandbox, tmp_path):
    """What the confinement's environment says must reach the command alone, never the programs that build the sandbox."""
    planted = tmp_path / "workspace" / "planted"
    planted.mkdir()
    (planted / "sitecustomize.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w').close()")
    library = ("LD_PRELOAD", "/nonexistent/evil.so")
    ended = shell(sandbox, "echo ran", environment=(("PYTHONPATH", str(planted)), ("PYTHONSTARTUP", "x"), library))
    assert ended.output.count(b"cannot be preloaded") <= 2
    assert b"ran" in ended.output
    assert not (tmp_path / "executed").exists()


def test_terminal_input_cannot_be_forged(sandbox):
    ended = python(
        sandbox, "import fcntl\ntry:\n    fcntl.ioctl(0, 0x5412, b'x')\n    print('DONE')\nexcept OSError as error:\n    print(error.errno)"
    )
    assert ended.output in {b"1\n", b"25\n"}


def test_platform_death_ends_the_command(sandbox, tmp_path):
    """When the platform is killed, what it started ends too."""
    script = f"""
import sys
from setsquare.adapters import bubblewrap, landlock
from setsquare.ports.sandbox import Confinement
box = {{"bubblewrap": bubblewrap.Bubblewrap, "landlock": landlock.Landlock}}[{sandbox.name!r}]({str(tmp_path / "workspace")!r})
box.run(("sh", "-c", "setsid sh -c 'while :; do date +%N > src/alive; sleep 0.02; done' & sleep 60"), Confinement(writable=("src",)))
"""
    alive = tmp_path / "workspace" / "src" / "alive"
    with subprocess.Popen([sys.executable, "-c", script]) as platform:
        until = time.monotonic() + 15
        while not alive.exists() and time.monotonic() < until:
            time.sleep(0.02)
        platform.kill()
    assert alive.exists()
    time.sleep(0.5)
    before = alive.stat().st_mtime_ns
    time.sleep(0.2)
    assert alive.stat().st_mtime_ns == before


def test_a_bwrap_in_the_workspace_is_not_run(sandbox, tmp_path, monkeypatch):
    planted = tmp_path / "workspace" / "bin" / "bwrap"
    planted.parent.mkdir()
    planted.write_text(f"#!/bin/sh\n: > {tmp_path}/executed\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"{planted.parent}:{os.environ['PATH']}")
    assert shell(sandbox, "true").exit_code == 0
    assert not (tmp_path / "executed").exists()


def test_settings_of_the_kernel_cannot_be_changed(sandbox):
    """The administrator may write some of them without any privilege: what is written here is what stands there."""
    text = """
        import os
        for folder, _, names in os.walk("/proc/sys"):
            for name in names:
                try:
                    place = os.open(os.path.join(folder, name), os.O_WRONLY)
                except OSError:
                    continue
                os.close(place)
                print("OPENED", folder, name)
        for place in ("/proc/sysrq-trigger", "/proc/self/uid_map", "/proc/1/oom_score_adj", "/sys/kernel/uevent_helper"):
            try:
                os.close(os.open(place, os.O_WRONLY))
                print("OPENED", place)
            except OSError:
                pass
    """
    ended = python(sandbox, text)
    assert (ended.exit_code, ended.output) == (0, b"")


def test_standard_streams_can_be_opened_by_name(sandbox):
    assert shell(sandbox, "echo one > /dev/stdout; echo two > /dev/stderr; cat /dev/stdin").output == b"one\ntwo\n"

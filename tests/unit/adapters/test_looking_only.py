"""A process that has given up writing: from within, by Python alone where the kernel does not help."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from setsquare._sandbox_exec import landlock_abi

TRIES = {
    "open for writing": "open(out + '/file', 'w')",
    "open for appending": "open(out + '/there', 'a')",
    "open for updating": "open(out + '/there', 'r+b')",
    "os.open": "os.open(out + '/file', os.O_CREAT | os.O_WRONLY)",
    "os.open beside a descriptor": "os.open('file', os.O_CREAT | os.O_WRONLY, dir_fd=os.open(out, os.O_RDONLY))",
    "truncate": "os.truncate(out + '/there', 0)",
    "mkdir": "os.mkdir(out + '/new')",
    "mkdir beside a descriptor": "os.mkdir('new', dir_fd=os.open(out, os.O_RDONLY))",
    "remove": "os.remove(out + '/there')",
    "rename away": "os.rename(out + '/there', own + '/there')",
    "rename to": "os.rename(own + '/mine', out + '/there')",
    "replace": "os.replace(own + '/mine', out + '/there')",
    "link": "os.link(own + '/mine', out + '/linked')",
    "link in": "os.link(out + '/there', own + '/linked')",
    "symlink": "os.symlink('/etc/passwd', out + '/linked')",
    "chmod": "os.chmod(out + '/there', 0)",
    "chmod by descriptor": "os.chmod(os.open(out + '/there', os.O_RDONLY), 0)",
    "utime": "os.utime(out + '/there', (1, 1))",
    "through a link": "open(own + '/way/file', 'w')",
    "rmdir": "os.rmdir(out + '/empty')",
    "sqlite": "sqlite3.connect(out + '/base').execute('create table a (b)')",
    "connect": "socket.create_connection(('127.0.0.1', 9), 1)",
    "bind": "socket.socket().bind(('127.0.0.1', 0))",
    "look up a host": "socket.getaddrinfo('example.org', 80)",
    "datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'a', ('127.0.0.1', 9))",
}
MAY = {
    "read": "open(out + '/there').read()",
    "list": "os.listdir(out)",
    "write in its own folder": "open(own + '/file', 'w').write('a')",
    "a temporary file": "tempfile.TemporaryFile().write(b'a')",
    "a temporary folder": "tempfile.TemporaryDirectory().cleanup()",
    "a private database": "sqlite3.connect('').execute('create table a (b)')",
    "the null device": "open(os.devnull, 'w').write('a')",
    "run git": "subprocess.run(['git', '--version'], check=True, capture_output=True)",
}
SCRIPT = """
import json, os, socket, sqlite3, subprocess, sys, tempfile
out, own, is_python_alone, tries = sys.argv[1], sys.argv[2], sys.argv[3] == 'python', json.loads(sys.argv[4])
tempfile.tempdir = own
from setsquare.adapters import looking_only
if is_python_alone:
    looking_only.confine_to_reading = lambda private, readable: False
print(looking_only.look_only(own), file=sys.stderr)
for name, code in tries.items():
    try:
        exec(code)
    except (OSError, sqlite3.OperationalError):
        print(json.dumps([name, 'refused']))
    else:
        print(json.dumps([name, 'done']))
"""


def tried(folder: Path, tries: dict[str, str], kind: str) -> dict[str, str]:
    """Try things in a process that only looks."""
    out, own = folder / "out", folder / "own"
    for place in (out, own, out / "empty"):
        place.mkdir()
    (out / "there").write_text("kept")
    (own / "mine").write_text("mine")
    (own / "way").symlink_to(out)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(out), str(own), kind, json.dumps(tries)],
        capture_output=True,
        text=True,
        check=True,
    )
    if kind == "kernel" and done.stderr.strip() != "True":
        pytest.skip("this kernel has no Landlock")
    return dict(json.loads(line) for line in done.stdout.splitlines())


# req: mcp-server/2.1
# req: mcp-server/2.2
@pytest.mark.parametrize("kind", ["kernel", "python"])
def test_nothing_is_written_and_nothing_connected(tmp_path: Path, kind: str) -> None:
    assert tried(tmp_path, TRIES, kind) == dict.fromkeys(TRIES, "refused")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["empty", "there"]
    assert (tmp_path / "out" / "there").read_text() == "kept"
    assert (tmp_path / "out" / "there").stat().st_mode & 0o777


@pytest.mark.parametrize("kind", ["kernel", "python"])
def test_what_looking_needs_goes_on(tmp_path: Path, kind: str) -> None:
    assert tried(tmp_path, MAY, kind) == dict.fromkeys(MAY, "done")


READS = """
import json, os, sys
from setsquare.adapters import looking_only
own, agreed, tries = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if sys.argv[4] == 'python':
    looking_only.confine_to_reading = lambda private, readable: False
looking_only.look_only(own, (agreed, '/usr', sys.prefix, sys.base_prefix))
for path in tries:
    try:
        print(open(path).read() if os.path.isfile(path) else os.listdir(path))
    except PermissionError:
        print('refused')
"""


# req: mcp-server/3.1
@pytest.mark.parametrize("kind", ["kernel", "python"])
def test_what_was_not_agreed_to_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """By no name: also not through a link that was put in the agreed folder afterwards."""
    if kind == "kernel" and not landlock_abi():
        pytest.skip("this kernel has no Landlock")
    own, agreed, other = tmp_path / "own", tmp_path / "agreed", tmp_path / "other"
    for place in (own, agreed, other):
        place.mkdir()
    (agreed / "file").write_text("open")
    (other / "file").write_text("secret")
    (agreed / "link").symlink_to(other / "file")
    (agreed / "linked").symlink_to(other)
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = [str(agreed / "file"), str(agreed / "link"), str(agreed / "linked" / "file"), str(other / "file"), str(other)]
    done = subprocess.run(
        [sys.executable, "-c", READS, str(own), str(agreed), json.dumps(paths), kind], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["open", "refused", "refused", "refused", "refused"]


@pytest.mark.skipif(not landlock_abi(), reason="this kernel has no Landlock")
def test_programs_that_it_starts_are_held_too(tmp_path: Path) -> None:
    code = "subprocess.run(['sh', '-c', 'echo a > ' + out + '/file'], check=True, capture_output=True)"
    tries = {"a program": f"try:\n    {code}\nexcept subprocess.CalledProcessError as error:\n    raise OSError from error"}
    assert tried(tmp_path, tries, "kernel") == {"a program": "refused"}
    assert not (tmp_path / "out" / "file").exists()

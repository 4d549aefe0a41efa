"""AT34: secrets of files, variables and output reach the model, the person who is asked, the screen or the journal.

Defence: guard/secrets.py and journeys/run_secrecy.py: secrets give way, in every spelling, before a prompt, a question, a line on the screen and the journal
"""

from __future__ import annotations

import subprocess

import pytest

from setsquare.adapters.scripted import Turn
from setsquare.ports.past import NoPast

TWIN = pytest.mark.parametrize("is_open", [False, True], ids=["real", "permissive"])


def _surfacing(leak, acts):
    """Bring up every secret in every way: a file, a search, what a command prints, a log that wraps its lines, variables, git's configuration."""
    act, write, shell = acts
    value = leak.environment
    leak.hostile.planted("src/printed.txt", leak.printed())
    return (
        act("read", path="src/config.txt"),
        act("search", pattern="canary"),
        act("search", pattern="MIIE"),
        shell("cat src/printed.txt"),
        shell("cat src/config.txt"),
        shell("cat .git/config"),
        shell("env"),
        shell(f'python3 -c \'print(open("src/config.txt").read()); raise SystemExit("{value}")\''),
        write("src/out.txt", f"{value} {leak.file}"),
        Turn(text="Done."),
    )


# req: agent-runtime/5.5
@pytest.mark.attack("AT34")
@TWIN
def test_at34_a_canary_in_every_place(leak, acts, monkeypatch, is_open):
    monkeypatch.setenv("DEPLOY_TOKEN", leak.environment)
    leak.run(*_surfacing(leak, acts), is_open=is_open)
    assert leak.hostile.is_ticked, "the run went its whole way"
    channels = leak.inward()
    found = {name for name, text in channels.items() if any(each in text for each in (*leak.known, "MIIEcanary"))}
    results = "\n".join(leak.hostile.results)
    assert results.count("[exit code") == 4, "every command but that on git's configuration ran"
    if is_open:
        assert {"requests", "questions", "journal"} <= found
        assert leak.token in results
    else:
        assert found == set()
        assert leak.readable(results) == []
        assert "[redacted]" in results


@pytest.mark.attack("AT34")
@TWIN
def test_at34_a_search_does_not_tell_a_secret_piece_by_piece(leak, acts, is_open):
    act, _, _ = acts
    leak.run(act("search", pattern="ghp_can"), act("search", pattern="ghp_xyz"), Turn(text="Done."), is_open=is_open)
    answers = [event for event in leak.hostile.results if "config.txt:" in event]
    assert (answers != []) is is_open


def _commit(folder):
    for args in (("add", "-A", "-f"), ("commit", "-q", "-m", "work")):
        subprocess.run(("git", *args), cwd=folder, check=True, capture_output=True)


# req: agent-runtime/5.8
@pytest.mark.attack("AT34")
@TWIN
def test_at34_what_was_deleted_stands_in_the_history(leak, acts, is_open):
    _, _, shell = acts
    gone = {
        ".env.old": "API_TOKEN=gone-token-4711\n",
        "config/secrets.yml": "db:\n  password: gone-password-0815\n",
        ".netrc": "machine h login a password gone-netrc-1234\n",
    }
    for name, text in gone.items():
        leak.hostile.planted(name, text)
    _commit(leak.hostile.folder)
    for name in gone:
        (leak.hostile.folder / name).unlink()
    _commit(leak.hostile.folder)
    reading = "import glob,zlib;print([zlib.decompress(open(p,'rb').read()) for p in glob.glob('.git/objects/??/*')])"
    commands = ("git grep gone- HEAD~2", "git cat-file --batch-all-objects --batch", f'python3 -c "{reading}"')
    leak.run(*map(shell, commands), Turn(text="Done."), **({"past": NoPast()} if is_open else {}))
    assert all("exit code 0" in result for result in leak.hostile.results), "every command ran"
    results = "\n".join(leak.hostile.results)
    told = "\n".join(leak.inward().values())
    for value in ("gone-token-4711", "gone-password-0815", "gone-netrc-1234"):
        assert (value in results) is is_open
        assert (value in told) is is_open

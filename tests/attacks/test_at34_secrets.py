"""AT34 to AT36: secrets. A canary in every place where a secret may lie, a model that surfaces each, and no canary in anything that leaves."""

from __future__ import annotations

import base64
import json
import subprocess
from urllib.parse import quote

import msgspec
import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.errors import ModelFailed
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Verdict
from setsquare.surfaces.cli import entry

ENVIRONMENT = "canary-env-4711-of-the-person"
FILE = "canary-file-0815-of-the-team"
KEYFILE = "canarykeyfile0123456789abcdef"
TOKEN = "ghp_" + "canary0" * 5
KNOWN = (ENVIRONMENT, FILE, KEYFILE)
ALL = (*KNOWN, TOKEN)


def _spellings(value):
    raw = value.encode()
    return (
        value,
        base64.b64encode(raw).decode(),
        base64.b64encode(b"user:" + raw).decode()[8:-4],
        raw.hex(),
        quote(value, safe=""),
        value[::-1],
    )


class Yes:
    def __init__(self) -> None:
        self.shown = ""

    def ask(self, question):
        self.shown += question.whole + question.title
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


class Listening:
    """A scripted model that notes every request as it would be sent."""

    def __init__(self, turns) -> None:
        self._inner = Scripted(turns)
        self.id = self._inner.id
        self.sent = ""

    def complete(self, request, on_text=None):
        self.sent += msgspec.json.encode(request).decode()
        return self._inner.complete(request, on_text)


def _turns(acts):
    act, write, shell = acts
    printed = " ".join((*[each for value in KNOWN for each in _spellings(value)[1:]], TOKEN, *KNOWN))
    wrapped = "\n".join(ENVIRONMENT[index : index + 7] for index in range(0, len(ENVIRONMENT), 7))
    return (
        act("read", path="src/config.txt"),
        act("search", pattern="canary"),
        act("search", pattern="MIIE"),
        shell(
            f"echo '{printed}'; printf '%s' '{wrapped}'; env; cat .git/config; cat src/config.txt; python3 -c 'raise SystemExit(open(\"src/config.txt\").read())'"
        ),
        write("src/out.txt", f"{ENVIRONMENT} {FILE}"),
        write(f"src/{FILE}.txt", "x"),
        Turn(text=f"Done with {ENVIRONMENT}. Changed {FILE} and {TOKEN}."),
    )


def _run(hostile, acts, **changes):
    hostile.planted(".env", f"API_TOKEN={FILE}\n")
    hostile.planted("secrets/server.key", f"-----BEGIN PRIVATE KEY-----\n{KEYFILE}\n-----END PRIVATE KEY-----\n")
    # Committed by somebody who should have known better.
    hostile.planted(
        "src/config.txt",
        f"url = postgres://app:{TOKEN}@db/x\n-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary0123456789\n-----END RSA PRIVATE KEY-----\ntoken {TOKEN}\n",
    )
    for arguments in (("config", "http.extraheader", f"Authorization: Bearer {TOKEN}"), ("add", "-A"), ("commit", "-q", "-m", "more")):
        subprocess.run(("git", *arguments), cwd=hostile.folder, check=True, capture_output=True)
    model, person = Listening(_turns(acts)), Yes()
    progress: list[str] = []
    app = wire.app_for(hostile.folder, is_sandboxed=True, approver=person, model=model)
    app = replace(app, secrets=(ENVIRONMENT,), progress=progress.append, **changes)
    hostile.report = start(app, RunRequest(spec="sum"))
    return model, person, progress


def _everything(hostile, model, person, progress):
    log = subprocess.run(
        ("git", "log", "-1", "--name-only", "--format=%B"), cwd=hostile.folder, check=True, capture_output=True, text=True
    ).stdout
    return {
        "requests": model.sent,
        "questions": person.shown,
        "progress": "\n".join(progress),
        "journal": hostile.told,
        "task log": (hostile.folder / ".kiro/task-log.md").read_text(),
        "commit": log,
        "report": repr(hostile.report),
    }


# req: agent-runtime/5.5
@pytest.mark.attack("AT34")
@pytest.mark.attack("AT35")
def test_at34_at35_no_canary_in_any_channel(hostile, acts, monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", ENVIRONMENT)
    channels = _everything(hostile, *_run(hostile, acts))
    assert hostile.is_ticked, "the run went its whole way"
    found = [(name, each) for name, text in channels.items() for each in (*KNOWN, "MIIEcanary") if each in text]
    # What the model itself wrote into a call's arguments stays there when it only looks like a token; what was read never does.
    found += [(name, TOKEN) for name in ("task log", "commit", "report") if TOKEN in channels[name]]
    assert found == []
    results = "\n".join(hostile.results)
    assert [each for value in KNOWN for each in _spellings(value) if each in results] == []
    assert TOKEN not in results
    assert "[redacted]" in results


@pytest.mark.attack("AT34")
@pytest.mark.attack("AT35")
def test_at34_at35_without_redaction_the_canaries_are_everywhere(hostile, acts):
    channels = _everything(hostile, *_run(hostile, acts, redact=lambda text, _values: text))
    for name in ("requests", "journal", "task log", "commit"):
        assert any(each in channels[name] for each in ALL), name


@pytest.mark.attack("AT34")
def test_at34_a_search_does_not_tell_a_secret_piece_by_piece(hostile, acts):
    act, _, _ = acts
    hostile.planted("src/config.txt", f"key {TOKEN}\n")
    hostile.attempt(act("search", pattern="ghp_can"), act("search", pattern="ghp_xyz"))
    answers = [event for event in hostile.results if "config.txt:1" in event]
    assert answers == []


@pytest.mark.attack("AT36")
def test_at36_a_crash_of_ours_prints_no_prompt_and_no_key(monkeypatch, capsys):
    def broken(*_arguments, **_more):
        message = f"could not send {ENVIRONMENT} {TOKEN}"
        raise RuntimeError(message)

    monkeypatch.setattr(entry.group, "main", broken)
    for arguments in (["status"], ["status", "--format", "json"]):
        assert entry.run(arguments) == 4
    told = capsys.readouterr()
    assert "RuntimeError" in told.out + told.err
    assert not [each for each in ALL if each in told.out + told.err]


class Failing:
    """A model whose provider quotes the request in its error."""

    id = "failing"

    def complete(self, request, on_text=None):
        raise ModelFailed(f"400: bad request {ENVIRONMENT} {TOKEN}", "")


@pytest.mark.attack("AT36")
@pytest.mark.parametrize("is_open", [False, True], ids=["redacted", "permissive"])
def test_at36_an_error_that_quotes_a_secret(hostile, is_open):
    app = wire.app_for(hostile.folder, is_sandboxed=True, approver=Yes(), model=Failing())
    changes = {"redact": lambda text, _values: text} if is_open else {}
    hostile.report = start(replace(app, secrets=(ENVIRONMENT,), **changes), RunRequest(spec="sum"))
    told = hostile.told + json.dumps(msgspec.to_builtins(hostile.report))
    assert ([each for each in (ENVIRONMENT, TOKEN) if each in told] != []) is is_open

"""AT51: whoever changes the audit log is found, whatever they do to it; a full disk stops the change, never the stop; no secret goes in.

Defence: adapters/audit_file.py and events/audit_chain.py: each entry names the one before it, a head file and anchors in the repository name the last; adapters/bubblewrap.py: an agent does not reach it
Twin: test_at51_an_agent_cannot_reach_the_log, test_at51_a_changed_log_is_found_at_its_first_place
"""

from __future__ import annotations

import errno
import os
import shlex
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters import audit_file, audit_head
from setsquare.adapters.audit_file import FileAudit
from setsquare.adapters.git import GitCommand
from setsquare.errors import AuditUnavailable
from setsquare.events.audit import Actor, AuditAction, AuditEntry, Head, Mutation, decode_audit, encode_audit, log_name
from setsquare.events.audit_chain import AuditLog, BreakKind
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.audit_reading import ANCHORS, Filter, anchor, entries, explain, verify
from setsquare.journeys.freezing import freeze, freeze_of, thaw
from setsquare.journeys.opening import opened
from setsquare.journeys.specifying import new_spec
from setsquare.journeys.stopping import StopRequest, stop
from setsquare.journeys.trusting import Trusted, grant, view
from setsquare.ports.stops import Scope, StopOrder
from setsquare.spec.stage import Stage
from setsquare.text.plan import digest

SECRET = "ghp_" + "a1B2" * 9
REQUIREMENTS = (
    "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Sum\n\n**User Story:** As a user, I want sums.\n\n"
    "#### Acceptance Criteria\n\n1. WHEN two numbers are given THEN the system SHALL return their sum.\n"
)


class Unchained:
    """The record without its defences: a log is read as whatever lines are there, and what cannot be written is forgotten."""

    def __init__(self, real):
        self._real = real

    def record(self, mutation):
        self._real.note(mutation)

    def note(self, mutation):
        return self._real.note(mutation)

    def anchor(self):
        return None

    def log(self):
        lines: list[bytes] = []
        latest = ""
        for raw in self._real.log().lines:
            entry = decode_audit(raw)
            if entry is None or entry.action is AuditAction.LOG_BROKEN:
                continue
            latest = max(latest, entry.at)
            lines.append(encode_audit(replace(entry, seq=len(lines) + 1, at=latest, prev=digest(lines[-1]) if lines else "")))
        head = Head(seq=len(lines), digest=digest(lines[-1]), log=log_name(lines[0])) if lines else None
        return AuditLog(raw=b"".join(line + b"\n" for line in lines), head=head)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A workspace with eight entries in its log: the app, and the folder that holds the log."""
    folder = tmp_path / "w"
    (folder / ".kiro/steering").mkdir(parents=True)
    (folder / ".kiro/steering/tech.md").write_text("# Tech\n\nPython.\n")
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    app = wire.app_for(folder)
    grant(app, opened(app))
    new_spec(app, "sum")
    for number in (1, 2):
        freeze(app, f"reason {number}")
        thaw(app)
    return app, next((tmp_path / "state").glob("*/audit.jsonl")).parent


def _lines(state: Path) -> list[bytes]:
    return (state / "audit.jsonl").read_bytes().splitlines(keepends=True)


def _edit(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], lines[4].replace(b"reason 1", b"reason X"), *lines[5:]]


TAMPERINGS = {
    "edit": (_edit, BreakKind.EDITED, 5),
    "edit of the last": (lambda lines: [*lines[:-1], lines[-1].replace(b"thawed", b"frozen")], BreakKind.EDITED, 8),
    "delete in the middle": (lambda lines: [*lines[:2], *lines[4:]], BreakKind.DELETED, 3),
    "delete the beginning": (lambda lines: lines[2:], BreakKind.DELETED, 1),
    "truncate": (lambda lines: lines[:4], BreakKind.TRUNCATED, 5),
    "delete all": (lambda _lines: [], BreakKind.TRUNCATED, 1),
    "reorder": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], BreakKind.REORDERED, 4),
    "repeat": (lambda lines: [*lines[:5], lines[4], *lines[5:]], BreakKind.FORKED, 5),
    "not a line": (lambda lines: [*lines[:2], b'{"seq": 3}\n', *lines[3:]], BreakKind.EDITED, 3),
}


@pytest.mark.attack("AT51")
@pytest.mark.parametrize("name", TAMPERINGS)
def test_at51_a_changed_log_is_found_at_its_first_place(kept, name):
    app, state = kept
    assert verify(app).breaks == ()
    tamper, kind, seq = TAMPERINGS[name]
    before = _lines(state)
    assert len(before) == 8
    after = tamper(before)
    assert after != before
    (state / "audit.jsonl").write_bytes(b"".join(after))
    first = verify(app).breaks[0]
    assert (first.kind, first.seq) == (kind, seq)
    assert verify(replace(app, audit=Unchained(app.audit))).breaks == (), "without the chain nobody sees it"


@pytest.mark.attack("AT51")
@pytest.mark.parametrize("name", TAMPERINGS)
def test_at51_what_was_found_stays_found_when_the_log_goes_on(kept, name):
    app, state = kept
    (state / "audit.jsonl").write_bytes(b"".join(TAMPERINGS[name][0](_lines(state))))
    freeze(app, "afterwards")
    thaw(app)
    assert verify(app).breaks, "an entry that follows must not cover what was done"
    assert verify(replace(app, audit=Unchained(app.audit))).breaks == ()


@pytest.mark.attack("AT51")
def test_at51_a_head_that_is_taken_away_is_missed(kept):
    app, state = kept
    (state / "audit.head").unlink()
    assert verify(app).breaks[0].kind is BreakKind.TRUNCATED
    assert verify(replace(app, audit=Unchained(app.audit))).breaks == ()


@pytest.mark.attack("AT51")
def test_at51_a_fork_is_found_by_its_head_and_with_the_head_by_an_anchor(kept):
    app, state = kept
    log, head = (state / "audit.jsonl").read_bytes(), (state / "audit.head").read_bytes()
    freeze(app, "what really happened")
    kept_elsewhere = anchor(app, is_kept=True).anchor
    (state / "audit.jsonl").write_bytes(log)
    (state / "audit.head").write_bytes(head)
    for _ in range(3):
        thaw(app)
        freeze(app, "another story")
    found = verify(app).breaks
    assert (found[0].kind, found[0].seq) == (BreakKind.FORKED, kept_elsewhere.seq)
    # Without the anchor the forged history is whole: the anchor is what tells.
    (Path(app.folder) / ANCHORS).unlink()
    assert verify(app).breaks == ()
    assert verify(app, kept_elsewhere.digest).breaks[0].kind is BreakKind.TRUNCATED
    assert verify(app, kept_elsewhere.text).breaks[0].kind is BreakKind.FORKED


@pytest.mark.attack("AT51")
def test_at51_a_fork_of_the_file_alone_is_found_by_its_head(kept):
    app, state = kept
    log = (state / "audit.jsonl").read_bytes()
    for reason in ("one", "two"):
        freeze(app, reason)
        thaw(app)
    real = (state / "audit.jsonl").read_bytes(), (state / "audit.head").read_bytes()
    (state / "audit.jsonl").write_bytes(log)
    (state / "audit.head").unlink()
    for reason in ("three", "four"):
        freeze(app, reason)
        thaw(app)
    forged = [line for line in _lines(state) if b"log-broken" not in line]
    (state / "audit.jsonl").write_bytes(b"".join(forged))
    (state / "audit.head").write_bytes(real[1])
    assert verify(app).breaks
    assert verify(replace(app, audit=Unchained(app.audit))).breaks == ()


@pytest.mark.attack("AT51")
def test_at51_a_log_that_was_begun_anew_is_found_by_the_teams_anchor(kept):
    app, state = kept
    anchor(app, is_kept=True)
    (state / "audit.jsonl").unlink()
    (state / "audit.head").unlink()
    freeze(app, "a clean sheet")
    assert verify(app).breaks[0].kind is BreakKind.REPLACED
    (Path(app.folder) / ANCHORS).unlink()
    assert verify(app).breaks == (), "without the anchor a new log is only a new log"


@pytest.mark.attack("AT51")
def test_at51_the_commit_of_an_approval_holds_the_log_to_what_it_said(hostile):
    app = wire.app_for(hostile.folder)
    spec = hostile.folder / ".kiro/specs/late"
    spec.mkdir()
    (spec / "requirements.md").write_text(REQUIREMENTS)
    approve_stage(app, "late", Stage.REQUIREMENTS, "lead")
    state = next(Path(os.environ["XDG_STATE_HOME"]).rglob("audit.jsonl")).parent
    lines = _lines(state)
    (state / "audit.jsonl").write_bytes(b"".join(lines[:-1]))
    entry = decode_audit(lines[-2])
    assert entry is not None
    head = Head(seq=entry.seq, digest=digest(lines[-2].rstrip(b"\n")), log=log_name(lines[0].rstrip(b"\n")))
    (state / "audit.head").write_bytes(msgspec.json.encode(head))
    found = verify(app).breaks
    assert [(each.kind, each.seq) for each in found] == [(BreakKind.TRUNCATED, entry.seq + 1)]
    assert "commit " in found[0].text

    class Forgetful:
        """A history without trailers."""

        def commits(self, *_arguments, **_named):
            return ()

    assert verify(replace(app, history=Forgetful())).breaks == ()


class Clock:
    def __init__(self, *times):
        self._times = list(times)

    def now(self):
        return self._times.pop(0) if len(self._times) > 1 else self._times[0]

    def monotonic_s(self):
        return 0.0

    def sleep(self, wait_s):
        """Pass no time."""

    def new_id(self):
        return "0" * 18


@pytest.mark.attack("AT51")
def test_at51_a_clock_that_is_set_back_is_told_until_a_person_says_why(kept):
    app, state = kept
    late = FileAudit(str(state), Clock("2020-01-01T00:00:00Z"), lambda: "Eve", lambda text: text)
    late.record(Mutation(action=AuditAction.TRUSTED, subject="w"))
    found = verify(app).breaks
    assert [(each.kind, each.seq) for each in found] == [(BreakKind.CLOCK, 9)]
    assert verify(replace(app, audit=Unchained(app.audit))).breaks == ()
    explain(app, 9, "the battery of the clock was empty")
    assert verify(app).breaks == ()
    assert any("explained" in note for note in verify(app).notes)


@pytest.fixture
def full(monkeypatch):
    """A disk that takes a few more bytes, and then no more."""

    def write(descriptor, raw):
        os.write(descriptor, bytes(raw)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    def begin():
        for module in (audit_file, audit_head):
            monkeypatch.setattr(module, "write_whole", write)

    return begin


@pytest.mark.attack("AT51")
def test_at51_a_full_disk_stops_what_cannot_be_recorded(kept, full):
    app, state = kept
    (Path(app.folder) / ".kiro/steering/more.md").write_text("# More\n")
    before = (state / "audit.jsonl").read_bytes()
    full()
    with pytest.raises(AuditUnavailable, match="so it is not done"):
        grant(app, opened(app))
    assert view(app, opened(app)).standing is Trusted.CHANGED
    freeze(app, "what takes rights away waits for no log")
    assert freeze_of(app) is not None
    assert (state / "audit.jsonl").read_bytes() == before, "a line that did not fit is taken back"
    forgetful = replace(app, audit=Unchained(app.audit))
    grant(forgetful, opened(app))
    assert view(app, opened(app)).standing is Trusted.YES
    assert (state / "audit.jsonl").read_bytes() == before, "it was done, and nobody knows"


class NoRunners:
    def running(self):
        return ()


@pytest.mark.attack("AT51")
def test_at51_a_full_disk_stops_no_stop_and_that_is_noted_later(kept, full, monkeypatch):
    app, _ = kept
    monkeypatch.chdir(app.folder)
    world = replace(wire.stopping_here(), runners=NoRunners())
    order = StopOrder(scope=Scope.WORKSPACE, by="ada", reason="wrong", at=app.clock.now())

    class Jammed:
        def note(self, _mutation):
            return False

    stop(replace(world, audit=Jammed()), StopRequest(order=order, is_standing=True))
    assert app.stops.standing("sum") is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_file, "_write", _no_room)
        assert stop(world, StopRequest(order=order, is_standing=True)).is_recorded
    assert not entries(app, Filter(action="stop-ordered"))
    assert any("waits" in note for note in verify(app).notes)
    freeze(app, "there is room again")
    found = entries(app, Filter(action="stop-ordered"))
    assert [(each.subject, each.why) for each in found] == [("workspace", "wrong")]
    assert verify(app).breaks == ()


def _no_room(*_arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.attack("AT51")
@pytest.mark.parametrize("cut", [1, 40, -1])
def test_at51_a_kill_in_the_middle_of_a_line_is_mended_and_told(kept, cut):
    app, state = kept
    raw = (state / "audit.jsonl").read_bytes()
    with (state / "audit.jsonl").open("ab") as file:
        file.write(_lines(state)[-1][:cut])
    assert verify(app).breaks == ()
    freeze(app, "after the kill")
    assert (state / "audit.jsonl").read_bytes().startswith(raw)
    assert verify(app).breaks == ()
    assert [each.action for each in entries(app, Filter())][-2:] == [AuditAction.LOG_MENDED, AuditAction.FROZEN]


@pytest.mark.attack("AT51")
def test_at51_a_kill_between_line_and_head_is_no_tampering(kept):
    app, state = kept
    head = (state / "audit.head").read_bytes()
    freeze(app, "killed after this line")
    (state / "audit.head").write_bytes(head)
    assert verify(app).breaks == ()
    assert any("between the two" in note for note in verify(app).notes)
    thaw(app)
    assert verify(app).breaks == ()


@pytest.mark.attack("AT51")
def test_at51_a_link_in_the_place_of_the_log_is_not_followed(kept, tmp_path):
    app, state = kept
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes((state / "audit.jsonl").read_bytes())
    (state / "audit.jsonl").unlink()
    (state / "audit.jsonl").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    (Path(app.folder) / ".kiro/steering/more.md").write_text("# More\n")
    with pytest.raises(AuditUnavailable):
        grant(app, opened(app))
    assert elsewhere.read_bytes() == before


@pytest.mark.attack("AT51")
def test_at51_no_secret_goes_into_an_entry(kept, monkeypatch):
    app, state = kept
    monkeypatch.setenv("DEPLOY_TOKEN", "tok-77-of-the-deploy")
    freeze(app, f"the token {SECRET} leaked, tok-77-of-the-deploy too")
    log = (state / "audit.jsonl").read_bytes()
    assert b"leaked" in log
    assert SECRET.encode() not in log
    assert b"tok-77" not in log
    thaw(app)
    blind = FileAudit(str(state), app.clock, GitCommand(app.folder).user, lambda text: text)
    freeze(replace(app, audit=blind), f"the token {SECRET} leaked")
    assert SECRET.encode() in (state / "audit.jsonl").read_bytes()


FORGED = AuditEntry(
    seq=99, at="2026-11-25T10:00:00Z", actor=Actor(person="Ada", account="ada"),
    action=AuditAction.TRUSTED, subject="forged by the agent", prev="",
)  # fmt: skip


def _forging(state: Path) -> str:
    line = encode_audit(FORGED).decode()
    code = f"open({str(state / 'audit.jsonl')!r}, 'a').write({line!r})"
    return f"python3 -c {shlex.quote(code)}"


@pytest.mark.attack("AT51")
@pytest.mark.parametrize("is_permissive", [False, True])
def test_at51_an_agent_cannot_reach_the_log(hostile, assault, acts, is_permissive):
    _, _, shell = acts
    state = next(Path(os.environ["XDG_STATE_HOME"]).rglob("audit.jsonl")).parent
    assault(shell(_forging(state)), without=("guard", "sandbox") if is_permissive else ())
    assert (b"forged by the agent" in (state / "audit.jsonl").read_bytes() or is_permissive) is is_permissive
    whole = verify(wire.app_for(hostile.folder))
    if is_permissive:
        assert any("cut off" in note for note in whole.notes) or whole.breaks, "where it could, the chain tells"
    else:
        assert whole.breaks == ()

"""What a journal must keep, whatever happens to the process or the disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

import pytest

from setsquare.adapters.clock import SystemClock
from setsquare.adapters.journal import FileJournals
from setsquare.errors import JournalDamaged, Refused, StorageFailed, Unreadable
from setsquare.events.facts import CheckpointTaken, RunParked, ScopeEnforced


@pytest.fixture
def journals(tmp_path) -> FileJournals:
    return FileJournals(str(tmp_path / "state"), SystemClock())


def path_of(tmp_path, run: str):
    return tmp_path / "state" / "runs" / run / "journal.jsonl"


def fact(step: int) -> CheckpointTaken:
    return CheckpointTaken(step=step, tree=f"tree{step}")


def filled(journals: FileJournals, count: int, run: str = "r1"):
    journal = journals.create(run)
    for step in range(1, count + 1):
        journal.append("platform", fact(step))
    journal.close()


def test_append_and_read(journals):
    journal = journals.create("r1")
    first = journal.append("platform", fact(1))
    second = journal.append("ann", RunParked(step=1, code="x", reason="a\nb\u2028", hint=""))
    assert [first, second] == list(journal.entries())
    assert (first.seq, second.seq, second.actor) == (1, 2, "ann")
    assert first.at.endswith("Z")


def test_a_deferred_entry_waits_for_the_next_that_is_not(journals, monkeypatch):
    journal = journals.create("r1")
    synced = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    journal.append("platform", fact(1), is_deferred=True)
    assert synced == []
    assert [entry.seq for entry in journals.open("r1").entries()] == [1], "another process sees it at once"
    journal.append("platform", fact(2))
    assert len(synced) == 1
    assert [entry.seq for entry in journal.entries()] == [1, 2]


def test_half_characters_are_spelled_out(journals):
    journal = journals.create("r1")
    entry = journal.append("platform", CheckpointTaken(step=1, tree="a\udcff\ud800b"))
    assert entry.event == CheckpointTaken(step=1, tree="a\\udcff\\ud800b")
    assert list(journal.entries()) == [entry]


# req: agent-runtime/4.5
@pytest.mark.parametrize(
    "name", ["caf\udce9.txt", "caf%E9.txt", "100%", "%25", "a\ud800b", "\udc80\udcff", "%u\udce9D800", "caf\\udce9.txt"]
)
def test_a_name_comes_back_exactly(journals, name):
    journal = journals.create("a")
    event = ScopeEnforced(step=1, reverted=(name, "\udce9"))
    assert journal.append("platform", event).event == event
    assert [entry.event for entry in journal.entries()] == [event]
    plain = ScopeEnforced(step=1, reverted=("100%E9",))
    assert journal.append("platform", plain).event == plain
    journal.close()
    assert [entry.event for entry in journals.open("a").entries()] == [event, plain]


def test_open_goes_on(journals):
    filled(journals, 3)
    journal = journals.open("r1")
    assert journal.append("platform", fact(4)).seq == 4
    assert [entry.seq for entry in journals.open("r1").entries()] == [1, 2, 3, 4]


def test_file_is_private_and_its_lines_are_json(journals, tmp_path):
    filled(journals, 2)
    path = path_of(tmp_path, "r1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes().count(b"\n") == 2


def test_runs_are_sorted(journals, tmp_path):
    assert journals.runs() == ()
    for run in ("0b", "0a", "0c"):
        filled(journals, 1, run)
    (tmp_path / "state" / "runs" / "no-journal").mkdir()
    assert journals.runs() == ("0a", "0b", "0c")


def test_create_refuses_an_existing_run(journals):
    filled(journals, 1)
    with pytest.raises(StorageFailed):
        journals.create("r1")


@pytest.mark.parametrize("run", ["", "..", "../r1", "a/b", "/etc", "r1\0", "none"])
def test_open_refuses_what_is_no_run(journals, run):
    filled(journals, 1)
    with pytest.raises(Unreadable):
        journals.open(run)


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_torn_last_line_is_left_out_then_set_aside(journals, tmp_path, cut):
    filled(journals, 3)
    path = path_of(tmp_path, "r1")
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    journal = journals.open("r1")
    assert [entry.seq for entry in journal.entries()] == [1, 2]
    torn = path.read_bytes().splitlines(keepends=True)[-1]
    assert journal.append("platform", fact(3)).seq == 3
    assert [entry.seq for entry in journals.open("r1").entries()] == [1, 2, 3]
    assert path.with_name("journal.jsonl.torn").read_bytes() == torn + b"\n"


def test_every_prefix_of_a_journal_can_be_opened(journals, tmp_path):
    filled(journals, 2)
    path = path_of(tmp_path, "r1")
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        assert [entry.seq for entry in journals.open("r1").entries()] == list(range(1, whole[:size].count(b"\n") + 1))


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json", b'{"seq":2}', b"\xff\xfe"])
def test_damaged_middle_line_is_named(journals, tmp_path, damage):
    filled(journals, 3)
    path = path_of(tmp_path, "r1")
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join((lines[0], damage, lines[2], b"")))
    with pytest.raises(JournalDamaged, match="line 2 "):
        journals.open("r1")


def test_damaged_last_whole_line_is_damage(journals, tmp_path):
    filled(journals, 2)
    path = path_of(tmp_path, "r1")
    path.write_bytes(path.read_bytes()[:-9] + b"\n")
    with pytest.raises(JournalDamaged, match="line 2 "):
        journals.open("r1")


@pytest.mark.parametrize("order", [(0, 2), (1,), (0, 0, 1), (1, 0, 2)])
def test_missing_repeated_and_swapped_entries_are_damage(journals, tmp_path, order):
    filled(journals, 3)
    path = path_of(tmp_path, "r1")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[index] for index in order))
    with pytest.raises(JournalDamaged):
        journals.open("r1")


def test_newer_version_is_damage(journals, tmp_path):
    filled(journals, 1)
    path = path_of(tmp_path, "r1")
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":99'))
    with pytest.raises(JournalDamaged, match="99"):
        journals.open("r1")


@pytest.mark.parametrize("other_run", ["r1", "r2"])
def test_only_one_process_appends_in_a_workspace(journals, other_run):
    for run in ("r1", "r2"):
        filled(journals, 1, run)
    journal = journals.open("r1")
    journal.append("platform", fact(2))
    other = journals.open(other_run)
    count = len(list(other.entries()))
    for claiming in (other.claim, lambda: other.append("platform", fact(3)), lambda: journals.create("r3")):
        with pytest.raises(Refused, match=rf"run r1, process {os.getpid()}"):
            claiming()
    assert journals.runs() == ("r1", "r2"), "a refused run left something behind"
    journal.close()
    assert other.append("platform", fact(3)).seq == count + 1


def test_a_claim_that_rests_on_an_old_view_is_none(journals):
    filled(journals, 1)
    early, late = journals.open("r1"), journals.open("r1")
    late.append("platform", fact(2))
    late.close()
    with pytest.raises(StorageFailed, match="added"):
        early.claim()
    assert journals.open("r1").append("platform", fact(3)).seq == 3, "the failed claim holds nobody up"


def test_a_new_journal_is_claimed_at_once(journals):
    journal = journals.create("r1")
    with pytest.raises(Refused):
        journals.create("r2")
    journal.close()
    journals.create("r2").close()


def test_what_was_added_since_the_reading_stops_an_append(journals):
    filled(journals, 1)
    early, late = journals.open("r1"), journals.open("r1")
    late.append("platform", fact(2))
    late.close()
    with pytest.raises(StorageFailed, match="added"):
        early.append("platform", fact(2))
    assert len(list(early.entries())) == 2
    assert early.append("platform", fact(3)).seq == 3


def test_lock_ends_with_its_process(journals, tmp_path):
    code = f"""
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.journal import FileJournals
from setsquare.events.facts import CheckpointTaken
import os
FileJournals({str(tmp_path / "state")!r}, SystemClock()).create("r1").append("platform", CheckpointTaken(step=1, tree="t"))
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert journals.open("r1").append("platform", fact(2)).seq == 2


def test_full_disk_leaves_whole_lines(journals, tmp_path):
    journal = journals.create("r1")
    journal.append("platform", fact(1))
    size = path_of(tmp_path, "r1").stat().st_size
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limit[1]))
    try:
        with pytest.raises(StorageFailed, match="entry 2"):
            journal.append("platform", fact(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path_of(tmp_path, "r1").stat().st_size == size
    assert journal.append("platform", fact(2)).seq == 2


def test_unwritable_state_folder(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StorageFailed):
        FileJournals(str(tmp_path / "state"), SystemClock()).create("r1")


def test_append_costs_little_more_than_the_disk(journals, tmp_path):
    """0.3 ms on an idle machine; judged beside a plain write in turn, so that a busy machine slows both."""
    journal = journals.create("r1")
    ours: list[float] = []
    plain: list[float] = []
    with (tmp_path / "plain").open("ab", buffering=0) as file:
        for step in range(1, 61):
            started = time.perf_counter()
            file.write(b"x" * 120)
            os.fdatasync(file.fileno())
            middle = time.perf_counter()
            journal.append("platform", fact(step))
            plain.append(middle - started)
            ours.append(time.perf_counter() - middle)
    assert min(ours) < 3 * min(plain) + 0.0003, (min(ours), min(plain))


# req: agent-runtime/6.8
@pytest.mark.parametrize("damage", [b"\x00garbage\n", b"", b'{"seq": 2}\n'])
def test_what_can_be_read_of_a_damaged_journal_is_given_in_order(journals, tmp_path, damage):
    filled(journals, 4)
    lines = path_of(tmp_path, "r1").read_bytes().splitlines(keepends=True)
    path_of(tmp_path, "r1").write_bytes(b"".join([lines[0], damage, *lines[2:], b'{"torn']))
    with pytest.raises(JournalDamaged):
        journals.open("r1")
    assert journals.salvaged("r1") == (fact(1), fact(3), fact(4))
    assert journals.salvaged("nothing") == ()


# req: agent-runtime/6.8
def test_a_journal_that_is_set_aside_is_kept_and_not_listed(journals, tmp_path):
    filled(journals, 2)
    before = path_of(tmp_path, "r1").read_bytes()
    path_of(tmp_path, "r1").with_name("journal.jsonl.aside").write_bytes(b"older")
    aside = journals.set_aside("r1")
    assert journals.runs() == ()
    with open(aside, "rb") as file:
        assert file.read() == before
    assert path_of(tmp_path, "r1").with_name("journal.jsonl.aside").read_bytes() == b"older"
    with pytest.raises(Unreadable):
        journals.set_aside("r1")


def test_a_journal_is_not_set_aside_while_a_run_goes_on(journals, tmp_path):
    filled(journals, 1)
    going = journals.create("r2")
    with pytest.raises(Refused):
        FileJournals(str(tmp_path / "state"), SystemClock()).set_aside("r1")
    going.close()
    assert journals.runs() == ("r1", "r2")

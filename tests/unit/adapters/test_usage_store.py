"""What is kept of trails: read once, whole or not at all, by one run or two, with a place to write or without."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from setsquare.adapters import usage_store
from setsquare.adapters.usage_store import FILE, open_usage_store
from setsquare.errors import StorageFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Gap, Outcome, Principal, Seen, Use, Window
from setsquare.powers.iam.usage.packing import packed

APP = Principal("role", "arn:aws:iam::123456789012:role/team/app", "AROA1")
NEWER = Principal("role", "arn:aws:iam::123456789012:role/team/app", "AROA2")
USER = Principal("user", "arn:aws:iam::123456789012:user/app", "AIDA1")
WINDOW = Window("2026-01-01", "2026-01-31")


def use(principal=APP, day="2026-01-05", count=1, event="DescribeInstances") -> Use:
    time_of = f"{day}T00:00:00Z"
    return Use(
        principal=principal,
        source="ec2.amazonaws.com",
        event=event,
        resource="*",
        outcome=Outcome.USED,
        day=day,
        count=count,
        first=time_of,
        last=time_of,
    )


def part(identity: str, *uses: Use) -> TrailPart:
    seen = Seen(days=tuple(sorted({one.day for one in uses})), regions=("eu-west-1",), reads=len(uses))
    return TrailPart(
        identity=identity, uses=(), events=len(uses), packed=packed(uses), seen=seen, gaps=(Gap(code="capped", reason="it is"),)
    )


def counts(store, identities, principal=APP, window=WINDOW):
    return [one.count for one in store.kept(identities, window).uses(principal)]


@pytest.fixture(params=["lasting", "private"])
def folder(request, tmp_path):
    return str(tmp_path / "state") if request.param == "lasting" else None


def test_pieces_are_joined_over_the_chosen_ones(folder):
    store = open_usage_store(folder)
    for at in range(3):
        store.put(part(f"p{at}", use(count=10**at), use(USER)))
    assert [store.holds(name) for name in ("p0", "p2", "p9")] == [True, True, False]
    assert counts(store, ["p0", "p2"]) == [101]
    assert counts(store, ["p0", "p1", "p2", "p9"]) == [111]
    assert counts(store, []) == []
    assert counts(store, ["p0"], window=Window("2026-02-01", "2026-02-02")) == []
    store.close()


def test_pieces_come_back_without_their_uses_in_the_order_of_the_choice(folder):
    store = open_usage_store(folder)
    made = [part("b", use()), part("a", use(), use(USER))]
    for each in made:
        store.put(each)
    assert list(store.kept(["a", "b"], WINDOW).parts()) == [msgspec.structs.replace(each, packed=()) for each in reversed(made)]
    store.close()


def test_uses_that_were_not_packed_are_kept_as_well(folder):
    store = open_usage_store(folder)
    store.put(TrailPart(identity="u", uses=(use(count=3), use(NEWER, count=4)), packed=packed((use(count=5),))))
    kept = store.kept(["u"], WINDOW)
    assert [one.count for one in kept.uses(APP)] == [8]
    assert [one.count for one in kept.uses(NEWER)] == [4]
    store.close()


def test_roles_are_found_by_name_and_arn_and_users_are_none(folder):
    store = open_usage_store(folder)
    other = Principal("role", "arn:aws:iam::123456789012:role/my-app", "AROA3")
    store.put(part("p", use(), use(NEWER), use(USER), use(other)))
    kept = store.kept(["p"], WINDOW)
    assert list(kept.principals("app")) == [APP, NEWER]
    assert list(kept.principals(APP.arn)) == [APP, NEWER]
    assert list(kept.principals("")) == [other, APP, NEWER]
    assert list(kept.principals("team/app")) == []
    assert list(kept.principals("a%")) == []
    store.close()


def test_the_next_run_finds_what_the_last_one_kept_and_its_answer(tmp_path):
    store = open_usage_store(str(tmp_path))
    store.put(part("p", use(count=7)))
    assert counts(store, ["p"]) == [7]
    store.close()
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("DELETE FROM uses")
    again = open_usage_store(str(tmp_path))
    assert again.holds("p")
    assert counts(again, ["p"]) == [7]
    assert counts(again, ["p"], window=Window("2026-01-01", "2026-01-30")) == []
    again.close()


def test_a_piece_is_kept_once(tmp_path):
    one, two = open_usage_store(str(tmp_path)), open_usage_store(str(tmp_path))
    for store in (one, two):
        store.put(part("p", use(count=7)))
        store.put(part("p", use(count=9)))
    assert counts(one, ["p"]) == [7]
    assert counts(two, ["p"]) == [7]
    one.close()
    two.close()


def test_the_file_is_its_owners_alone(tmp_path):
    store = open_usage_store(str(tmp_path / "made"))
    store.put(part("p", use()))
    counts(store, ["p"])
    modes = {stat.S_IMODE(os.stat(tmp_path / "made" / name).st_mode) for name in os.listdir(tmp_path / "made")}
    assert modes == {0o600}
    assert stat.S_IMODE(os.stat(tmp_path / "made").st_mode) == 0o700
    store.close()


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"x" * 4000])
def test_a_file_that_is_no_store_is_made_anew(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    store = open_usage_store(str(tmp_path))
    assert store.is_lasting
    store.put(part("p", use()))
    assert counts(store, ["p"]) == [1]
    store.close()


def test_a_store_of_another_format_is_made_anew(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("PRAGMA user_version = 999")
    store = open_usage_store(str(tmp_path))
    store.put(part("p", use()))
    assert (store.is_lasting, counts(store, ["p"])) == (True, [1])
    store.close()


def test_without_a_place_to_write_all_works_until_the_end(tmp_path):
    (tmp_path / "file").write_text("x")
    store = open_usage_store(str(tmp_path / "file" / "below"))
    store.put(part("p", use()))
    assert (store.is_lasting, counts(store, ["p"])) == (False, [1])
    store.close()


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    store = open_usage_store(str(tmp_path))
    assert not store.is_lasting
    assert (tmp_path / "elsewhere").read_text() == "mine"
    store.close()


def test_what_cannot_be_written_is_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(usage_store, "BUSY_SECONDS", 0)
    store = open_usage_store(str(tmp_path))
    store.put(part("before", use(count=1)))
    counts(store, ["before"])
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put(part("held", use(count=2), use(NEWER)))
    kept = store.kept(["before", "held"], WINDOW)
    assert [one.count for one in kept.uses(APP)] == [3]
    assert list(kept.principals("app")) == [APP, NEWER]
    assert [each.identity for each in kept.parts()] == ["before", "held"]
    other.execute("ROLLBACK")
    other.close()
    store.close()


def test_a_store_that_was_damaged_meanwhile_says_so_with_a_mend(tmp_path):
    store = open_usage_store(str(tmp_path))
    store.put(part("p", use()))
    kept = store.kept(["p"], WINDOW)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE uses SET uses = x'ff'")
    with pytest.raises(StorageFailed, match="kept usage") as caught:
        kept.uses(APP)
    assert FILE in caught.value.hint
    store.close()


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from setsquare.adapters.usage_store import open_usage_store
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Outcome, Principal, Use
from setsquare.powers.iam.usage.packing import packed
role = Principal("role", "arn:aws:iam::123456789012:role/team/app", "AROA1")
store = open_usage_store(sys.argv[1])
print("ready", flush=True)
for at in range(int(sys.argv[2])):
    use = Use(principal=role, source="s", event="e", resource="*", outcome=Outcome.USED, day="2026-01-05", count=1, first="2026-01-05T", last="2026-01-05T")
    store.put(TrailPart(identity=f"p{at}", uses=(), packed=packed((use,)), events=1))
store.close()
"""


def writer(folder: Path, pieces: int) -> subprocess.Popen[str]:
    source = str(Path(usage_store.__file__).parents[2])
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(pieces), source], stdout=subprocess.PIPE, text=True)


def test_two_runs_at_once_keep_each_piece_once(tmp_path):
    runs = [writer(tmp_path, 500), writer(tmp_path, 500)]
    assert [run.wait(60) for run in runs] == [0, 0]
    for run in runs:
        assert run.stdout is not None
        run.stdout.close()
    store = open_usage_store(str(tmp_path))
    assert counts(store, [f"p{at}" for at in range(500)]) == [500]
    store.close()


def test_a_run_that_is_killed_leaves_whole_pieces_only(tmp_path):
    run = writer(tmp_path, 10**7)
    assert run.stdout is not None
    run.stdout.readline()
    ended = time.monotonic() + 30
    while time.monotonic() < ended:
        time.sleep(0.02)
        try:
            with sqlite3.connect(f"file:{tmp_path / FILE}?mode=ro", uri=True) as database:
                if database.execute("SELECT count(*) FROM part").fetchone()[0] > 100:
                    break
        except sqlite3.Error:
            continue
    os.kill(run.pid, signal.SIGKILL)
    run.wait(10)
    run.stdout.close()
    store = open_usage_store(str(tmp_path))
    assert store.is_lasting
    kept = [f"p{at}" for at in range(100_000) if store.holds(f"p{at}")]
    assert len(kept) > 100
    assert counts(store, kept) == [len(kept)]
    store.close()

"""Trails in folders: what is read, what is passed over, and what is a gap."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest

from setsquare.adapters import trail_file
from setsquare.adapters.trail_folder import FolderTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.errors import CloudFailed
from setsquare.powers.iam.usage.model import Window

WINDOW = Window("2026-01-01", "2026-01-31")


def event(day="2026-01-05", **fields):
    identity = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:role/app", "principalId": "AROA1"}}}
    made = {"userIdentity": identity, "eventTime": f"{day}T00:00:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances"}
    return made | fields


def document(*events) -> bytes:
    return json.dumps({"Records": list(events) or [event()]}).encode()


def laid(root: Path, path: str, raw: bytes) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(raw) if path.endswith(".gz") else raw)
    return target


def parts(path, window=WINDOW, workers=1, known=lambda _identity: False):
    return list(FolderTrail(str(path), known, workers).parts(window, lambda _line: None))


def total(path, **options):
    return sum(part.events for part in parts(path, **options))


def codes(path):
    return [gap.code for part in parts(path) for gap in part.gaps]


@pytest.mark.parametrize(
    "layout",
    [
        "AWSLogs/123456789012/CloudTrail/us-east-1/2026/01/05/123456789012_CloudTrail_us-east-1_20260105T0000Z_x.json.gz",
        "prefix/AWSLogs/o-abc123/123456789012/CloudTrail/us-east-1/2026/01/05/a.json.gz",
        "123456789012_CloudTrail_us-east-1_20260105T0000Z_x.json",
        "2026/01/06/delivered-the-next-day.json.gz",
        "events.jsonl",
        "export/000000.gz",
    ],
)
def test_every_layout_is_found(tmp_path, layout):
    laid(tmp_path, layout, document())
    assert total(tmp_path) == 1
    assert total(tmp_path / layout) == 1


@pytest.mark.parametrize(
    "layout",
    [
        "AWSLogs/1/CloudTrail-Digest/us-east-1/2026/01/05/1_CloudTrail-Digest_us-east-1_t_us-east-1_20260105T000000Z.json.gz",
        "AWSLogs/1/CloudTrail-Insight/us-east-1/2026/01/05/a.json.gz",
        "flat/1_CloudTrail-Digest_us-east-1_20260105T0000Z.json.gz",
        "AWSLogs/1/CloudTrail/us-east-1/2025/12/31/before.json.gz",
        "AWSLogs/1/CloudTrail/us-east-1/2026/02/02/after.json.gz",
        "flat/1_CloudTrail_us-east-1_20251231T2300Z_x.json.gz",
        ".hidden",
        ".settings/.more",
    ],
)
def test_what_holds_no_events_of_the_window_is_not_opened(tmp_path, layout):
    laid(tmp_path, layout, b"{ broken")
    assert [(part.identity, part.events, part.gaps) for part in parts(tmp_path) if part.identity or part.events or part.gaps] == []


def test_parts_come_in_one_order_and_keep_their_identity(tmp_path):
    for name in ("b.json", "a.json", "c/d.json"):
        laid(tmp_path, name, document())
    first, second = parts(tmp_path), parts(tmp_path)
    assert [part.identity.split("|")[0].rpartition("/")[2] for part in first] == ["a.json", "b.json", "d.json"]
    assert first == second
    laid(tmp_path, "a.json", document(event(), event()))
    assert [one.identity == other.identity for one, other in zip(first, parts(tmp_path), strict=True)] == [False, True, True]


def test_a_known_part_is_not_read(tmp_path):
    laid(tmp_path, "a.json", document())
    laid(tmp_path, "b.json", document())
    known = parts(tmp_path)[0].identity
    (tmp_path / "a.json").chmod(0)
    assert [(part.is_kept, part.events) for part in parts(tmp_path, known=lambda identity: identity == known)] == [(True, 0), (False, 1)]


def test_a_compressed_file_that_breaks_off_gives_what_stands_before_and_a_gap(tmp_path):
    raw = gzip.compress(document(*[event(eventName=f"Call{at}") for at in range(2000)]))
    laid(tmp_path, "good.json", document())
    (tmp_path / "cut.json.gz").write_bytes(raw[: len(raw) // 2])
    cut, good = parts(tmp_path)
    assert 0 < cut.events < 2000
    assert [(gap.code, gap.scope) for gap in cut.gaps] == [("unreadable-file", "cut.json.gz")]
    assert (good.events, good.gaps) == (1, ())


def test_damaged_compression_is_a_gap(tmp_path):
    raw = bytearray(gzip.compress(os.urandom(200_000), 1))
    raw[1000:1100] = b"\0" * 100
    (tmp_path / "bad.json.gz").write_bytes(bytes(raw))
    assert codes(tmp_path) == ["unreadable-file"]


def test_compressed_members_one_after_another_are_one_file(tmp_path):
    line = json.dumps(event()).encode() + b"\n"
    (tmp_path / "a.gz").write_bytes(gzip.compress(line) + gzip.compress(line) + b"\0\0")
    assert total(tmp_path) == 2


def test_compression_is_told_by_content_not_by_name(tmp_path):
    (tmp_path / "a.json").write_bytes(gzip.compress(document()))
    (tmp_path / "b.json.gz").write_bytes(document())
    assert total(tmp_path) == 2


@pytest.mark.parametrize("magic", [b"BZh9", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1"])
def test_other_forms_are_a_gap(tmp_path, magic):
    (tmp_path / "a.json.bz2").write_bytes(magic + b"x" * 50)
    assert codes(tmp_path) == ["unreadable-file"]


def test_broken_json_and_empty_files_are_gaps_and_the_rest_goes_on(tmp_path):
    laid(tmp_path, "a.json", b"{ broken")
    laid(tmp_path, "b.json", b"")
    laid(tmp_path, "c.json", document())
    assert codes(tmp_path) == ["unreadable-file", "unreadable-file"]
    assert total(tmp_path) == 1


def test_links_in_circles_end_and_a_linked_folder_is_read_once(tmp_path):
    laid(tmp_path, "trail/a.json", document())
    (tmp_path / "trail" / "loop").symlink_to(tmp_path / "trail")
    (tmp_path / "trail" / "self").symlink_to("self")
    (tmp_path / "link").symlink_to(tmp_path / "trail")
    assert total(tmp_path) == 1
    assert total(tmp_path / "link") == 1


def test_a_link_that_leads_out_of_the_folder_is_not_followed_and_named(tmp_path):
    laid(tmp_path, "trail/a.json", document())
    laid(tmp_path, "other/b.json", document())
    laid(tmp_path, "settings.json", document())
    laid(tmp_path, "trail-of-another/c.json", document())
    (tmp_path / "trail" / "day").symlink_to("../other")
    (tmp_path / "trail" / "c.json").symlink_to(tmp_path / "trail-of-another" / "c.json")
    (tmp_path / "trail" / "up").symlink_to("..")
    (tmp_path / "trail" / "inside").symlink_to("a.json")
    found = [gap for part in parts(tmp_path / "trail") for gap in part.gaps]
    assert total(tmp_path / "trail") == 1
    assert sorted((gap.code, gap.scope) for gap in found) == [
        ("passed-over", "up"),
        ("unreadable-file", "c.json"),
        ("unreadable-file", "day"),
    ]
    assert all("leads out of the trail's folder" in gap.reason for gap in found if gap.scope)
    (tmp_path / "trail" / "later").mkdir()
    (tmp_path / "trail" / "later" / "again").symlink_to("../../other")
    assert total(tmp_path / "trail") == 1


# Firehose gives its files names without an ending.
@pytest.mark.parametrize(
    "name", ["events-1-2026-01-05-00-00-00-0a1b2c3d", "2026/01/05/00/stream-1-2026-01-05-00-00-00-6f.0a1b-2c", "export"]
)
@pytest.mark.parametrize(
    "raw", [document(), gzip.compress(document()), gzip.compress(gzip.compress(document())), b"\xef\xbb\xbf\n" + document()]
)
def test_a_file_without_an_ending_is_read_by_its_content(tmp_path, name, raw):
    target = tmp_path / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    assert (total(tmp_path), codes(tmp_path)) == (1, [])


def test_what_is_passed_over_is_named(tmp_path):
    laid(tmp_path, "a.json", document())
    for name in ("LICENSE", "table.csv", "notes.md", "page.html", "old.tgz"):
        (tmp_path / name).write_bytes(b"words")
    (tmp_path / "events.txt").write_bytes(document())
    (gap,) = (gap for part in parts(tmp_path) for gap in part.gaps)
    assert gap.code == "passed-over"
    assert "4 entries are passed over" in gap.reason
    assert gap.reason.endswith("LICENSE, events.txt, old.tgz and 1 more")
    assert total(tmp_path) == 1


def test_a_file_without_an_ending_of_a_form_that_is_not_read_is_a_gap(tmp_path):
    (tmp_path / "part-0001").write_bytes(b"PAR1" + b"x" * 50)
    assert codes(tmp_path) == ["unreadable-file"]


def subscription(*events, kind="DATA_MESSAGE") -> bytes:
    logged = [{"id": str(at), "timestamp": 1, "message": json.dumps(each)} for at, each in enumerate(events)]
    logged = logged or [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]
    return json.dumps({"messageType": kind, "owner": "1", "logGroup": "trail", "logStream": "s", "logEvents": logged}).encode()


def test_packed_messages_of_a_subscription_one_after_another_are_read(tmp_path):
    members = (subscription(kind="CONTROL_MESSAGE"), subscription(event()), subscription(event(eventName="A"), event(eventName="B")))
    joined = b"".join(map(gzip.compress, members))
    for name, raw in (("one", joined), ("two.gz", gzip.compress(joined, mtime=1)), ("three.json", b"".join(members))):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(raw)
        assert (total(tmp_path / name), codes(tmp_path / name), [part.unread for part in parts(tmp_path / name)]) == (3, [], [0])


def test_a_pipe_does_not_hold_the_reader_up(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    assert codes(tmp_path) == ["unreadable-file"]
    with pytest.raises(CloudFailed, match="neither a folder nor a file"):
        parts(tmp_path / "a.json")


def test_a_name_that_is_no_text_is_kept_and_shown_as_escapes(tmp_path):
    trail = tmp_path / "trail"
    trail.mkdir()
    (trail / os.fsdecode(b"\xff.json")).write_bytes(b"nope")
    (trail / os.fsdecode(b"\xfe.json")).write_bytes(document())
    kept = open_usage_store(str(tmp_path / "state"))
    for part in parts(trail):
        kept.put(part)
    found = [gap.reason for part in parts(trail) for gap in part.gaps]
    assert found == [r"\xff.json could not be read whole: it is no JSON"]
    assert all(kept.holds(part.identity) for part in parts(trail))
    kept.close()


def test_a_trail_that_is_not_there_is_an_error_with_a_mend(tmp_path):
    with pytest.raises(CloudFailed, match="cannot read the trail") as caught:
        parts(tmp_path / "absent")
    assert caught.value.hint


def test_a_long_document_is_a_gap_and_long_lists_of_lines_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(trail_file, "MOST_DOCUMENT", 2000)
    monkeypatch.setattr(trail_file, "MOST_LINE", 5000)
    many = [event(eventName=f"Call{at}") for at in range(100)]
    laid(tmp_path, "a.json", document(*many))
    laid(tmp_path, "b.jsonl", b"\n".join(json.dumps(one).encode() for one in many))
    laid(tmp_path, "c.json.gz", b"\n".join([*(json.dumps(one).encode() for one in many), b"no event"]))
    first, second, third = parts(tmp_path)
    assert (first.events, [gap.code for gap in first.gaps]) == (0, ["unreadable-file"])
    assert (second.events, second.gaps) == (100, ())
    assert (third.events, third.unread, [gap.code for gap in third.gaps]) == (101, 1, ["unreadable-file"])


def test_a_compressed_bomb_stays_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(trail_file, "MOST_DOCUMENT", 1 << 20)
    monkeypatch.setattr(trail_file, "MOST_LINE", 1 << 20)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"[" + b" " * (64 << 20), 9))
    tracemalloc.start()
    try:
        assert codes(tmp_path) == ["unreadable-file"]
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def test_several_workers_give_the_same_parts(tmp_path):
    for at in range(20):
        laid(tmp_path, f"{at:02d}.json.gz", document(*[event(eventName=f"Call{at}")] * (at + 1)))
    laid(tmp_path, "10b.json", b"{ broken")
    assert parts(tmp_path, workers=2) == parts(tmp_path, workers=1)
    assert parts(tmp_path, workers=5) == parts(tmp_path, workers=1)


DIGESTS = "AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/01/05"
LOGS = "AWSLogs/123456789012/CloudTrail/us-east-1/2026/01/05"


def digest(root: Path, hour: int, *keys: str, raw: bytes | None = None) -> Path:
    told = {
        "digestStartTime": f"2026-01-05T{hour:02d}:00:00Z",
        "digestEndTime": f"2026-01-05T{hour + 1:02d}:00:00Z",
        "logFiles": [{"s3Object": key} for key in keys],
    }
    name = f"123456789012_CloudTrail-Digest_us-east-1_main_us-east-1_20260105T{hour + 1:02d}0000Z.json.gz"
    return laid(root, f"{DIGESTS}/{name}", json.dumps(told).encode() if raw is None else raw)


def test_digests_prove_hours_and_are_no_events(tmp_path):
    laid(tmp_path, f"{LOGS}/a.json.gz", document())
    for hour in (3, 1, 2, 6):
        digest(tmp_path, hour)
    found = parts(tmp_path)
    assert sum(part.events for part in found) == 1
    stretches = [(each.begin[11:13], each.end[11:13]) for part in found for each in part.seen.stretches]
    assert (stretches, codes(tmp_path)) == ([("01", "04"), ("06", "07")], [])


def test_log_files_that_a_digest_names_must_be_there(tmp_path):
    laid(tmp_path, f"{LOGS}/a.json", document())
    digest(tmp_path, 1, f"{LOGS}/a.json.gz", "AWSLogs/123456789012/CloudTrail/us-east-1/2025/12/01/long-before.json.gz")
    assert codes(tmp_path) == []
    digest(tmp_path, 2, f"{LOGS}/b.json.gz", f"{LOGS}/c.json.gz")
    (gap,) = [gap for part in parts(tmp_path) for gap in part.gaps]
    assert (gap.code, "2 log files" in gap.reason, "b.json.gz, c.json.gz" in gap.reason) == ("files-missing", True, True)


def test_a_digest_that_cannot_be_read_proves_nothing(tmp_path):
    laid(tmp_path, f"{LOGS}/a.json.gz", document())
    digest(tmp_path, 1, raw=b"{ broken")
    digest(tmp_path, 2).write_bytes(gzip.compress(b"{}")[:12])
    digest(tmp_path, 3).unlink()
    assert [each for part in parts(tmp_path) for each in part.seen.stretches] == []


def test_a_day_before_the_window_tells_that_the_trail_is_older(tmp_path):
    laid(tmp_path, f"{LOGS}/a.json.gz", document())
    laid(tmp_path, "AWSLogs/1/CloudTrail/us-east-1/2025/11/03/b.json.gz", b"{ broken")
    laid(tmp_path, "AWSLogs/1/CloudTrail-Digest/us-east-1/2025/12/03/b.json.gz", b"{ broken")
    assert [day for part in parts(tmp_path) for day in part.days] == ["2026-01-05", "2025-11-03"]


def test_a_delivered_file_that_was_copied_is_read_once(tmp_path):
    name = "123456789012_CloudTrail_us-east-1_20260105T0000Z_abcdefghijklmnop.json"
    laid(tmp_path, f"one/{name}", document())
    laid(tmp_path, f"two/{name}", document())
    assert total(tmp_path) == 1
    laid(tmp_path, f"three/{name}", document(event(), event()))
    assert total(tmp_path) == 3
    laid(tmp_path, "four/events.json", document())
    laid(tmp_path, "five/events.json", document())
    assert total(tmp_path) == 5

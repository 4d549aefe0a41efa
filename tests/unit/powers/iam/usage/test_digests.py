"""What digest files prove: hours without events, and what is missing."""

from __future__ import annotations

import json

import pytest

from setsquare.powers.iam.usage.digests import digest_in, holes, joined, quiet_days, whole_regions
from setsquare.powers.iam.usage.model import Stretch, Window

WINDOW = Window("2026-01-01", "2026-01-05")
NAME = "AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/01/05/123456789012_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260105T010131Z.json.gz"


def told(**fields) -> bytes:
    made = {
        "digestStartTime": "2026-01-05T00:01:31Z",
        "digestEndTime": "2026-01-05T01:01:31Z",
        "logFiles": [],
        "previousDigestHashValue": "00",
    }
    return json.dumps(made | fields).encode()


def stretch(begin: str, end: str, region: str = "us-east-1", account: str = "1") -> Stretch:
    return Stretch(f"{account} main {region}", region, f"{begin}:00:00Z", f"{end}:00:00Z")


def test_a_digest_names_its_hour_and_its_files():
    found = digest_in(NAME, told(logFiles=[{"s3Object": "AWSLogs/1/a.json.gz", "hashValue": "1"}]))
    assert found is not None
    assert (found.stretch.chain, found.stretch.region) == ("123456789012 my_trail eu-west-1", "eu-west-1")
    assert (found.stretch.begin, found.stretch.end, found.files) == (
        "2026-01-05T00:01:31Z",
        "2026-01-05T01:01:31Z",
        ("AWSLogs/1/a.json.gz",),
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        told()[:-1],
        told(digestStartTime="soon"),
        told(digestEndTime="2026-01-05T00:01:31Z"),
        told(digestEndTime="2026-01-05T01:01:31+02:00"),
        told(logFiles=None),
        told(logFiles=[{}]),
    ],
)
def test_what_is_no_digest_proves_nothing(raw):
    assert digest_in(NAME, raw) is None
    assert digest_in("events.json", told()) is None


def test_a_missing_hour_is_a_gap_and_the_ends_of_a_chain_are_none():
    chain = joined(
        [stretch("2026-01-02T00", "2026-01-02T05"), stretch("2026-01-02T06", "2026-01-04T00"), stretch("2026-01-02T05", "2026-01-02T05")]
    )
    (gap,) = holes(chain, WINDOW)
    assert (gap.code, "us-east-1 from 2026-01-02T05:00:00Z to 2026-01-02T06:00:00Z" in gap.reason) == ("days-missing", True)
    assert holes(chain, Window("2026-01-03", "2026-01-05")) == ()
    assert holes(joined([stretch("2026-01-02T00", "2026-01-02T05"), stretch("2026-01-02T05", "2026-01-04T00")]), WINDOW) == ()
    others = joined([stretch("2026-01-02T00", "2026-01-02T05"), stretch("2026-01-03T05", "2026-01-04T00", region="eu-west-1")])
    assert holes(others, WINDOW) == ()


def test_a_day_is_quiet_when_every_chain_proves_it_whole():
    whole = stretch("2025-12-31T23", "2026-01-04T01")
    assert quiet_days((whole,), ("2026-01-01",), ("us-east-1",), WINDOW) == ("2026-01-02", "2026-01-03")
    part = stretch("2025-12-31T23", "2026-01-03T23", region="eu-west-1")
    assert quiet_days((whole, part), (), ("us-east-1",), WINDOW) == ("2026-01-01", "2026-01-02")
    other_account = stretch("2026-01-02T00", "2026-01-03T00", account="2")
    assert quiet_days((whole, other_account), (), ("us-east-1",), WINDOW) == ("2026-01-02",)


def test_events_of_a_region_without_digests_leave_nothing_proven():
    assert quiet_days((stretch("2025-12-31T23", "2026-01-04T01"),), (), ("us-east-1", "eu-west-1"), WINDOW) == ()
    assert quiet_days((), (), (), WINDOW) == ()


def test_a_region_is_proven_over_the_whole_window_or_not_at_all():
    assert whole_regions((stretch("2026-01-01T00", "2026-01-05T00"),), WINDOW) == {"us-east-1"}
    assert whole_regions((stretch("2026-01-01T01", "2026-01-05T00"),), WINDOW) == frozenset()

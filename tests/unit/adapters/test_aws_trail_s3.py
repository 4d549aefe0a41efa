"""A trail in a bucket that moto plays."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock, event

pytest.importorskip("moto", reason="moto plays AWS")
boto3 = pytest.importorskip("boto3")

from botocore.exceptions import ClientError  # noqa: E402  (after the skips)
from moto import mock_aws  # noqa: E402  (after the skips)

from setsquare.adapters.aws_access import AwsAccess  # noqa: E402
from setsquare.adapters.aws_trail_s3 import BucketTrail  # noqa: E402
from setsquare.adapters.usage_store import open_usage_store  # noqa: E402
from setsquare.errors import CloudFailed  # noqa: E402
from setsquare.journeys.iam_usage import gathered, usage_of_role  # noqa: E402
from setsquare.powers.iam.usage.model import Window  # noqa: E402

BUCKET = "trails"
WINDOW = Window("2026-11-20", "2026-11-22")


def quiet(_line: str) -> None:
    return None


@pytest.fixture
def s3(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def put(s3, day, *events, account=ACCOUNT, region="us-east-1", prefix="", service="CloudTrail", name="a"):
    folder = f"{prefix}AWSLogs/{account}/{service}/{region}/{day.replace('-', '/')}"
    key = f"{folder}/{account}_CloudTrail_{region}_{day.replace('-', '')}T1000Z_{name}.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": list(events)}).encode()))
    return key


def trail(prefix="", account=ACCOUNT, **more):
    return BucketTrail(AwsAccess(region="us-east-1", clock=Clock(), account=account), BUCKET, prefix, **more)


def identities(parts):
    return [part.identity.partition("|")[0] for part in parts if part.identity]


def digest(s3, day, hour, *logs, hours=1, region="us-east-1", folder=f"AWSLogs/{ACCOUNT}"):
    begin = datetime.fromisoformat(f"{day}T{hour:02d}:00:00+00:00")
    end = begin + timedelta(hours=hours)
    told = {
        "digestStartTime": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
        "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "logFiles": [{"s3Object": key} for key in logs],
    }
    key = f"{folder}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{ACCOUNT}_CloudTrail-Digest_{region}_main_us-east-1_{end:%Y%m%dT%H%M%SZ}.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps(told).encode()))
    return key


def counted(calls):
    return AwsAccess(region="us-east-1", clock=Clock(), account=ACCOUNT, noted=lambda _service, name: calls.append(name))


# req: iam-autopilot/3.8
def test_digests_prove_a_quiet_day_and_a_second_run_fetches_the_new_ones_alone(s3, tmp_path):
    keys = [put(s3, day, event(day)) for day in ("2026-11-20", "2026-11-22")]
    digest(s3, "2026-11-19", 23, hours=2)
    for hour in range(1, 71):
        day = f"2026-11-{20 + hour // 24}"
        digest(s3, day, hour % 24, *(key for key in keys if hour % 24 == 10 and f"/{day[-2:]}/" in key))
    store = open_usage_store(str(tmp_path))
    try:
        calls: list[str] = []
        read = BucketTrail(counted(calls), BUCKET, known=store.holds)
        first = gathered(read, store, WINDOW, quiet)
        assert (first.coverage.quiet, first.events) == (("2026-11-21",), 2)
        assert not {gap.code for gap in first.coverage.gaps} & {"days-missing", "files-missing", "younger-than-window"}
        assert calls.count("GetObject") == 2 + 71
        calls.clear()
        assert gathered(read, store, WINDOW, quiet).coverage.quiet == ("2026-11-21",)
        assert "GetObject" not in calls
        digest(s3, "2026-11-22", 23)
        calls.clear()
        assert gathered(read, store, WINDOW, quiet).coverage.quiet == ("2026-11-21",)
        # The digest that ends with the day lies under the next one; nothing else changed.
        assert calls.count("GetObject") == 1
        # A log file that goes changes what the digests of the days around it say, and nothing else.
        s3.delete_object(Bucket=BUCKET, Key=keys[0])
        gaps = gathered(read, store, WINDOW, quiet).coverage.gaps
        assert [keys[0].rpartition("/")[2] in gap.reason for gap in gaps if gap.code == "files-missing"] == [True]
    finally:
        store.close()


def test_a_missing_digest_is_a_gap_and_one_of_another_account_is_not_read(s3):
    put(s3, "2026-11-20", event("2026-11-20"))
    for hour in (0, 1, 3):
        digest(s3, "2026-11-21", hour)
    digest(s3, "2026-11-21", 7, folder="AWSLogs/999999999999")
    store = open_usage_store(None)
    try:
        gaps = gathered(trail(), store, WINDOW, quiet).coverage.gaps
        assert any(
            "us-east-1 from 2026-11-21T02:00:00Z to 2026-11-21T03:00:00Z" in gap.reason for gap in gaps if gap.code == "days-missing"
        )
    finally:
        store.close()


def test_digests_of_an_organisation_and_a_prefix_are_found(s3):
    folder = f"audit/AWSLogs/o-a1b2c3d4e5/{ACCOUNT}"
    key = f"{folder}/CloudTrail/us-east-1/2026/11/21/{ACCOUNT}_CloudTrail_us-east-1_20261121T1000Z_a.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": [event("2026-11-21")]}).encode()))
    digest(s3, "2026-11-21", 10, key, folder=folder)
    digest(s3, "2026-11-21", 10, region="eu-west-1", folder=folder)
    found = [part for part in trail("audit").parts(WINDOW, quiet) if part.identity.startswith("digests:")]
    assert [each.region for part in found for each in part.seen.stretches] == ["eu-west-1", "us-east-1"]
    assert [part.gaps for part in found] == [(), ()]


def test_digests_that_may_not_be_read_prove_nothing_and_hold_nothing_up(s3, monkeypatch):
    put(s3, "2026-11-20", event("2026-11-20"))
    digest(s3, "2026-11-21", 1)
    read = trail()
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    client = read._client()
    get, listed = client.get_object, client.list_objects_v2

    def may(call, place):
        def made(**asked):
            if "CloudTrail-Digest/" in asked[place]:
                raise refused
            return call(**asked)

        return made

    monkeypatch.setattr(client, "get_object", may(get, "Key"))
    found = list(read.parts(WINDOW, quiet))
    assert (sum(part.events for part in found), [part.seen.stretches for part in found if part.seen.stretches]) == (1, [])
    assert not any(part.identity.startswith("digests:") for part in found)
    monkeypatch.setattr(client, "list_objects_v2", may(listed, "Prefix"))
    assert sum(part.events for part in read.parts(WINDOW, quiet)) == 1


# req: iam-autopilot/3.1
def test_only_the_account_and_the_window_are_read_and_no_digest_as_events(s3):
    inside = [put(s3, day, event(day)) for day in ("2026-11-20", "2026-11-22", "2026-11-23")]
    elsewhere = put(s3, "2026-11-21", event("2026-11-21", awsRegion="eu-west-1"), region="eu-west-1")
    put(s3, "2026-11-19", event("2026-11-19"))
    put(s3, "2026-11-24", event("2026-11-24"))
    put(s3, "2026-11-21", event("2026-11-21"), account="999999999999")
    put(s3, "2026-11-21", event("2026-11-21"), service="CloudTrail-Digest")
    put(s3, "2026-11-21", event("2026-11-21"), service="CloudTrail-Insight")
    put(s3, "2026-11-21", event("2026-11-21"), service="vpcflowlogs")
    found = list(trail().parts(WINDOW, quiet))
    assert [each for each in identities(found) if each.startswith("s3:")] == sorted(f"s3:{BUCKET}/{key}" for key in (*inside, elsewhere))
    assert not any(part.events or part.seen.stretches for part in found if part.identity.startswith("digests:"))
    assert {region for part in found for region in part.regions} == {"us-east-1", "eu-west-1"}


@pytest.mark.parametrize(
    "asked", ["org/x", "org/x/", "org/x/AWSLogs/o-a1b2c3d4e5", f"org/x/AWSLogs/o-a1b2c3d4e5/{ACCOUNT}/CloudTrail/us-east-1"]
)
def test_organisations_and_prefixes_are_followed(s3, asked):
    key = f"org/x/AWSLogs/o-a1b2c3d4e5/{ACCOUNT}/CloudTrail/us-east-1/2026/11/21/{ACCOUNT}_CloudTrail_us-east-1_20261121T1000Z_a.json.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(json.dumps({"Records": [event("2026-11-21")]}).encode()))
    assert identities(trail(asked).parts(WINDOW, quiet)) == [f"s3:{BUCKET}/{key}"]


def test_more_than_a_page_of_objects_is_read_in_worker_processes(s3, tmp_path):
    for number in range(1010):
        put(s3, "2026-11-21", event("2026-11-21"), name=f"{number:04}")
    store = open_usage_store(str(tmp_path))
    try:
        found = gathered(trail(known=store.holds), store, WINDOW, quiet)
        assert (found.pieces, found.fresh, found.events) == (1010, 1010, 1010)
        usage = usage_of_role(found, "ecs-api", "AROA1")
        assert [(use.event, use.count) for use in usage.uses] == [("DescribeInstances", 1010)]
        assert usage.principal.arn == f"arn:aws:iam::{ACCOUNT}:role/team/ecs-api"
    finally:
        store.close()


# req: iam-autopilot/3.3
def test_a_second_run_fetches_what_is_new_or_changed_only(s3, tmp_path):
    put(s3, "2026-11-20", event("2026-11-20"))
    put(s3, "2026-11-21", event("2026-11-21"))
    store = open_usage_store(str(tmp_path))
    try:
        calls: list[str] = []
        access = AwsAccess(region="us-east-1", clock=Clock(), account=ACCOUNT, noted=lambda _service, name: calls.append(name))
        read = BucketTrail(access, BUCKET, known=store.holds)
        assert gathered(read, store, WINDOW, quiet).fresh == 2
        calls.clear()
        assert gathered(read, store, WINDOW, quiet).fresh == 0
        assert "GetObject" not in calls
        put(s3, "2026-11-21", event("2026-11-21"), event("2026-11-21"))
        put(s3, "2026-11-22", event("2026-11-22"))
        calls.clear()
        found = gathered(read, store, WINDOW, quiet)
        assert (found.fresh, calls.count("GetObject"), found.events) == (2, 2, 4)
    finally:
        store.close()


# req: iam-autopilot/3.2
def test_a_damaged_object_is_named_and_the_rest_is_read(s3):
    put(s3, "2026-11-20", event("2026-11-20"))
    key = put(s3, "2026-11-21", event("2026-11-21"))
    s3.put_object(Bucket=BUCKET, Key=key, Body=s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()[:-20])
    found = list(trail().parts(WINDOW, quiet))
    assert found[0].events == 1
    assert [(gap.code, gap.scope) for gap in found[1].gaps] == [("unreadable-file", key)]


def test_an_object_that_goes_while_the_trail_is_read_is_a_gap_and_is_not_kept(s3, monkeypatch):
    key = put(s3, "2026-11-20", event("2026-11-20"))
    put(s3, "2026-11-21", event("2026-11-21"))
    read = trail()
    listed = read._objects(WINDOW, quiet)
    s3.delete_object(Bucket=BUCKET, Key=key)
    monkeypatch.setattr(BucketTrail, "_objects", lambda *_: listed)
    found = list(read.parts(WINDOW, quiet))
    assert (found[0].identity, [gap.scope for gap in found[0].gaps]) == ("", [key])
    assert found[1].events == 1


def test_an_object_that_changed_since_it_was_listed_is_not_read_under_its_old_name(s3):
    put(s3, "2026-11-20", event("2026-11-20"))
    read = trail()
    (listed,) = read._objects(WINDOW, quiet)
    put(s3, "2026-11-20", event("2026-11-20"), event("2026-11-20"))
    assert read._read(listed).identity == ""


def test_nothing_of_the_account_is_an_error_that_names_the_place(s3):
    put(s3, "2026-11-21", event("2026-11-21"), account="999999999999")
    with pytest.raises(CloudFailed, match=f"s3://{BUCKET} holds no CloudTrail events of the account {ACCOUNT}"):
        list(trail().parts(WINDOW, quiet))


def test_a_bucket_that_does_not_exist_is_named(s3):
    access = AwsAccess(region="us-east-1", clock=Clock(), account=ACCOUNT)
    with pytest.raises(CloudFailed, match="NoSuchBucket"):
        list(BucketTrail(access, "gone-bucket").parts(WINDOW, quiet))


def test_exported_files_in_a_flat_folder_are_read(s3):
    s3.put_object(Bucket=BUCKET, Key="flat/export.json", Body=json.dumps([event("2026-11-21")]).encode())
    s3.put_object(Bucket=BUCKET, Key="flat/readme.txt", Body=b"x")
    assert identities(trail("flat").parts(WINDOW, quiet)) == [f"s3:{BUCKET}/flat/export.json"]


def test_objects_without_an_ending_are_named_and_not_fetched(s3):
    put(s3, "2026-11-21", event("2026-11-21"))
    for key in ("stream-2", "2026/11/21/10/stream-1", "2020/11/21/10/stream-0", f"AWSLogs/{ACCOUNT}/Config/CheckFile", "folder/"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    (gap,) = (gap for part in trail().parts(WINDOW, quiet) for gap in part.gaps if gap.code == "passed-over")
    assert gap.reason.startswith("2 objects without an ending, such as 2026/11/21/10/stream-1, are passed over; download them")
    with pytest.raises(CloudFailed) as failed:
        list(trail("2026").parts(WINDOW, quiet))
    assert "1 object without an ending, such as 2026/11/21/10/stream-1, is passed over" in f"{failed.value} {failed.value.hint}"


def test_without_a_word_of_the_account_nothing_is_proven(s3):
    put(s3, "2026-11-21", event("2026-11-21"))
    assert [gap.code for gap in list(trail().parts(WINDOW, quiet))[-1].gaps] == ["unproven"]

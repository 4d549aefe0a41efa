"""A trail in a bucket that moto plays."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.unit.adapters.aws_doubles import ACCOUNT, Clock, event

pytest.importorskip("moto", reason="moto plays AWS")
boto3 = pytest.importorskip("boto3")

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


# req: iam-autopilot/3.1
def test_only_the_account_and_the_window_are_read_and_no_digest(s3):
    inside = [put(s3, day, event(day)) for day in ("2026-11-20", "2026-11-22", "2026-11-23")]
    elsewhere = put(s3, "2026-11-21", event("2026-11-21", awsRegion="eu-west-1"), region="eu-west-1")
    put(s3, "2026-11-19", event("2026-11-19"))
    put(s3, "2026-11-24", event("2026-11-24"))
    put(s3, "2026-11-21", event("2026-11-21"), account="999999999999")
    put(s3, "2026-11-21", event("2026-11-21"), service="CloudTrail-Digest")
    put(s3, "2026-11-21", event("2026-11-21"), service="CloudTrail-Insight")
    put(s3, "2026-11-21", event("2026-11-21"), service="vpcflowlogs")
    found = list(trail().parts(WINDOW, quiet))
    assert identities(found) == sorted(f"s3:{BUCKET}/{key}" for key in (*inside, elsewhere))
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


def test_without_a_word_of_the_account_nothing_is_proven(s3):
    put(s3, "2026-11-21", event("2026-11-21"))
    assert [gap.code for gap in list(trail().parts(WINDOW, quiet))[-1].gaps] == ["unproven"]

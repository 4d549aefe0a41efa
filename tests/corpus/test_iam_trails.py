"""Real CloudTrail events: each is attributed or counted, and leads to an action or is listed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.iam_tables import action_tables, universe
from setsquare.adapters.trail_folder import FolderTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.journeys.iam_usage import gathered
from setsquare.powers.iam.usage.mapped import actions_of, unmapped
from setsquare.powers.iam.usage.model import Outcome, Use, Window
from setsquare.powers.iam.usage.packing import merged

pytestmark = pytest.mark.corpus

EVER = Window("2000-01-01", "2099-12-31")
WITHOUT_TYPE = 41
DENIED_CODES = {"Client.UnauthorizedOperation": 46, "AccessDenied": 10}
THROTTLED = 69
# Events of services themselves, and one call inside of S3 that no documentation names.
UNMAPPED = {
    ("ec2.amazonaws.com", "SharedSnapshotVolumeCreated"),
    ("s3.amazonaws.com", "GetStorageLensDashboardDataInternal"),
    ("secretsmanager.amazonaws.com", "EndSecretVersionDelete"),
    ("secretsmanager.amazonaws.com", "StartSecretVersionDelete"),
}


@pytest.fixture(scope="module")
def trails(corpus: Path) -> Path:
    folder = corpus / "iam" / "cloudtrail"
    if not folder.is_dir():
        pytest.skip("the CloudTrail samples are absent (corpus/iam/cloudtrail)")
    return folder


@pytest.fixture(scope="module")
def records(trails: Path) -> list[dict[str, Any]]:
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(trails.glob("*/*.json"))]
    return [record for document in documents for record in (document["Records"] if isinstance(document, dict) else document)]


@pytest.fixture(scope="module")
def uses(trails: Path) -> list[Use]:
    parts = list(FolderTrail(str(trails), workers=1).parts(EVER, lambda _line: None))
    return [use for part in parts for pack in part.packed for use in merged(pack.principal, [pack.rows], EVER)]


def test_every_event_is_attributed_or_counted_with_a_reason(trails, records):
    store = open_usage_store(None)
    found = gathered(FolderTrail(str(trails), store.holds, 1), store, EVER, lambda _line: None)
    assert (found.events, found.unread, found.reasons) == (len(records), 0, ())
    assert [gap for gap in found.coverage.gaps if gap.code == "unreadable-file"] == []
    store.close()


def test_every_event_is_a_use_as_often_as_it_names_resources(records, uses):
    expected: Counter[tuple[str, ...]] = Counter()
    for record in records:
        listed = [resource["ARN"] for resource in record.get("resources") or () if resource.get("ARN")]
        expected[record["eventSource"], record["eventName"], record.get("errorCode") or ""] += max(1, len(listed))
    found: Counter[tuple[str, ...]] = Counter()
    for use in uses:
        found[use.source, use.event, use.error] += use.count
    # An event that lists no resource, and whose request names several, is a use of each.
    assert found.keys() == expected.keys()
    assert all(found[key] >= count for key, count in expected.items())
    assert sum((found - expected).values()) <= 3


def test_roles_carry_their_path_and_their_unique_id(records, uses):
    issuers = {
        (
            record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"],
            record["userIdentity"]["sessionContext"]["sessionIssuer"]["principalId"],
        )
        for record in records
        if record["userIdentity"].get("type") == "AssumedRole"
    }
    assert {(use.principal.arn, use.principal.unique_id) for use in uses if use.principal.kind == "role"} == issuers
    assert any("/aws-service-role/" in arn for arn, _unique in issuers)


def test_events_of_services_have_the_service_as_their_principal(records, uses):
    without = [record for record in records if record["userIdentity"].get("type") is None]
    assert len(without) == WITHOUT_TYPE
    services = {record["userIdentity"]["invokedBy"] for record in without}
    assert services <= {use.principal.arn for use in uses if use.principal.kind == "service"}


def test_refused_calls_are_no_uses_and_throttled_ones_are(records, uses):
    codes = Counter(record.get("errorCode") for record in records)
    assert {code: codes[code] for code in DENIED_CODES} == DENIED_CODES
    assert {use.error for use in uses if use.outcome is Outcome.DENIED} == set(DENIED_CODES)
    assert codes["ThrottlingException"] == THROTTLED
    assert {use.outcome for use in uses if use.error == "ThrottlingException"} == {Outcome.USED}


def test_every_call_leads_to_an_action_or_is_listed(uses):
    assert set(unmapped(uses, action_tables(), universe())) == UNMAPPED


def test_every_action_that_a_call_needs_is_documented(uses):
    needed = {action.action.lower() for use in uses for action in actions_of(use, action_tables(), universe()) if action.is_required}
    assert needed <= set(universe().actions)


def test_the_table_of_source_names_is_that_of_the_sample(corpus):
    path = corpus / "iam" / "map" / "cloudtrail_source_mismatches.json"
    if not path.is_file():
        pytest.skip("the table of source names is absent (corpus/iam/map)")
    pairs = {source.removesuffix(".amazonaws.com"): prefix for source, prefix in json.loads(path.read_text("utf-8")).items()}
    assert pairs == {label: action_tables().prefixes.get(label) for label in pairs}

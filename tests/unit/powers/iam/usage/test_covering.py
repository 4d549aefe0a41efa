"""What is missing in a trail."""

from __future__ import annotations

from setsquare.powers.iam.usage.covering import MANY, concerns, coverage_of, lone_region
from setsquare.powers.iam.usage.model import Gap, Seen, Stretch, Window

WINDOW = Window("2026-01-01", "2026-01-10")
DAYS = tuple(f"2026-01-{day:02d}" for day in range(1, 11))
WHOLE = Seen(
    days=DAYS,
    regions=("us-east-1",),
    sources=("ec2", "kms", "rdsdata"),
    data=("s3:read", "s3:write", "sqs:write"),
    reads=100,
    writes=100,
    is_of_all_regions=True,
)


def codes(seen: Seen, window=WINDOW, **options) -> list[str]:
    return [gap.code for gap in coverage_of(seen, (), window, **options).gaps]


def changed(**fields) -> Seen:
    return Seen(**({name: getattr(WHOLE, name) for name in WHOLE.__struct_fields__} | fields))


def test_a_whole_trail_has_no_gap():
    coverage = coverage_of(WHOLE, (), WINDOW)
    assert coverage.gaps == ()
    assert coverage.data_sources == ("s3", "sqs:write")


def test_days_without_an_event_are_named_and_counted():
    gap = coverage_of(changed(days=(*DAYS[:3], *DAYS[5:])), (), WINDOW).gaps[0]
    assert (gap.code, "2026-01-04, 2026-01-05" in gap.reason, "2 days" in gap.reason) == ("days-missing", True, True)


def test_the_last_day_may_still_be_under_way_and_the_day_before_not():
    assert codes(changed(days=DAYS[:-1])) == []
    assert codes(WHOLE, Window("2026-01-01", "9999-12-31")) == ["days-missing"]
    assert codes(changed(days=DAYS[:-2])) == ["days-missing"]


def test_a_trail_that_begins_late_is_younger_than_the_window():
    assert codes(changed(days=DAYS[2:])) == ["younger-than-window"]


def test_days_outside_of_the_window_do_not_count():
    assert codes(changed(days=("2025-12-01",))) == ["days-missing"]


def test_a_trail_without_one_kind_of_management_event_leaves_it_out():
    assert codes(changed(reads=0, writes=MANY)) == ["read-only-excluded"]
    assert codes(changed(reads=0, writes=MANY - 1)) == []
    assert codes(changed(reads=MANY, writes=0)) == ["write-only-excluded"]
    assert codes(changed(reads=0, writes=0)) == ["no-management-events"]


def test_sources_that_a_trail_may_leave_out_are_missed():
    gaps = coverage_of(changed(sources=("ec2",)), (), WINDOW).gaps
    assert [(gap.code, gap.scope) for gap in gaps] == [("source-excluded", "kms"), ("source-excluded", "rds-data")]


def test_the_region_of_global_services_and_expected_regions_are_missed():
    assert codes(changed(regions=("eu-west-1",))) == ["region-absent"]
    assert codes(changed(regions=("eu-west-1", "us-east-1")), regions=("eu-west-1", "eu-central-1")) == ["region-absent"]
    assert codes(changed(regions=("us-gov-west-1",))) == []
    assert codes(changed(regions=("cn-north-1",))) == []


def digests(begin: str, end: str, region: str = "us-east-1") -> Stretch:
    return Stretch(f"1 main {region}", region, f"{begin}T00:00:00Z", f"{end}T00:00:00Z")


def test_digests_prove_days_without_an_event():
    seen = changed(days=(*DAYS[:3], *DAYS[5:]), stretches=(digests("2025-12-31", "2026-01-11"),))
    coverage = coverage_of(seen, (), WINDOW)
    assert (coverage.gaps, coverage.quiet, len(coverage.days)) == ((), DAYS[3:5], 8)
    assert codes(changed(days=DAYS[5:], stretches=(digests("2025-12-31", "2026-01-11"),))) == []


def test_an_hour_without_a_digest_is_a_gap_although_its_day_has_events():
    broken = (digests("2025-12-31", "2026-01-04"), digests("2026-01-05", "2026-01-11"))
    assert codes(changed(stretches=broken)) == ["days-missing"]
    assert codes(changed(days=(*DAYS[:3], *DAYS[4:]), stretches=broken)) == ["days-missing", "days-missing"]


def test_a_region_without_events_is_shown_by_its_digests_alone():
    seen = changed(regions=("eu-west-1",))
    both = (digests("2025-12-31", "2026-01-11"), digests("2025-12-31", "2026-01-11", "eu-west-1"))
    assert codes(seen) == ["region-absent"]
    assert codes(changed(regions=("eu-west-1",), stretches=both)) == []
    late = (digests("2026-01-03", "2026-01-11"), both[1])
    assert codes(changed(regions=("eu-west-1",), stretches=late)) == ["region-absent"]


def test_a_person_may_answer_for_days_without_events_and_for_nothing_else():
    seen = changed(days=(*DAYS[:3], *DAYS[5:]))
    coverage = coverage_of(seen, (), WINDOW, is_stated=True)
    assert (coverage.gaps, coverage.stated, coverage.is_stated) == ((), DAYS[3:5], True)
    assert coverage_of(seen, (), WINDOW).stated == ()
    gaps = (Gap(code="unreadable-file", reason="a"), Gap(code="files-missing", reason="b"))
    found = coverage_of(changed(days=DAYS[2:4], reads=0, sources=("ec2",), regions=("eu-west-1",)), gaps, WINDOW, is_stated=True)
    assert [gap.code for gap in found.gaps] == [
        *("unreadable-file", "files-missing", "younger-than-window", "read-only-excluded"),
        *("source-excluded", "source-excluded", "region-absent"),
    ]
    assert codes(changed(days=()), is_stated=True) == ["days-missing"]
    holed = changed(stretches=(digests("2025-12-31", "2026-01-04"), digests("2026-01-05", "2026-01-11")))
    assert codes(holed, is_stated=True) == ["days-missing"]


def test_a_trail_that_is_older_than_the_window_has_missing_days_at_its_begin_and_is_not_young():
    seen = changed(days=("2025-11-30", *DAYS[2:]))
    assert codes(seen) == ["days-missing"]
    assert coverage_of(seen, (), WINDOW, is_stated=True).stated == DAYS[:2]
    assert codes(seen, is_stated=True) == []


# req: iam-autopilot/3.8
def test_one_region_alone_does_not_show_that_a_trail_logs_all():
    seen = changed(is_of_all_regions=False)
    (gap,) = coverage_of(seen, (), WINDOW).gaps
    assert (gap.code, gap.scope) == ("one-region", "us-east-1")
    assert codes(changed(is_of_all_regions=False, regions=("eu-west-1", "us-east-1"))) == []
    assert codes(changed(is_of_all_regions=False, stretches=(digests("2025-12-31", "2026-01-11", "eu-west-1"),))) == []
    assert codes(changed(is_of_all_regions=False, stretches=(digests("2025-12-31", "2026-01-11"),))) == ["one-region"]
    assert codes(changed(is_of_all_regions=False, regions=("eu-west-1",))) == ["region-absent", "one-region"]
    for code in ("region-absent", "regions-named"):
        assert [each.code for each in coverage_of(seen, (Gap(code=code, reason="told"),), WINDOW).gaps] == [code]


def test_a_person_may_answer_for_other_regions_and_is_named_for_it():
    coverage = coverage_of(changed(is_of_all_regions=False), (), WINDOW, is_stated=True)
    assert (coverage.gaps, coverage.stated_region) == ((), "us-east-1")
    assert coverage_of(WHOLE, (), WINDOW, is_stated=True).stated_region == ""


def test_one_region_matters_to_services_that_have_others():
    coverage = coverage_of(changed(is_of_all_regions=False), (), WINDOW)
    assert [lone_region(coverage, prefix) for prefix in ("ec2", "sts", "iam", "route53")] == ["us-east-1", "us-east-1", "", ""]
    elsewhere = coverage_of(changed(is_of_all_regions=False, regions=("cn-north-1",)), (), WINDOW)
    assert lone_region(elsewhere, "iam") == "cn-north-1"
    assert concerns(coverage.gaps, "ec2", is_reading=True) is None

"""Reports of every usual tool are read; hostile ones are refused."""

from __future__ import annotations

import base64
import time

import pytest

from setsquare.spec.junit import LIMIT_BYTES, read_junit
from setsquare.spec.results import Outcome

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" timestamp="2026-11-25T10:00:00+00:00">
<testcase classname="tests.test_a.TestA" name="test_b[1-x]" time="0.001" />
<testcase classname="tests.test_a" name="test_c"><failure message="assert 1 == 2">trace</failure></testcase>
<testcase classname="tests.test_a" name="test_d"><skipped type="pytest.xfail" message="later">x</skipped></testcase>
<testcase classname="tests.test_a" name="test_e"><skipped type="pytest.skip" message="no">x</skipped></testcase>
<testcase classname="tests.test_a" name="test_f"><error message="setup">x</error></testcase>
</testsuite></testsuites>"""


# req: spec-engine/3.3
def test_outcomes_of_pytest():
    report = read_junit(PYTEST)
    assert report.problem == ""
    assert report.at == "2026-11-25T10:00:00+00:00"
    assert [result.outcome for result in report.results] == [
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.EXPECTED_FAILURE,
        Outcome.SKIPPED,
        Outcome.FAILED,
    ]
    assert (report.results[0].place, report.results[0].name, report.results[1].detail) == (
        "tests.test_a.TestA",
        "test_b[1-x]",
        "assert 1 == 2",
    )


def test_a_failure_counts_though_a_skip_follows():
    raw = b'<testsuite><testcase name="a"><failure/><skipped/></testcase></testsuite>'
    assert read_junit(raw).results[0].outcome is Outcome.FAILED


def test_places_and_files_of_other_tools():
    raw = b"""<testsuites name="jest tests"><testsuite name="Login" file="web/a.test.ts"><testcase classname="Login refuses" name="Login refuses"/></testsuite>
    <testsuite name="src/b.test.ts"><testcase name="Pay &gt; works"/></testsuite>
    <testsuite name="com.acme.LoginTest"><testcase classname="com.acme.LoginTest" name="refuses(int)[1]" status="notrun"/></testsuite></testsuites>"""
    found = read_junit(raw).results
    assert [(result.place, result.file) for result in found] == [
        ("Login refuses", "web/a.test.ts"),
        ("src/b.test.ts", ""),
        ("com.acme.LoginTest", ""),
    ]
    assert found[2].outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("0 passing, 0 failing, and 40 invalid test cases", Outcome.VACUOUS),
        ("3 passing examples, 0 failing examples, and 0 invalid examples\n - Stopped because settings.max_examples=3", Outcome.VACUOUS),
        ("2 passing, 0 failing, and 0 invalid test cases\n  - Stopped because nothing left to do", Outcome.PASSED),
        ("11 passing, 0 failing, and 900 invalid test cases", Outcome.VACUOUS),
        ("100 passing, 0 failing, and 12 invalid test cases", Outcome.PASSED),
    ],
)
def test_a_property_that_tried_next_to_nothing_is_vacuous(said: str, outcome: Outcome):
    value = base64.b64encode(said.encode()).decode()
    raw = (
        f'<testsuites><testsuite name="pytest"><properties><property name="hypothesis-statistics-tests/test_a.py::test_p" value="{value}"/>'
        '</properties><testcase classname="tests.test_a" name="test_p"/><testcase classname="tests.test_a" name="test_q"/></testsuite></testsuites>'
    )
    first, other = read_junit(raw.encode()).results
    assert (first.outcome, other.outcome) == (outcome, Outcome.PASSED)
    printed = f'<testsuite><testcase name="test_p"><system-out>{said}</system-out></testcase></testsuite>'
    assert read_junit(printed.encode()).results[0].outcome is outcome


BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'
FOREIGN = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>'


@pytest.mark.parametrize(
    "raw",
    [
        BOMB,
        FOREIGN,
        b"",
        b"\0\0",
        b"<html/>",
        b"<testsuite><testcase",
        b'{"not": "xml"}',
        b"<a>" * 5000,
        b'<?xml version="1.0" encoding="no-such"?><testsuite/>',
        b"<testsuite>\xff\xfe</testsuite>",
    ],
    ids=["bomb", "foreign", "empty", "nul", "html", "cut", "json", "deep", "encoding", "bytes"],
)
def test_what_is_no_safe_report_is_a_sentence(raw: bytes):
    report = read_junit(raw)
    assert report.problem.endswith(".")
    assert not any("root:" in result.name for result in report.results)


def test_a_report_cut_short_keeps_what_was_whole():
    report = read_junit(PYTEST[: PYTEST.index(b"test_d")])
    assert report.problem
    assert len(report.results) == 2


def test_a_large_report_is_read_in_one_go():
    started = time.process_time()
    raw = (
        b"<testsuite>"
        + b'<testcase classname="tests.test_a" name="test_b"><system-out>x</system-out></testcase>' * 20_000
        + b"</testsuite>"
    )
    assert len(read_junit(raw).results) == 20_000
    assert time.process_time() - started < 5
    assert len(raw) <= LIMIT_BYTES

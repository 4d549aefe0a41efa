"""Whatever stands in a file, it is judged and reported; nothing raises, every finding lies in its file, and fixes end."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsquare.journeys.check import CheckOutcome
from setsquare.journeys.check_scope import Scope
from setsquare.journeys.judging import judge_files
from setsquare.rules.check import check
from setsquare.rules.fixing import fixed
from setsquare.rules.registry import RULES
from setsquare.surfaces.cli.report.github import github
from setsquare.surfaces.cli.report.gitlab import gitlab
from setsquare.surfaces.cli.report.json import check_result
from setsquare.surfaces.cli.report.junit import junit
from setsquare.surfaces.cli.report.places import Report
from setsquare.surfaces.cli.report.sarif import sarif
from setsquare.surfaces.cli.report.text import text
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

FILES = sorted({(path, content.encode()) for rule in RULES for example in rule.examples for path, content in example.files})


@st.composite
def damaged(draw: st.DrawFn) -> dict[RelPath, bytes]:
    """Some example files, each cut, joined with another or with bytes in between."""
    chosen = draw(st.lists(st.sampled_from(FILES), min_size=1, max_size=4))
    files = {}
    for path, raw in chosen:
        at = draw(st.integers(0, len(raw)))
        end = draw(st.integers(at, len(raw)))
        middle = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"\r\n", b"\t", b"\xff", b"\0", "需求".encode(), b"THE X must go", b"`", b"[", b'"']),
            )
        )
        files[RelPath(path)] = raw[:at] + middle + draw(st.sampled_from([raw[at:], raw[end:], draw(st.sampled_from(FILES))[1]]))
    return files


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_anything_is_judged_and_reported(files: dict[RelPath, bytes]) -> None:
    judged = judge_files(files)
    findings = judged.findings
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(files[finding.path])
    report = Report(CheckOutcome(files=files, paths=tuple(files), standing=Scope().standing(judged, files), judged=judged), str)
    assert text(report)
    ET.fromstring(junit(report))  # noqa: S314  (our own output)
    assert len(json.loads(gitlab(report))) == len(findings)
    assert len(json.loads(sarif(report))["runs"][0]["results"]) == len(findings) + len(judged.disabled)
    assert len(github(report).splitlines()) == len(findings)
    assert len(check_result(report).findings) == len(findings)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_fixes_come_to_an_end(files: dict[RelPath, bytes]) -> None:
    current = dict(files)
    for _ in range(5):
        findings = check(load(current))
        mended = {path: fixed(raw, [finding for finding in findings if finding.path == path]) for path, raw in current.items()}
        if mended == current:
            return
        current = mended
    raise AssertionError(files)

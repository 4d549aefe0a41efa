"""The reports for programs: JSON, SARIF, GitHub, GitLab, JUnit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from setsquare.rules.registry import RULES
from setsquare.surfaces.cli.report.github import escaped, escaped_property, github
from setsquare.surfaces.cli.report.gitlab import gitlab
from setsquare.surfaces.cli.report.json import check_result
from setsquare.surfaces.cli.report.junit import junit
from setsquare.surfaces.cli.report.places import Report
from setsquare.surfaces.cli.report.sarif import sarif, uri

Build = Callable[[Mapping[str, bytes]], Report]
FILES = {
    ".kiro/specs/Phase 1/ü, 100%/requirements.md": "\ufeff### Requirement 1\r\n#### Acceptance Criteria\r\n1. THE 系统 and X must go\r\n2. THE Y should go\r\n".encode(),
    ".kiro/specs/Phase 1/ü, 100%/tasks.md": b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2, 1.9_\n",
    ".kiro/settings/mcp.json": b'{"mcpServers": {"s": {"env": {"API_KEY": "q7Rt55zzPl0kWx"}}}}',
    ".kiro/settings.json": b'{"agnet": 1}',
    ".kiro/steering/a.md": b"\x92 TBD\n",
}


@pytest.fixture
def sarif_schema(repository: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((repository / "tests/golden/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    return loaded


# req: check/3.3
@pytest.mark.parametrize("files", [FILES, {}, {".kiro/specs/a/tasks.md": b""}])
def test_sarif_is_valid(report: Build, sarif_schema: dict[str, object], files: Mapping[str, bytes]) -> None:
    jsonschema.Draft4Validator(sarif_schema).validate(json.loads(sarif(report(files))))


def test_the_sarif_schema_refuses_what_is_wrong(report: Build, sarif_schema: dict[str, object]) -> None:
    log = json.loads(sarif(report(FILES)))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(sarif_schema).validate(log)


def test_sarif_results_lead_to_the_bytes(report: Build) -> None:
    run = json.loads(sarif(report(FILES)))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.code for rule in RULES]
    assert {result["ruleId"] for result in run["results"]} >= {"EARS002", "TRC001", "MCP001", "CFG001", "CFG003", "STR001"}
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        path = place["artifactLocation"]["uri"]
        assert not set(" ü%,") & set(path.replace("%20", "").replace("%C3%BC", "").replace("%25", "").replace("%2C", ""))
        raw = FILES[unquote(path).removeprefix("../")]
        region = place["region"]
        stretch = raw[region["byteOffset"] :][: region["byteLength"]]
        line = raw.split(b"\n")[region["startLine"] - 1].decode("utf-8", "surrogateescape")
        assert line[region["startColumn"] - 1 :].encode("utf-8", "surrogateescape").startswith(stretch.split(b"\n")[0])


def test_sarif_offers_the_safe_fixes(report: Build) -> None:
    results = json.loads(sarif(report(FILES)))["runs"][0]["results"]
    fixes = [fix for result in results for fix in result.get("fixes", [])]
    assert [fix["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] for fix in fixes] == ["shall"]


def test_fingerprints_do_not_depend_on_the_line(report: Build) -> None:
    path = ".kiro/specs/a/requirements.md"
    text = b"### Requirement 1\n#### Acceptance Criteria\n1. THE Y should go\n"
    prints = [
        json.loads(sarif(report({path: raw})))["runs"][0]["results"][0]["partialFingerprints"] for raw in (text, b"# Title\n\n" + text)
    ]
    assert prints[0] == prints[1]


def test_uri() -> None:
    assert uri("a b/c#d?e:f.md") == "a%20b/c%23d%3Fe%3Af.md"
    assert uri("\udc92") == "%92"


def test_json_counts_what_it_lists(report: Build) -> None:
    result = check_result(report(FILES))
    assert result.schema == "setsquare/check/1"
    severities = [finding.severity for finding in result.findings]
    assert (result.counts.error, result.counts.warning, result.counts.note) == tuple(map(severities.count, ("error", "warning", "note")))
    assert len(result.files) == len(FILES)
    assert all(path.startswith("../.kiro/") for path in result.files)
    assert result.specs == ("Phase 1/ü, 100%",)
    assert [(item.path, item.reason) for item in result.skipped] == [("../a link", "a symbolic link")]
    must = next(finding for finding in result.findings if finding.message.startswith('"must"'))
    assert (must.line, must.column, must.end_column, must.fixable, must.name) == (3, 17, 21, True, "modal-is-not-shall")
    assert msgspec.json.decode(msgspec.json.encode(result), type=type(result)) == result


def test_github_commands(report: Build) -> None:
    lines = github(report(FILES)).splitlines()
    assert len(lines) == len(check_result(report(FILES)).findings)
    must = next(line for line in lines if "states an obligation" in line)
    assert must.startswith(
        "::warning file=../.kiro/specs/Phase 1/ü%2C 100%25/requirements.md,line=3,col=17,endLine=3,title=EARS002 modal-is-not-shall,endColumn=20::"
    )
    assert "%0Asay SHALL" in must


def test_github_escapes() -> None:
    assert escaped("50%\r\nx: y, z") == "50%25%0D%0Ax: y, z"
    assert escaped_property("a,b:c%\n") == "a%2Cb%3Ac%25%0A"


@pytest.mark.parametrize("write", [sarif, github, gitlab, junit, lambda found: msgspec.json.encode(check_result(found)).decode()])
def test_no_report_holds_the_credential(report: Build, write: Callable[[Report], str]) -> None:
    assert "q7Rt55" not in write(report(FILES))


GITLAB_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)."},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}
"""GitLab documentation, "Code Quality report format": the properties that it lists, with their values."""

HOSTILE = {
    '.kiro/specs/\udcff]]>&<"\x1b\x07/requirements.md': b"### Requirement 1\n#### Acceptance Criteria\n1. THE \x1b[31m ]]> <X> & \xff\x00 should go\n",
    ".kiro/specs/::error::/tasks.md": b"- [ ] 1. Go\n  - _Requirements: ::warning::%0A\xe2\x80\xa8, 1.1_\n- [ ] 1. Go\n",
    ".kiro/settings.json": b'{"a\\u0000::set-output name=x::": 1, "b\xed\xa0\x80": 2, "]]>\\u001b": 3}',
    ".setsquare/check.toml": b'ignore = ["]]>\\u0007::error::\\n"]\n',
}


@pytest.mark.parametrize("files", [FILES, HOSTILE, {}, {".kiro/specs/a/tasks.md": b""}])
def test_gitlab_is_valid(report: Build, files: Mapping[str, bytes]) -> None:
    made = report(files)
    issues = json.loads(gitlab(made))
    jsonschema.Draft7Validator(GITLAB_SCHEMA).validate(issues)
    assert [issue["check_name"] for issue in issues] == [finding.code for finding in made.outcome.findings]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_fingerprints_do_not_depend_on_the_line(report: Build) -> None:
    path = ".kiro/specs/a/requirements.md"
    text = b"### Requirement 1\n#### Acceptance Criteria\n1. THE Y should go\n2. THE Y should go\n"
    prints = [{issue["fingerprint"] for issue in json.loads(gitlab(report({path: raw})))} for raw in (text, b"# Title\n\n" + text)]
    assert prints[0] == prints[1]


JUNIT = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors", "disabled"}, set()),
    "testsuite": (
        {"properties", "testcase", "system-out", "system-err", "testsuite"},
        {
            "name",
            "tests",
            "failures",
            "errors",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
            "version",
        },
        {"name"},
    ),
    "testcase": (
        {
            "skipped",
            "error",
            "failure",
            "rerunFailure",
            "rerunError",
            "flakyFailure",
            "flakyError",
            "system-out",
            "system-err",
            "properties",
        },
        {"classname", "name", "time", "group", "file", "line"},
        {"name"},
    ),
    "failure": (set(), {"type", "message"}, set()),
}
"""junit-10.xsd: the children, the attributes and the required attributes of each element that may stand here."""


def insist_on_junit(node: ET.Element) -> None:
    children, attributes, required = JUNIT[node.tag]
    assert {child.tag for child in node} <= children
    assert required <= set(node.attrib) <= attributes
    for child in node:
        insist_on_junit(child)


@pytest.mark.parametrize("files", [FILES, HOSTILE, {}, {".kiro/specs/a/tasks.md": b""}])
def test_junit_is_valid(report: Build, files: Mapping[str, bytes]) -> None:
    made = report(files)
    top = ET.fromstring(junit(made))  # noqa: S314  (our own output)
    insist_on_junit(top)
    failures = top.findall("testsuite/testcase/failure")
    assert [failure.attrib["type"] for failure in failures] == [finding.severity.value for finding in made.outcome.findings]
    assert top.attrib["failures"] == str(len(failures))
    assert top.attrib["tests"] == str(len(top.findall("testsuite/testcase")))
    for suite in top:
        assert suite.attrib["tests"] == str(len(suite.findall("testcase")))
    assert {suite.attrib["name"] for suite in top if not suite.findall("testcase/failure")} <= {
        made.shown(path) for path in made.outcome.paths
    }


def test_hostile_text_stays_in_its_place(report: Build, sarif_schema: dict[str, object]) -> None:
    made = report(HOSTILE)
    assert len(made.outcome.findings) >= 5
    jsonschema.Draft4Validator(sarif_schema).validate(json.loads(sarif(made)))
    lines = github(made).split("\n")
    assert len(lines) == len(made.outcome.findings) + 1
    assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in lines if line)
    for written in (sarif(made), gitlab(made), junit(made), github(made)):
        assert "\x1b" not in written
        assert "\x07" not in written
        written.encode()


def test_sarif_says_what_is_switched_off(report: Build, sarif_schema: dict[str, object]) -> None:
    text = b"### Requirement 1\n#### Acceptance Criteria\n1. THE Y should go <!-- setsquare: disable=EARS002 quoted -->\n2. THE Y may go <!-- setsquare: disable=EARS002 -->\n"
    log = json.loads(sarif(report({".kiro/specs/a/requirements.md": text})))
    jsonschema.Draft4Validator(sarif_schema).validate(log)
    results = [result for result in log["runs"][0]["results"] if result["ruleId"] == "EARS002"]
    assert [result["suppressions"] for result in results] == [[{"kind": "inSource", "justification": "quoted"}], [{"kind": "inSource"}]]

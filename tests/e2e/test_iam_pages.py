"""The page of a role: all of its evidence, nothing loaded, and hostile names that stay text, as everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.iam_local import HOSTILE, LAST, ROLE, allow, details, event, made_project, make_trail, on_local_files


@pytest.fixture(scope="module")
def made_trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_trail(tmp_path_factory.mktemp("made") / "trail")


@pytest.fixture
def project(folder: Path, made_trail: Path) -> Path:
    return made_project(folder, made_trail)


@pytest.fixture
def iam(run: Any, project: Path) -> Callable[..., Any]:
    return on_local_files(run)


class Elements(HTMLParser):
    """Collects what a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [str(value) for name, value in attrs if name in ("src", "href", "onerror", "onload")]


def test_the_page_holds_all_and_loads_nothing(iam, project):
    ran = iam("analyze", ROLE, "--html", "role.html", "--format", "json")
    assert ran.json["pages"] == ["role.html"]
    text = (project / "role.html").read_text()
    page = Elements()
    page.feed(text)
    assert page.sources == []
    assert not page.tags & {"script", "img", "iframe", "link", "object"}
    first, rest = text.index("Look at first"), text.index("Granted but never used (")
    assert first < text.index("iam:AttachRolePolicy") < rest
    assert "default-src 'none'" in text
    iam("analyze", "--all", "--html", "pages")
    assert [path.name for path in (project / "pages").iterdir()] == [f"{ROLE}.html"]


def test_the_page_says_first_who_gets_in_and_what_opens_more_rights(iam, project):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = details(ROLE, {"app": allow("ec2:DescribeInstances", "iam:CreatePolicyVersion")}) | {"AssumeRolePolicyDocument": trust}
    (project / "account.json").write_text(json.dumps({"RoleDetailList": [role], "Policies": []}))
    iam("analyze", ROLE, "--html", "role.html")
    text = (project / "role.html").read_text()
    first = text[text.index("Look at first") : text.index("Ways to more rights (")]
    assert "everybody" in first
    assert "1 way to more rights" in first
    assert "iam-001 iam:CreatePolicyVersion, certain" in first
    assert "Nothing stands out" not in text


def test_a_role_that_may_do_everything_has_a_page_that_can_be_read(run, iam, project):
    role = details(ROLE, {"all": allow("*")})
    (project / "account.json").write_text(json.dumps({"RoleDetailList": [role], "Policies": []}))
    ran = iam("analyze", ROLE, "--html", "role.html", "--format", "json")
    text = (project / "role.html").read_text()
    assert len(text.encode()) <= 1_000_000
    unused = [each["action"] for each in ran.json["roles"][0]["permissions"] if each["verdict"] == "unused"]
    assert len(unused) > 5_000
    section = text[text.index("Granted but never used (") : text.index("Kept, cannot be judged (")]
    assert section.index("What weighs most") < section.index("All of them, by service")
    weighty, folded = section.split("All of them, by service")
    assert "<code>iam:CreatePolicyVersion</code>" in weighty
    assert weighty.count("<tr>") < 300
    words = set(re.findall(r"[A-Za-z0-9*-]+", folded))
    assert not {name.partition(":")[2] for name in unused if re.fullmatch(r"[\w:-]+", name)} - words, "each is listed under its service"
    kept = text[text.index("Kept, cannot be judged (") :]
    assert "AWS documents no call that needs it" in kept
    page = Elements()
    page.feed(text)
    assert page.sources == []


def test_hostile_names_are_escaped_everywhere(run, project):
    account = {"RoleDetailList": [details(ROLE, {HOSTILE: allow("ec2:StartInstances"), "x": allow(f"ec2:{HOSTILE}*")})], "Policies": []}
    (project / "account.json").write_text(json.dumps(account))
    day = LAST - timedelta(3)
    hostile = event(day, "ec2", HOSTILE, requestParameters={"instanceId": HOSTILE}, resources=[{"ARN": f"arn:aws:ec2:::{HOSTILE}"}])
    (project / "trail" / "extra.json").write_text(json.dumps({"Records": [hostile, event(day, HOSTILE, HOSTILE, role=HOSTILE)]}))
    files = ("--trail", "trail", "--policies", "account.json")
    commands = [
        ("iam", "analyze", ROLE, *files, "--html", "role.html"),
        ("iam", "recommend", ROLE, *files),
        ("iam", "explain", ROLE, "ec2:StartInstances", *files),
        ("iam", "coverage", "--trail", "trail"),
        ("iam", "simulate", "ec2:StartInstances", "--policies", "account.json", "--role", ROLE),
        ("iam", "role", HOSTILE),
    ]
    for command in commands:
        for argv in (command, (*command, "--format", "json")):
            ran = run(*argv)
            for stream in (ran.out, ran.err):
                assert "\x1b" not in stream, argv
                assert "\u202e" not in stream, argv
                assert not any(line.startswith("setsquare: ignore") for line in stream.splitlines()), argv
    page = Elements()
    page.feed((project / "role.html").read_text())
    assert "img" not in page.tags
    assert page.sources == []

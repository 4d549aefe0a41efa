"""The beginnings of property tests, run by the real pytest and Hypothesis."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from setsquare.drafting.property_tests import Skeleton, module, skeleton
from setsquare.spec.ears import parse
from setsquare.spec.property_shape import shape_of
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.requirements import read_requirements

SENTENCES = (
    "IF the amount is negative, THEN THE Ledger SHALL reject the booking",
    "WHEN a user exports and imports a project, THE Editor SHALL restore an identical project",
    'THE Queue SHALL hold at most 100 jobs \\ of """any""" kind',
)
BINDING = """
def inputs_1_1():
    return st.integers(max_value={most})

def applies_1_1(value):
    return value < 0

def act_1_1(value):
    return "rejected" if value < {rejects} else "booked"

def holds_1_1(value, outcome):
    return {holds}
"""


def skeletons(*sentences: str) -> list[Skeleton]:
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate(sentences, 1))
    document = scan(RelPath("r.md"), f"# R\n## Requirements\n### Requirement 1\n#### Acceptance Criteria\n{listed}".encode())
    found = []
    for criterion in read_requirements(document).criteria:
        statement = parse(criterion.text)
        shape = shape_of(statement)
        assert shape is not None
        found.append(skeleton("ledger", criterion, statement, shape))
    return found


class Outcome(NamedTuple):
    """What the tests of one file did, by name, and what the first one recorded."""

    results: dict[str, str]
    recorded: dict[str, str]


UNBOUND = "unbound"
BOUND = {
    "holds": ("-1", "0", 'outcome == "rejected"', "passed"),
    "broken": ("-1", "-5", 'outcome == "rejected"', "failure"),
    "vacuous": ("None", "0", 'outcome == "rejected"', "failure"),
    "always_true_denied_once": ("-1", "0", "True", "passed"),
}
"""Of what is bound: the largest input, below what is rejected, what holds, and how the test ends."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Run the files of all cases in one process of pytest, since its start takes longer than they do."""
    folder = tmp_path_factory.mktemp("properties")
    (folder / f"test_{UNBOUND}.py").write_text(module("ledger", skeletons(*SENTENCES)))
    for name, (most, rejects, holds, _) in BOUND.items():
        text = module("ledger", skeletons(SENTENCES[0])) + BINDING.format(most=most, rejects=rejects, holds=holds)
        (folder / f"test_{name}.py").write_text(text)
    report = folder / "report.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        "-o",
        "junit_family=xunit1",
        str(folder),
    ]
    subprocess.run([*command, "--rootdir", str(folder), "-c", "/dev/null"], capture_output=True, check=False, cwd=folder)
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314  (written by pytest just now)
    found: dict[str, Outcome] = {}
    for case in cases:
        one = found.setdefault(case.attrib["classname"].rpartition(".")[2].removeprefix("test_"), Outcome({}, {}))
        if not one.results:
            one.recorded.update({item.attrib["name"]: item.attrib["value"] for item in case.iter("property")})
        one.results[case.attrib["name"]] = next((child.tag for child in case if child.tag != "properties"), "passed")
    return found


def test_what_is_not_bound_is_skipped(outcomes: dict[str, Outcome]) -> None:
    assert outcomes[UNBOUND].results == {"test_1_1_error_path": "skipped", "test_1_2_round_trip": "skipped", "test_1_3_bound": "skipped"}


@pytest.mark.parametrize("name", BOUND)
def test_a_bound_property_decides(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].results == {"test_1_1_error_path": BOUND[name][-1]}
    if name != "broken":
        assert int(outcomes[name].recorded["setsquare.examples"]) >= 100


def test_nothing_that_stands_is_changed() -> None:
    first = module("ledger", skeletons(*SENTENCES[:2])) + "\n# mine\n"
    second = module("ledger", skeletons(*SENTENCES), first)
    assert second.startswith(first)
    assert "test_1_3_bound" in second.removeprefix(first)
    assert module("ledger", skeletons(*SENTENCES), second) == second


def test_each_links_to_its_criterion() -> None:
    assert all(f"Validates: ledger/{item.criterion}" in item.text for item in skeletons(*SENTENCES))

"""A result is matched with the test that holds a link, and counts only for the files as they are."""

from __future__ import annotations

import pytest

from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.result_log import encode_runs, read_runs
from setsquare.spec.results import Outcome, ResultBook, Sources, TestResult, TestRun, is_of, told, worth_keeping
from setsquare.text.paths import RelPath


def link(path: str, symbol: str = "") -> TraceLink:
    return TraceLink(
        kind=LinkKind.VERIFIES, spec="auth", source=path, target="1.1", target_spec="auth", path=RelPath(path), line=3, symbol=symbol
    )


def result(place: str, name: str, file: str = "", outcome: Outcome = Outcome.PASSED) -> TestResult:
    return TestResult(place=place, name=name, file=file, outcome=outcome)


MATCHING = [
    (link("tests/test_a.py", "test_b"), result("tests.test_a", "test_b")),
    (link("tests/test_a.py", "test_b"), result("test_a", "test_b[x-1]")),
    (link("tests/test_a.py", "TestA.test_b"), result("tests.test_a.TestA", "test_b")),
    (link("tests/test_a.py", "TestA"), result("tests.test_a.TestA", "test_b")),
    (link("tests/test_a.py"), result("tests.test_a.TestA", "test_b")),
    (link("pkg/sub/tests/test_a.py", "test_b"), result("tests.test_a", "test_b")),
    (link("src/login/a_test.go", "TestLogin"), result("github.com/acme/app/src/login", "TestLogin/refuses")),
    (link("src/login/a_test.go", "TestLogin"), result("login", "TestLogin")),
    (link("src/test/java/com/acme/LoginTest.java", "LoginTest.refuses"), result("com.acme.LoginTest", "refuses(int)[1]")),
    (link("src/test/java/com/acme/LoginTest.java", "LoginTest"), result("com.acme.LoginTest", "refuses")),
    (link("web/a.test.ts", "Login > refuses"), result("Login refuses", "Login refuses")),
    (link("web/a.test.ts", "Login > refuses"), result("web/a.test.ts", "Login > refuses")),
    (link("web/a.test.ts", "Login > adds %i"), result("Login", "Login adds 3", "web/a.test.ts")),
    (link("web/a.test.ts", "refuses a token"), result("x", "refuses a token", "./web/a.test.ts")),
    (link("src/a.rs", "tests.works"), result("crate::a", "tests::works", "src/a.rs")),
]


# req: spec-engine/3.2
@pytest.mark.parametrize(("held", "given"), MATCHING, ids=str)
def test_results_of_a_test(held: TraceLink, given: TestResult):
    assert is_of(given, held)
    assert given in worth_keeping((given,), (held.path,))


@pytest.mark.parametrize(
    ("held", "given"),
    [
        (link("tests/test_a.py", "test_b"), result("tests.test_c", "test_b")),
        (link("tests/test_a.py", "test_b"), result("tests.test_a", "test_bb")),
        (link("tests/test_a.py", "TestA.test_b"), result("tests.test_a.TestC", "test_b")),
        (link("tests/one/test_a.py", "test_b"), result("tests.two.test_a", "test_b")),
        (link("src/login/a_test.go", "TestLogin"), result("github.com/acme/app/src/pay", "TestLogin")),
        (link("src/login/a_test.go", "TestLogin"), result("src/login", "TestLoginAgain")),
        (link("src/test/java/com/acme/LoginTest.java", "refuses"), result("com.acme.PayTest", "refuses")),
        (link("web/a.test.ts", "Login > refuses"), result("Pay refuses", "Pay refuses")),
        (link("web/a.test.ts", "refuses a token"), result("x", "refuses a token", "web/b.test.ts")),
        (link("web/a.test.ts", "refuses a token"), result("x", "refuses a token")),
    ],
    ids=str,
)
def test_results_of_another_test(held: TraceLink, given: TestResult):
    assert not is_of(given, held)


TEST, CODE = RelPath("tests/test_a.py"), RelPath("src/a.py")


def run(*results: TestResult, sources: str = "old", **files: str) -> TestRun:
    named = {TEST: files.get("test", "t1"), CODE: files.get("code", "c1")}
    return TestRun(at="2026-11-25T10:00:00Z", commit="c", sources=sources, files=named, results=results)


@pytest.mark.parametrize(
    ("now", "code", "is_proof"),
    [
        (Sources(whole="old", files={}), (), True),
        (Sources(whole="new", files={TEST: "t1", CODE: "c1"}), (CODE,), True),
        (Sources(whole="new", files={TEST: "t1", CODE: "c2"}), (CODE,), False),
        (Sources(whole="new", files={TEST: "t2", CODE: "c1"}), (CODE,), False),
        (Sources(whole="new", files={TEST: "t1"}), (CODE,), False),
        (Sources(whole="new", files={TEST: "t1", CODE: "c1"}), (), False),
        (Sources(whole="new", files={TEST: "t1", CODE: "c1"}), (CODE, RelPath("src/unknown.py")), False),
    ],
    ids=["nothing-changed", "others-changed", "code-changed", "test-changed", "code-gone", "no-code-to-compare", "code-linked-since"],
)
def test_a_result_counts_for_the_files_as_they_are(now: Sources, code: tuple[RelPath, ...], *, is_proof: bool):
    book = ResultBook((run(result("tests.test_a", "test_b")),), now)
    verdict = book.verdict(link(TEST, "test_b"), code)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.is_proof is is_proof
    assert bool(verdict.detail) is not is_proof


@pytest.mark.parametrize(
    ("outcomes", "joined"),
    [
        ((Outcome.PASSED, Outcome.FAILED), Outcome.FAILED),
        ((Outcome.PASSED, Outcome.SKIPPED), Outcome.PASSED),
        ((Outcome.SKIPPED,), Outcome.SKIPPED),
        ((Outcome.EXPECTED_FAILURE, Outcome.SKIPPED), Outcome.EXPECTED_FAILURE),
        ((Outcome.PASSED, Outcome.VACUOUS), Outcome.VACUOUS),
    ],
)
def test_the_cases_of_one_test_are_joined(outcomes: tuple[Outcome, ...], joined: Outcome):
    cases = tuple(result("tests.test_a", f"test_b[{number}]", outcome=outcome) for number, outcome in enumerate(outcomes))
    book = ResultBook((run(*cases, sources="now"),), Sources(whole="now", files={}))
    verdict = book.verdict(link(TEST, "test_b"), ())
    assert verdict.outcome is joined
    assert verdict.is_proof is (joined is Outcome.PASSED)


def test_the_newest_run_that_knows_the_test_decides():
    newest = run(result("tests.test_a", "test_other"), sources="now")
    newer = run(result("tests.test_a", "test_b", outcome=Outcome.FAILED), sources="now")
    oldest = run(result("tests.test_a", "test_b"), sources="now")
    book = ResultBook((newest, newer, oldest), Sources(whole="now", files={}))
    assert book.verdict(link(TEST, "test_b"), ()).outcome is Outcome.FAILED


def test_the_log_keeps_the_newest_runs_and_survives_damage():
    runs = tuple(run(result("tests.test_a", f"test_{number}")) for number in range(30))
    assert read_runs(encode_runs(runs)) == runs[:20]
    assert read_runs(encode_runs(runs)[:-20]) == ()
    assert read_runs(b'{"v":9,"runs":[]}') == ()


def test_of_many_cases_one_for_each_outcome_is_kept():
    held = link("tests/test_a.py", "test_b")
    cases = [result("tests.test_a", f"test_b[{number}]") for number in range(50)]
    failed = result("tests.test_a", "test_b[x]", outcome=Outcome.FAILED)
    other = result("tests.test_a", "test_c")
    kept = told([*cases, failed, other], (held,))
    assert kept == (cases[0], failed)
    assert told(kept, (held, link("tests/test_a.py"))) == kept

"""The rules' settings: what is read, and what a wrong file says where."""

from __future__ import annotations

import pytest

from setsquare.rules.check import check, config_of, judge
from setsquare.rules.config import CONFIG_PATH, Config
from setsquare.rules.config_reader import ReadConfig, read_config
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Option, Rule
from setsquare.rules.selection import selection
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

HEAD = b"# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
OPTIONS = (
    Option("words", 40, "how many words"),
    Option("modal", "shall", "which word"),
    Option("strict", False, "whether all"),
    Option("known", ("API",), "which are known"),
)


def counting(evidence: Evidence) -> tuple[Finding, ...]:
    """Give one finding a file that says how many words are allowed."""
    number = evidence.config.number("TST001", "words", 40)
    return tuple(
        Finding(code="TST001", severity=Severity.NOTE, path=artefact.path, span=Span(0, 0), message=str(number))
        for artefact in evidence.workspace.artefacts
    )


RULE = Rule(code="TST001", name="a-test", severity=Severity.NOTE, since="0", page="T.", check=counting, examples=(), options=OPTIONS)


def read(text: str) -> ReadConfig:
    return read_config(CONFIG_PATH, text.encode(), (*RULES, RULE))


def problem(text: str) -> tuple[str, str, str]:
    """Give the flagged text, the message and the hint of the only problem."""
    found = read(text).problems
    assert len(found) == 1, found
    return text.encode()[found[0].span.start : found[0].span.end].decode(), found[0].message, found[0].hint


def test_everything_that_can_be_set() -> None:
    config = read(
        """
select = ["EARS", "tsk001", "a-test"]
ignore = ["EARS003"]
fail-on = "note"
[rules]
EARS = { severity = "note" }
[rules.EARS002]
severity = "error"
[rules.TST001]
severity = "off"
words = 25
modal = "must"
strict = true
known = ["API", "TLS"]
[[overrides]]
paths = ["legacy/**", "*.old.md"]
[overrides.rules.modal-is-not-shall]
severity = "off"
[ears.templates.outage]
keyword = "DURING"
pattern = "state"
then = ","
[baseline]
file = "./.setsquare/known.jsonl"
"""
    )
    assert config.problems == ()
    settings = config.config
    assert (settings.select, settings.ignore, settings.fail_on) == (("EARS", "TSK001", "A-TEST"), ("EARS003",), Severity.NOTE)
    assert settings.setting("EARS002").severity is Severity.ERROR  # type: ignore[union-attr]
    assert settings.setting("EARS004").severity is Severity.NOTE  # type: ignore[union-attr]
    assert settings.setting("TST001").is_on is False  # type: ignore[union-attr]
    assert settings.number("TST001", "words", 0) == 25
    assert settings.choice("TST001", "modal", "") == "must"
    assert settings.switch("TST001", "strict", default=False)
    assert settings.names("TST001", "known") == ("API", "TLS")
    assert settings.at("legacy/a/b.md").setting("EARS002").is_on is False  # type: ignore[union-attr]
    assert settings.at("a.md") == settings
    assert (settings.templates[0].keyword, settings.templates[0].pattern) == ("DURING", "state")
    assert settings.baseline == ".setsquare/known.jsonl"


@pytest.mark.parametrize(
    ("text", "flagged", "message", "hint"),
    [
        ('[rules.EARS002]\nseverity = "of"', "severity", '"rules.EARS002.severity" is no severity', "did you mean `off`?"),
        ('[rules.EARS02]\nseverity = "off"', "rules.EARS02", 'there is no rule or family "EARS02"', "did you mean `EARS0"),
        ("selct = []", "selct", 'unknown key "selct"', "did you mean `select`?"),
        ("select = 5", "select", '"select" is no list of texts', ""),
        ('a = "\n', 'a = "', "this is no valid TOML", ""),
        ("x = 1\nx = 2\n", "x = 2", "this is no valid TOML", ""),
        ('[rules.TST001]\nwords = "40"', "words", '"rules.TST001.words" is no whole number from 0', "how many words"),
        ("[rules.TST001]\nwords = true", "words", "is no whole number", ""),
        ("[rules.TST001]\nwords = -1", "words", "is no whole number", ""),
        ("[rules.TST001]\nstrict = 1", "strict", "is no `true` or `false`", ""),
        ("[rules.TST001]\nknown = [1]", "known", "is no list of texts", ""),
        ("[rules.TST001]\nmodal = []", "modal", "is no text", ""),
        ("[rules.TST001]\nwrods = 1", "wrods", 'unknown key "rules.TST001.wrods"', "did you mean `words`?"),
        ("[rules.EARS]\nwords = 1", "words", "unknown key", ""),
        ('rules = "none"', "rules", '"rules" is no table', ""),
        ('[[overrides]]\npaths = ["a"]\n[[overrides]]\npath = ["b"]\npaths = ["c"]', "path", 'unknown key "overrides.1.path"', ""),
        ("[[overrides]]\n", "overrides", "an override names no paths", ""),
        ("overrides = 3", "overrides", "is no list of tables", ""),
        ('[baseline]\nfile = "/etc/passwd"', "file", "lies outside", ""),
        ('[baseline]\nfile = "a/../../b"', "file", "lies outside", ""),
        ('[ears.templates.x]\npattern = "state"', "ears.templates.x", "has no keyword", ""),
        ('[ears.templates.x]\nkeyword = "X"\npattern = "staet"', "pattern", "has no pattern", "did you mean `state`?"),
        ('"fail-on" = "warn"', '"fail-on"', '"fail-on" is no severity', "did you mean `warning`?"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str, flagged: str, message: str, hint: str) -> None:
    found = problem(text)
    assert found[0] == flagged
    assert message in found[1]
    assert hint in found[2]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff",
        b"a = \xff",
        b"[" * 100_000,
        b"a = " + b"[" * 5000 + b"]" * 5000,
        b"x" * (2 << 20),
        b"\0",
        b"a = 9999-99-99",
        b"\xef\xbb\xbf=",
        b"[[a]]\n[a]",
    ],
)
def test_hostile_files_are_a_problem_inside_of_the_file(raw: bytes) -> None:
    found = read_config(CONFIG_PATH, raw, RULES)
    assert found.config == Config()
    assert found.problems
    assert all(0 <= one.span.start <= one.span.end <= len(raw) for one in found.problems)


def test_a_byte_order_mark_and_crlf_are_read() -> None:
    assert read_config(CONFIG_PATH, b'\xef\xbb\xbffail-on = "error"\r\n', RULES) == ReadConfig(Config(fail_on=Severity.ERROR))


def workspace(settings: str, *paths: str, text: str = "1. THE X should go\n") -> Workspace:
    files = {RelPath(path): HEAD + text.encode() for path in paths}
    return load({**files, CONFIG_PATH: settings.encode()})


A, B = ".kiro/specs/a/requirements.md", ".kiro/specs/b/requirements.md"


def codes(settings: str, *paths: str) -> set[tuple[str, str, str]]:
    return {
        (one.path, one.code, one.severity.value)
        for one in check(workspace(settings, *(paths or (A,))))
        if one.code in ("EARS002", "CFG004")
    }


def test_settings_decide_what_is_found() -> None:
    assert codes("") == {(A, "EARS002", "error")}
    assert codes('[rules.EARS002]\nseverity = "note"') == {(A, "EARS002", "note")}
    assert codes('[rules.EARS]\nseverity = "off"') == set()
    assert codes('ignore = ["EARS002"]') == set()
    assert codes('select = ["TRC"]') == set()
    assert codes('select = ["TRC"]\n[rules.EARS002]\nseverity = "error"') == {(A, "EARS002", "error")}
    assert codes("nope = 1") == {(A, "EARS002", "error"), (CONFIG_PATH, "CFG004", "warning")}


def test_overrides_decide_by_path() -> None:
    off = '[[overrides]]\npaths = [".kiro/specs/a/**"]\n[overrides.rules.EARS002]\nseverity = "off"\n'
    on = '[rules.EARS002]\nseverity = "off"\n[[overrides]]\npaths = ["**/b/*"]\n[overrides.rules.EARS002]\nseverity = "warning"\n'
    assert codes(off, A, B) == {(B, "EARS002", "error")}
    assert codes(on, A, B) == {(B, "EARS002", "warning")}
    both = off + '[[overrides]]\npaths = ["**"]\n[overrides.rules.EARS002]\nseverity = "note"\n'
    assert codes(both, A, B) == {(A, "EARS002", "note"), (B, "EARS002", "note")}


def test_what_a_person_asks_for_wins() -> None:
    settings = workspace('ignore = ["EARS"]\n[rules.EARS002]\nseverity = "off"', A)
    assert [one.code for one in check(settings, ["EARS002"])] == ["EARS002"]
    assert judge(workspace("", A), None, ["ears"]).findings == ()


def test_options_hold_for_the_files_of_an_override() -> None:
    config = read(
        '[rules.TST001]\nwords = 9\n[[overrides]]\npaths = ["a.md"]\n[overrides.rules.TST001]\nwords = 5\n'
        '[[overrides]]\npaths = ["a.md", "b.md"]\n[overrides.rules.TST001]\nseverity = "error"\nwords = 7\n'
    ).config
    files = load({RelPath(f".kiro/steering/{name}.md"): b"" for name in "abc"})
    chosen = selection(config, None)
    evidence = Evidence(files, config)
    found = {
        (one.path[-4:], one.message, one.severity.value)
        for variant in chosen.variants(RULE)
        for one in chosen.placed(RULE, RULE.check(evidence.under(variant)), variant)
    }
    assert found == {("a.md", "7", "error"), ("b.md", "7", "error"), ("c.md", "9", "note")}


def test_a_teams_own_sentence_form_is_read_in_criteria() -> None:
    text = "1. AMID an outage, THE Store SHALL queue orders\n"
    settings = '[ears.templates.outage]\nkeyword = "AMID"\npattern = "state"\n'
    plain, own = (
        Evidence(files, config_of(files).config).sentences[0] for files in (workspace("", A, text=text), workspace(settings, A, text=text))
    )
    assert plain.statement.clauses == ()
    assert [clause.kind.value for clause in own.statement.clauses] == ["while"]

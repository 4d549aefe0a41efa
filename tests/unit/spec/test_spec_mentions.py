from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.spec.spec_mentions import Naming, mentions, naming, rewritten
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec

OLD = Naming(name="login", folder=RelPath(".kiro/specs/login"), short="login")
NEW = Naming(name="auth", folder=RelPath(".kiro/specs/auth"), short="auth")


def spec(name: str, root: str = ".kiro") -> Spec:
    return Spec(name=name, path=RelPath(f"{root}/specs/{name}"), root=RelPath(root))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("_Requirements: login/1.2, 1.3, login/2.1-2.4_", "_Requirements: auth/1.2, 1.3, auth/2.1-2.4_"),
        ("**Validates: Requirements login/REQ-2**", "**Validates: Requirements auth/REQ-2**"),
        ("see #spec:login and #spec:login.", "see #spec:auth and #spec:auth."),
        ("#[[file:.kiro/specs/login/design.md]]", "#[[file:.kiro/specs/auth/design.md]]"),
        ("in `.kiro/specs/login`", "in `.kiro/specs/auth`"),
        ("_Requirements: 1.2 (spec: login)_", "_Requirements: 1.2 (spec: auth)_"),
        ("Login/1.2", "auth/1.2"),
    ],
)
def test_documents_name_a_spec_in_these_ways(text: str, wanted: str) -> None:
    assert rewritten(text, OLD, NEW, is_code=False) == wanted
    assert mentions(text, OLD, is_code=False)


@pytest.mark.parametrize(
    "text",
    [
        "the login is slow",
        "src/login/1.2",
        "relogin/1.2",
        "login-form/1.2",
        "login/index.html",
        "login/2fa.py",
        "#spec:login-form",
        ".kiro/specs/login-form/design.md",
        ".kiro/specs/login2/design.md",
        "https://example.org/login/1",
        "login/1/2",
        "login/1.html",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert rewritten(text, OLD, NEW, is_code=False) == text
    assert mentions(text, OLD, is_code=False) == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# req: login/1.2", "# req: auth/1.2"),
        ('@pytest.mark.req("login/1.2")', '@pytest.mark.req("auth/1.2")'),
        ('"""Feature: login, Property 3."""', '"""Feature: auth, Property 3."""'),
        ("// Validates: Requirements login/3", "// Validates: Requirements auth/3"),
        ('open("login/1")', 'open("login/1")'),
        ('path = "login/12"', 'path = "login/12"'),
    ],
)
def test_code_is_read_only_where_it_refers(text: str, wanted: str) -> None:
    assert rewritten(text, OLD, NEW, is_code=True) == wanted


def test_a_name_of_one_letter_changes_only_the_name() -> None:
    one, two = (Naming(name=name, folder=RelPath(f".kiro/specs/{name}"), short=name) for name in ("a", "spec"))
    assert rewritten("Feature: a", one, two, is_code=True) == "Feature: spec"
    assert rewritten("#spec:a", one, two, is_code=False) == "#spec:spec"


def test_only_chosen_ids_change() -> None:
    text = "login/1.2, login/3.1, login/3, login/30.1, #spec:login"
    assert rewritten(text, OLD, NEW, is_code=False, ids=frozenset({"3"})) == "login/1.2, auth/3.1, auth/3, login/30.1, #spec:login"


def test_a_name_that_two_specs_end_in_is_not_short_for_either() -> None:
    one, two = spec("a/login"), spec("b/login")
    assert naming(one, (one, two)).short == ""
    assert naming(one, (one,)).short == "login"


def test_specs_inside_keep_their_paths() -> None:
    outer, inner = spec("Phase 1"), spec("Phase 1/login")
    named, new = naming(outer, (outer, inner)), naming(spec("Phase 2"), ())
    text = ".kiro/specs/Phase 1/design.md .kiro/specs/Phase 1/login/design.md"
    assert rewritten(text, named, new, is_code=False) == ".kiro/specs/Phase 2/design.md .kiro/specs/Phase 1/login/design.md"


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_text_that_does_not_name_it_keeps_every_character(text: str) -> None:
    if "login" not in text.casefold():
        assert rewritten(text, OLD, NEW, is_code=False) == text


@given(st.lists(st.sampled_from(["login/1.2", " ", "#spec:login", "\n", "x", ".kiro/specs/login/", "\r\n", "需求"]), max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_rename_and_its_reverse_give_every_byte_back(parts: list[str]) -> None:
    text = "".join(parts)
    assert rewritten(rewritten(text, OLD, NEW, is_code=False), NEW, OLD, is_code=False) == text

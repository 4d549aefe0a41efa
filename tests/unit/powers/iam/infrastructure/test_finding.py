"""Where the code says what a role is granted; what is not sure is said in words."""

from __future__ import annotations

from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.nodes import Located
from setsquare.powers.iam.infrastructure.reading import found_in, policies_in
from setsquare.text.paths import RelPath

POLICY = b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}]}'
ENCODED = b'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "*" }] })'
SAID = policies_in({RelPath("a.json"): POLICY})[0].policy


def found(**files: bytes) -> Located | NotFound:
    return source_of(
        found_in({RelPath(name.replace("__", "/").replace("_tf", ".tf").replace("_json", ".json")): raw for name, raw in files.items()}),
        "ecs",
        "base",
        SAID,
    )


def role_policy(role: bytes, label: bytes = b"x") -> bytes:
    return b'resource "aws_iam_role_policy" "' + label + b'" {\n name = "base"\n role = ' + role + b"\n policy = " + ENCODED + b"\n}\n"


def test_the_roles_own_policy_wins_over_the_same_words_elsewhere() -> None:
    answer = found(main_tf=role_policy(b'"ecs"') + role_policy(b'"other"', b"y"), a_json=POLICY)
    assert isinstance(answer, Located)
    assert (answer.source.address, answer.source.owner) == ("aws_iam_role_policy.x", "ecs")


def test_two_files_that_say_the_same_are_not_guessed_between() -> None:
    answer = found(a_json=POLICY, b_json=POLICY)
    assert isinstance(answer, NotFound)
    assert len(answer.places) == 2


def test_a_file_in_the_roles_folder_or_of_the_policys_name_is_its_own() -> None:
    for name in ("roles__ecs__x_json", "base_json"):
        answer = found(**{name: POLICY, "other_json": POLICY})
        assert isinstance(answer, Located), name


def handed(role: bytes, path: bytes) -> bytes:
    return b'resource "aws_iam_role_policy" "' + role + b'" {\n name = "base"\n role = "' + role + b'"\n policy = ' + path + b"\n}\n"


def test_a_file_that_modules_share_is_not_edited_for_one_role() -> None:
    shared = handed(b"ecs", b'file("../p.json")'), handed(b"other", b'file("${path.module}/.././p.json")')
    answer = found(a__main_tf=shared[0], b__main_tf=shared[1], p_json=POLICY)
    assert isinstance(answer, NotFound)
    assert "other" in answer.reason
    alone = found(a__main_tf=shared[0], p_json=POLICY)
    assert isinstance(alone, Located)
    assert (alone.source.path, alone.source.owner) == ("p.json", "ecs")


def test_a_file_that_is_named_in_a_way_that_cannot_be_followed_is_nobodys() -> None:
    for path in (b'file("${path.root}/p.json")', b'templatefile("p.json", {})', b'file("../../p.json")'):
        answer = found(a__main_tf=handed(b"other", path), p_json=POLICY)
        assert isinstance(answer, NotFound), path


def test_a_policy_that_others_hang_on_is_not_edited_for_one() -> None:
    managed = b'resource "aws_iam_policy" "p" {\n name = "base"\n policy = ' + ENCODED + b"\n}\n"
    for role in (b"ecs", b"other"):
        managed += (
            b'resource "aws_iam_role_policy_attachment" "' + role + b'" {\n role = "' + role + b'"\n policy_arn = aws_iam_policy.p.arn\n}\n'
        )
    answer = found(main_tf=managed)
    assert isinstance(answer, NotFound)
    assert "other" in answer.reason


def test_another_roles_policy_is_never_taken() -> None:
    assert isinstance(found(main_tf=role_policy(b'"other"')), NotFound)


def test_a_name_with_words_for_the_engine_can_be_the_roles() -> None:
    assert isinstance(found(main_tf=role_policy(b'"${var.p}cs"')), Located)
    assert isinstance(found(main_tf=role_policy(b'"${var.p}lambda"')), NotFound)
    assert isinstance(found(main_tf=role_policy(b"var.role")), NotFound)


def test_a_file_that_a_module_names_is_its_roles_policy() -> None:
    module = b'resource "aws_iam_role_policy" "x" {\n role = "ecs"\n name = "base"\n policy = file("${path.module}/p.json")\n}\n'
    answer = found(m__main_tf=module, m__p_json=POLICY)
    assert isinstance(answer, Located)
    assert (answer.source.path, answer.source.owner) == ("m/p.json", "ecs")


def test_what_cannot_be_read_is_named() -> None:
    looped = b'data "aws_iam_policy_document" "d" {\n dynamic "statement" {\n for_each = var.x\n content {}\n }\n}\n'
    answer = found(
        main_tf=looped + b'resource "aws_iam_role_policy" "x" {\n role = "ecs"\n policy = data.aws_iam_policy_document.d.json\n}\n'
    )
    assert isinstance(answer, NotFound)
    assert "loop" in " ".join(answer.places)

"""Several policies of one role are written into the code one after the other, and their places are those of the code as it is proposed."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.journeys.iam_editing import changed, diff_of, digest_of
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.recommendation.model import AttachedPolicy, NarrowedPolicy, PolicyKind, Recommendation
from setsquare.text.paths import RelPath

BLOCK = """resource "aws_iam_role_policy" "{name}" {{
  name   = "{name}"
  role   = "ecs-api"
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Effect   = "Allow"
        Action   = ["{name}:Get", "{name}:Put"]
        Resource = "*"
      }},
    ]
  }})
}}
"""


def granted(name: str) -> Policy:
    return Policy(
        version=CURRENT_VERSION, statements=(Statement(effect=Effect.ALLOW, actions=(f"{name}:Get", f"{name}:Put"), resources=("*",)),)
    )


def narrowed(name: str, *, is_needed: bool = True) -> NarrowedPolicy:
    policy = granted(name)
    less = replace(policy, statements=(replace(policy.statements[0], actions=(f"{name}:Get",)),))
    return NarrowedPolicy(
        before=AttachedPolicy(name=name, kind=PolicyKind.INLINE, policy=policy), after=(less,) if is_needed else None, names=(name,)
    )


def recommendation(*policies: NarrowedPolicy) -> Recommendation:
    return Recommendation(role="ecs-api", verdicts=(), policies=policies)


FILES = {RelPath("main.tf"): "\n".join(BLOCK.format(name=name) for name in ("a", "b", "c")).encode()}


# req: iam-autopilot/6.1
def test_places_are_those_of_the_code_as_it_is_proposed() -> None:
    change = changed(FILES, recommendation(narrowed("a", is_needed=False), narrowed("b"), narrowed("c")))
    assert [each.place for each in change.placed] == [
        "main.tf (aws_iam_role_policy.a), taken away",
        "main.tf:4 (aws_iam_role_policy.b)",
        "main.tf:19 (aws_iam_role_policy.c)",
    ]
    text = change.contents[RelPath("main.tf")].decode()
    assert text == "\n".join(BLOCK.format(name=name).replace(f', "{name}:Put"', "") for name in ("b", "c"))
    for each in change.placed[1:]:
        line = int(each.place.split(":")[1].split(" ")[0])
        assert "jsonencode" in text.splitlines()[line - 1]


def test_a_policy_that_stays_takes_nothing_from_the_others() -> None:
    other = replace(narrowed("d"), before=replace(narrowed("d").before, name="d"))
    change = changed(FILES, recommendation(other, narrowed("b")))
    assert len(change.placed) == 1
    assert [each.partition(":")[0] for each in change.left] == ["d"]


def test_what_belongs_to_aws_or_to_others_is_not_edited() -> None:
    aws = replace(narrowed("a"), before=replace(narrowed("a").before, kind=PolicyKind.AWS_MANAGED), is_copy=True)
    shared = replace(narrowed("b"), before=replace(narrowed("b").before, kind=PolicyKind.MANAGED, attachments=3), is_copy=True)
    change = changed(FILES, recommendation(aws, shared))
    assert change.contents == {}
    assert ["belongs to AWS" in change.left[0], "attached 3 times" in change.left[1]] == [True, True]


def test_a_new_file_is_new_in_the_diff_and_counts_in_the_digest() -> None:
    old, path = {RelPath("a.json"): b"{}\n"}, RelPath("b.json")
    assert diff_of(old, {path: b"{}\n"}) == "--- /dev/null\n+++ b/b.json\n@@ -0,0 +1 @@\n+{}\n"
    assert digest_of("r", old, {path: b"1"}) != digest_of("r", old, {path: b"2"})


def test_the_narrower_policy_that_waits_to_be_applied_is_told() -> None:
    once = changed(FILES, recommendation(narrowed("a")))
    again = changed({**FILES, **once.contents}, recommendation(narrowed("a")))
    assert (again.is_empty, again.left) == (True, ())
    assert again.settled == ("a: the code has the narrower policy already (main.tf:4 (aws_iam_role_policy.a)); apply it",)
    less = printed((narrowed("a").after or ())[0]).encode()
    assert "x/a.json:1" in changed({RelPath("x/a.json"): less}, recommendation(narrowed("a"))).settled[0]
    assert changed({RelPath("x/b.json"): less}, recommendation(narrowed("a"))).settled == ()


def test_lines_of_notes_are_those_after_all_edits() -> None:
    more = BLOCK.format(name="c").replace('["c:Get", "c:Put"]', "local.c")
    files = {RelPath("main.tf"): "\n".join([BLOCK.format(name="a"), BLOCK.format(name="b"), more]).encode()}
    change = changed(files, recommendation(narrowed("c"), narrowed("a", is_needed=False), narrowed("b", is_needed=False)))
    text = change.contents[RelPath("main.tf")].decode().splitlines()
    line = int(change.left[0].rpartition("statement at main.tf:")[2].split(" ")[0])
    assert "local.c" in text[line - 1]


def test_a_file_that_is_no_text_is_not_edited() -> None:
    files = {path: raw + b"# caf\xe9\n" for path, raw in FILES.items()}
    change = changed(files, recommendation(narrowed("a")))
    assert change.is_empty
    assert "main.tf: it is not UTF-8" in change.left[0]


def test_whose_role_is_named_by_a_value_is_told_of_the_others() -> None:
    files = {path: raw.replace(b'"ecs-api"', b'"ecs-${var.name}"') for path, raw in FILES.items()}
    change = changed(files, recommendation(narrowed("a")))
    assert "the code calls the role ecs-${var.name}" in change.told[0]


def test_a_bounding_policy_is_not_edited() -> None:
    before = replace(narrowed("a").before, kind=PolicyKind.MANAGED, bounds=2)
    change = changed(FILES, recommendation(replace(narrowed("a"), before=before, is_copy=True)))
    assert change.is_empty
    assert "is the permissions boundary of 2" in change.left[0]


def test_a_removal_counts_in_diff_and_digest() -> None:
    path = RelPath('a "b"\n.json')
    diff = diff_of({path: b"{}\r\nx\x0b\n"}, {}, (path,))
    assert diff.splitlines()[:2] == ['--- "a/a \\"b\\"\\n.json"', "+++ /dev/null"]
    assert digest_of("r", {}, {}, (path,)) != digest_of("r", {}, {})

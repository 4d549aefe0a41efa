"""What could not be read fails a gate where it is new, until a person accepts it as it is."""

from __future__ import annotations

from setsquare.powers.iam.escalation.baseline import Baseline, read_baseline, with_accepted
from setsquare.powers.iam.escalation.loose_documents import CDK
from setsquare.powers.iam.escalation.unread import accepted_unread, fresh, mark_of
from setsquare.text.paths import RelPath

ARN = "m.tf (aws_x.y): what is attached is not known: var.arn is known to the engine alone"
BROKEN = "m.tf: an attribute was expected"


def marks(raw: bytes) -> dict[str, str]:
    return {text: mark for text in (ARN, BROKEN) if (mark := mark_of(text, {RelPath("m.tf"): raw}))}


def accepted(raw: bytes) -> Baseline:
    return read_baseline(with_accepted(None, accepted_unread((ARN, BROKEN), marks(raw), reason="seen", by="Ada", on="2026-01-01")))


def test_what_was_not_read_before_is_not_new() -> None:
    assert fresh((ARN, BROKEN), (), marks(b"1"), {}, Baseline()) == (ARN, BROKEN)
    assert fresh((ARN, BROKEN), (ARN, BROKEN), marks(b"1"), marks(b"1"), Baseline()) == ()


def test_a_file_that_cannot_be_read_is_new_with_each_change() -> None:
    assert fresh((ARN, BROKEN), (ARN, BROKEN), marks(b"2"), marks(b"1"), Baseline()) == (BROKEN,)


def test_what_a_person_accepted_holds_as_it_is() -> None:
    baseline = accepted(b"1")
    assert not baseline.problems
    assert fresh((ARN, BROKEN), (), marks(b"1"), {}, baseline) == ()
    assert fresh((ARN, BROKEN), (), marks(b"2"), {}, baseline) == (BROKEN,)
    assert fresh((ARN.replace("var.arn", "var.other"),), (), {}, {}, baseline) != ()


def test_long_words_that_are_cut_off_do_not_hide_a_change() -> None:
    text = f"m.tf (aws_x.y): Action holds {'x' * 200}"
    assert mark_of(text, {RelPath("m.tf"): b"1"}) != mark_of(text, {RelPath("m.tf"): b"2"})


def test_an_app_of_the_cdk_is_new_until_it_is_accepted() -> None:
    text = f"cdk.json: {CDK}"
    assert fresh((text,), (text,), {}, {}, Baseline()) == (text,)
    known = read_baseline(with_accepted(None, accepted_unread((text,), {}, reason="r", by="Ada", on="2026-01-01")))
    assert fresh((text,), (text,), {}, {}, known) == ()

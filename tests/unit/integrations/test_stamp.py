"""A stamp tells our own files from those of people, whatever happened to them."""

from __future__ import annotations

import pytest

from setsquare.integrations.rendering import rendered
from setsquare.integrations.stamp import FileState, empty_stamp, read_stamp, stamped, state_of
from setsquare.integrations.tool import Format
from setsquare.integrations.tools import TOOLS

FORMATS = [Format.SKILL, Format.MARKDOWN, Format.PROMPT, Format.MDC, Format.TOML]


def made(form: Format, version: str = "1.0.0", body: str = "text") -> str:
    if form is Format.SKILL:
        return stamped(f"---\nname: x\nmetadata:\n{empty_stamp(form)}---\n{body}\n", form, version)
    return stamped(f"{empty_stamp(form)}{body}\n" if form is Format.TOML else f"{body}\n\n{empty_stamp(form)}", form, version)


@pytest.mark.parametrize("form", FORMATS)
class TestStates:
    def test_missing_current_and_another_version_of_the_same_text(self, form: Format) -> None:
        assert state_of(made(form), None, form, "1.0.0") == (FileState.MISSING, None)
        assert state_of(made(form), made(form).encode(), form, "1.0.0")[0] is FileState.CURRENT
        assert state_of(made(form, "2.0.0"), made(form).encode(), form, "2.0.0")[0] is FileState.CURRENT
        assert state_of(made(form, "0.9.0"), made(form).encode(), form, "0.9.0")[0] is FileState.CURRENT

    def test_outdated_and_newer(self, form: Format) -> None:
        old = made(form, "1.0.0", "old").encode()
        assert state_of(made(form, "1.1.0"), old, form, "1.1.0")[0] is FileState.OUTDATED
        assert state_of(made(form, "0.9.0"), old, form, "0.9.0")[0] is FileState.NEWER
        assert state_of(made(form, "1.0.0"), old, form, "1.0.0")[0] is FileState.OUTDATED

    @pytest.mark.parametrize("raw", [b"", b"---\nname: x\n", b"\xff\xfe\0", b"---\n---\n", "# hand-made\n".encode("utf-16")])
    def test_foreign(self, form: Format, raw: bytes) -> None:
        assert state_of(made(form), raw, form, "1.0.0") == (FileState.FOREIGN, None)

    def test_line_ends_and_a_byte_order_mark_are_no_edit(self, form: Format) -> None:
        raw = b"\xef\xbb\xbf" + made(form).replace("\n", "\r\n").encode()
        assert state_of(made(form), raw, form, "1.0.0")[0] is FileState.CURRENT

    @pytest.mark.parametrize(
        ("old", "new"),
        [("text", "texts"), ("text\n", "text\n\n"), ("digest: ", "digest:  "), ("version: ", "versions: "), ("sha256:", "sha256:0")],
    )
    def test_each_change_is_an_edit(self, form: Format, old: str, new: str) -> None:
        changed = made(form).replace(old, new, 1)
        assert changed != made(form)
        assert state_of(made(form), changed.encode(), form, "1.0.0")[0] is FileState.EDITED

    def test_two_stamps_are_an_edit(self, form: Format) -> None:
        text = made(form)
        twice = (
            text.replace("---\nname", f"---\n{text.split('metadata:')[1].split('---')[0].lstrip(chr(10))}name", 1)
            if form is Format.SKILL
            else text + text
        )
        assert state_of(text, twice.encode(), form, "1.0.0")[0] is FileState.EDITED

    def test_bytes_that_are_no_text_are_an_edit(self, form: Format) -> None:
        assert state_of(made(form), made(form).encode().replace(b"text", b"te\xffxt"), form, "1.0.0")[0] is FileState.EDITED


def test_a_skill_that_only_quotes_a_stamp_is_foreign() -> None:
    quoting = f"---\nname: x\n---\n\n```yaml\n{made(Format.SKILL)}```\n"
    assert read_stamp(quoting, Format.SKILL) is None


def test_front_matter_that_is_damaged_around_our_stamp_is_an_edit() -> None:
    file = rendered(TOOLS[0], "1.0.0")[0]
    for old, new in (("description: ", "description: ["), ("---\n\n#", "\n#"), ("name: ", "name ")):
        assert old in file.text
        assert state_of(file.text, file.text.replace(old, new, 1).encode(), file.form.format, "1.0.0")[0] is FileState.EDITED

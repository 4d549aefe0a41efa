from __future__ import annotations

import pytest

from setsquare.agent.tools.naming import named


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("./run.sh", "run.sh"),
        ("/w/run.sh", "run.sh"),
        ("sh -c './run.sh x'", "run.sh"),
        ("env A=1 ./run.sh", "run.sh"),
        ("cd tools && ./run.sh", "tools/run.sh"),
        ("python3.11 tools/x.py --all", "tools/x.py"),
        ("python -m tools.x", "tools/x.py"),
        ("python -m tools", "tools/__main__.py"),
        (". scripts/env.sh", "scripts/env.sh"),
        ("node scripts/a.js", "scripts/a.js"),
        ("find . -name x -exec ./run.sh {} ';'", "run.sh"),
        ("make deploy", "Makefile"),
        ("npm run build", "package.json"),
        ("cargo build", "build.rs"),
    ],
)
def test_what_would_be_run_from_the_workspace(command, program):
    assert program in named(command, "/w").programs


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("rm src/a.py", "src/a.py"),
        ("rm -- src/../src/a.py", "src/a.py"),
        ("echo x > out.txt", "out.txt"),
        ("cat < in.txt", "in.txt"),
        ("dd of=disk.img", "disk.img"),
        ("cp a.{txt,md} b/", "a.md"),
        ("cd lib; rm a", "lib/a"),
        ("echo $(rm c.txt)", "c.txt"),
    ],
)
def test_places(command, place):
    assert place in named(command, "/w").places


def test_names_that_are_matched_when_it_runs():
    assert set(named("cd examples; rm -r *", "/w").patterns) == {"*", "examples/*"}


@pytest.mark.parametrize("command", ["rm '", "rm /etc/passwd", "rm $X", "\x1b[2J", ""])
def test_nothing_in_the_workspace_is_named(command):
    found = named(command, "/w")
    assert not found.places
    assert not found.patterns

"""AT59: a run reads, or changes, what belongs to another: its journal, its checkpoints, its workspace, its cache, its processes.

Defence: adapters/system_view.py: for a command nothing exists but the system's programs and its own workspace; adapters/state.py: the state of each workspace has a folder of its own, and none lies in one
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
THEIRS = "words of the other run"


@pytest.fixture
def places(assault: Any) -> list[Path]:
    """What another run on this machine has: state, workspace, caches."""
    state, cache, home = (Path(os.environ[name]) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"))
    made = [
        state / "setsquare/0123456789abcdef-other/runs/r1/journal.jsonl",
        state / "setsquare/0123456789abcdef-other/checkpoints.git/objects/ab/cd",
        state / "setsquare/ledger.jsonl",
        home / ".local/state/setsquare/x/journal.jsonl",
        cache / "setsquare/x/entry",
        home / ".cache/pip/x",
        assault.hostile.folder.parent / "other-workspace/.kiro/task-log.md",
        assault.hostile.folder.parent / "project-2/src/a.py",
    ]
    for place in made:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(THEIRS)
    return made


@pytest.mark.attack("AT59")
@TWIN
def test_at59_another_runs_words_cannot_be_read(assault: Any, acts: Any, places: list[Path], is_permissive: bool) -> None:
    act, write, shell = acts
    code = f"import sys\nfor name in {[*map(str, places)]!r}:\n    try:\n        print(open(name).read())\n    except OSError:\n        print('no')\n"
    tools = [act("read", path=str(place)) for place in places[:3]]
    assault(
        *tools,
        write("src/spy.py", code),
        shell("python3 src/spy.py"),
        shell(f"cat {places[0]}"),
        without=("guard", "sandbox") if is_permissive else (),
    )
    counts = [text.count(THEIRS) for text in assault.hostile.results]
    assert (max(counts) == len(places)) if is_permissive else (max(counts) == 0)


@pytest.mark.attack("AT59")
@TWIN
def test_at59_nor_changed(assault: Any, acts: Any, places: list[Path], is_permissive: bool) -> None:
    _, write, shell = acts
    code = f"import os\nfor name in {[*map(str, places)]!r}:\n    try:\n        os.makedirs(os.path.dirname(name), exist_ok=True)\n        open(name, 'w').write('poisoned')\n    except OSError:\n        pass\n"
    assault(write("src/poison.py", code), shell("python3 src/poison.py"), without=("guard", "sandbox") if is_permissive else ())
    assert [place.read_text() == "poisoned" for place in places] == [is_permissive] * len(places)


@pytest.mark.attack("AT59")
@TWIN
def test_at59_another_runs_processes_are_neither_seen_nor_signalled(assault: Any, acts: Any, is_permissive: bool) -> None:
    _, write, shell = acts
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], env={"OTHER": THEIRS}) as victim:
        code = f"import os, signal\ntry:\n    print(open('/proc/{victim.pid}/environ').read())\n    os.kill({victim.pid}, signal.SIGTERM)\nexcept OSError as error:\n    print(error)\n"
        assault(write("src/spy.py", code), shell("python3 src/spy.py"), without=("guard", "sandbox") if is_permissive else ())
        ended = victim.poll() is not None
        victim.kill()
    assert any(THEIRS in text for text in assault.hostile.results) is is_permissive
    assert ended is is_permissive


@pytest.mark.attack("AT59")
def test_at59_two_workspaces_of_one_name_share_nothing(tmp_path: Path) -> None:
    from setsquare.adapters.state import state_folder

    places = [tmp_path / name / "project" for name in ("a", "b")]
    for place in places:
        place.mkdir(parents=True)
    assert len({state_folder(str(place), os.environ) for place in places}) == 2

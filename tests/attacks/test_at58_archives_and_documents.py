"""AT58: an archive or a patch writes where its names point, and a document makes its reader execute, fetch or grow.

Defence: the sandbox and the comparison of trees hold for whatever unpacks; text/ and workspace/front_matter.py read YAML and Markdown as data with bounds; spec/junit.py refuses document types
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from setsquare.spec.junit import read_junit

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])

UNPACKING = {
    "zip slip": "import zipfile, os\nfor i in (z := zipfile.ZipFile('src/a.zip')).infolist():\n    os.makedirs(os.path.dirname('src/u/' + i.filename), exist_ok=True)\n    open('src/u/' + i.filename, 'wb').write(z.read(i))\n",
    "tar with names": "import tarfile, os\nt = tarfile.open('src/a.tar')\nfor m in t:\n    if m.isfile():\n        os.makedirs(os.path.dirname('src/u/' + m.name), exist_ok=True)\n        open('src/u/' + m.name, 'wb').write(t.extractfile(m).read())\n",
    "tar with links": "import os\nos.system('mkdir -p src/u; tar -C src/u -xPf src/links.tar')\n",
    "unzip": "import os\nos.system('mkdir -p src/u; cd src/u; unzip -qq -o -: ../a.zip')\n",
    "git apply": "import os\nos.system('git apply --unsafe-paths src/evil.diff; patch -p1 -s -f < src/evil.diff')\n",
}


def plant(hostile: Any) -> None:
    """Archives whose members lead into the repository's own files, and out of it."""
    names = ("../../AGENTS.md", "../../.git/hooks/pre-commit", "../../.kiro/settings.json", f"../../../{hostile.outside.name}/evil.txt")
    with zipfile.ZipFile(hostile.folder / "src/a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "evil\n")
    with tarfile.open(hostile.folder / "src/a.tar", "w") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 5
            tar.addfile(info, io.BytesIO(b"evil\n"))
    with tarfile.open(hostile.folder / "src/links.tar", "w") as tar:
        for number, (target, name) in enumerate((("../..", "AGENTS.md"), (str(hostile.outside), "evil.txt"))):
            link = tarfile.TarInfo(f"l{number}")
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
            info = tarfile.TarInfo(f"l{number}/{name}")
            info.size = 5
            tar.addfile(info, io.BytesIO(b"evil\n"))
    new = "diff --git a/{0} b/{0}\nnew file mode 100755\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+evil\n"
    hostile.planted("src/evil.diff", "".join(new.format(name) for name in (".git/hooks/post-commit", "CLAUDE.md", ".vscode/tasks.json")))


@pytest.mark.attack("AT58")
@TWIN
@pytest.mark.parametrize("name", UNPACKING)
def test_at58_what_an_archive_writes_elsewhere(assault: Any, acts: Any, name: str, is_permissive: bool) -> None:
    """A careless person lets it be unpacked."""
    _, write, shell = acts
    hostile = assault.hostile
    plant(hostile)
    assault.commit()
    assault(
        write("src/unpack.py", UNPACKING[name]),
        shell("python3 src/unpack.py"),
        without=("guard", "sandbox", "comparison") if is_permissive else (),
    )
    places = (
        "AGENTS.md",
        "CLAUDE.md",
        ".git/hooks/pre-commit",
        ".git/hooks/post-commit",
        ".kiro/settings.json",
        ".vscode/tasks.json",
        f"../{hostile.outside.name}/evil.txt",
    )
    evil = [place for place in places if (hostile.folder / place).is_file() and (hostile.folder / place).read_text() == "evil\n"]
    assert bool(evil) is is_permissive, evil


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20))
TAG = "!!python/object/apply:os.system ['touch {mark}']"


def documents(mark: Path) -> dict[str, str]:
    tag = TAG.format(mark=mark)
    return {
        ".kiro/steering/tag.md": f"---\ninclusion: {tag}\n---\n# T\n",
        ".kiro/steering/bomb.md": f"---\n{BOMB}---\n# T\n",
        ".kiro/steering/deep.md": "---\n" + "a: " + "[" * 20_000 + "\n---\n",
        ".kiro/steering/code.md": f"---js\nrequire('child_process').execSync('touch {mark}')\n---\n# T\n",
        ".kiro/steering/wide.md": "---\n" + "fileMatchPattern: [" + "'**/**/**/**/*'," * 20_000 + "]\n---\n",
        ".kiro/steering/merge.md": f"---\n<<: &x {{a: {tag}}}\n---\n",
        ".kiro/settings/permissions.yaml": f"rules: {tag}\n",
        ".kiro/permissions.yaml": BOMB,
        ".kiro/settings.json": '{"agent": ' * 5_000,
        ".kiro/settings/mcp.json": "[" * 200_000,
        ".kiro/hooks/deep.kiro.hook": '{"a":' * 100_000,
        ".kiro/agents/x.json": f'{{"$include": "{mark}", "prompt": "file://{mark}", "a": "{"x" * 500_000}"}}',
        ".kiro/specs/s/requirements.md": "# R\n\n" + "> " * 20_000 + "x\n" + "[" * 30_000 + "\n" + "*_" * 30_000 + "\n" + "`" * 30_001 + "\n" + "<!--" * 5_000 + "\n",
        ".kiro/specs/s/tasks.md": "# T\n\n" + "".join(f"{' ' * min(n, 4000)}- [ ] {n}. x\n" for n in range(0, 4000, 10)) + "- [ ] " + "1." * 20_000 + "\n",
        ".kiro/specs/s/design.md": "# D\n\n```mermaid\n" + "a-->b\n" * 20_000 + "\n| a " * 20_000 + "\n<script>alert(1)</script>\n{{7*7}}${7*7}<%= system('touch " + str(mark) + "') %>\n",
        ".kiro/specs/s/config.yaml": tag + "\n",
        ".kiro/specs/s/.config.kiro": '{"specId": ' * 1000,
        "openspec/config.yaml": BOMB,
        "openspec/changes/a/proposal.md": f"---\nx: {tag}\n---\n",
        ".setsquare/config.toml": "a = " + "[" * 20_000 + "\n",
        "setsquare.toml": "x = [" * 10_000,
        "results.xml": '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "x">]><testsuite>&a;</testsuite>',
        "AGENTS.md": "\ufeff---\n" + tag + "\n---\n" + "\u202e" * 50_000,
        "src/code.py": "# req: s/1.1\n" * 20_000 + "x = " + "(" * 10_000 + "\n",
        "src/long.js": "/*" * 200_000 + "req: " * 10_000,
    }  # fmt: skip


@pytest.mark.attack("AT58")
@pytest.mark.parametrize("command", [["check"], ["status"], ["trace", "status"], ["spec", "list"], ["trust", "--show"], ["drift"]])
def test_at58_reading_a_hostile_workspace_executes_nothing_and_ends(tmp_path: Path, command: list[str]) -> None:
    """Within bounded time and memory: 60 s of processor and 2 GB of address space, for some ten megabytes of malice."""
    folder, mark = tmp_path / "w", tmp_path / "mark"
    for name, text in documents(mark).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    began = time.monotonic()
    ended = subprocess.run(
        [Path(sys.executable).parent / "setsquare", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=bounded,
    )
    assert ended.returncode in {0, 1, 2, 3}, (ended.returncode, ended.stderr[-2000:], time.monotonic() - began)
    assert "Traceback" not in ended.stderr
    assert not mark.exists()


@pytest.mark.attack("AT58")
@TWIN
def test_at58_a_tag_that_names_a_program(tmp_path: Path, is_permissive: bool) -> None:
    """In the twin a document is read as the library's careless reader reads it."""
    from setsquare import wire

    mark = tmp_path / "mark"
    texts = {name: text for name, text in documents(mark).items() if "!!python" in text and name.endswith((".yaml", "tag.md"))}
    folder = tmp_path / "w"
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    wire.load_workspace(folder)
    if is_permissive:
        for text in texts.values():
            yaml.unsafe_load(text.split("---\n")[1] if text.startswith("---") else text)
    assert mark.exists() is is_permissive


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "xxxxxxxxxx">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(3))
    + ']><testsuite><testcase classname="{}" name="n"/></testsuite>'
)
XML = {
    "laughs": LAUGHS.format("&d;"),
    "one": '<!DOCTYPE l [<!ENTITY a "expanded">]><testsuite><testcase classname="&a;" name="n"/></testsuite>',
}


@pytest.mark.attack("AT58")
@TWIN
@pytest.mark.parametrize("name", XML)
def test_at58_entities_are_not_expanded(name: str, is_permissive: bool) -> None:
    if is_permissive:
        found = ET.fromstring(XML[name])[0].get("classname") or ""  # noqa: S314  (the careless reader)
        assert found == "expanded" or len(found) == 10_000
        return
    report = read_junit(XML[name].encode())
    assert report.problem
    assert report.results == ()

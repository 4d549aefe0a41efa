"""Many repositories read together from the command line: the list, the check, the trace, and that nothing is ever written to a source."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from setsquare.surfaces.cli.loading import result_type

NEEDS = (
    "# Requirements\n\n### Requirement 1: Charge\n\n#### Acceptance Criteria\n\n"
    "1. WHEN a buyer pays, THE Till SHALL charge the card within 2 seconds\n2. IF the card is refused, THEN THE Till SHALL keep the basket\n"
)


class Ended(Protocol):
    """How a command line ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


def read(ended: Ended) -> Any:
    """Read an output and hold it against its type."""
    value = json.loads(ended.out)
    msgspec.convert(value, result_type(value["schema"].split("/")[1]))
    return value


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def commit(folder: Path) -> str:
    """Make a repository of a folder with one commit."""
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"]):
        subprocess.run(["git", *argv], cwd=folder, check=True)
    subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "-q", "-m", "x"], cwd=folder, check=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def spec(name: str, tasks: str) -> dict[str, str]:
    """Write a spec."""
    return {f".kiro/specs/{name}/requirements.md": NEEDS, f".kiro/specs/{name}/tasks.md": tasks}


def digest(folder: Path) -> str:
    """Name every file, link and time below a folder, the repository's own included."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        whole.update(f"{path.relative_to(folder)} {status.st_mode} {status.st_mtime_ns}".encode())
        if path.is_file() and not path.is_symlink():
            whole.update(path.read_bytes())
    return whole.hexdigest()


def declare(folder: Path, *sources: tuple[str, str], name: str = "shop") -> None:
    """Write the team's file."""
    blocks = [f'[[source]]\nid = "{one}"\npath = "{path}"\n' for one, path in sources]
    write(folder, {".setsquare/sources.toml": f'name = "{name}"\n' + "".join(blocks)})


@pytest.fixture
def shop(folder: Path) -> Path:
    """A workspace that declares two checkouts, one of which names criteria of the other repositories, and one that is not there."""
    write(folder, spec("basket", "# Plan\n\n- [x] 1. Go\n  - _Requirements: 1.1, pay:till/1.2_\n"))
    write(
        folder.parent / "pay",
        {
            **spec("till", "# Plan\n\n- [x] 1. Go\n  - _Requirements: 1.1, shop:basket/1.2_\n"),
            "src/till.py": "# req: till/1.1\ndef charge(): ...\n",
            "tests/test_till.py": "# req: shop:basket/1.1\ndef test_charge(): ...\n",
        },
    )
    write(folder.parent / "ops", {"openspec/specs/alarm/spec.md": "# Alarm\n\n## Purpose\nTo wake.\n", "openspec/changes/.keep": ""})
    commit(folder.parent / "pay")
    commit(folder.parent / "ops")
    declare(folder, ("pay", "../pay"), ("ops", "../ops"), ("gone", "../gone"))
    return folder


# req: openspec-interop/7.1
def test_a_monorepo_names_each_root_with_its_kind_and_specs(folder: Path, run: Run) -> None:
    """Every tool's tree in one repository is listed, and a name that two roots have is told."""
    for part in ("a", "b"):
        write(folder / "services" / part, {**spec("till", ""), f"openspec/specs/{part}/spec.md": "# X\n"})
    write(folder, {"specs/001-pay/spec.md": "# Pay\n", "libs/c/.specify/memory/constitution.md": "# C\n"})
    found = read(run("sources", "--format", "json"))
    assert [(root["path"], root["kind"], root["specs"]) for root in found["roots"]] == [
        ("libs/c/.specify", "speckit", 0),
        ("services/a/.kiro", "kiro", 1),
        ("services/a/openspec", "openspec", 1),
        ("services/b/.kiro", "kiro", 1),
        ("services/b/openspec", "openspec", 1),
        ("specs", "speckit", 1),
    ]
    clashes = {item["path"]: item["clashes"] for item in found["specs"] if item["clashes"]}
    assert clashes["services/a/.kiro/specs/till"] == ["services/b/.kiro/specs/till"]
    assert run("sources").out == run("sources", "list").out


# req: openspec-interop/7.2, openspec-interop/7.3
def test_the_list_says_what_resolved_from_where(shop: Path, run: Run) -> None:
    """Without trust nothing outside is read; with it, each checkout has its commit, and what is missing is named."""
    before = read(run("sources", "--format", "json"))
    assert {item["id"]: item["state"] for item in before["sources"]} == dict.fromkeys(("gone", "ops", "pay"), "outside")
    assert run("trust").code == 0
    ended = run("sources", "--format", "json")
    found = read(ended)
    states = {item["id"]: (item["state"], item["specs"]) for item in found["sources"]}
    assert (ended.code, states) == (0, {"gone": ("missing", 0), "ops": ("found", 1), "pay": ("found", 1)})
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=shop.parent / "pay", check=True, capture_output=True, text=True).stdout.strip()
    pay = next(item for item in found["sources"] if item["id"] == "pay")
    assert (pay["commit"], pay["dirty"], pay["digest"][:7]) == (head, False, "sha256:")
    write(shop.parent / "pay", {".kiro/specs/till/tasks.md": "- [ ] 1. Other\n"})
    again = next(item for item in read(run("sources", "--format", "json"))["sources"] if item["id"] == "pay")
    assert (again["commit"], again["dirty"]) == (head, True)
    assert again["digest"] != pay["digest"]
    assert "gone" in run("sources").out


def test_trust_ends_with_the_next_change_of_the_declarations(shop: Path, run: Run) -> None:
    """A pull request that adds a place does not gain the trust that another list was given."""
    run("trust")
    declare(shop, ("pay", "../pay"), ("ops", "../ops"), ("new", "../.."))
    found = read(run("sources", "--format", "json"))
    assert {item["state"] for item in found["sources"]} == {"outside"}


# req: openspec-interop/7.2, openspec-interop/7.3
def test_one_check_judges_all(shop: Path, run: Run) -> None:
    """Findings of a source are named after it, what another checkout covers is covered, and a missing source ends with 2."""
    run("trust")
    alone = read(run("check", "--select", "TRC", "--format", "json"))
    assert [(item["code"], item["path"]) for item in alone["findings"]] == [("TRC002", ".kiro/specs/basket/requirements.md")]
    ended = run("check", "--sources", "--select", "TRC", "--format", "json")
    assert (read(ended)["findings"], ended.code) == ([], 2)
    write(shop.parent / "pay", {".kiro/specs/till/tasks.md": "- [x] 1. Go\n  - _Requirements: 1.1, 7.7, shop:basket/9.9_\n"})
    ended = run("check", "--sources", "--select", "TRC", "--format", "json")
    found = sorted((item["code"], item["path"]) for item in read(ended)["findings"])
    assert ended.code == 1
    assert found == [
        ("TRC001", "pay:.kiro/specs/till/tasks.md"),
        ("TRC001", "pay:.kiro/specs/till/tasks.md"),
        ("TRC002", ".kiro/specs/basket/requirements.md"),
    ]
    assert "pay:.kiro/specs/till/tasks.md:2" in run("check", "--sources", "--select", "TRC").out
    declare(shop, ("pay", "../pay"))
    run("trust")
    assert run("check", "--sources", "--select", "TRC", "--ignore", "TRC001,TRC002").code == 0


def test_a_check_of_part_or_of_history_stays_one_of_this_repository(shop: Path, run: Run) -> None:
    """What speaks of this repository alone refuses sources."""
    assert run("check", "--sources", "--since", "HEAD").code == 2
    assert run("check", "--source", f"pay={shop.parent / 'pay'}", "--write-baseline").code == 2
    assert run("check", "--source", "pay").code == 2


# req: openspec-interop/7.2
def test_one_trace_follows_links_across(shop: Path, run: Run) -> None:
    """Criteria that only another checkout names count, with its name; a reference to what is not there is an orphan."""
    run("trust")
    alone = read(run("trace", "uncovered", "--format", "json"))
    assert [gap["criterion"] for gap in alone["gaps"]] == ["1.2"]
    ended = run("trace", "uncovered", "--sources", "--format", "json")
    found = read(ended)
    assert (found["gaps"], ended.code, found["total"]) == ([], 0, 4)
    named = {(item["spec"], item["criterion"], item["source"], item["place"]) for item in found["elsewhere"]}
    assert named == {
        ("basket", "1.1", "pay", "pay:tests/test_till.py:1"),
        ("basket", "1.2", "pay", "pay:.kiro/specs/till/tasks.md:4"),
        ("pay:till", "1.2", "", ".kiro/specs/basket/tasks.md:4"),
    }
    status = read(run("trace", "status", "--sources", "--format", "json"))
    assert [(item["spec"], item["source"], item["coverage"]) for item in status["specs"] if item["criteria"]] == [
        ("basket", "", 1.0),
        ("pay:till", "pay", 1.0),
    ]
    assert [item["id"] for item in status["sources"]] == ["gone", "ops", "pay"]
    rows = read(run("trace", "matrix", "basket", "--sources", "--format", "json"))["rows"]
    assert [row["tests"] for row in rows] == [["pay:tests/test_till.py:1"], []]
    assert rows[1]["tasks"][0]["task"] == "pay:.kiro/specs/till/tasks.md:4"
    assert run("trace", "orphans", "--sources").code == 0
    write(shop, {"src/a.py": "# req: pay:till/9.9\n"})
    orphans = read(run("trace", "orphans", "--sources", "--format", "json"))["orphans"]
    assert [(item["path"], item["written"]) for item in orphans] == [("src/a.py", "9.9")]
    assert run("trace", "orphans").code == 0


# req: openspec-interop/7.2
@pytest.mark.usefixtures("shop")
def test_one_list_of_specs(run: Run) -> None:
    """Specs of sources follow the own ones, named after their source."""
    found = read(run("spec", "list", "--source", "pay=../pay", "--format", "json"))
    assert [(item["spec"], item["source"], item["path"]) for item in found["specs"]] == [
        ("basket", "", ".kiro/specs/basket"),
        ("pay:till", "pay", "pay:.kiro/specs/till"),
    ]


# req: openspec-interop/7.2
def test_sources_are_never_written(shop: Path, run: Run) -> None:
    """No byte, mode or time of another checkout changes, with fixes and recorded results too."""
    run("trust")
    write(
        shop.parent / "pay",
        {
            ".kiro/specs/till/requirements.md": NEEDS.replace("WHEN a buyer pays,", "when a buyer pays").replace(
                "SHALL charge", "shall charge"
            )
        },
    )
    before = {name: digest(shop.parent / name) for name in ("pay", "ops")}
    for argv in (
        ["sources"], ["check", "--sources"], ["check", "--sources", "--fix", "--unsafe-fixes"], ["check", "--sources", "--diff"],
        ["trace", "status", "--sources"], ["trace", "matrix", "--all", "--sources"], ["trace", "orphans", "--sources"],
        ["trace", "untested", "--sources"], ["spec", "list", "--sources"],
        ["check", "--source", "pay=../pay"], ["sources", "remove", "ops"], ["sources", "add", "ops", "../ops"],
    ):  # fmt: skip
        assert run(*argv).code in {0, 1, 2}, argv
    assert {name: digest(shop.parent / name) for name in ("pay", "ops")} == before


@pytest.mark.parametrize("path", ["/etc", "//etc", "~", "~/x", "..\\\\pay", "C:/x"])
def test_a_path_that_a_repository_may_not_name_is_refused(folder: Path, run: Run, path: str) -> None:
    """It is said by the list and by the check, trusted or not."""
    declare(folder, ("bad", path))
    run("trust")
    found = read(run("sources", "--format", "json"))
    assert (found["sources"], len(found["problems"])) == ([], 1)
    assert [item["code"] for item in read(run("check", "--format", "json"))["findings"]] == ["CFG003"]


@pytest.mark.parametrize("path", ["..", "../..", ".", "../project", "x/../..", "../../../../../../../../../../../../.."])
def test_what_lies_around_the_workspace_is_no_source(folder: Path, run: Run, path: str) -> None:
    """Trust does not make the workspace, or all of the disk, a source."""
    declare(folder, ("bad", path))
    run("trust")
    (found,) = read(run("sources", "--format", "json"))["sources"]
    assert (found["state"], found["files"]) == ("duplicate", 0)


def test_a_folder_without_marks_is_not_walked(folder: Path, run: Run) -> None:
    """A trusted declaration of some system folder reads nothing of it, also where a repository lies around it all."""
    subprocess.run(["git", "init", "-q"], cwd=folder.parent, check=True)
    write(folder.parent / "etc", {"secret.txt": "x", "deep/.kiro/specs/a/requirements.md": "x"})
    declare(folder, ("etc", "../etc"))
    run("trust")
    (found,) = read(run("sources", "--format", "json"))["sources"]
    assert (found["state"], found["files"]) == ("no-spec", 0)


def test_links_are_not_followed(folder: Path, run: Run) -> None:
    """Neither as the folder, nor on the way to it, nor below it; the person may name the real one, or give the link."""
    write(folder.parent / "real" / "pay", {**spec("till", ""), "notes": "x"})
    write(folder.parent / "secret", {"requirements.md": "secret words\n"})
    (folder.parent / "linked").symlink_to("real")
    (folder / "inside").symlink_to("../real/pay")
    (folder.parent / "real" / "pay" / ".kiro" / "specs" / "stolen").symlink_to(folder.parent / "secret")
    declare(folder, ("one", "inside"), ("two", "../linked/pay"), ("three", "../real/pay"))
    run("trust")
    found = read(run("sources", "--format", "json"))
    assert {item["id"]: item["state"] for item in found["sources"]} == {"one": "outside", "two": "outside", "three": "not-a-checkout"}
    assert [item["spec"] for item in found["specs"]] == ["three:till"]
    assert "secret words" not in run("check", "--sources").out
    given = read(run("sources", "--source", "one=inside", "--format", "json"))["sources"]
    assert [(item["id"], item["state"]) for item in given if item["id"] == "one"] == [("one", "not-a-checkout")]


def test_two_ways_to_one_folder_are_one_source(shop: Path, run: Run) -> None:
    """The same folder, one inside another, and what the workspace has itself are read once."""
    write(shop / "services" / "a", spec("inner", ""))
    write(shop, {"src/a.py": "# req: basket/1.1\n", "x/y": ""})
    declare(shop, ("aa", "../pay"), ("bb", "../pay/./"), ("cc", "../pay/src"), ("dd", "x/../services/a"), ("ee", "src"))
    run("trust")
    found = {item["id"]: item["state"] for item in read(run("sources", "--format", "json"))["sources"]}
    assert found == {"aa": "found", "bb": "duplicate", "cc": "duplicate", "dd": "duplicate", "ee": "duplicate"}


def test_secrets_are_not_read(shop: Path, run: Run) -> None:
    """A file that holds secrets by its name is named as left out, and nothing of it is shown."""
    write(shop.parent / "pay", {".kiro/.env": "TOKEN=verysecretvalue\n", "src/.env": "# req: till/1.2 verysecretvalue\n"})
    run("trust")
    ended = run("check", "--sources", "--format", "json")
    assert {"path": "pay:.kiro/.env", "reason": "secret by its name"} in read(ended)["skipped"]
    status = run("trace", "matrix", "pay:till", "--sources", "--format", "json")
    assert "verysecretvalue" not in ended.out + status.out
    assert ".env" not in status.out


def test_two_repositories_that_declare_each_other_end(shop: Path, run: Run) -> None:
    """A loop is no loop: the declarations of a source are not followed."""
    declare(shop.parent / "pay", ("shop", "../project"), ("ops", "../ops"), name="pay")
    declare(shop, ("pay", "../pay"))
    run("trust")
    found = read(run("sources", "--format", "json"))
    assert [item["id"] for item in found["sources"]] == ["pay"]
    assert {item["source"] for item in found["specs"]} == {"", "pay"}


def test_two_hundred_sources_in_order(folder: Path, run: Run) -> None:
    """Many checkouts are read, always in the same order."""
    names = [f"s{number:03}" for number in range(200)]
    for name in names:
        write(folder.parent / name, {f".kiro/specs/{name}/requirements.md": NEEDS})
    declare(folder, *((name, f"../{name}") for name in reversed(names)))
    run("trust")
    first, second = run("sources", "--format", "json"), run("sources", "--format", "json")
    assert [item["id"] for item in read(first)["sources"]] == names
    assert {item["state"] for item in read(first)["sources"]} == {"not-a-checkout"}
    assert first.out == second.out
    status = read(run("trace", "status", "--sources", "--format", "json"))
    assert len(status["specs"]) == 200


def test_sources_are_added_and_removed(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes of the file stay, a password in an address is not written, and trust follows the person."""
    run("trust")
    old = (shop / ".setsquare" / "sources.toml").read_text()
    (shop / "sub").mkdir()
    monkeypatch.chdir(shop / "sub")
    write(shop.parent / "more", spec("more", ""))
    ended = run("sources", "add", "more", "../../more", "--remote", "https://me:pw@host/more", "--specs", "m*", "--format", "json")
    assert (ended.code, read(ended)["path"], read(ended)["trusted"]) == (0, "../more", True)
    new = (shop / ".setsquare" / "sources.toml").read_text()
    assert new.startswith(old)
    assert "pw" not in new
    states = {item["id"]: item["state"] for item in read(run("sources", "--format", "json"))["sources"]}
    assert states["more"] == "not-a-checkout"
    assert run("sources", "add", "more", "../../more").code == 3
    assert run("sources", "add", "More", "../../more").code == 2
    assert run("sources", "remove", "more").code == 0
    assert (shop / ".setsquare" / "sources.toml").read_text().strip() == old.strip()
    assert run("sources", "remove", "more").code == 2


def test_adding_without_trust_grants_none(shop: Path, run: Run) -> None:
    """Where the workspace holds active files that nobody trusts, a new source does not make them trusted."""
    write(shop, {"AGENTS.md": "# Do\n"})
    assert read(run("sources", "add", "more", "../pay", "--format", "json"))["trusted"] is False
    assert {item["state"] for item in read(run("sources", "--format", "json"))["sources"]} == {"outside"}


def test_references_of_openspec_are_sources(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that the configuration refers to is read where the person registered it, and named where not."""
    data = folder.parent / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    store = write(
        folder.parent / "plans",
        {".openspec-store/store.yaml": "version: 1\nid: plans\n", "openspec/specs/alarm/spec.md": "# A\n", "openspec/changes/.keep": "",
         "openspec/changes/archive/.keep": "", "openspec/config.yaml": "schema: spec-driven\n"},
    )  # fmt: skip
    commit(store)
    registry = f"version: 1\nstores:\n  plans: {{backend: {{type: git, local_path: {store}}}}}\n"
    write(data, {"openspec/stores/registry.yaml": registry})
    write(
        folder, {"openspec/config.yaml": "schema: spec-driven\nreferences:\n  - plans\n  - absent\n", "openspec/specs/x/spec.md": "# X\n"}
    )
    found = {item["id"]: (item["origin"], item["state"]) for item in read(run("sources", "--format", "json"))["sources"]}
    assert found == {"absent": ("openspec-store", "missing"), "plans": ("openspec-store", "found")}


def test_declarations_behind_a_link_are_left_out_and_told(folder: Path, run: Run) -> None:
    """A link in the place of the file, or of its folder, declares nothing, and is not passed over in silence."""
    write(folder.parent / "evil", {"sources.toml": '[[source]]\nid = "pay"\npath = "../pay"\n'})
    write(folder, spec("basket", ""))
    (folder / ".setsquare").symlink_to("../evil")
    found = read(run("sources", "--format", "json"))
    assert (found["sources"], len(found["problems"])) == ([], 1)
    (folder / ".setsquare").unlink()
    (folder / ".setsquare").mkdir()
    (folder / ".setsquare" / "sources.toml").symlink_to("../../evil/sources.toml")
    found = read(run("sources", "--format", "json"))
    assert (found["sources"], len(found["problems"])) == ([], 1)
    assert [item["code"] for item in read(run("check", "--format", "json", "--select", "CFG"))["findings"]] == ["CFG003"]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit"])
def test_every_report_names_the_source(shop: Path, run: Run, form: str) -> None:
    """The path of a finding begins with the source's id in each form."""
    write(shop.parent / "pay", {".kiro/specs/till/tasks.md": "- [x] 1. Go\n  - _Requirements: 1.1, 7.7_\n"})
    out = run("check", "--sources", "--source", "pay=../pay", "--select", "TRC001", "--format", form).out
    assert "pay:.kiro/specs/till/tasks.md" in out or "pay%3A.kiro/specs/till/tasks.md" in out


# req: openspec-interop/7.2
def test_a_criterion_is_explained_with_what_other_checkouts_name(shop: Path, run: Run) -> None:
    """Explaining reads the tests and tasks of a source, and the criteria of its specs, by the name that begins with its id."""
    alone = read(run("trace", "explain", "basket/1.2", "--format", "json"))
    assert (alone["criteria"][0]["elsewhere"], alone["sources"]) == ([], [])
    pay = f"pay={shop.parent / 'pay'}"
    found = read(run("trace", "explain", "basket/1.2", "--source", pay, "--sources", "--format", "json"))
    assert [(one["source"], one["place"].partition(":")[0]) for one in found["criteria"][0]["elsewhere"]] == [("pay", "pay")]
    assert {one["id"]: one["state"] for one in found["sources"]} == {"pay": "found", "ops": "outside", "gone": "outside"}
    shown = run("trace", "explain", "basket/1.2", "--source", pay).out
    assert "named by  pay: pay:.kiro/specs/till/tasks.md" in shown
    assert "source not read" in shown
    other = read(run("trace", "explain", "pay:till/1.1", "--source", pay, "--format", "json"))
    assert other["criteria"][0]["path"] == "pay:.kiro/specs/till/requirements.md"
    assert other["criteria"][0]["line"]["code"] == ["pay:src/till.py:1"]
    bare = read(run("trace", "explain", "1.1", "--source", pay, "--format", "json"))
    assert bare["spec"] == "basket"


# req: openspec-interop/7.2
def test_impact_reaches_into_other_checkouts(shop: Path, run: Run) -> None:
    """A changed criterion reaches the tests and the tasks of a source; its files are never marked, and its own specs are compared there."""
    commit(shop)
    path = shop / ".kiro/specs/basket/requirements.md"
    path.write_text(path.read_text().replace("within 2 seconds", "within 9 seconds").replace("keep the basket", "drop the basket"))
    pay = f"pay={shop.parent / 'pay'}"
    before = digest(shop.parent / "pay")
    alone = read(run("impact", "--format", "json"))
    assert not [one for spec in alone["specs"] for one in spec["affected"] if one["path"].startswith("pay:")]
    found = read(run("impact", "--source", pay, "--mark", "--format", "json"))
    assert [spec["spec"] for spec in found["specs"]] == ["basket"]
    assert {one["path"] for one in found["specs"][0]["affected"] if one["path"].startswith("pay:")} >= {"pay:tests/test_till.py"}
    assert all(not path.startswith("pay:") for path in found["marked"])
    assert digest(shop.parent / "pay") == before
    refused = run("impact", "pay:till", "--source", pay)
    assert (refused.code, "history is there" in refused.err) == (2, True)


# req: openspec-interop/7.2
def test_drift_of_other_checkouts_is_judged_by_their_own_locks(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that changed in a source since its lock was written is drift of its spec, named by the source; accepting it is for its own checkout."""
    commit(shop)
    pay = shop.parent / "pay"
    monkeypatch.chdir(pay)
    assert run("trace", "lock").code == 0
    commit(pay)
    (pay / "src/till.py").write_text("# req: till/1.1\ndef charge(): return 7\n")
    monkeypatch.chdir(shop)
    given = f"pay={pay}"
    before = digest(pay)
    assert not [one for one in read(run("drift", "--format", "json"))["findings"] if one["spec"].startswith("pay:")]
    found = read(run("drift", "--source", given, "--format", "json"))
    (drift,) = [one for one in found["findings"] if one["level"] == "D1"]
    assert (drift["spec"], drift["criterion"], drift["path"], drift["accept"]) == ("pay:till", "pay:till/1.1", "pay:src/till.py", "")
    named = read(run("drift", "pay:till", "--source", given, "--format", "json"))
    assert {one["spec"] for one in named["findings"]} == {"pay:till"}
    assert "pay:src/till.py" in run("drift", "pay:till", "--source", given).out
    assert digest(pay) == before
    assert run("drift", "--accept", "basket/1.1", "--reason", "x", "--sources").code == 2
    assert run("drift", "gone:x", "--sources").code == 2


# req: openspec-interop/5.6, openspec-interop/7.1
def test_a_list_first_ends_what_a_killed_command_left(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, spec("login", "- [ ] 1. Go\n") | {"CLAUDE.md": "Use tabs.\n", "GEMINI.md": "Use spaces.\n"})
    child = os.fork()
    if not child:
        kept, seen = os.link, list[str]()

        def killing(source: str, target: str, **named: Any) -> None:
            if seen:
                os.kill(os.getpid(), signal.SIGKILL)
            seen.append(target)
            kept(source, target, **named)

        monkeypatch.setattr(os, "link", killing)
        run("migrate", "--yes", "--format", "json")
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    ended = run("sources", "--format", "json")
    assert "had been cut off" in ended.err
    assert "had been cut off" not in run("sources", "--format", "json").err
    read(ended)

"""`setsquare openspec`: usage errors, versions, roots and stores, as OpenSpec 1.13.2 answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.planning import OpenSpec, write

from setsquare.surfaces.cli.loading import loaded
from setsquare.surfaces.cli.openspec.loading import COMMANDS

pytestmark = pytest.mark.usefixtures("nowhere")


def store(tmp_path: Path, name: str, identity: str | None = None) -> Path:
    """Make a store and register it, as OpenSpec writes both."""
    folder = tmp_path / "stores" / name
    write(folder / "openspec" / "config.yaml", "schema: spec-driven\n")
    write(folder / ".openspec-store" / "store.yaml", f"version: 1\nid: {identity or name}\n")
    write(
        tmp_path / "home" / "data" / "openspec" / "stores" / "registry.yaml",
        f"version: 1\nstores:\n  {name}:\n    backend:\n      type: git\n      local_path: {folder}\n",
    )
    return folder


@pytest.mark.parametrize("argv", [["--version"], ["-V"], ["list", "-V"], ["--no-color", "--version"]])
def test_the_version_is_that_of_the_contract(openspec: OpenSpec, argv: list[str]) -> None:
    assert openspec(*argv) == (0, "1.13.2\n", "")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["lisst"], "error: unknown command 'lisst'\n(Did you mean list?)\n"),
        (["sync"], "error: unknown command 'sync'\n(Did you mean spec?)\n"),
        (["change", "foo"], "error: unknown command 'foo'\n"),
        (["list", "--jsn"], "error: unknown option '--jsn'\n(Did you mean --json?)\n"),
        (["list", "--json", "-x"], "error: unknown option '-x'\n"),
        (["--foo"], "error: unknown option '--foo'\n"),
        (["list", "--sort"], "error: option '--sort <order>' argument missing\n"),
        (["show", "--type"], "error: option '--type <type>' argument missing\n"),
        (["feedback"], "error: missing required argument 'message'\n"),
        (["config", "get"], "error: missing required argument 'key'\n"),
        (["list", "a", "b"], "error: too many arguments for 'list'. Expected 0 arguments but got 2.\n"),
        (["show", "a", "--bogus"], "error: too many arguments for 'show'. Expected 1 argument but got 2.\n"),
        (
            ["show", "--json"],
            "Nothing to show. Try one of:\n  openspec show <item>\n  openspec change show\n  openspec spec show\nOr run in an interactive terminal.\n",
        ),
    ],
)
def test_usage_errors_end_with_one_and_leave_standard_output_empty(openspec: OpenSpec, argv: list[str], message: str) -> None:
    assert openspec(*argv) == (1, "", message)


@pytest.mark.parametrize("argv", [[], ["change"], ["config"]])
def test_a_group_alone_prints_its_help_as_an_error(openspec: OpenSpec, argv: list[str]) -> None:
    ran = openspec(*argv)
    assert (ran.code, ran.out) == (1, "")
    assert "Usage:" in ran.err


@pytest.mark.parametrize("argv", [["-h"], ["help"], ["help", "list"], ["list", "--help"], ["config", "help", "set"]])
def test_help_is_printed_on_standard_output(openspec: OpenSpec, argv: list[str]) -> None:
    ran = openspec(*argv)
    assert (ran.code, ran.err) == (0, "")
    assert "Usage:" in ran.out


def test_every_command_of_the_table_can_be_imported() -> None:
    for listed in COMMANDS.values():
        assert loaded(listed).name


@pytest.mark.parametrize(
    ("argv", "empty"),
    [
        (["list", "--json"], {"changes": [], "root": None}),
        (["list", "--specs", "--json"], {"specs": [], "root": None}),
        (["doctor", "--json"], {"root": None, "store": None, "references": []}),
        (["context", "--json"], {"root": None, "members": []}),
    ],
)
def test_without_a_root_the_commands_own_empty_shape_says_so(openspec: OpenSpec, argv: list[str], empty: dict[str, object]) -> None:
    ran = openspec(*argv)
    assert (ran.code, ran.err) == (1, "")
    told = {
        "severity": "error",
        "code": "no_openspec_root",
        "message": "No OpenSpec root found from the current directory.",
        "target": "openspec.root",
        "fix": "Run openspec init to create a root here.",
    }
    assert ran.document == {**empty, "status": [told]}


def test_people_read_the_same_on_standard_error(openspec: OpenSpec) -> None:
    lines = "Error: No OpenSpec root found from the current directory.\nFix: Run openspec init to create a root here.\n"
    assert openspec("list") == (1, "", f"✖ {lines}")
    assert openspec("doctor") == (1, "", lines)


def test_the_nearest_root_upwards_is_chosen_past_an_empty_one(openspec: OpenSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "openspec" / "changes").mkdir(parents=True)
    (tmp_path / "here" / "sub" / "openspec").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "sub")
    assert openspec("list", "--json").document["root"] == {"path": str(tmp_path / "here"), "source": "nearest"}


def test_a_configuration_alone_is_a_root_and_can_point_at_a_store(openspec: OpenSpec, tmp_path: Path) -> None:
    folder = store(tmp_path, "team")
    write(tmp_path / "here" / "openspec" / "config.yaml", "schema: spec-driven\n")
    assert openspec("list", "--json").document["root"] == {"path": str(tmp_path / "here"), "source": "nearest"}
    write(tmp_path / "here" / "openspec" / "config.yaml", "store: team\n")
    assert openspec("list", "--json").document["root"] == {"path": str(folder), "source": "declared", "store_id": "team"}
    assert openspec("list").err == f"Using OpenSpec root: team ({folder})\n"


def test_a_root_with_specs_keeps_to_them_and_says_that_its_pointer_is_ignored(openspec: OpenSpec, tmp_path: Path) -> None:
    (tmp_path / "here" / "openspec" / "specs").mkdir(parents=True)
    config = tmp_path / "here" / "openspec" / "config.yaml"
    write(config, "store: team\n")
    ran = openspec("list", "--json")
    assert ran.document["root"]["source"] == "nearest"
    assert ran.err == f"Warning: {config} declares store 'team', but this directory is a real OpenSpec root; the declaration is ignored.\n"


@pytest.mark.parametrize(
    ("text", "code", "target"),
    [
        ("store: [a]\n", "invalid_store_pointer", "store.pointer"),
        ("a: b: c\n", "invalid_store_pointer", "store.pointer"),
        ("store: Bad Id\n", "invalid_store_id", "store.id"),
        ("store: other\n", "unknown_store", "store.id"),
    ],
)
def test_a_pointer_that_cannot_be_followed(openspec: OpenSpec, tmp_path: Path, text: str, code: str, target: str) -> None:
    store(tmp_path, "team")
    write(tmp_path / "here" / "openspec" / "config.yaml", text)
    ran = openspec("list", "--json")
    assert ran.code == 1
    assert [(found["code"], found["target"]) for found in ran.document["status"]] == [(code, target)]


def test_stores_are_named_where_there_is_no_root(openspec: OpenSpec, tmp_path: Path) -> None:
    folder = store(tmp_path, "team")
    (found,) = openspec("list", "--json").document["status"]
    assert found["code"] == "no_root_with_registered_stores"
    assert "Registered stores: team." in found["message"]
    assert openspec("list", "--json", "--store", "team").document["root"] == {"path": str(folder), "source": "store", "store_id": "team"}


def test_the_persons_default_store_comes_after_roots_and_before_none(openspec: OpenSpec, tmp_path: Path) -> None:
    folder = store(tmp_path, "team")
    assert openspec("config", "set", "defaultStore", "team").code == 0
    assert openspec("list", "--json").document["root"] == {"path": str(folder), "source": "global_default", "store_id": "team"}
    assert openspec("config", "set", "defaultStore", "gone").code == 0
    (found,) = openspec("list", "--json").document["status"]
    assert found["message"] == "Global defaultStore 'gone': Unknown store 'gone'. Registered stores: team."


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--store", "nope"], "no_registered_stores"),
        (["--store", ""], "invalid_store_id"),
        (["--store", "a/b"], "invalid_store_id"),
        (["--store-path", "x"], "store_path_not_supported"),
    ],
)
def test_stores_that_cannot_be_used(openspec: OpenSpec, argv: list[str], code: str) -> None:
    ran = openspec("list", "--json", *argv)
    assert (ran.code, [found["code"] for found in ran.document["status"]]) == (1, [code])


def test_a_store_must_say_that_it_is_the_store_and_hold_a_root(openspec: OpenSpec, tmp_path: Path) -> None:
    folder = store(tmp_path, "team", identity="other")

    def code() -> str:
        return str(openspec("list", "--json", "--store", "team").document["status"][0]["code"])

    assert code() == "store_identity_mismatch"
    write(folder / ".openspec-store" / "store.yaml", "version: [\n")
    assert code() == "invalid_store_metadata"
    write(folder / ".openspec-store" / "store.yaml", "version: 1\nid: team\n")
    (folder / "openspec" / "config.yaml").unlink()
    assert code() == "unhealthy_store_root"
    write(tmp_path / "home" / "data" / "openspec" / "stores" / "registry.yaml", "version: 3\n")
    assert code() == "invalid_store_registry"

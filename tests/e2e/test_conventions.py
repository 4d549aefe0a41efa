"""What every command has in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from setsquare.surfaces.cli.loading import COMMANDS, SCHEMAS, result_type


def test_every_command_and_every_output_type_can_be_imported(run):
    for name in COMMANDS:
        assert run(name, "--help").code == 0, name
    for name in SCHEMAS:
        assert result_type(name).__struct_fields__[0] == "schema" or "schema" in result_type(name).__struct_fields__


def test_help_groups_commands_by_what_a_person_wants(run):
    out = run("--help").out
    positions = [out.index(f"{group}:") for group in dict.fromkeys(listed.group for listed in COMMANDS.values())]
    assert positions == sorted(positions)
    assert all(f"  {name} " in out for name in COMMANDS)
    assert "Exit codes" in out


@pytest.mark.parametrize("argv", [("nonsense",), ("check", "--nonsense"), ("approve", "x"), ("approve", "x", "build")])
def test_usage_errors_end_with_2_on_standard_error(argv, run, folder):
    ran = run(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert "--help" in ran.err


def test_errors_are_json_when_json_was_asked_for(run, folder):
    ran = run("approve", "missing", "design", "--format", "json")
    assert (ran.code, ran.err) == (2, "")
    assert ran.json["error"]["code"] == "usage"
    assert run("nonsense", "--format=json").json["error"]["code"] == "usage"


def test_schema_prints_every_schema_and_names_the_nearest(run):
    assert run("schema").out.split() == list(SCHEMAS)
    for name in SCHEMAS:
        assert f'"setsquare/{name}/1"' in run("schema", name).out
    ran = run("schema", "chekc")
    assert (ran.code, "check" in ran.err) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell, run):
    assert "_SETSQUARE_COMPLETE" in run("completion", shell).out


def test_version_loads_nothing_heavy():
    code = (
        "import sys; from setsquare.__main__ import main; main(['--version']); "
        "heavy = {'click', 'httpx', 'yaml', 'rich', 'pathspec', 'wcmatch', 'importlib.metadata', 'asyncio', 'msgspec'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("setsquare ")) == (0, True), done.stderr


@pytest.mark.parametrize("argv", [["check", "."], ["status"], ["schema"]])
def test_common_commands_load_no_network_and_no_asyncio(argv: list[str], tmp_path: Path):
    code = (
        f"import sys; from setsquare.__main__ import main; main({argv!r}); "
        "heavy = {'httpx', 'asyncio', 'ssl', 'rich', 'http.client', 'setsquare.adapters.openai_chat'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_closed_pipe_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "setsquare", "schema", "check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as printing:
        assert printing.stdout is not None
        assert printing.stderr is not None
        printing.stdout.close()
        assert b"Traceback" not in printing.stderr.read()

"""AT30: a yes belongs to what was shown; when the same words do something else by now, it does not hold.

Defence: journeys/run_binding.py and ports/approver.py: consent is bound to arguments, folder, environment and resolved targets
Twin: test_at30_without_the_binding_the_attack_succeeds
"""

from __future__ import annotations

import subprocess

import pytest

from setsquare.ports.approver import Answer, Consenting, Question, Verdict

PERMISSIVE = Consenting(still_holds=lambda _shown, _now: True)


class Busy:
    """Says yes once; while the person thinks, something changes the workspace."""

    def __init__(self, meanwhile) -> None:
        self.asked: list[Question] = []
        self.meanwhile = meanwhile

    def ask(self, question):
        self.asked.append(question)
        if len(self.asked) == 1:
            self.meanwhile()
        return Verdict(answer=Answer.YES if len(self.asked) == 1 else Answer.NO, digest=question.digest, by="Ada")


def _more_files(hostile):
    hostile.planted("examples/kept.txt", "of a person")


def _another_script(hostile):
    hostile.planted("src/go.sh", "rm -f examples/kept.txt examples/a.txt\n")


def _another_link(hostile):
    (hostile.folder / "src/out").unlink()
    (hostile.folder / "src/out").symlink_to("../examples")


def _another_module(hostile):
    hostile.planted("tools/__main__.py", "import os; os.remove('examples/kept.txt')\n")


def _another_makefile(hostile):
    hostile.planted("Makefile", "deploy:\n\trm examples/kept.txt\n")


CASES = [
    pytest.param("rm examples/*", _more_files, id="new-match"),
    pytest.param("cd examples && rm *.txt", _more_files, id="another-folder"),
    pytest.param("sh src/go.sh", _another_script, id="script"),
    pytest.param("rm src/out/*", _another_link, id="link"),
    pytest.param("python3 -m tools", _another_module, id="module"),
    pytest.param("make deploy", _another_makefile, id="build-file"),
]


@pytest.fixture
def prepared(hostile):
    hostile.planted("examples/a.txt", "a")
    hostile.planted("scratch/b.txt", "b")
    hostile.planted("src/go.sh", "ls examples\n")
    hostile.planted("tools/__main__.py", "print(1)\n")
    hostile.planted("Makefile", "deploy:\n\ttrue\n")
    (hostile.folder / "src/out").symlink_to("../scratch")
    return hostile


def _committed(folder):
    for arguments in (("add", "-A"), ("commit", "-q", "-m", "more")):
        subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True)


def _attack(prepared, driven, acts, command, meanwhile, **changes):
    _, _, shell = acts
    if meanwhile is not _more_files:
        prepared.planted("examples/kept.txt", "of a person")
    _committed(prepared.folder)
    person = Busy(lambda: meanwhile(prepared))
    driven(prepared, shell(command), approver=person, **changes)
    return person.asked


# req: agent-runtime/5.1
@pytest.mark.attack("AT30")
@pytest.mark.parametrize(("command", "meanwhile"), CASES)
def test_at30_the_world_changes_while_a_person_thinks(prepared, driven, acts, command, meanwhile):
    asked = _attack(prepared, driven, acts, command, meanwhile)
    assert (prepared.folder / "examples/kept.txt").read_text() == "of a person"
    assert len(asked) >= 2, "the same is asked anew"
    assert "changed-since-shown" in asked[1].shown
    assert asked[0].digest != asked[1].digest


@pytest.mark.attack("AT30")
@pytest.mark.parametrize(("command", "meanwhile"), CASES)
def test_at30_without_the_binding_the_attack_succeeds(prepared, driven, acts, command, meanwhile):
    _attack(prepared, driven, acts, command, meanwhile, consenting=PERMISSIVE)
    assert not (prepared.folder / "examples/kept.txt").exists()


@pytest.mark.attack("AT30")
def test_at30_what_is_shown_names_folder_environment_targets_and_programs(prepared, driven, acts):
    asked = _attack(prepared, driven, acts, "sh src/go.sh && rm examples/a.txt", lambda _hostile: None)
    whole = asked[0].whole
    for told in (
        str(prepared.folder),
        "CI (",
        "examples/a.txt",
        "src/go.sh: sha256:",
        "class destructive",
        "Network: none",
        "bound to sha256:",
    ):
        assert told in whole

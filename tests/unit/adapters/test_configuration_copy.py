"""What the copy of the system's configuration holds, and when it is made again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from setsquare.adapters.configuration_copy import ConfigurationCopy


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A stand-in for the system's configuration."""
    system = tmp_path / "system"
    (system / "certs" / "more").mkdir(parents=True)
    (system / "hosts").write_text("127.0.0.1 localhost\n")
    (system / "certs" / "a.pem").write_text("A\n")
    (system / "certs" / "more" / "b.pem").write_text("B\n")
    (system / "certs" / "link.pem").symlink_to("/usr/share/a.pem")
    return system


def _copied(copy: ConfigurationCopy, *places: Path) -> tuple[str, tuple[str, ...]]:
    shown = copy.shown(tuple(map(str, places)))
    assert shown is not None
    return shown[0].removesuffix("/etc"), shown[1]


def test_files_folders_and_links_are_in_it(tmp_path: Path, system: Path) -> None:
    place, apart = _copied(ConfigurationCopy(str(tmp_path / "state")), system / "hosts", system / "certs")
    assert apart == ()
    assert Path(f"{place}{system}/hosts").read_text() == "127.0.0.1 localhost\n"
    assert Path(f"{place}{system}/certs/more/b.pem").read_text() == "B\n"
    assert os.readlink(f"{place}{system}/certs/link.pem") == "/usr/share/a.pem"


def test_a_place_that_is_a_link_is_copied_as_what_it_leads_to(tmp_path: Path, system: Path) -> None:
    (system / "localtime").symlink_to("hosts")
    place, _ = _copied(ConfigurationCopy(str(tmp_path / "state")), system / "localtime")
    assert not Path(f"{place}{system}/localtime").is_symlink()
    assert Path(f"{place}{system}/localtime").read_text() == "127.0.0.1 localhost\n"


@pytest.mark.parametrize("name", ["hosts", "certs/c.pem", "certs/more/d.pem"])
def test_what_changes_is_copied_again(tmp_path: Path, system: Path, name: str) -> None:
    copy = ConfigurationCopy(str(tmp_path / "state"))
    places = (system / "hosts", system / "certs")
    first, _ = _copied(copy, *places)
    assert _copied(copy, *places)[0] == first
    (system / name).write_text("something that is longer than before\n")
    second, _ = _copied(copy, *places)
    assert second != first
    assert Path(f"{second}{system}/{name}").read_text() == "something that is longer than before\n"


def test_a_later_process_finds_it_and_one_that_is_gone_is_made_again(tmp_path: Path, system: Path) -> None:
    state = str(tmp_path / "state")
    first, _ = _copied(ConfigurationCopy(state), system / "certs")
    later = ConfigurationCopy(state)
    assert _copied(later, system / "certs")[0] == first
    os.rename(first, f"{first}-away")
    again, _ = _copied(later, system / "certs")
    assert again == first
    assert Path(f"{again}{system}/certs/a.pem").is_file()


def test_what_cannot_be_copied_is_mounted_apart(tmp_path: Path, system: Path) -> None:
    os.mkfifo(system / "certs" / "pipe")
    (system / "magic").write_bytes(b"x" * 5_000_000)
    place, apart = _copied(ConfigurationCopy(str(tmp_path / "state")), system / "certs", system / "hosts", system / "magic")
    assert apart == (str(system / "certs"), str(system / "magic"))
    assert os.listdir(f"{place}{system}/certs") == []
    assert Path(f"{place}{system}/magic").read_bytes() == b""
    assert Path(f"{place}{system}/hosts").is_file()


def test_a_folder_of_many_files_is_mounted_apart(tmp_path: Path, system: Path) -> None:
    (system / "many").mkdir()
    for number in range(100):
        (system / "many" / str(number)).write_text("")
    copy = ConfigurationCopy(str(tmp_path / "state"))
    place, apart = _copied(copy, system / "many", system / "certs")
    assert apart == (str(system / "many"),)
    assert os.listdir(f"{place}{system}/many") == []
    (system / "many" / "0").unlink()
    place, apart = _copied(copy, system / "many", system / "certs")
    assert apart == ()
    assert len(os.listdir(f"{place}{system}/many")) == 99


def test_no_copy_where_none_can_be_written(tmp_path: Path, system: Path) -> None:
    (tmp_path / "state").write_text("a file\n")
    assert ConfigurationCopy(str(tmp_path / "state")).shown((str(system / "hosts"),)) is None


def test_only_its_owner_reads_it(tmp_path: Path, system: Path) -> None:
    place, _ = _copied(ConfigurationCopy(str(tmp_path / "state")), system / "hosts")
    assert Path(place).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["certs/away", "certs/away/file"])
def test_nothing_is_written_through_a_link_that_was_copied(tmp_path: Path, system: Path, name: str) -> None:
    beyond = tmp_path / "beyond"
    beyond.mkdir()
    (beyond / "file").write_text("as it was\n")
    (system / "certs" / "away").symlink_to(beyond if name.endswith("file") else beyond / "file")
    before = {path: path.stat().st_mtime_ns for path in beyond.rglob("*")}
    assert ConfigurationCopy(str(tmp_path / "state")).shown((str(system / "certs"), str(system / name))) is None
    assert (beyond / "file").read_text() == "as it was\n"
    assert {path: path.stat().st_mtime_ns for path in beyond.rglob("*")} == before

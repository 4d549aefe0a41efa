"""The way into a sandbox's network: when it cannot be opened the command does not run, and no address of this machine is a way out."""

from __future__ import annotations

import socket
import sys

import pytest

from setsquare.adapters import bubblewrap, egress_listener
from setsquare.adapters.bubblewrap import Bubblewrap
from setsquare.adapters.egress_entrance import Entrance, environment
from setsquare.adapters.egress_proxy import dial
from setsquare.errors import SandboxFailed
from setsquare.ports.sandbox import Confinement

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")


def test_a_process_that_does_not_exist():
    entrance = Entrance()
    with pytest.raises(SandboxFailed, match="cannot open the way"):
        entrance.listener(2**22 + 1)
    entrance.close()


def test_an_entrance_that_is_not_used_ends():
    Entrance().close()


@pytest.mark.parametrize("script", ["raise SystemExit(3)", "import os, sys; os.write(int(sys.argv[1]), b'not permitted here')"])
def test_without_the_way_the_command_does_not_run(tmp_path, monkeypatch, script):
    folder = tmp_path / "workspace"
    folder.mkdir()
    if bubblewrap.find(str(folder)) is None:
        pytest.skip("bubblewrap does not work on this machine")
    broken = tmp_path / "listener.py"
    broken.write_text(script)
    monkeypatch.setattr(egress_listener, "__file__", str(broken))
    with pytest.raises(SandboxFailed, match="cannot open the way to the proxy"):
        Bubblewrap(str(folder)).run(("sh", "-c", "echo ran > ran"), Confinement(writable=("",), hosts=("allowed.com",)))
    assert list(folder.iterdir()) == []


@pytest.mark.network
def test_this_machine_is_no_way_out():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(PermissionError):
        dial("127.0.0.1", server.getsockname()[1])


def test_every_spelling_of_the_variables_leads_to_the_proxy():
    values = dict(environment())
    assert {name.lower() for name in values} == {"https_proxy", "http_proxy", "all_proxy", "no_proxy"}
    assert all(value == "http://127.0.0.1:3128" for name, value in values.items() if name.lower() != "no_proxy")

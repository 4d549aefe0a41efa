from __future__ import annotations

import subprocess
import sys

import pytest

from setsquare.adapters.model_endpoint import endpoint_for
from setsquare.adapters.models import PROVIDERS, build
from setsquare.errors import ModelAuth, Unreadable
from setsquare.errors import Usage as UsageError
from setsquare.workspace.settings import ModelProfile

BY_NAME = {provider.name: provider for provider in PROVIDERS}


def profile(provider: str = "openai", base_url: str = "", variable: str = "") -> ModelProfile:
    return ModelProfile(name="primary", provider=provider, model="m", base_url=base_url, api_key_variable=variable)


def key_at(base_url: str, hosts: str = "", provider: str = "openai", variable: str = "") -> str:
    environ = {"OPENAI_API_KEY": "sk-1", "OTHER_API_KEY": "sk-1", "SETSQUARE_MODEL_HOSTS": hosts}
    return endpoint_for(profile(provider, base_url, variable), BY_NAME[provider], environ).key


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
        (" http://127.0.0.1:11434/v1/ ", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://h/proxy", "https://h/proxy/v1/chat/completions"),
        ("https://h/api/v4beta", "https://h/api/v4beta/chat/completions"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai/chat/completions"),
        ("https://h/deployments/m/chat/completions?api-version=1#x", "https://h/deployments/m/chat/completions?api-version=1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1/chat/completions"),
    ],
)
def test_addresses_are_completed(base_url: str, expected: str) -> None:
    assert endpoint_for(profile("openai-compatible", base_url), BY_NAME["openai-compatible"], {}).url == expected


@pytest.mark.parametrize(
    "base_url", ["ftp://h", "file:///etc/passwd", "h:80", "http://", "http://[::1", "http://h:99999", "//h", "https://u:p@h"]
)
def test_unusable_addresses_are_refused(base_url: str) -> None:
    with pytest.raises(UsageError, match="primary") as caught:
        endpoint_for(profile("openai", base_url), BY_NAME["openai"], {})
    assert "u:p" not in caught.value.message


@pytest.mark.parametrize(
    ("base_url", "hosts", "expected"),
    [
        ("", "", "sk-1"),
        ("https://api.openai.com/v1", "", "sk-1"),
        ("https://api.openai.com:443", "", "sk-1"),
        ("http://api.openai.com/v1", "", ""),
        ("https://api.openai.com:8443", "", ""),
        ("https://api.openai.com.evil.example", "", ""),
        ("https://api.openai.com@evil.example", "", "refused"),
        ("https://evil.example/api.openai.com", "", ""),
        ("http://127.0.0.1:8000", "", ""),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "sk-1"),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", ""),
        ("https://gw.example", "other.example, gw.example", "sk-1"),
        ("https://sub.gw.example", "gw.example", ""),
        ("https://gw.example:8443", "gw.example", ""),
        ("http://gw.example", "gw.example:80", ""),
        ("http://gw.example", "http://gw.example", "sk-1"),
        ("http://gw.example:8000", "http://gw.example:8000", "sk-1"),
        ("https://gw.example", "http://gw.example", ""),
        ("https://gw.example", "*,https://,:443,[", ""),
    ],
)
def test_where_the_key_goes(base_url: str, hosts: str, expected: str) -> None:
    if expected == "refused":
        with pytest.raises(UsageError):
            key_at(base_url, hosts)
    else:
        assert key_at(base_url, hosts) == expected


def test_local_servers_get_no_key_by_default() -> None:
    assert key_at("", provider="ollama") == ""
    assert key_at("https://gw.example", "gw.example", "openai-compatible", "OTHER_API_KEY") == "sk-1"


@pytest.mark.parametrize("variable", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PATH", "x_API_KEY", "A_API_KEY\n"])
def test_other_secrets_cannot_be_asked_for(variable: str) -> None:
    with pytest.raises(UsageError):
        key_at("https://gw.example", "gw.example", "openai-compatible", variable)


@pytest.mark.parametrize("key", ["sk 1", "sk-1\nX: y", "sk-é", "k" * 5000])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ModelAuth) as caught:
        build(profile(), {"OPENAI_API_KEY": key})
    assert key not in caught.value.message


def test_a_missing_key_names_the_variable() -> None:
    with pytest.raises(ModelAuth) as caught:
        build(profile("anthropic"), {})
    assert "ANTHROPIC_API_KEY" in caught.value.hint


def test_why_no_key_was_sent_is_kept() -> None:
    note = endpoint_for(profile("openai", "http://gw.example:8000"), BY_NAME["openai"], {"OPENAI_API_KEY": "sk-1"}).key_note
    assert "SETSQUARE_MODEL_HOSTS=http://gw.example:8000" in note
    assert "sk-1" not in note


def test_an_endpoint_does_not_show_its_key() -> None:
    assert "sk-1" not in repr(endpoint_for(profile(), BY_NAME["openai"], {"OPENAI_API_KEY": "sk-1"}))


def test_unknown_providers_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        build(profile("opena1"), {})
    assert all(name in caught.value.hint for name in BY_NAME)


def test_a_profile_without_model_or_address_is_refused() -> None:
    with pytest.raises(UsageError):
        build(ModelProfile(name="primary", provider="ollama", model=" "), {})
    with pytest.raises(UsageError):
        build(profile("openai-compatible"), {})


def test_a_workspace_cannot_bring_a_recorded_model(tmp_path: object) -> None:
    scripted = ModelProfile(name="primary", provider="scripted", model=f"{tmp_path}/none.jsonl")
    with pytest.raises(UsageError, match="not known"):
        build(scripted, {})
    with pytest.raises(Unreadable):
        build(scripted, {"SETSQUARE_ALLOW_SCRIPTED": "1"})


def test_nothing_heavy_is_loaded_before_a_model_is_built() -> None:
    code = "import sys, setsquare.usage.meter, setsquare.usage.retry, setsquare.adapters.models, setsquare.journeys.asking; print('httpx' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "False\n"

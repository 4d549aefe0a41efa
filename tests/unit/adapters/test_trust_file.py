from __future__ import annotations

import pytest

from setsquare.adapters.trust_file import FileTrust
from setsquare.errors import StorageFailed
from setsquare.ports.trust import TrustRecord

RECORD = TrustRecord(digest="sha256:1", by="ann", at="2026-11-21T10:15:02Z")


def test_grant_and_revoke(tmp_path):
    trust = FileTrust(str(tmp_path / "state"))
    assert trust.current() is None
    trust.grant(RECORD)
    assert FileTrust(str(tmp_path / "state")).current() == RECORD
    assert (tmp_path / "state" / "trust.json").stat().st_mode & 0o777 == 0o600
    trust.revoke()
    trust.revoke()
    assert trust.current() is None


@pytest.mark.parametrize("raw", [b"", b"{}", b"true", b'{"digest":1,"by":"a","at":"b"}', b"\xff"])
def test_what_cannot_be_understood_is_no_trust(tmp_path, raw):
    (tmp_path / "trust.json").write_bytes(raw)
    assert FileTrust(str(tmp_path)).current() is None


def test_a_link_is_no_trust_and_is_replaced(tmp_path):
    (tmp_path / "state").mkdir()
    FileTrust(str(tmp_path / "other")).grant(RECORD)
    (tmp_path / "state" / "trust.json").symlink_to(tmp_path / "other" / "trust.json")
    trust = FileTrust(str(tmp_path / "state"))
    assert trust.current() is None
    trust.grant(RECORD)
    assert trust.current() == RECORD


def test_unwritable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed):
        FileTrust(str(tmp_path / "file")).grant(RECORD)

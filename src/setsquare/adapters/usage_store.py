"""Keeps what pieces of trails come to in one SQLite file of the state folder, which may be deleted at any time.

Where no file can be kept, a private one lasts until the end of the run.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH103, PTH108, PTH118

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from setsquare.errors import StorageFailed
from setsquare.ports.trails import TrailPart
from setsquare.ports.usage_store import KeptUsage
from setsquare.powers.iam.usage.model import Principal, Use, Window
from setsquare.powers.iam.usage.packing import FORMAT, PackedUses, decoded, encoded, merged, packed

FILE = "iam-usage.sqlite"
BUSY_SECONDS = 20
"""How long another run may hold the file before this one keeps its pieces in memory instead."""

BATCH = 64
"""So many pieces are written at once: a run that is killed loses no more than these."""

MOST_ANSWERS = 8
"""For so many choices of pieces the joined uses are kept besides."""

MOST_BYTES = 4 << 30
"""A larger file is made anew: what it holds can be read again."""

_SCHEMA = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS part (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, about BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS principal (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, arn TEXT NOT NULL, unique_id TEXT NOT NULL, name TEXT NOT NULL,
  UNIQUE (kind, arn, unique_id));
CREATE INDEX IF NOT EXISTS principal_name ON principal (name);
CREATE TABLE IF NOT EXISTS uses (principal INTEGER NOT NULL, part INTEGER NOT NULL, uses BLOB NOT NULL, PRIMARY KEY (principal, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (choice TEXT NOT NULL, principal INTEGER NOT NULL, uses BLOB NOT NULL, PRIMARY KEY (choice, principal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS choice (id INTEGER PRIMARY KEY, choice TEXT NOT NULL UNIQUE);
"""


def open_usage_store(folder: str | None) -> SqliteUsageStore:
    """Open the store in a folder, which is made when it is not there; a private one where there is no folder, or none that can be written.

    A file that is no store, or one of another format, is made anew.
    """
    if folder is not None:
        path = os.path.join(folder, FILE)
        for _attempt in range(2):
            try:
                os.makedirs(folder, mode=0o700, exist_ok=True)
                return SqliteUsageStore(_opened(path), is_lasting=True)
            except sqlite3.OperationalError:
                break
            except sqlite3.DatabaseError:
                for name in (path, f"{path}-wal", f"{path}-shm"):
                    with contextlib.suppress(OSError):
                        os.unlink(name)
            except OSError:
                break
    return SqliteUsageStore(_private(), is_lasting=False)


class SqliteUsageStore:
    """Pieces of trails in one database. A piece that cannot be written is held in memory."""

    __slots__ = ("_database", "_held", "_known", "_numbers", "_spilled", "is_lasting")

    def __init__(self, database: sqlite3.Connection, *, is_lasting: bool) -> None:
        """Keep pieces in an open database; `is_lasting` says whether the next run finds them."""
        self._database = database
        self.is_lasting = is_lasting
        self._held: list[TrailPart] = []
        self._numbers: dict[Principal, int] = {}
        self._spilled: list[TrailPart] = []
        self._known = {str(identity) for (identity,) in database.execute("SELECT identity FROM part")}

    def holds(self, identity: str) -> bool:
        """Tell whether a piece is kept."""
        return identity in self._known

    def put(self, part: TrailPart) -> None:
        """Keep a piece, soon."""
        if part.identity in self._known:
            return
        self._known.add(part.identity)
        self._held.append(part)
        if len(self._held) >= BATCH:
            self._write()

    def kept(self, identities: Sequence[str], window: Window) -> KeptUsage:
        """Choose pieces."""
        self._write()
        chosen = set(identities)
        spilled = tuple(part for part in self._spilled if part.identity in chosen)
        with _reading():
            return _Kept(self._database, identities, window, spilled)

    def close(self) -> None:
        """Write what is held and close the file."""
        self._write()
        self._database.close()

    def _write(self) -> None:
        if not self._held:
            return
        parts, self._held = self._held, []
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for part in parts:
                    _insert(self._database, part, self._numbers)
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._numbers.clear()
                    self._database.execute("ROLLBACK")
        except sqlite3.Error:
            self._spilled += parts


class _Kept:
    """What chosen pieces hold. The choice lies in a temporary table of this connection."""

    __slots__ = ("_choice", "_database", "_is_answered", "_order", "_spilled", "_window")

    def __init__(self, database: sqlite3.Connection, identities: Sequence[str], window: Window, spilled: tuple[TrailPart, ...]) -> None:
        self._database = database
        self._window = window
        self._spilled = spilled
        self._order = {part.identity: part for part in spilled}
        database.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (part INTEGER PRIMARY KEY, position INTEGER)")
        database.execute("DELETE FROM chosen")
        wanted = dict.fromkeys(identities)
        positions = {identity: at for at, identity in enumerate(wanted)}
        rows = (
            (number, positions[identity]) for number, identity in database.execute("SELECT id, identity FROM part") if identity in positions
        )
        database.executemany("INSERT OR IGNORE INTO chosen VALUES (?, ?)", list(rows))
        digest = hashlib.sha256(f"{FORMAT}|{window.begin}|{window.end}".encode())
        for identity in sorted(wanted):
            digest.update(b"\0" + identity.encode("utf-8", "surrogatepass"))
        self._choice = digest.hexdigest()
        self._is_answered = database.execute("SELECT 1 FROM choice WHERE choice = ?", (self._choice,)).fetchone() is not None

    def parts(self) -> Iterator[TrailPart]:
        """Give the pieces without their uses."""
        with _reading():
            for (about,) in self._database.execute(
                "SELECT about FROM part JOIN chosen ON part.id = chosen.part ORDER BY position"
            ).fetchall():
                yield msgspec.msgpack.decode(about, type=TrailPart)
        for part in self._spilled:
            yield msgspec.structs.replace(part, uses=(), packed=())

    def principals(self, role: str) -> Iterator[Principal]:
        """Give the roles of a name or an ARN, or all."""
        query = "SELECT kind, arn, unique_id FROM principal WHERE kind = 'role'"
        with _reading():
            rows = self._database.execute(f"{query} AND (name = ? OR arn = ?)", (role, role)) if role else self._database.execute(query)
            found = {Principal(kind, arn, unique) for kind, arn, unique in rows.fetchall()}
        for part in self._spilled:
            found |= {
                pack.principal
                for pack in _packs(part)
                if pack.principal.kind == "role" and (not role or role in (pack.principal.arn, _name(pack.principal)))
            }
        yield from sorted(found)

    def uses(self, principal: Principal) -> tuple[Use, ...]:
        """Give what a principal did in the window."""
        with _reading():
            number = self._number(principal)
            answer = (
                self._database.execute("SELECT uses FROM answer WHERE choice = ? AND principal = ?", (self._choice, number)).fetchone()
                if not self._spilled
                else None
            )
            if answer is not None:
                return decoded(principal, answer[0])
            rows = self._database.execute(
                "SELECT uses.uses FROM uses JOIN chosen ON uses.part = chosen.part WHERE uses.principal = ? ORDER BY uses.part", (number,)
            )
            spilled = [pack.rows for part in self._spilled for pack in _packs(part) if pack.principal == principal]
            uses = merged(principal, (*(raw for (raw,) in rows), *spilled), self._window)
        if not self._spilled:
            self._answer(number, uses)
        return uses

    def _number(self, principal: Principal) -> int:
        row = self._database.execute(
            "SELECT id FROM principal WHERE kind = ? AND arn = ? AND unique_id = ?", (principal.kind, principal.arn, principal.unique_id)
        ).fetchone()
        return -1 if row is None else int(row[0])

    def _answer(self, number: int, uses: Iterable[Use]) -> None:
        """Keep joined uses for the next run over the same pieces; where that cannot be, they are joined again then."""
        with contextlib.suppress(sqlite3.Error):
            if not self._is_answered:
                self._database.execute("INSERT OR IGNORE INTO choice (choice) VALUES (?)", (self._choice,))
                old = self._database.execute("SELECT choice FROM choice ORDER BY id DESC LIMIT -1 OFFSET ?", (MOST_ANSWERS,)).fetchall()
                for (choice,) in old:
                    self._database.execute("DELETE FROM answer WHERE choice = ?", (choice,))
                    self._database.execute("DELETE FROM choice WHERE choice = ?", (choice,))
                self._is_answered = True
            self._database.execute("INSERT OR IGNORE INTO answer VALUES (?, ?, ?)", (self._choice, number, encoded(uses)))


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Turn failures of the database into the project's own.

    Raises:
        StorageFailed: the file is damaged, gone or held by another program.
    """
    try:
        yield
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise StorageFailed(
            f"cannot read the kept usage: {error}", f"delete the file {FILE} in the state folder; it is made again from the trail"
        ) from error


def _opened(path: str) -> sqlite3.Connection:
    """Open the file, made for its owner alone.

    Raises:
        sqlite3.Error: it is no store, or cannot be written.
        OSError: it is a link, or cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    size = os.fstat(descriptor).st_size
    os.close(descriptor)
    with contextlib.ExitStack() as failed:
        database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        failed.callback(database.close)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        _insist(version, size)
        if version == 0:
            database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        database.execute("SELECT 1 FROM choice, answer, uses, principal, part LIMIT 1")
        failed.pop_all()
    return database


def _insist(version: int, size: int) -> None:
    if version not in (0, FORMAT) or size > MOST_BYTES:
        raise sqlite3.DatabaseError(f"the store has format {version} and {size} bytes")


def _private() -> sqlite3.Connection:
    """Make a database that goes with this process: in a temporary file, or in memory where there can be none."""
    database = sqlite3.connect("", isolation_level=None)
    try:
        database.executescript(f"PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; {_SCHEMA}")
    except sqlite3.Error:
        database.close()
        database = sqlite3.connect(":memory:", isolation_level=None)
        database.executescript(_SCHEMA)
    return database


def _insert(database: sqlite3.Connection, part: TrailPart, numbers: dict[Principal, int]) -> None:
    about = msgspec.msgpack.encode(msgspec.structs.replace(part, uses=(), packed=()))
    made = database.execute("INSERT OR IGNORE INTO part (identity, about) VALUES (?, ?)", (part.identity, about))
    if made.rowcount == 0:
        # Another run was here first.
        return
    number = made.lastrowid
    for pack in _packs(part):
        who = numbers.get(pack.principal)
        if who is None:
            who = numbers[pack.principal] = _numbered(database, pack.principal)
        database.execute("INSERT INTO uses VALUES (?, ?, ?)", (who, number, pack.rows))


def _numbered(database: sqlite3.Connection, principal: Principal) -> int:
    key = (principal.kind, principal.arn, principal.unique_id)
    database.execute("INSERT OR IGNORE INTO principal (kind, arn, unique_id, name) VALUES (?, ?, ?, ?)", (*key, _name(principal)))
    return int(database.execute("SELECT id FROM principal WHERE kind = ? AND arn = ? AND unique_id = ?", key).fetchone()[0])


def _packs(part: TrailPart) -> tuple[PackedUses, ...]:
    """Give the uses of a piece, one pack for each principal."""
    if not part.uses:
        return part.packed
    return packed((*part.uses, *(use for pack in part.packed for use in merged(pack.principal, (pack.rows,), Window("0000", "9999")))))


def _name(principal: Principal) -> str:
    return principal.arn.rpartition("/")[2]

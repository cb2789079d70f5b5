"""Journal, outbox and snapshots in a real SQLite file, and what happens when the file or the disk is bad."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.child import Child
from edge.conditions.machine import Episode, Stage
from edge.contract.errors import ConfigError
from edge.contract.samples import Mode
from edge.contract.topics import Encoding
from edge.ends import UNREADABLE_TOPIC, Entry, Lane, Letter, Record
from edge.storage.audit import Audit
from edge.storage.checkpoints import Checkpoints
from edge.storage.database import FILE_NAME, open_database, open_for_reading, transaction
from edge.storage.journal import Journal
from edge.storage.lock import lock_folder
from edge.storage.outbox import Outbox
from edge.storage.patience import store_patiently
from edge.storage.snapshots import Snapshots, decode_state
from edge.storage.store import Store
from edge.wearer.state import STATE_FORMAT, Stream, WearerState

DAY_S = 86_400.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path)
    yield connection
    connection.close()


def letter(number: int, lane: Lane = Lane.ALERT) -> Letter:
    return Letter(lane, f"t/{number}", str(number).encode())


def test_the_file_is_durable_by_its_settings(database: sqlite3.Connection) -> None:
    """Write-ahead log and full synchronisation: what is committed survives the power going."""
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_the_journal_gives_back_what_it_got_in_order(database: sqlite3.Connection) -> None:
    """Entries come back whole, oldest first, after any id, as many as asked."""
    journal = Journal(database)
    entries = [Entry(float(n), f"t/{n}", Encoding.MSGPACK, bytes([n, 0, 255])) for n in range(4)]
    entries.append(Entry(4.0, "t/4", Encoding.JSON, b"{}", "replies/nurse/1", b"\x00id"))
    journal.append(entries)

    assert [entry for _, entry in journal.after(0, 99)] == entries
    second_id = journal.after(0, 2)[-1][0]
    assert [entry for _, entry in journal.after(second_id, 2)] == entries[2:4]


def test_what_was_not_decided_on_is_never_forgotten(database: sqlite3.Connection) -> None:
    """Pruning by age stops at the cursor, and ids are never used again."""
    journal = Journal(database)
    journal.append([Entry(float(n), "t", Encoding.JSON, b"") for n in range(4)])
    second_id = journal.after(0, 2)[-1][0]

    assert journal.forget_before(100.0, second_id) == 2
    assert [entry.received_s for _, entry in journal.after(0, 99)] == [2.0, 3.0]
    assert journal.forget_before(100.0, second_id + 2) == 2
    journal.append([Entry(9.0, "t", Encoding.JSON, b"")])
    assert journal.after(0, 99)[0][0] > second_id + 2


def test_alerts_overtake_advice_and_notices(database: sqlite3.Connection) -> None:
    """The next batch holds alerts first, each lane in its order, without those under way."""
    outbox = Outbox(database)
    outbox.put([letter(1, Lane.QUARANTINE), letter(2, Lane.ADVICE), letter(3), letter(4)])

    batch = outbox.next_batch(3)

    assert [item.topic for _, item in batch] == ["t/3", "t/4", "t/2"]
    under_way = [batch[0][0]]
    assert [item.topic for _, item in outbox.next_batch(9, without=under_way)] == ["t/4", "t/2", "t/1"]
    outbox.mark_sent(under_way)
    assert (outbox.waiting(), outbox.waiting_in(Lane.ALERT)) == (3, 1)


@given(st.lists(st.tuples(st.sampled_from(Lane), st.booleans()), max_size=30))
def test_no_letter_is_lost_or_sent_twice(plan: list[tuple[Lane, bool]]) -> None:
    """Every letter put is handed out exactly once if each is marked when handed out."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute(
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, lane INT, topic TEXT, payload BLOB, "
        "is_retained INT, correlation BLOB)"
    )
    outbox, handed = Outbox(database), []
    for number, (lane, send_now) in enumerate(plan):
        outbox.put([letter(number, lane)])
        if send_now:
            batch = outbox.next_batch(1)
            outbox.mark_sent([row_id for row_id, _ in batch])
            handed += [item.topic for _, item in batch]
    handed += [item.topic for _, item in outbox.next_batch(99)]
    database.close()

    assert sorted(handed) == sorted(f"t/{number}" for number in range(len(plan)))


def test_state_comes_back_as_it_was(database: sqlite3.Connection) -> None:
    """A wearer's state is restored with its episodes and streams, together with the cursor."""
    state = WearerState("w1", Mode.REAL, now_s=7.5)
    state.streams["rr"] = Stream("d1", 1.0, 2.0, 0.5, 813.0, 0.75, {("d1", 3, 1.0): None})
    state.episodes["irregular_rhythm/rr"] = Episode(stage=Stage.ACTIVE, onset_s=3.25)
    snapshots = Snapshots(database)

    snapshots.save(42, [state])
    snapshots.save(43, [])

    assert snapshots.load() == (43, {("w1", Mode.REAL): state})


def test_a_state_of_before_is_read_with_a_field_that_no_longer_is() -> None:
    """A flood stood in the state twice; what is still stored of the second time is passed over."""
    state = WearerState("w1", Mode.REAL, now_s=5.0)
    tree = msgspec.to_builtins(state)
    tree["board"]["is_flooded"] = True

    assert decode_state(msgspec.msgpack.encode(tree)) == state


def test_a_failed_transaction_leaves_nothing_behind(database: sqlite3.Connection) -> None:
    """Letters and cursor are kept together or not at all."""
    outbox, snapshots = Outbox(database), Snapshots(database)

    def fail_half_way() -> None:
        with transaction(database):
            outbox.put([letter(1)])
            snapshots.save(5, [])
            raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert outbox.waiting() == 0
    assert snapshots.load() == (0, {})


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Garbage in place of the database is kept under another name, told once, and a new file begun."""
    (tmp_path / FILE_NAME).write_bytes(b"garbage" * 1000)

    with caplog.at_level(logging.WARNING):
        open_database(tmp_path).close()

    assert (tmp_path / f"{FILE_NAME}.unreadable-1").read_bytes() == b"garbage" * 1000
    assert len(caplog.records) == 1


def test_the_log_of_a_file_that_is_set_aside_is_kept_beside_it(tmp_path: Path) -> None:
    """After a power cut the latest commits stand only there: once the heads are mended they are read."""
    live, cut = tmp_path / "live", tmp_path / "cut"
    database = open_database(live)
    Outbox(database).put([letter(1)])
    shutil.copytree(live, cut)
    database.close()
    path, aside = cut / FILE_NAME, cut / f"{FILE_NAME}.unreadable-1"
    log_file = path.with_name(f"{FILE_NAME}-wal")
    head, log_head = path.read_bytes()[:100], log_file.read_bytes()[:32]
    for file, length in ((path, 100), (log_file, 32)):
        with file.open("r+b") as damaged:
            damaged.write(b"\xff" * length)

    open_database(cut).close()

    for file, start in ((aside, head), (aside.with_name(f"{aside.name}-wal"), log_head)):
        with file.open("r+b") as mended:
            mended.write(start)
    with sqlite3.connect(aside) as found:
        assert found.execute("SELECT topic FROM outbox").fetchall() == [("t/1",)]
    found.close()


def test_a_damaged_page_is_noticed_at_start(tmp_path: Path) -> None:
    """A database whose pages were overwritten is set aside, not used."""
    database = open_database(tmp_path)
    Journal(database).append([Entry(1.0, "t", Encoding.JSON, b"x" * 500) for _ in range(200)])
    database.close()
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xa5" * (40960 - 8192)
    path.write_bytes(content)

    database = open_database(tmp_path)

    assert Journal(database).after(0, 9) == []
    assert path.with_name(f"{FILE_NAME}.unreadable-1").exists()
    database.close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A state_dir that is a file is refused with its path."""
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    with pytest.raises(ConfigError) as caught:
        open_database(in_the_way)

    assert str(in_the_way) in caught.value.where


def test_a_row_that_cannot_be_read_takes_no_other_with_it(database: sqlite3.Connection) -> None:
    """In journal and outbox: an unknown word, a text that is none, a wrong type, each told by its column."""
    journal, outbox = Journal(database), Outbox(database)
    for number in range(4):
        journal.append([Entry(float(number), f"t/{number}", Encoding.JSON, b"{}")])
        outbox.put([letter(number)])
    database.execute("UPDATE journal SET encoding = 'cbor' WHERE id = 1")
    database.execute("UPDATE journal SET topic = CAST(x'74FF' AS TEXT) WHERE id = 2")
    database.execute("UPDATE journal SET payload = '{}' WHERE id = 3")
    database.execute("UPDATE outbox SET lane = 9 WHERE id = 1")
    database.execute("UPDATE outbox SET topic = CAST(x'74FF' AS TEXT) WHERE id = 2")

    entries = dict(journal.after(0, 9))
    letters = dict(outbox.next_batch(9))

    assert entries.pop(4) == Entry(3.0, "t/3", Encoding.JSON, b"{}")
    assert {entry.topic for entry in entries.values()} == {UNREADABLE_TOPIC}
    reasons = [entry.payload.split(b":")[0] for entry in entries.values()]
    assert reasons == [b"encoding", b"topic", b"payload"]
    assert list(journal.newest()) == [Entry(3.0, "t/3", Encoding.JSON, b"{}"), *reversed(entries.values())]
    assert (letters[3], letters[4]) == (letter(2), letter(3))
    assert {letters[1].topic, letters[2].topic} == {UNREADABLE_TOPIC}


def test_a_state_folder_is_of_one_edge_at_a_time(tmp_path: Path) -> None:
    """The second is refused in words, readers are not, and a child that is left over holds nothing."""
    folder = tmp_path / "state"
    lock = lock_folder(folder)
    store = Store(folder, lambda: False)
    with pytest.raises(ConfigError, match="another edge") as caught:
        lock_folder(folder)
    assert str(folder) in caught.value.where
    open_for_reading(folder).close()
    child = Child([sys.executable, "-c", "import time; time.sleep(60)"], 60.0)
    store.close()
    lock.close()

    lock_folder(folder).close()
    child.kill()


def test_a_folder_that_cannot_be_locked_is_named(tmp_path: Path) -> None:
    """A state_dir that is a file is refused with its path."""
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    with pytest.raises(ConfigError, match="a directory the edge may write to") as caught:
        lock_folder(in_the_way)

    assert str(in_the_way) in caught.value.where


def test_a_full_disk_is_waited_out_and_told_once(
    database: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """A write that does not fit is tried until there is room: one warning, one word when it works again."""
    journal = Journal(database)
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    tries: list[None] = []

    def write() -> None:
        tries.append(None)
        if len(tries) == 3:
            database.execute("PRAGMA max_page_count = 100000")
        with transaction(database):
            journal.append([Entry(1.0, "t", Encoding.JSON, b"x" * 100_000)])

    with caplog.at_level(logging.INFO):
        store_patiently(write, lambda: False, retry_s=0.001)

    assert len(journal.after(0, 9)) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_stop_while_the_disk_is_full_gives_up(database: sqlite3.Connection) -> None:
    """Asked to stop, a write that cannot succeed ends with its error and leaves nothing half done."""
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")

    def write() -> None:
        with transaction(database):
            Journal(database).append([Entry(1.0, "t", Encoding.JSON, b"x" * 100_000)])

    with pytest.raises(sqlite3.OperationalError, match="full"):
        store_patiently(write, lambda: True)

    assert Journal(database).after(0, 9) == []


def test_state_of_another_version_is_known_as_such(database: sqlite3.Connection) -> None:
    """A snapshot that this version cannot read, or of another format, is not taken for state."""
    snapshots = Snapshots(database)
    snapshots.save(7, [WearerState("w1", Mode.REAL)])
    database.execute("UPDATE cursor SET state_format = state_format - 1")
    assert snapshots.load() == (7, None)

    snapshots.save(7, [])
    database.execute("UPDATE snapshot SET state = x'c0'")
    assert snapshots.load() == (7, None)


# As the first layout was written by version 0.1.0, before there were commands.
LAYOUT_1 = """
CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, received_s REAL NOT NULL, topic TEXT NOT NULL,
    encoding TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, lane INTEGER NOT NULL, topic TEXT NOT NULL,
    payload BLOB NOT NULL);
CREATE INDEX outbox_order ON outbox (lane, id);
CREATE TABLE snapshot (wearer TEXT NOT NULL, mode TEXT NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (wearer, mode)) WITHOUT ROWID;
CREATE TABLE cursor (only INTEGER PRIMARY KEY CHECK (only = 1), journal_id INTEGER NOT NULL);
INSERT INTO cursor VALUES (1, 2);
INSERT INTO journal VALUES (1, 5.0, 't/1', 'json', x'7b7d');
INSERT INTO outbox VALUES (1, 0, 't/2', x'7b7d');
INSERT INTO snapshot VALUES ('w1', 'real', x'80');
PRAGMA user_version = 1;
"""


def test_a_file_of_the_first_layout_is_taken_over(tmp_path: Path) -> None:
    """Journal and outbox go on as they are; the state is known to be of another version."""
    old = sqlite3.connect(tmp_path / FILE_NAME)
    old.executescript(LAYOUT_1)
    old.close()

    database = open_database(tmp_path)

    assert Journal(database).after(0, 9) == [(1, Entry(5.0, "t/1", Encoding.JSON, b"{}"))]
    assert Outbox(database).next_batch(9) == [(1, Letter(Lane.ALERT, "t/2", b"{}"))]
    assert Snapshots(database).load() == (2, None)
    assert Audit(database).records() == []
    database.close()


def test_the_audit_log_can_only_grow(database: sqlite3.Connection) -> None:
    """Records come back in order as they were, and the database refuses to change or delete one."""
    audit = Audit(database)
    records = [
        Record(at_s=1.0, wearer="w1", mode=Mode.REAL, who="edge", what="raise", condition="c", episode="e"),
        Record(at_s=2.0, wearer="w1", mode=Mode.TEST, who="nurse", what="shelve", reason="a", detail="b"),
    ]
    audit.append(records)

    assert audit.records() == records
    for change in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(change)
    assert audit.records() == records


def keep_hour(store: Store, number: int) -> None:
    """What an hour brings: an entry, the state it led to, and the look at what may be forgotten."""
    received_s = 3600.0 * number
    store.keep_messages([Entry(received_s, "t", Encoding.JSON, b"")])
    state = WearerState("w1", Mode.REAL, now_s=received_s)
    store.keep_decisions(number, [], [], [state])
    store.forget_entries(received_s, DAY_S)


def test_the_journal_is_forgotten_up_to_a_checkpoint(tmp_path: Path) -> None:
    """Three days of hours: what is left begins right behind a state, a day old and at most six hours more."""
    store = Store(tmp_path, lambda: False)
    for number in range(1, 73):
        keep_hour(store, number)
    store.close()
    database = open_for_reading(tmp_path)
    first_id, entry = Journal(database).after(0, 1)[0]
    checkpoints = list(Checkpoints(database).newest_first())
    is_whole = Journal(database).is_whole()
    database.close()

    *_, oldest = checkpoints
    assert not is_whole
    assert oldest.journal_id == first_id - 1
    assert oldest.wearers["w1", Mode.REAL].now_s == entry.received_s - 3600.0
    assert DAY_S <= 72 * 3600.0 - entry.received_s + 3600.0 <= 1.25 * DAY_S + 3600.0
    assert 4 <= len(checkpoints) <= 6


def test_a_journal_younger_than_a_day_is_whole(tmp_path: Path) -> None:
    """Nothing is forgotten as long as no checkpoint is old enough, nor where nothing came."""
    store = Store(tmp_path, lambda: False)
    assert store.journal.is_whole()
    for number in range(1, 24):
        keep_hour(store, number)

    assert store.journal.is_whole()
    assert len(store.journal.after(0, 99)) == 23
    store.close()


def test_a_clock_that_was_years_ahead_does_not_end_the_checkpoints(tmp_path: Path) -> None:
    """A checkpoint of a time to come is no reason to wait for that time."""
    store = Store(tmp_path, lambda: False)
    store.keep_messages([Entry(9e9, "t", Encoding.JSON, b"")])
    store.keep_decisions(1, [], [], [WearerState("w1", Mode.REAL)])
    store.forget_entries(9e9, DAY_S)
    for number in range(2, 100):
        keep_hour(store, number)
    store.close()
    database = open_for_reading(tmp_path)
    newest = next(Checkpoints(database).newest_first())
    database.close()

    assert newest.journal_id > 90


def test_checkpoints_of_another_version_and_files_without_any_are_passed_over(tmp_path: Path) -> None:
    """A state this version cannot read is none to begin with; an older file is read as it is."""
    store = Store(tmp_path, lambda: False)
    keep_hour(store, 1)
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("UPDATE checkpoint SET state_format = -1")
        assert list(Checkpoints(database).newest_first()) == []
        database.execute("UPDATE checkpoint SET state_format = ?, state = x'00'", (STATE_FORMAT,))
        assert list(Checkpoints(database).newest_first()) == []
        database.execute("DROP TABLE checkpoint")
        assert list(Checkpoints(database).newest_first()) == []
    database.close()


def test_a_file_is_read_while_an_edge_writes_to_it(tmp_path: Path) -> None:
    """What was committed is seen, what comes later is not; no file is made; other layouts are refused."""
    store = Store(tmp_path, lambda: False)
    keep_hour(store, 1)
    reader = open_for_reading(tmp_path)
    keep_hour(store, 2)
    assert len(Journal(reader).after(0, 9)) == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        Journal(reader).append([Entry(1.0, "t", Encoding.JSON, b"")])
    reader.close()
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigError, match="layout 99"):
        open_for_reading(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(ConfigError, match="not a database"):
        open_for_reading(tmp_path)


def test_notices_of_bad_messages_never_fill_the_disk(tmp_path: Path) -> None:
    """Of 1,700 the first 1,000 are kept, beside every alert; there is room again once some are sent."""
    store = Store(tmp_path, lambda: False)
    for count in (600, 600, 500):
        store.keep_messages([], [letter(number, Lane.QUARANTINE) for number in range(count)] + [letter(0)])
    kept = store.outbox.waiting_in(Lane.QUARANTINE), store.outbox.waiting_in(Lane.ALERT)
    ids = [row_id for row_id, item in store.outbox.next_batch(9) if item.lane is Lane.QUARANTINE]
    store.forget_letters(ids)
    store.keep_messages([], [letter(number, Lane.QUARANTINE) for number in range(20)])
    again = store.outbox.waiting_in(Lane.QUARANTINE)
    store.close()

    assert kept == (1000, 3)
    assert (len(ids), again) == (6, 1000)


def test_states_made_anew_take_the_place_of_all_that_were_stored(tmp_path: Path) -> None:
    """A wearer that the journal no longer tells of is not brought back in the form of another version."""
    store = Store(tmp_path, lambda: False)
    store.keep_decisions(3, [], [], [WearerState("old", Mode.REAL), WearerState("w1", Mode.REAL, now_s=1.0)])
    anew = WearerState("w1", Mode.REAL, now_s=2.0)
    store.keep_decisions(3, [], [], [anew], is_anew=True)
    loaded = store.load()
    store.close()

    assert loaded == (3, {("w1", Mode.REAL): anew})


def test_a_journal_that_was_decided_by_another_version_is_to_be_decided_again(
    database: sqlite3.Connection,
) -> None:
    """Also where it had led to no state that was stored; a file in which nothing was decided is just new."""
    snapshots = Snapshots(database)
    snapshots.save(0, [])
    database.execute("UPDATE cursor SET state_format = state_format - 1")
    assert snapshots.load() == (0, {})

    snapshots.save(7, [])
    database.execute("UPDATE cursor SET state_format = state_format - 1")
    assert snapshots.load() == (7, None)

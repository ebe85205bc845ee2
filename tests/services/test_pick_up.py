"""Files in a folder are taken in by themselves: whole, once, and put away with a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from experiments.services import catalogue
from experiments.services.import_desk import desk, files
from experiments.services.import_desk.pick_up import PickUp
from experiments.services.import_desk.taking_turns import ImportTurns
from experiments.services.import_events import going
from experiments.services.import_events.parse import read_spec
from experiments.services.ingest import UnavailableError
from experiments.services.sessions import reading, writing
from experiments.store.intake import runs
from tests.intake_world import NOW, around
from tests.scenes import EDITOR

SPEC = {
    "holds": "orders",
    "source": {"key": "stores", "name": "Stores", "watermark": "newest"},
    "columns": {"order_id": "order", "timestamp": "at", "user_id": "who", "product": "sku"},
}
HEAD = "order,at,who,sku\n"


class World:
    """A folder, a worker's part and a clock in seconds."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.data = engine, folder / "data"
        self.folder = folder / "inbox"
        self.inbox = self.folder / "store-sales"
        self.turns = ImportTurns(around(engine), self.data)
        self.pick_up = PickUp(engine, self.folder, self.data, still=60, most=1_000_000)

    def look(self, seconds: float) -> int:
        taken = self.pick_up.look(NOW, seconds)
        self.turns.turn()
        return taken

    def put(self, name: str, rows: str, seconds: float) -> Path:
        import os

        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_text(HEAD + rows)
        os.utime(path, (seconds, seconds))
        return path

    def events(self) -> int:
        with reading(self.engine) as session:
            return int(session.execute(text("select count(*) from event")).scalar_one())


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    with writing(engine) as session:
        desk.save_mapping(session, EDITOR, NOW, "store-sales", read_spec(SPEC), picked_up=True)
        desk.save_mapping(session, EDITOR, NOW, "by-hand", read_spec(SPEC))
    return World(engine, tmp_path)


def report(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.with_name(f"{path.name}.report.json").read_text())
    return found


def test_a_file_is_taken_once_it_has_been_still_and_gets_a_report(world: World, engine: Engine) -> None:
    world.put("monday.csv", "A1,2026-11-02T10:00:00Z,c1,tv\nA2,2026-11-03T10:00:00Z,c2,tv\nbad\n", 1_000)
    assert world.look(1_010) == 0
    assert world.look(1_050) == 0
    assert world.look(1_071) == 1
    world.look(1_080)
    done = world.inbox / "done" / "monday.csv"
    assert done.exists()
    assert report(done) | {"new": 2, "refused": 1, "state": "done", "error": ""} == report(done)
    assert world.events() == 2
    assert list(files.folder_of(world.data).iterdir()) == []
    with reading(engine) as session:
        assert catalogue.source_by_key(session, "stores").watermark == 1_793_700_000_000_000


def test_a_file_that_still_grows_is_left_alone(world: World) -> None:
    world.put("big.csv", "A1,2026-11-02T10:00:00Z,c1,tv\n", 1_000)
    world.look(1_000)
    world.put("big.csv", "A1,2026-11-02T10:00:00Z,c1,tv\nA2,2026-11-02T10:00:00Z,c2,tv\n", 1_055)
    assert world.look(1_065) == 0
    assert world.look(1_100) == 0
    assert world.look(1_130) == 1
    assert world.events() == 2


def test_the_same_rows_again_change_nothing_and_names_do_not_collide(world: World) -> None:
    for start in (1_000, 2_000):
        world.put("export.csv", "A1,2026-11-02T10:00:00Z,c1,tv\n", start)
        world.look(start + 1)
        assert world.look(start + 70) == 1
    world.look(3_000)
    assert world.events() == 1
    assert {path.name for path in (world.inbox / "done").iterdir()} == {
        "export.csv", "export.csv.report.json", "export-2.csv", "export-2.csv.report.json",
    }  # fmt: skip
    assert report(world.inbox / "done" / "export-2.csv")["duplicates"] == 1


def test_what_cannot_be_used_is_put_aside_with_the_reason(world: World) -> None:
    world.put("empty.csv", "", 1_000).write_bytes(b"")
    wrong = world.put("wrong.csv", "", 1_000)
    wrong.write_text("a,b\n1,2\n")
    world.look(10**10)
    world.look(10**10 + 61)
    world.look(10**10 + 62)
    failed = world.inbox / "failed"
    assert "file is empty" in str(report(failed / "empty.csv")["error"])
    assert "is not in the file" in str(report(failed / "wrong.csv")["error"])
    assert not (world.inbox / "done" / "wrong.csv").exists()


def test_what_is_not_meant_for_it_is_left_alone(world: World) -> None:
    by_hand = world.folder / "by-hand"
    by_hand.mkdir(parents=True)
    (by_hand / "a.csv").write_text(HEAD)
    for name in (".hidden.csv", "upload.csv.part", "~lock.csv"):
        world.put(name, "A1,2026-11-02T10:00:00Z,c1,tv\n", 1_000)
    (world.inbox / "link.csv").symlink_to(by_hand / "a.csv")
    world.look(1_000)
    assert world.look(9_000_000_000) == 0
    assert world.events() == 0
    assert (by_hand / "a.csv").exists()


def test_a_worker_that_dies_in_the_middle_loses_nothing(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going, "BATCH", 5)
    rows = "".join(f"A{number},2026-11-02T10:00:00Z,c{number},tv\n" for number in range(60))
    world.put("long.csv", rows, 1_000)
    world.pick_up.look(NOW, 1_001)
    world.pick_up.look(NOW, 1_070)
    for _ in range(7):
        world.turns._step()
    assert 0 < world.events() < 60
    successor = ImportTurns(around(engine, NOW + 1), world.data)
    successor.turn()
    assert world.events() == 60
    with reading(engine) as session:
        [run] = runs.newest(session)
    assert (run.state, run.report["rows"], run.stored) == ("done", 60, "")


def test_a_database_that_cannot_answer_is_waited_for_and_a_surprise_ends_only_the_import(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("a.csv", "A1,2026-11-02T10:00:00Z,c1,tv\n", 1_000)
    world.pick_up.look(NOW, 1_001)
    world.pick_up.look(NOW, 1_070)
    taken = going.accept

    def away(*_: object, **__: object) -> None:
        raise UnavailableError("locked")

    monkeypatch.setattr(going, "accept", away)
    world.turns.turn()
    with reading(engine) as session:
        assert runs.newest(session)[0].state == "running"
    monkeypatch.setattr(going, "accept", taken)
    world.turns.turn()
    assert world.events() == 1

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(going, "accept", broken)
    world.put("b.csv", "B1,2026-11-02T10:00:00Z,c1,tv\n", 2_000)
    world.pick_up.look(NOW, 2_001)
    world.pick_up.look(NOW, 2_070)
    world.turns.turn()
    with reading(engine) as session:
        ended = runs.newest(session)[0]
    assert (ended.state, ended.stored) == ("failed", "")
    assert "unexpected" in ended.error

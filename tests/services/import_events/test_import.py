"""Going through a file: mapping, what is refused, what is known, what survives an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import Engine, text

from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services import parquet as services_parquet
from experiments.services.import_events import going, rows_parquet
from experiments.services.import_events.parse import read_spec
from experiments.services.import_events.runs import begin, digest_of, go_on
from experiments.services.import_events.spec import EventSpec
from experiments.services.import_events.take_in import Taken, look, take_in
from experiments.services.sessions import reading, writing
from experiments.store.intake import runs
from tests.intake_world import NOW, around, import_catalogue, quiet
from tests.scenes import ADMIN, VIEWER

COLUMNS = {"order_id": "order", "timestamp": "at", "user_id": "who", "product": "sku"}


def spec(holds: str = "orders", columns: dict[str, Any] | None = None, **more: Any) -> EventSpec:
    source = {"key": "office", "name": "Office"} | more.pop("source", {})
    return read_spec({"holds": holds, "source": source, "columns": columns or COLUMNS, **more})


def take(engine: Engine, path: Path, wanted: EventSpec, *, now: int = NOW) -> Taken:
    return take_in(around(engine, now), path, wanted, ADMIN, progress=quiet)


def bodies(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as session:
        return [json.loads(body) for body in session.scalars(text("select body from event order by seq"))]


def orders(path: Path, count: int) -> Path:
    lines = [f"A{number},2026-11-0{1 + number % 9}T10:00:00Z,c{number},tv-plus" for number in range(count)]
    path.write_text("\n".join(["order,at,who,sku", *lines]) + "\n")
    return path


def test_constants_templates_values_and_free_fields(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "order,at,who,land,sku,shop,note\nA1,2026-11-01T10:00:00Z,7,NL,X1,,gift\nA2,2026-11-01T10:00:00Z,,NL,X1,,\n"
    )
    columns = COLUMNS | {
        "user_id": {"template": "{land}-{who}"},
        "product": {"column": "sku", "values": {"x1": "tv-plus"}},
        "channel": {"column": "shop", "default": "store"},
        "quantity": {"constant": 2},
        "properties": {"note": "note"},
    }
    taken = take(engine, tmp_path / "a.csv", spec(columns=columns))
    assert (taken.report["new"], taken.report["refused"]) == (1, 1)
    [body] = bodies(engine)
    order = body["properties"]
    assert order.pop("order_id") not in ("A1", "")
    assert order == {
        "products": [{"product_id": "tv-plus", "line_id": 0, "quantity": 2}], "channel": "store", "note": "gift",
    }  # fmt: skip


def test_a_refused_row_is_kept_without_the_ids_in_it(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("order,at,who,sku\nB-20451,day of kunde-4711 (B-20451),kunde-4711,tv-plus\n")
    [problem] = take(engine, tmp_path / "a.csv", spec()).problems
    assert problem.value == "day of (id) ((id))"


def test_rows_of_one_order_are_its_lines(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "order,at,who,sku\nA1,2026-11-01T10:00:00Z,7,tv-plus\nA2,2026-11-01T10:00:00Z,8,tv-plus\n"
        "A1,2026-11-01T10:00:00Z,7,mobile-s\n"
    )
    take(engine, tmp_path / "a.csv", spec())
    lines = [(body["properties"]["order_id"], body["properties"]["products"][0]["line_id"]) for body in bodies(engine)]
    assert [line for _, line in lines] == [0, 0, 1]
    assert lines[0][0] == lines[2][0] != lines[1][0]


def test_parquet_with_nested_columns(engine: Engine, tmp_path: Path) -> None:
    table = pa.table(
        {
            "order": ["P1", "P2"],
            "at": pa.array([1_793_700_000_000_000, None], pa.timestamp("us", tz="UTC")),
            "who": pa.array([{"id": 100}, {"id": 200}]),
            "sku": ["tv-plus", "tv-plus"],
            "price": pa.array([12.5, float("nan")]),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    columns = COLUMNS | {"user_id": "who.id", "price": "price"}
    taken = take(engine, tmp_path / "a.parquet", spec(columns=columns))
    assert (taken.report["new"], [(one.row, one.field) for one in taken.problems]) == (1, [(2, "timestamp")])
    assert bodies(engine)[0]["properties"]["products"][0]["price"] == "12.5"


def test_a_small_parquet_file_that_unpacks_to_too_much_is_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"order": ["A1"], "at": ["2026-11-01T10:00:00Z"], "who": ["c1"], "sku": ["tv-plus"]}
    parquet.write_table(pa.table(names | {"sku": ["x" * 100_000]}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    monkeypatch.setattr(services_parquet, "MOST_UNPACKED", 50_000)
    with pytest.raises(DomainError) as caught:
        take(engine, tmp_path / "a.parquet", spec())
    assert (caught.value.code, caught.value.field) == ("too_large", "file")


def test_a_text_of_many_rows_is_held_once(tmp_path: Path) -> None:
    names = {"a": ["long " * 1_000, None, "short"] * 100, "b": [1, None, 3] * 100}
    parquet.write_table(pa.table(names), tmp_path / "a.parquet")
    with (tmp_path / "a.parquet").open("rb") as handle:
        found = [cells for _, cells in rows_parquet.ParquetFileRows(handle, "a").rows(["a", "b"])]
    assert [tuple(cells) for cells in found] == list(zip(*names.values(), strict=True))
    assert len({id(cells[0]) for cells in found}) == 3


def test_flags_and_lists_tell_what_a_customer_holds(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "who,since,tv,others,plan\n7,2026-01-01,ja,mobile-s;mobile-m,gold\n8,2026-01-01,nee,,\n"
    )
    columns = {
        "user_id": "who",
        "timestamp": "since",
        "holdings": "others",
        "holds": {"tv-plus": "tv"},
        "traits": {"plan": "plan"},
    }
    take(engine, tmp_path / "a.csv", spec("customers", columns))
    assert [body["traits"] for body in bodies(engine)] == [
        {"plan": "gold", "holdings": ["mobile-s", "mobile-m", "tv-plus"]},
        {"holdings": []},
    ]


def test_rows_of_a_customer_must_stand_together(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "who,since,sku\n7,2026-01-01,tv-plus\n8,2026-01-01,tv-plus\n7,2026-02-01,mobile-s\n"
    )
    taken = take(
        engine, tmp_path / "a.csv", spec("customers", {"user_id": "who", "timestamp": "since", "product": "sku"})
    )
    assert [(one.row, one.value) for one in taken.problems] == [(4, "(id)")]


def test_unknown_products_wait_and_are_named(engine: Engine, tmp_path: Path) -> None:
    import_catalogue(engine)
    path = orders(tmp_path / "a.csv", 3)
    path.write_text(path.read_text().replace("c1,tv-plus", "c1,tv-plus-2019"))
    report = look(around(engine), path, spec(), ADMIN, progress=quiet).report
    assert (report["new"], report["waiting"], report["unknown_products"]) == (3, 1, {"tv-plus-2019": 1})


def test_the_watermark_follows_the_newest_row_or_the_stated_day_and_never_goes_back(
    engine: Engine, tmp_path: Path
) -> None:
    path = orders(tmp_path / "a.csv", 3)

    def mark(told: str) -> int | None:
        path.write_text(path.read_text() + "\n")  # another file every time
        take(engine, path, spec(source={"watermark": told}, file={"time_zone": "Europe/Amsterdam"}))
        with reading(engine) as session:
            return catalogue.source_by_key(session, "office").watermark

    assert mark("none") is None
    assert mark("newest") == 1_793_700_000_000_000
    stated = mark("2026-11-20")
    assert stated == 1_795_215_600_000_000  # midnight in Amsterdam after the 20th
    assert mark("2026-11-10") == stated
    assert mark("2030-01-01") == NOW


def test_a_file_may_not_speak_for_a_shop_and_a_viewer_not_at_all(engine: Engine, tmp_path: Path) -> None:
    path = orders(tmp_path / "a.csv", 1)
    with writing(engine) as session:
        catalogue.save_source(session, ADMIN, NOW, Source("office", "Office", SourceKind.SERVER))
    with pytest.raises(ConflictError, match="sends with a key"):
        take(engine, path, spec())
    with pytest.raises(DomainError, match="viewer"):
        take_in(around(engine), path, spec(source={"key": "other"}), VIEWER, progress=quiet)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_file"),
        (b"order,at,who\nA,B,C\n", "no_column"),
        (b"order,at,who,sku\nA1,2026-11-01T10:00:00Z,7,\xff\xfe\n", "bad_encoding"),
        (b'order,at,who,sku\nA1,"2026,7,x\n', "bad_file"),
        (b"order,order,who,sku\n", "duplicate"),
        (b"PAR1nothing", "bad_file"),
        (b'{"order": "A1"}\nnonsense\n', "bad_file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(
    engine: Engine, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(DomainError) as refused:
        take(engine, path, spec())
    assert refused.value.code == code
    with reading(engine) as session:
        [run] = runs.newest(session)
    assert (run.state, run.error) == ("failed", refused.value.message)


def test_an_import_left_off_goes_on_and_stores_everything_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going, "BATCH", 10)
    path = orders(tmp_path / "a.csv", 95)
    path.write_text(path.read_text() + "bad\n")
    with writing(engine) as session:
        run = begin(session, ADMIN, NOW, path=path, spec=spec(), digest=digest_of(path), origin="console")
    left = go_on(around(engine), run, path, ADMIN)
    for _ in range(7):
        next(left)
    left.close()
    with reading(engine) as session:
        stopped = runs.find(session, run.id)
        assert session.scalar(text("select count(*) from event")) == 70
    assert (stopped.state, stopped.done) == ("running", 50)
    taken = take(engine, path, spec(), now=NOW + 1)
    assert (taken.id, taken.resumed) == (run.id, 50)
    assert (taken.report["rows"], taken.report["new"], taken.report["duplicates"]) == (96, 75, 20)
    assert [one.row for one in taken.problems] == [97]
    assert taken.report["stamps"] == [NOW, NOW + 1]
    with reading(engine) as session:
        assert session.scalar(text("select count(*) from event")) == 95


def test_an_import_somebody_cancelled_ends(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going, "BATCH", 10)
    path = orders(tmp_path / "a.csv", 200)
    with writing(engine) as session:
        run = begin(session, ADMIN, NOW, path=path, spec=spec(), digest=digest_of(path), origin="page")
    steps = go_on(around(engine), run, path, ADMIN)
    next(steps)
    with writing(engine) as session:
        assert runs.change(session, run.id, only_in=("running",), state="cancelled")
    assert len(list(steps)) < 10
    with reading(engine) as session:
        assert runs.find(session, run.id).state == "cancelled"

"""`netlift privacy` looks for nobody with a key that was made a moment ago."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.config import Settings
from experiments.services.ingest import accept
from experiments.services.project import run_all
from experiments.store.engines import make_engine
from tests.shop_world import LIMITS, START, Shop, identify
from web.cli import cli
from web.cli.failures import run


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETLIFT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NETLIFT_DATABASE_URL", sqlite_url)
    return Settings()


def test_without_the_id_key_nobody_is_looked_for(place: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for deed in (["export"], ["erase", "--yes"]):
        assert run(cli, ["privacy", *deed, "--customer", "4711"]) == 1
        assert "There is no id key" in capsys.readouterr().err
    assert not (place.data_dir / "id.key").exists()


def test_a_person_is_written_to_a_file_for_their_eyes_only(
    place: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = make_engine(place.url)
    shop = Shop(engine)
    told = [identify(START, userId="kunde-4711", holdings=["tv-1"])]
    accept(engine, shop.sources["shop"], told, id_key=place.id_secret(), now=START + 1, limits=LIMITS)
    run_all(engine, START + 2)
    engine.dispose()
    out = tmp_path / "person.json"
    assert run(cli, ["privacy", "export", "--customer", "kunde-4711", "--out", str(out)]) == 0
    assert out.stat().st_mode & 0o077 == 0
    assert len(json.loads(out.read_text())["tables"]["holding"]) == 2
    assert run(cli, ["privacy", "erase", "--customer", "kunde-4711", "--yes"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["holding"] == 2
    assert run(cli, ["privacy", "retention"]) == 0
    assert "nothing is ever removed" in capsys.readouterr().out


def test_exactly_one_person_is_named(place: Settings) -> None:
    assert run(cli, ["privacy", "export"]) == 2
    assert run(cli, ["privacy", "export", "--customer", "a", "--visitor", "b"]) == 2

"""docs/settings.md lists every setting with its default and meaning."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from experiments.config import Settings

DOCS = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
ROW = re.compile(r"^\| `NETLIFT_(\w+)` \| (?:`(.*?)`|\(empty\)) \| (.+) \|$", re.MULTILINE)


def test_every_setting_is_documented_as_it_is() -> None:
    written = {name.lower(): (default, meaning) for name, default, meaning in ROW.findall(DOCS.read_text())}
    expected = {
        name: (
            "" if field.default is None or isinstance(field.default, SecretStr) else str(field.default),
            field.description,
        )
        for name, field in Settings.model_fields.items()
    }
    assert written == expected


def test_secrets_are_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="", id_key="")
    first = settings.session_secret()
    assert len(first) >= 40
    assert Settings(data_dir=tmp_path, secret_key="").session_secret() == first
    assert settings.id_secret() != first.encode()
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_postgresql_urls_get_their_driver() -> None:
    assert Settings(database_url="postgres://a@b/c").url == "postgresql+psycopg://a@b/c"
    assert Settings(database_url="sqlite:///x.db").url == "sqlite:///x.db"

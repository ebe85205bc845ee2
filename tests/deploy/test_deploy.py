"""What is deployed: the image's recipe, the compose file and the units, each checked by the tool made for it.

The image itself is not built here: that needs a container engine and a registry of base images.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from experiments.config import Settings
from web.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
TOOLS = Path(sys.executable).parent
#: Major version of `postgresql-client` in each Debian release.
CLIENTS = {"bookworm": 15, "trixie": 17}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, cwd=ROOT)


def compose() -> dict[str, dict[str, dict[str, object]]]:
    return YAML(typ="safe").load(ROOT / "compose.yaml")  # type: ignore[no-any-return]


def test_hadolint_finds_nothing() -> None:
    done = run(TOOLS / "hadolint", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_fits_its_schema() -> None:
    done = run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_runs_as_a_number_and_checks_its_health() -> None:
    text = (ROOT / "Dockerfile").read_text()
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(stages) == 2
    assert all(":" in stage and not stage.endswith(":latest") for stage in stages)
    last = text[text.rindex("FROM ") :]
    assert re.search(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last
    assert "pip install" not in last


def test_the_image_can_back_up_the_server_beside_it() -> None:
    """`pg_dump` refuses a server newer than itself, and a backup that cannot be taken is found out too late."""
    suites = set(re.findall(r"^FROM python:[\d.]+-slim-(\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert len(suites) == 1
    server = re.fullmatch(r"postgres:(\d+)-\w+", str(compose()["services"]["postgres"]["image"]))
    assert server is not None
    assert int(server[1]) <= CLIENTS[suites.pop()]


def test_everything_the_wheel_needs_is_copied_and_not_ignored() -> None:
    """A folder that the wheel packs and the image does not copy would only be missed when somebody builds it."""
    text = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for name in line.split()[:-1]}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        name.partition("/")[0]
        for name in [*(wheel.get("packages") or wheel["only-include"]), *wheel.get("force-include", {})]
    }
    assert needed <= {name.partition("/")[0] for name in copied}


def test_every_setting_in_the_compose_file_exists() -> None:
    known = {f"NETLIFT_{name.upper()}" for name in Settings.model_fields}
    services = compose()["services"]
    used = {name for key in ("web", "worker", "migrate") for name in services[key]["environment"]}  # type: ignore[attr-defined]
    assert used <= known
    assert {"NETLIFT_ID_KEY_FILE", "NETLIFT_BEHIND_PROXY", "NETLIFT_SECURE_COOKIES"} <= used


def test_no_secret_stands_in_the_compose_file_and_no_database_is_reachable_from_outside() -> None:
    file = compose()
    assert all(set(secret) == {"file"} for secret in file["secrets"].values())
    assert "ports" not in file["services"]["postgres"]
    assert "ports" not in file["services"]["web"]
    assert file["networks"]["inside"] == {"internal": True}
    assert file["services"]["postgres"]["networks"] == ["inside"]
    for service in ("web", "worker"):
        assert file["services"][service]["read_only"] is True
        assert file["services"][service]["cap_drop"] == ["ALL"]
    assert all(not str(service.get("image", "")).endswith(":latest") for service in file["services"].values())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_confined(unit: Path) -> None:
    """The tool rates from 0 (nothing can go out) to 10; bare services have 9.6."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not on this machine; .ci/run installs it")
    done = run(tool, "security", "--offline=true", "--no-pager", "--threshold=30", unit)
    assert done.returncode == 0, done.stdout[-2_000:]
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None
    assert float(level[1]) < 3


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_calls_a_command_that_exists_with_settings_that_exist(unit: Path) -> None:
    text = unit.read_text()
    command = re.search(r"^ExecStart=\S+/netlift (\w+)", text, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    known = {f"NETLIFT_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"NETLIFT_\w+", text)) <= known


def test_there_is_a_unit_for_web_and_worker() -> None:
    assert [unit.stem for unit in UNITS] == ["netlift-web", "netlift-worker"]

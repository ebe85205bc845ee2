"""The notebooks run from top to bottom, define nothing, carry no outputs and equal their paired scripts."""

from __future__ import annotations

import ast
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
SECONDS = 120
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

# Jupyter's own libraries warn of each other (event loops, sockets left to the collector); ours must not warn, which
# shows in what the cells write to stderr.
pytestmark = pytest.mark.filterwarnings("ignore")


def _read(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nbformat

        return nbformat.read(FOLDER / name, as_version=4)


def _cells(notebook: Any) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source.strip()) for cell in notebook.cells]


def test_there_are_notebooks_and_every_one_is_paired() -> None:
    assert len(NAMES) >= 3
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_are_kept(name: str) -> None:
    for cell in _read(f"{name}.ipynb").cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_script_and_notebook_hold_the_same_cells(name: str) -> None:
    """Run `jupytext --sync notebooks/*.ipynb` after a change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jupytext

        script = jupytext.read(FOLDER / f"{name}.py")
    assert _cells(script) == _cells(_read(f"{name}.ipynb"))


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_import_and_define_nothing(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    defined = [f"line {node.lineno}" for node in ast.walk(tree) if isinstance(node, _DEFINITIONS)]
    assert not defined, "move it into the product, where it is tested"
    modules = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert "experiments" in modules


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("name", NAMES)
def test_notebooks_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = _run(name, tmp_path, monkeypatch)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    written = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not written, "a cell warned"
    figures = [output for output in outputs if "application/vnd.plotly.v1+json" in output.get("data", {})]
    assert len(figures) >= 2
    assert all(trace for figure in figures for trace in figure["data"]["application/vnd.plotly.v1+json"]["data"])


def _run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Execute in a kernel of this interpreter, with every file of Jupyter's below a temporary folder."""
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbclient import NotebookClient

        notebook = _read(f"{name}.ipynb")
        client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        return client.execute()

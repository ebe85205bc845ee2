"""Write docs/glossary.md and docs/how-to-read.md anew: `make glossary`."""

from pathlib import Path

from web.understanding.written import documents


def main(folder: Path) -> None:
    """Replace the documents in this folder."""
    for name, text in documents().items():
        (folder / f"{name}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(__file__).resolve().parents[2] / "docs")

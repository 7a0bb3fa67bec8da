"""The codebook: every item, code, column and indicator of the term survey, generated so that it can't go stale.

`python -m survey.codebook --write` writes docs/codebook.md; `--check` exits 1 when it isn't what would be written.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from survey.instrument import Instrument, load_instrument
from survey.items import Item, Option
from survey.settings import CODEBOOK

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render_codebook(instrument: Instrument) -> str:
    """The codebook of one instrument as Markdown, Chinese first."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["cell"] = one_cell
    text = environment.get_template("codebook.md.j2").render(
        instrument=instrument,
        places={band: numbered(instrument, band) for band in instrument.bands},
        counted={band: sum(item.counted for item in instrument.items_in(band)) for band in instrument.bands},
        groups={name: {group.code: group for group in held.groups} for name, held in instrument.lists.items()},
        only_bands=only_bands,
    )
    return text.rstrip("\n") + "\n"


def one_cell(text: str) -> str:
    """A text that stays inside its table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def numbered(instrument: Instrument, band: str) -> dict[str, str]:
    """Where each item stands in a band's form; items that aren't counted carry ( )."""
    places: dict[str, str] = {}
    count = 0
    for item in instrument.items_in(band):
        count += item.counted
        places[item.code] = str(count) if item.counted else "( )"
    return places


def only_bands(item: Item, option: Option) -> tuple[str, ...]:
    """The item's bands that have this option, where not all of them do; else ()."""
    shown = tuple(band for band in item.bands if option.is_in(band))
    return () if shown == item.bands else shown


def is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str] | None = None, path: Path = CODEBOOK) -> int:
    parser = argparse.ArgumentParser(prog="python -m survey.codebook", description=__doc__.splitlines()[0])
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true", help="write docs/codebook.md")
    choice.add_argument("--check", action="store_true", help="exit 1 if docs/codebook.md is stale")
    wants = parser.parse_args(arguments)
    text = render_codebook(load_instrument())
    if wants.write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif not is_current(path, text):
        print(f"{path.name} is stale → python -m survey.codebook --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`anxin casework`: signs become tasks, clocks strike, and counts come back to the line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.output import Json, plain, show

if TYPE_CHECKING:
    from dashboard.casework.notices import Notice

app = typer.Typer(help="处置：线索转待办、期限、回流的计数 · Casework: tasks, clocks, counts", no_args_is_help=True)


@app.command("sync")
def casework_sync(
    notices: Annotated[
        Path | None,
        typer.Option("--notices", help="Tab-separated: one line per school, without content; written anew."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a new release's signs into tasks and let the clocks strike; a timer runs this, at least daily."""
    from dashboard.casework.sync import sync_signs
    from pipelines.files.whole import write_whole
    from pipelines.words import say

    with casework_store():
        done = sync_signs()
    if notices:
        with write_whole(notices) as out:
            out.write("".join(f"{notice_line(one)}\n" for one in done.notices).encode())
    document = {key: value for key, value in plain(done).items() if key != "notices"} | {"told": len(done.notices)}
    lines = [say("casework.synced", **document | {"release": done.release or say("casework.nothing_yet")})]
    lines += [say(f"casework.{fault}") for fault in ("clock_behind", "without_holidays") if getattr(done, fault)]
    show(document, as_json, lines)


@app.command("export")
def casework_export(
    file: Annotated[Path, typer.Argument(help="csv to write, as data/contracts/casework_counts.yml has it.")],
    as_json: Json = False,
) -> None:
    """Write what the line reads back: numbers per school, half year and kind; no class, no text, no sign."""
    from dashboard.casework.export import HEADER, count_for_export
    from pipelines.files.csv_out import write_csv
    from pipelines.words import say

    with casework_store():
        rows = count_for_export()
    write_csv(file, HEADER, rows)
    schools = len({row[0] for row in rows})
    document: dict[str, Any] = {"file": str(file), "rows": len(rows), "schools": schools}
    show(document, as_json, [say("casework.exported", **document)])


def notice_line(notice: Notice) -> str:
    """School, its name, whom to tell, the deputy's account and telephone, and a sentence that says nothing."""
    from pipelines.files.csv_out import neutral
    from pipelines.words import say

    parts = (notice.school_id, notice.name, ",".join(notice.to), notice.account, notice.phone, say("casework.notice"))
    return "\t".join(neutral(" ".join(part.split())) for part in parts)


@contextmanager
def casework_store() -> Iterator[None]:
    """A store that can't be used, as a Problem with a next step (exit 1)."""
    from dashboard.casework.problems import CaseworkGone
    from pipelines.problems import CannotDo
    from pipelines.words import say

    try:
        yield
    except CaseworkGone as gone:
        raise CannotDo(say(f"casework.gone.{gone.code}"), next_step=say(f"casework.gone_step.{gone.code}")) from None

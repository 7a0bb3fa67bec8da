"""`anxin key`: the key of a wave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.output import Json, plain, show

app = typer.Typer(help="学期的钥匙 · The key of a wave", no_args_is_help=True)


@app.command("new")
def key_new(
    wave: Annotated[str, typer.Argument(help="Wave id, e.g. 2026-1.")],
    out: Annotated[Path, typer.Option("--out", help="Private file: stays on the analysis host.")],
    public: Annotated[Path, typer.Option("--public", help="Public file: goes to the survey host.")],
    as_json: Json = False,
) -> None:
    """Make a wave's key pair and try it out; passphrase from ANXIN_PASSPHRASE, a pipe or a prompt."""
    from pipelines.commands.passphrase import read_passphrase
    from pipelines.waves.key import make_key
    from pipelines.words import say

    report = make_key(wave, out, public, read_passphrase(twice=True))
    lines = [say("key.done", wave=wave, private=out, public=public), say("key.recovery", path=report.recovery)]
    show(plain(report), as_json, lines)

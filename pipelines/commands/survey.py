"""`anxin survey`: the form."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="问卷 · The form", no_args_is_help=True)


@app.command("serve")
def survey_serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8100,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; one per core is enough.")] = 1,
) -> None:
    """Serve the form of the wave that is on, and the help slip's pages, until stopped."""
    from pipelines.commands.serving import check_port
    from survey.web.serve import serve

    check_port(host, port)
    typer.echo(f"http://{host}:{port}", err=True)
    serve(host, port, workers)

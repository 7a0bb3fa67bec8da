"""The only door to the confidential database. Import contracts list the stages that may use it.

Opened answers are no tables of it: they stand encrypted beside it, and the door shows them as views.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from pipelines.microdata.rest import show_opened
from pipelines.problems import CannotDo, Where
from pipelines.settings import settings

CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",
    "temp_directory": "",  # what doesn't fit in memory may not go to the disk in plain
}


@contextmanager
def open_microdata(*, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to confidential/microdata.duckdb; made (0700) on first use."""
    path = settings().microdata
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    try:
        connection = duckdb.connect(str(path), read_only=read_only and path.exists(), config=dict(CONFIG))
    except duckdb.IOException as error:
        raise CannotDo(
            "the confidential database is in use by another process or cannot be opened",
            where=Where(path.name),
            next_step="wait for the other command to end, or check the disk, then try again",
        ) from error
    try:
        show_opened(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: what happens inside is committed together, or not at all."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

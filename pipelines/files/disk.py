"""What a full or failing disk does to the confidential database, as a refusal with a next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from pipelines.problems import CannotDo, Where
from pipelines.words import say

DISK_FAULTS = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.TransactionException,  # a commit that could not be written
)


@contextmanager
def disk_faults(file: str) -> Iterator[None]:
    """A full disk or a failing one ends in CannotDo: the transaction was not committed."""
    try:
        yield
    except (*DISK_FAULTS, OSError) as error:
        raise CannotDo(say("load.disk"), where=Where(file), next_step=say("load.disk_step")) from error

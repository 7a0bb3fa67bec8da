"""A real PostgreSQL server for the tests: a cluster in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

SETTINGS = {"shared_buffers": "32MB", "max_connections": "60", "unix_socket_directories": "''"}


@dataclass(frozen=True)
class Server:
    data: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"t{secrets.token_hex(4)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server with our defaults and these settings, gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="anxin-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = Server(folder / "data", free_port())
    try:
        initialise(server, {**SETTINGS, **(settings or {})})
        start(server)
        yield server
    finally:
        stop(server, "immediate")
        shutil.rmtree(folder, ignore_errors=True)


def initialise(server: Server, settings: Mapping[str, str]) -> None:
    run("initdb", "-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    lines = [f"{name} = {value}" for name, value in settings.items()]
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("\n".join([*lines, "listen_addresses = '127.0.0.1'", f"port = {server.port}", ""]))


def start(server: Server) -> None:
    run("pg_ctl", "-D", server.data, "-l", server.data / "log", "-w", "-t", "30", "start")


def stop(server: Server, mode: str) -> None:
    """`immediate` is a crash: nothing is written that wasn't written already."""
    if (server.data / "postmaster.pid").exists():
        run("pg_ctl", "-D", server.data, "-w", "-m", mode, "stop")


def run(program: str, *arguments: str | Path) -> None:
    """PostgreSQL refuses to run as root."""
    path = shutil.which(program) or max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    as_postgres = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    command = [str(path), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/", **as_postgres)  # type: ignore[call-overload]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests of a process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """A database without a table. One for all tests, emptied: to make a new one costs a second of disk."""
    url = postgres_server.url()
    with psycopg.connect(url, autocommit=True) as connection:
        own = "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
        for (schema,) in connection.execute(own).fetchall():
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where an intake is opened: a folder, then a database."""
    return tmp_path / "intake" if request.param == "sqlite" else request.getfixturevalue("postgres_url")

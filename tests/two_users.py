"""Two hosts played by two users of this machine: homes of their own (0700), no folder shared, a courier between them.

Without root both are the same user: the counts are checked all the same, the walls are not (`are_two` tells).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.settings import ROOT

UIDS = {"survey": 64_001, "analysis": 64_002}
COMMANDS = """
import json, os, sys
from pipelines.cli import app
os.umask(0o077)
for words in json.loads(sys.argv[1]):
    app(words, standalone_mode=False)
"""
# Where the interpreter lies in a folder that only root may enter, both users see it through a mount of their own.
SHOWN = """
set -e
mount -t tmpfs tmpfs /mnt; n=0
for shown in {shown}; do n=$((n+1)); mkdir /mnt/$n; mount --bind "$shown" /mnt/$n; done
mount -t tmpfs -o mode=755 tmpfs {private}; n=0
for shown in {shown}; do n=$((n+1)); mkdir -p "$shown"; mount --bind /mnt/$n "$shown"; done
exec "$@"
"""


@dataclass(frozen=True)
class User:
    """One host: its home, and what its environment holds besides."""

    name: str
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *commands: Sequence[object], passphrase: str | None = None) -> list[Any]:
        """`anxin …` commands as this user, one after the other in one process; the JSON of each."""
        listed = json.dumps([[*map(str, words), "--json"] for words in commands])
        done = self.python("-c", COMMANDS, listed, passphrase=passphrase)
        assert done.returncode == 0, f"{listed}: {done.returncode}\n{done.stderr[-3000:]}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refuse(self, *words: str | Path) -> str:
        """What `anxin …` says as it refuses (exit 2)."""
        done = self.python("-m", "pipelines.cli", *words)
        assert done.returncode == 2, done.stderr[-3000:]
        return done.stderr

    def python(self, *words: str | Path, passphrase: str | None = None) -> subprocess.CompletedProcess[str]:
        """A Python process as this user, with nothing of the test's own environment."""
        environment = {"ANXIN_HOME": str(self.home / "data"), "HOME": str(self.home), "PATH": "/usr/bin:/bin"}
        environment |= {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **self.environment}
        environment |= {"ANXIN_PASSPHRASE": passphrase} if passphrase else {}
        command = [*become(self.name), sys.executable, *map(str, words)]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=280)


@contextmanager
def two_users(intake_url: str = "") -> Iterator[tuple[User, User]]:
    """(survey, analysis), gone with their homes when the block ends."""
    base = Path(tempfile.mkdtemp(prefix="anxin-hosts-"))
    base.chmod(0o711)
    try:
        users = [User(name, base / name) for name in UIDS]
        for user in users:
            user.home.mkdir(mode=0o700)
            give(user.home, user)
        yield User("survey", users[0].home, {"ANXIN_INTAKE_URL": intake_url} if intake_url else {}), users[1]
    finally:
        shutil.rmtree(base)


def carry(file: Path, receiver: User) -> Path:
    """The courier: a copy into the receiver's home, for the receiver alone."""
    copy = receiver.home / file.name
    shutil.copyfile(file, copy)
    copy.chmod(0o600)
    give(copy, receiver)
    return copy


def give(path: Path, user: User) -> None:
    if are_two():
        os.chown(path, UIDS[user.name], UIDS[user.name])


def are_two() -> bool:
    return os.geteuid() == 0


@cache
def become(name: str) -> tuple[str, ...]:
    """The words before a command that make it another user's."""
    if not are_two():
        return ()
    uid = str(UIDS[name])
    plain = ("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--no-new-privs")
    # Twice, for setpriv's own exec still has root's rights and would enter where the user can't.
    again = "import subprocess, sys, pipelines.cli; subprocess.run([sys.executable, '-c', 'import json'], check=True)"
    probe = [*plain, sys.executable, "-c", again]
    if subprocess.run(probe, cwd="/", capture_output=True).returncode == 0:
        return plain
    return ("unshare", "--mount", "sh", "-c", shown_script(), "sh", *plain)


def shown_script() -> str:
    needed = [Path(sys.base_prefix), ROOT]
    private = next(folder for path in needed for folder in (*reversed(path.parents), path) if not is_open(folder))
    shown = [shlex.quote(str(path)) for path in needed if private in path.parents]
    return SHOWN.format(private=shlex.quote(str(private)), shown=" ".join(shown))


def is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)

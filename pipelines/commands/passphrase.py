"""Where a passphrase may come from: never the command line, where other users of the machine could read it."""

from __future__ import annotations

import getpass
import os
import sys

from pipelines.problems import BadInput
from pipelines.words import say


def read_passphrase(*, twice: bool = False) -> str:
    """ANXIN_PASSPHRASE, else one line of a pipe, else a prompt (`twice` where a new one is chosen)."""
    given = os.environ.get("ANXIN_PASSPHRASE")
    if given is None:
        given = ask(twice) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise BadInput(say("key.empty"), next_step=say("key.passphrase_step"))
    return given


def ask(twice: bool) -> str:
    passphrase = getpass.getpass("口令 Passphrase: ")
    if twice and getpass.getpass("再输一次 Again: ") != passphrase:
        raise BadInput(say("key.differ"), next_step=say("key.passphrase_step"))
    return passphrase

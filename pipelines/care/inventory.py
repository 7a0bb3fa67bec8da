"""What of an installation must survive, file by file. What isn't named here is not backed up.

Not opened answers nor their keys: they are to be destroyed, and a copy would outlive that. Not the intake: its sealed
envelopes leave the survey host once, by `anxin wave close`; two copies of it taken at different times would tell which
codes were spent between them, and `wave wipe` could not reach them. Not the pepper, which belongs to the intake.
"""

from __future__ import annotations

from pathlib import Path

DATABASE = "confidential/microdata.duckdb"
STORES = ("casework/*.sqlite", "help/*.sqlite", "accesslog/*.sqlite")
FILES = (
    "accesslog/heads.txt",
    "policy.yml",
    "casework/evidence/*/*",
    "confidential/releases/*.duckdb",
    "confidential/runs/*.json",
    "confidential/quality/*.html",
    "confidential/rejects/*.csv",
    "published/**/*",
    "survey/waves/*.json",
)
STATE = ("confidential", "published", "casework", "accesslog", "help", "survey", "keys")
LEFT_OUT = ("confidential/answers", "keys", "survey/intake", "survey/pepper", "casework/cookie.key")


def list_stores(home: Path) -> list[Path]:
    """SQLite stores, to be copied by SQLite's own backup, in this order: the hashes of the access log stand beside the
    accounts, and a log that was copied before them would seem to have lost its end."""
    return [path for pattern in STORES for path in sorted(home.glob(pattern))]


def list_files(home: Path) -> list[Path]:
    """Files that are written once and whole, to be copied as they are."""
    found = (path for pattern in FILES for path in home.glob(pattern))
    return sorted(
        path for path in found if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:])
    )


def has_state(home: Path) -> bool:
    """Whether an installation lives in this home (contracts and reference lists of the code may lie there too)."""
    return any(path.is_file() for name in STATE for path in (home / name).rglob("*"))

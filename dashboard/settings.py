"""Paths of the dashboard, read once from the environment and frozen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
REFERENCE = ROOT / "data" / "reference"


class Settings(BaseSettings):
    """`ANXIN_HOME` holds all state. The dashboard knows published files and its own store, and no other path."""

    model_config = SettingsConfigDict(env_prefix="ANXIN_", frozen=True, extra="ignore")

    home: Path = Field(default=ROOT / "data")
    # Behind TLS the cookie must say Secure; on plain http (a demo on one machine) a browser would drop it.
    cookie_secure: bool = False

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def casework(self) -> Path:
        return self.home / "casework"

    @property
    def store(self) -> Path:
        return self.casework / "dashboard.sqlite"

    @property
    def signing_key(self) -> Path:
        return self.casework / "cookie.key"


@cache
def settings() -> Settings:
    return Settings()

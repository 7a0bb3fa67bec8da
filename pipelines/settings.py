"""Paths of the pipeline, read once from the environment and frozen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "data" / "contracts"
REFERENCE = ROOT / "data" / "reference"


class Settings(BaseSettings):
    """`ANXIN_HOME` holds all state; contracts and reference lists come with the code."""

    model_config = SettingsConfigDict(env_prefix="ANXIN_", frozen=True, extra="ignore")

    home: Path = Field(default=Path("data"))
    keys: Path | None = Field(default=None)

    @property
    def confidential(self) -> Path:
        return self.home / "confidential"

    @property
    def microdata(self) -> Path:
        return self.confidential / "microdata.duckdb"

    @property
    def answer_keys(self) -> Path:
        """Keys of opened answers: `ANXIN_KEYS`, which may lie on another volume, else keys/ in the home."""
        return self.keys or self.home / "keys"

    @property
    def published(self) -> Path:
        return self.home / "published"


@cache
def settings() -> Settings:
    return Settings()

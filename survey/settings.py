"""What the survey island knows of its surroundings: its own files, and the environment, read once and frozen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
INSTRUMENTS = ROOT / "survey" / "instruments"
REFERENCE = ROOT / "data" / "reference"
CODEBOOK = ROOT / "docs" / "codebook.md"
TERM = INSTRUMENTS / "term.yml"


class SurveySettings(BaseSettings):
    """`ANXIN_HOME` holds all state; an empty address means SQLite files beneath it."""

    model_config = SettingsConfigDict(env_prefix="ANXIN_", frozen=True, extra="ignore")

    home: Path = Field(default=Path("data"))
    intake_url: str = ""
    help_url: str = ""
    survey_url: str = "http://127.0.0.1:8100"  # what stands on the slips
    pepper_file: Path | None = None
    analysis_elsewhere: bool = False  # answers are opened on another machine: the promise page may say so
    optional_blocks: frozenset[str] = frozenset()  # asked only where the bureau has decided so in writing

    @property
    def intake(self) -> Path:
        return self.home / "survey" / "intake"

    @property
    def pepper(self) -> Path:
        return self.pepper_file or self.home / "survey" / "pepper"

    @property
    def help(self) -> Path:
        return self.home / "help" / "help.sqlite"


@cache
def survey_settings() -> SurveySettings:
    return SurveySettings()

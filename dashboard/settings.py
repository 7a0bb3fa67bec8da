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
    """`ANXIN_HOME` holds all state. The dashboard knows published files, its own store, and the help slips' store."""

    model_config = SettingsConfigDict(env_prefix="ANXIN_", frozen=True, extra="ignore")

    home: Path = Field(default=ROOT / "data")
    # Behind TLS the cookie must say Secure; on plain http (a demo on one machine) a browser would drop it.
    cookie_secure: bool = False
    help_url: str = ""
    # Sign-in by a provider of the bureau's: its issuer, what it knows us as, and the address it sends people back to.
    oidc_issuer: str = ""
    oidc_client_id: str = "anxin"
    oidc_secret_file: Path | None = None
    dashboard_url: str = "http://127.0.0.1:8501"
    casework_url: str = ""

    @property
    def has_provider(self) -> bool:
        return bool(self.oidc_issuer)

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
    def casework_store(self) -> str:
        """Where casework is kept: ANXIN_CASEWORK_URL, or the SQLite file under home."""
        if self.casework_url:
            return self.casework_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{(self.casework / 'casework.sqlite').resolve()}"

    @property
    def signing_key(self) -> Path:
        return self.casework / "cookie.key"

    @property
    def access_log(self) -> Path:
        """Apart from casework: who reads the one need not write the other."""
        return self.home / "accesslog" / "access.sqlite"

    @property
    def access_heads(self) -> Path:
        return self.home / "accesslog" / "heads.txt"

    @property
    def help_file(self) -> Path:
        return (self.home / "help" / "help").with_suffix(".sqlite")

    @property
    def help_store(self) -> str:
        """Where help slips are: ANXIN_HELP_URL, or the SQLite file under home."""
        if self.help_url:
            return self.help_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.help_file.resolve()}"


@cache
def settings() -> Settings:
    return Settings()

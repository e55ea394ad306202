"""Settings: `TURNAROUND_*` in the environment, then `turnaround.toml` in the home folder, then these defaults."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


def default_home() -> Path:
    """Where data are kept when nobody says where: `~/.local/share/turnaround`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "turnaround"


class Settings(BaseSettings):
    """Everything that can be set. Times and sizes name their unit."""

    model_config = SettingsConfigDict(env_prefix="TURNAROUND_", extra="forbid")

    home: Path = Field(default_factory=default_home)
    """Ledger, keys, notices, logs and the embedded Temporal's data stand here."""
    database_url: str | None = None
    """An SQLAlchemy URL; by default SQLite in the home folder."""
    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL"
    """How far SQLite waits for the disk. FULL loses nothing when the power fails."""
    temporal_address: str | None = None
    """HOST:PORT of a Temporal server; by default the embedded one of `turnaround up`."""
    temporal_namespace: str = "default"
    temporal_profile: str | None = None
    """A profile of Temporal's own configuration file, instead of address and namespace."""
    task_queue: str = "turnaround"
    cached_workflows: int = Field(default=20_000, ge=1)
    """How many open engagements a worker keeps in memory, at about 90 kB each. One beyond them is read from its history
    again at each command, which takes three times as long."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file. The file is `TURNAROUND_CONFIG`, or `turnaround.toml` in the home folder."""
        home = Path(os.environ.get("TURNAROUND_HOME") or default_home())
        file = Path(os.environ.get("TURNAROUND_CONFIG") or home / "turnaround.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    @property
    def url(self) -> str:
        """The ledger's database."""
        return self.database_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def keys(self) -> Path:
        """The folder of signing keys."""
        return self.home / "keys"

    @property
    def outbox(self) -> Path:
        """Where the file channel writes notices."""
        return self.home / "outbox"

    @property
    def run_file(self) -> Path:
        """Where `turnaround up` says how to reach what it started."""
        return self.home / "run.json"

"""Settings: `TURNAROUND_*` in the environment, then `turnaround.toml` in the home folder, then these defaults."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from activities.endpoints import can_be_host
from activities.witnesses import WitnessAt
from workers.mail_settings import MailSettings
from workers.origins import LOOPBACK
from workers.sign_in_settings import SignInSettings


def default_home() -> Path:
    """Where data are kept when nobody says where: `~/.local/share/turnaround`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "turnaround"


class Settings(SignInSettings, MailSettings):
    """Everything that can be set. Times and sizes name their unit."""

    model_config = SettingsConfigDict(env_prefix="TURNAROUND_", extra="forbid")

    home: Path = Field(default_factory=default_home)
    """Ledger, keys, notices, logs and the embedded Temporal's data stand here."""
    database_url: str | None = None
    """An SQLAlchemy URL; by default SQLite in the home folder."""
    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL"
    """How far SQLite waits for the disk, for the ledger and the embedded Temporal. FULL loses nothing when the power fails."""
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
    signer_home: Path | None = None
    """The folder of the signer of checkpoints, its keys and its memory; by default `signer` in the home folder. It may
    belong to another user, who then runs `turnaround checkpoint`."""
    checkpoint_folder: Path | None = None
    """Where checkpoints are published; by default `checkpoints` in the home folder. It belongs where nobody who can change
    the ledger can change it."""
    witnesses: Annotated[tuple[WitnessAt, ...], NoDecode] = ()
    """Others who cosign the ledger's checkpoints: for each where it is asked, and its key. See docs/witnesses.md."""
    server: str | None = None
    """Where the command line asks, as `https://turnaround.example.org`: the HTTP API there instead of the ledger of this
    machine. What it can't ask there it refuses to do."""
    token: SecretStr | None = None
    """The service token with which it asks there."""
    http_port: int = Field(default=8234, ge=0, le=65535)
    """The port of this machine on which `turnaround up` serves HTTP; 0 takes a free one. Left out, a free one is taken where
    this one is not free; given, it has to be free, as addresses that others keep name it."""
    webhook_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts, as webhooks' addresses name them, that may be in a private network or be spoken to without TLS."""

    @field_validator("server")
    @classmethod
    def _an_api_server(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = urlsplit(value)
            fine = url.hostname and url.scheme in ("https", "http") and (url.port is None or url.port > 0)
        except ValueError:
            fine, url = False, urlsplit("")
        if not fine or url.path not in ("", "/") or url.query or url.fragment or url.username is not None:
            raise ValueError("write https://HOST, with :PORT where it is another")
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise ValueError("a token is not sent without TLS: write https://HOST")
        return value.rstrip("/")

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        hosts = value.split(",") if isinstance(value, str) else value
        if not isinstance(hosts, list | tuple) or not all(isinstance(host, str) for host in hosts):
            raise ValueError("write names of hosts, with commas between them")
        named = tuple(host.strip().lower() for host in hosts if host.strip())
        wrong = next((host for host in named if not can_be_host(host)), None)
        if wrong is not None:
            raise ValueError(f"'{wrong[:60]}' is not the name of a host; write it without https:// and a port")
        return named

    @field_validator("witnesses", mode="before")
    @classmethod
    def _witnesses(cls, value: Any) -> Any:
        given = value.split(",") if isinstance(value, str) else value
        if not isinstance(given, list | tuple) or not all(isinstance(one, str | WitnessAt) for one in given):
            raise ValueError("write 'URL KEY' for each witness, with commas between them")
        found = tuple(one if isinstance(one, WitnessAt) else WitnessAt.parse(one) for one in given if one)
        if len({one.key.public for one in found}) < len(found):
            raise ValueError("two witnesses have one key: they are one")
        return found

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
    def console_database(self) -> str:
        """The console's own database."""
        return self.console_url or f"sqlite:///{self.home / 'console.db'}"

    @property
    def keys(self) -> Path:
        """The folder of signing keys."""
        return self.home / "keys"

    @property
    def signer(self) -> Path:
        """The folder of the signer of checkpoints."""
        return self.signer_home or self.home / "signer"

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are published."""
        return self.checkpoint_folder or self.home / "checkpoints"

    @property
    def outbox(self) -> Path:
        """Where the file channel writes notices."""
        return self.home / "outbox"

    @property
    def run_file(self) -> Path:
        """Where `turnaround up` says how to reach what it started."""
        return self.home / "run.json"

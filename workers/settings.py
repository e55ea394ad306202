"""Settings: `TURNAROUND_*` in the environment, then `turnaround.toml` in the home folder, then these defaults."""

import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from activities.addresses import MailServer, can_be_address

SMTP_PORTS = {"smtp": 25, "smtps": 465}


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

    smtp_url: str | None = None
    """The mail server, `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`. Without one notices are files."""
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    """The address that mail comes from, and that a provider's answers go to."""

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = urlsplit(value)
            fine = url.scheme in SMTP_PORTS and url.hostname and (url.port is None or url.port > 0)
            named = url.username is not None or url.password is not None
        except ValueError:
            fine, url, named = False, urlsplit(""), False
        if not fine or url.path not in ("", "/") or url.query or url.fragment:
            raise ValueError("write smtp://HOST:PORT, or smtps://HOST:PORT for a server that speaks TLS from the start")
        if named:
            raise ValueError("the user and the password are settings of their own: smtp_user and smtp_password")
        return value

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not can_be_address(value):
            raise ValueError("it is not an address; write name@domain")
        return value

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("smtp_url needs mail_from as well: the address that mail comes from")
        if self.smtp_url is None and (self.smtp_user is not None or self.smtp_password is not None):
            raise ValueError("smtp_user and smtp_password need smtp_url as well: the mail server")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("smtp_user and smtp_password go together: one of them is missing")
        return self

    @property
    def mail_server(self) -> MailServer | None:
        """The mail server, if there is one."""
        if self.smtp_url is None or self.mail_from is None:
            return None
        url = urlsplit(self.smtp_url)
        return MailServer(
            host=url.hostname or "",
            port=url.port or SMTP_PORTS[url.scheme],
            tls=url.scheme == "smtps",
            sender=self.mail_from,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value() if self.smtp_password else None,
        )

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

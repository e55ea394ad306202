"""Settings: `TURNAROUND_*` in the environment, then `turnaround.toml` in the home folder, then these defaults."""

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from activities.addresses import MailServer, NotifyService, can_be_address
from activities.endpoints import can_be_host
from activities.witnesses import WitnessAt
from domain.actors import Actor

SMTP_PORTS = {"smtp": 25, "smtps": 465}

NOTIFY_URL = "https://api.notifications.service.gov.uk"

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_GSS = re.compile(r"[A-Z]\d{8}\Z")
_NOTIFY_KEY = re.compile(rf".*{_UUID}-{_UUID}\Z")


def default_home() -> Path:
    """Where data are kept when nobody says where: `~/.local/share/turnaround`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "turnaround"


class RoleAt(NamedTuple):
    """A role, and the council by its GSS code or the engagement in which it is held; with neither, everywhere."""

    role: str
    council: str | None = None
    engagement: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ROLE` or `ROLE@PLACE`. Raises ValueError."""
        role, at, place = text.strip().partition("@")
        Actor.parse(role)
        if at and not place:
            raise ValueError(f"'{text[:60]}' ends in @: write the council's code or the engagement's id after it")
        return cls(role, place, None) if _GSS.match(place) else cls(role, None, place or None)


def can_be_origin(value: str) -> bool:
    """Whether it is `https://HOST[:PORT]` and nothing more; without TLS it is on this machine only."""
    try:
        url = urlsplit(value)
        fine = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
        bare = url.username is None and url.password is None and not url.query and not url.fragment
        return fine and bare and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False


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

    console_url: str | None = None
    """The console's own database, of sessions and the like: an SQLAlchemy URL; by default `console.db` in the home folder."""
    console_origin: str | None = None
    """Where people reach the console, `https://HOST[:PORT]`, if not on this machine alone."""
    oidc_issuer: str | None = None
    """Who vouches for people who sign in: the issuer of OpenID Connect. See docs/sign-in.md."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_person_claim: str = "sub"
    """The claim that holds somebody's id in the directory of people."""
    oidc_roles_claim: str | None = None
    """The claim that lists what somebody is, which `oidc_roles` turns into roles; without one the office's own list counts."""
    oidc_roles: Annotated[Mapping[str, RoleAt], NoDecode] = Field(default_factory=dict)
    """The role for each value of that claim, `VALUE=ROLE`, or `VALUE=ROLE@PLACE` for one council or one engagement."""

    smtp_url: str | None = None
    """The mail server, `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`. Without one notices are files."""
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_ca: Path | None = None
    """A file of certificates (PEM) that may vouch for the mail server, besides those that this machine trusts."""
    mail_from: str | None = None
    """The address that mail comes from, and that a provider's answers go to."""

    notify_key: SecretStr | None = None
    """An API key of GOV.UK Notify, which then carries mail in place of a mail server."""
    notify_template: str | None = None
    """The id of its template for email, with the fields ((subject)) and ((body))."""
    notify_url: str | None = None
    """Where its API is, if elsewhere than usual."""
    notify_reply_to: str | None = None
    """The id of the address that answers go to, one of those of the service; by default the service's own."""

    webhook_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts, as webhooks' addresses name them, that may be in a private network or be spoken to without TLS."""

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

    @field_validator("smtp_ca")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.create_default_context(cafile=str(value))
            except OSError as error:  # what is no certificate is one too
                missing = isinstance(error, FileNotFoundError)
                said = f"there is no file {value}" if missing else f"{value} is no file of certificates (PEM)"
                raise ValueError(said) from None
        return value

    @field_validator("notify_key")
    @classmethod
    def _a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _NOTIFY_KEY.match(value.get_secret_value()):
            raise ValueError("copy the key whole, from its name to the last of its letters: it ends in two ids")
        return value

    @field_validator("notify_template", "notify_reply_to")
    @classmethod
    def _an_id(cls, value: str | None) -> str | None:
        try:
            return str(UUID(value)) if value is not None else None
        except ValueError:
            raise ValueError("it is not an id; copy it from GOV.UK Notify's page") from None

    @field_validator("notify_url")
    @classmethod
    def _an_api(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = urlsplit(value)
            fine = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
            bare = url.username is None and url.password is None and url.path in ("", "/")
            fine = fine and bare and bool(url.hostname) and (url.port is None or url.port > 0)
        except ValueError:
            fine = False
        if not fine or url.query or url.fragment:
            raise ValueError("write https://HOST; without TLS it may be on this machine only")
        return value

    @field_validator("console_origin")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        if value is not None and (not can_be_origin(value) or urlsplit(value).path not in ("", "/")):
            raise ValueError("write https://HOST, with nothing behind it; without TLS it may be on this machine only")
        return value.rstrip("/") if value else value

    @field_validator("oidc_issuer")
    @classmethod
    def _an_issuer(cls, value: str | None) -> str | None:
        if value is not None and not can_be_origin(value):
            raise ValueError(
                "write https://HOST/PATH as the provider names it; without TLS it may be on this machine only"
            )
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _roles(cls, value: Any) -> Any:
        if isinstance(value, str):
            parts = [part.partition("=") for part in value.split(",") if part.strip()]
            if not all(sign for _, sign, _ in parts):
                raise ValueError("write VALUE=ROLE for each, with commas between them")
            value = {name.strip(): role.strip() for name, _, role in parts}
        if not isinstance(value, dict):
            raise ValueError("write VALUE=ROLE for each, with commas between them")
        return {name: RoleAt.parse(role) if isinstance(role, str) else role for name, role in value.items()}

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.oidc_issuer is not None and self.oidc_client_id is None:
            raise ValueError("oidc_issuer needs oidc_client_id as well: as whom the console asks it")
        for name in ("oidc_client_id", "oidc_client_secret", "oidc_roles_claim"):
            if self.oidc_issuer is None and getattr(self, name) is not None:
                raise ValueError(f"{name} needs oidc_issuer as well: who vouches for people")
        if (
            self.oidc_issuer is None
            and self.console_origin is not None
            and urlsplit(self.console_origin).hostname not in LOOPBACK
        ):
            raise ValueError(
                "console_origin needs oidc_issuer as well: without it anybody who comes could act in any role"
            )
        if (self.oidc_roles_claim is None) != (not self.oidc_roles):
            raise ValueError("oidc_roles_claim and oidc_roles go together: one of them is missing")
        return self

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

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("smtp_url needs mail_from as well: the address that mail comes from")
        if self.smtp_url is None and (self.smtp_user is not None or self.smtp_password is not None):
            raise ValueError("smtp_user and smtp_password need smtp_url as well: the mail server")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("smtp_user and smtp_password go together: one of them is missing")
        if self.smtp_url is None and self.smtp_ca is not None:
            raise ValueError("smtp_ca needs smtp_url as well: the mail server")
        return self

    @model_validator(mode="after")
    def _notify_is_whole(self) -> Self:
        if self.smtp_url is not None and self.notify_key is not None:
            raise ValueError("mail goes out in one way: smtp_url and notify_key are both set, so take one of them out")
        if self.notify_key is not None and self.notify_template is None:
            raise ValueError(
                "notify_key needs notify_template as well: the id of the template that letters go out through"
            )
        for name in ("notify_template", "notify_url", "notify_reply_to"):
            if self.notify_key is None and getattr(self, name) is not None:
                raise ValueError(f"{name} needs notify_key as well: a key of GOV.UK Notify's API")
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
            ca=self.smtp_ca,
        )

    @property
    def notify(self) -> NotifyService | None:
        """The service of GOV.UK Notify, if there is one."""
        if self.notify_key is None or self.notify_template is None:
            return None
        url, key = self.notify_url or NOTIFY_URL, self.notify_key.get_secret_value()
        return NotifyService(url, key, self.notify_template, self.notify_reply_to)

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

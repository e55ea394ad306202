"""Settings of how mail goes out: through a mail server, or through GOV.UK Notify."""

import re
import ssl
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from activities.addresses import MailServer, NotifyService, can_be_address
from workers.origins import is_bare_origin

SMTP_PORTS = {"smtp": 25, "smtps": 465}

NOTIFY_URL = "https://api.notifications.service.gov.uk"

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NOTIFY_KEY = re.compile(rf".*{_UUID}-{_UUID}\Z")


class MailSettings(BaseSettings):
    """The mail server or the service of GOV.UK Notify; with neither, notices are files."""

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
        if value is not None and not is_bare_origin(value):
            raise ValueError("write https://HOST; without TLS it may be on this machine only")
        return value

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

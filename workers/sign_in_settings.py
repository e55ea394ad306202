"""Settings of the console: where people reach it, and who vouches for those who sign in."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from domain.actors import Actor
from workers.origins import LOOPBACK, can_be_origin, is_bare_origin

_GSS = re.compile(r"[A-Z]\d{8}\Z")


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


class SignInSettings(BaseSettings):
    """The console's own database and address, and OpenID Connect."""

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

    @field_validator("console_origin")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        if value is not None and (not is_bare_origin(value)):
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

"""Signing in with OpenID Connect: the authorization code flow of an organisation's own provider.

[RFC 6749] with PKCE [RFC 7636], and OpenID Connect Core 1.0, 3.1. What was sent out (state, nonce, verifier) waits on this
side under a cookie of its own. Keys are read anew when a token names one that is not known, so that the provider may change
them. Nothing that the provider says is shown as it is.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Column, Table, Text, delete, insert, select

from console.store import METADATA, Store, hashed, new_token
from ledger.tables import InstantText
from workers.settings import Settings

COOKIE = "turnaround-handshake"

LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider (assumed)."""

SKEW = 120
"""Seconds by which the provider's clock may differ from ours (assumed)."""

PATIENCE = 10.0

SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the provider has: never `none`, and none that a client's secret could make."""

HANDSHAKE = Table(
    "handshake",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("back", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("ends", InstantText, nullable=False),
)


class NotVouchedFor(Exception):
    """The provider vouches for nobody: in a sentence why. `theirs` when it is the provider that can't be used."""

    def __init__(self, why: str, *, theirs: bool = False) -> None:
        super().__init__(why)
        self.why, self.theirs = why, theirs


@dataclass
class Provider:
    """An organisation's provider of OpenID Connect, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str | None
    store: Store
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE))
    _found: Mapping[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None

    def send(self, back: str, to: str) -> tuple[str, str]:
        """Begin: the address to send the browser to, and the token of the cookie that finds what was sent out again.

        `back` is where the provider sends it afterwards, `to` the page that it wanted. Raises NotVouchedFor.
        """
        found = self._discovered()
        token, state, nonce, verifier = (new_token() for _ in range(4))
        now = self.store.now()
        with self.store.writing() as conn:
            conn.execute(delete(HANDSHAKE).where(HANDSHAKE.c.ends < now))
            sent = {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "to": to}
            conn.execute(insert(HANDSHAKE).values(id=hashed(token), ends=now + LASTS, **sent))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(found["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", token

    def receive(self, token: str | None, answered: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
        """Finish, with what the provider had the browser bring: the claims about a person, and the page they wanted.

        Raises NotVouchedFor.
        """
        with self.store.writing() as conn:  # once, whatever comes of it
            mine = HANDSHAKE.c.id == hashed(token or "")
            sent = conn.execute(select(HANDSHAKE).where(mine)).one_or_none()
            conn.execute(delete(HANDSHAKE).where(mine))
        if sent is None or sent.ends < self.store.now():
            raise NotVouchedFor("Signing in took too long, or was begun in another browser.")
        if not secrets.compare_digest(answered.get("state", "").encode(), sent.state.encode()):
            raise NotVouchedFor("What came back does not belong to this attempt to sign in.")
        if "error" in answered:
            raise NotVouchedFor(_told(answered["error"]))
        found = self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": answered.get("code", ""),
            "redirect_uri": sent.back,
            "code_verifier": sent.verifier,
        }
        secret = self.client_secret
        given = self._ask(
            "POST",
            str(found["token_endpoint"]),
            data=form if secret else {**form, "client_id": self.client_id},
            auth=httpx.BasicAuth(self.client_id, secret) if secret else None,
        )
        claims = self._checked(str(given.get("id_token", "")), sent.nonce)
        if "userinfo_endpoint" in found and "access_token" in given:
            bearer = {"Authorization": f"Bearer {given['access_token']}"}
            more = self._ask("GET", str(found["userinfo_endpoint"]), headers=bearer)
            if more.get("sub") == claims["sub"]:  # otherwise it is about somebody else (5.3.2)
                claims = {**more, **claims}
        return claims, sent.to

    def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token, after everything that 3.1.3.7 has checked."""
        try:
            try:
                found = jwt.decode(token, self._known(), algorithms=SIGNED_WITH)
            except (InvalidKeyIdError, ValueError):
                self._keys = None
                found = jwt.decode(token, self._known(), algorithms=SIGNED_WITH)
            jwt.JWTClaimsRegistry(
                now=lambda: int(self.store.now().timestamp()),
                leeway=SKEW,
                iss={"essential": True, "value": self.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(found.claims)
        except (JoseError, ValueError) as error:
            raise NotVouchedFor(
                f"What the sign-in service says can't be trusted ({type(error).__name__}).", theirs=True
            ) from None
        authorised = found.claims.get("azp", self.client_id)
        if authorised != self.client_id:
            raise NotVouchedFor("What the sign-in service says is meant for another service.", theirs=True)
        return found.claims

    def _known(self) -> KeySet:
        if self._keys is None:
            found = self._discovered()
            self._keys = KeySet.import_key_set(self._ask("GET", str(found["jwks_uri"])))  # type: ignore[arg-type]
        return self._keys

    def _discovered(self) -> Mapping[str, Any]:
        if not self._found:
            found = self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - found.keys()
            if missing or found.get("issuer") != self.issuer:
                raise NotVouchedFor("The sign-in service does not describe itself as it is set here.", theirs=True)
            self._found = found
        return self._found

    def _ask(self, method: str, url: str, **options: Any) -> Mapping[str, Any]:
        try:
            answer = self._client.request(method, url, **options)
            found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise NotVouchedFor("The sign-in service can't be reached now.", theirs=True) from None
        if not isinstance(found, dict):
            raise NotVouchedFor("The sign-in service answers what nobody can read.", theirs=True)
        if answer.is_error:
            raise NotVouchedFor(_told(str(found.get("error", ""))), theirs=True)
        return found


def provider_of(settings: Settings, store: Store) -> Provider | None:
    """The provider that the settings name; None where the console is for this machine alone."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    return Provider(settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value() if secret else None, store)


def _told(error: str) -> str:
    """An error of the provider (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6) in a sentence."""
    return {
        "access_denied": "The sign-in service refused, or you stopped there.",
        "login_required": "The sign-in service wants you to sign in there first.",
        "interaction_required": "The sign-in service needs something from you first.",
        "consent_required": "You did not agree there to tell turnaround who you are.",
        "temporarily_unavailable": "The sign-in service is not available now.",
        "server_error": "The sign-in service failed.",
        "invalid_client": "The sign-in service does not know turnaround: the client id or the secret is wrong.",
        "unauthorized_client": "The sign-in service does not let turnaround ask.",
        "invalid_grant": "The sign-in service takes the code no more: it was used, or took too long.",
    }.get(error, "The sign-in service did not sign you in.")

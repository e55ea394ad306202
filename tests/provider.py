"""A provider of OpenID Connect on this machine, which does what its standard says until a test has it do otherwise."""

import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from console.serving import serving

CLIENT = "turnaround"

TIMES = ("exp", "iat", "nbf")
"""Claims that are times: a test gives them as seconds from now."""


@dataclass
class TestProvider:
    """It vouches for one person at a time. `claims` are what it says of them, `wrong` changes an ID token before it is signed."""

    __test__ = False

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    claims: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    """What only the endpoint for more about a person says."""
    wrong: dict[str, Any] = field(default_factory=dict)
    describes: dict[str, Any] = field(default_factory=dict)
    """What it says of itself that is not so."""
    signs_with: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}))
    forged: RSAKey | None = None
    issuer: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    keys_read: int = 0
    down: bool = False

    def reset(self, claims: dict[str, Any]) -> None:
        """Do what the standard says again, for somebody with these claims."""
        self.claims, self.more, self.wrong, self.describes = claims, {}, {}, {}
        self.signs_with, self.down, self.forged = "RS256", False, None

    def authorise(self, address: str, **answer: str) -> str:
        """Somebody agrees in the browser that was sent to `address`: where the provider sends it back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(16)
        self.asked[code] = query
        said = answer or {"code": code}
        return f"{query['redirect_uri']}?{urlencode({**said, 'state': query['state']})}"

    def sign_as_another(self) -> None:
        """Sign with a key that somebody else made, and that goes by the name of its own."""
        self.forged = RSAKey.generate_key(2048, {"kid": str(self.key.kid)})

    def change_key(self) -> None:
        """Sign with another key from now on, and know the old one no more."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def token(self, query: dict[str, str]) -> str:
        """The ID token for what was asked."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": query["nonce"]}
        wrong = {name: now + value if name in TIMES and value else value for name, value in self.wrong.items()}
        claims |= {**self.claims, **wrong}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signs_with == "none":
            parts = [b'{"alg":"none"}', json.dumps(claims).encode(), b""]
            return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        if self.signs_with == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))
        header = {"alg": self.signs_with, "kid": self.key.kid}
        return jwt.encode(header, claims, self.forged or self.key)

    def app(self) -> FastAPI:
        """Its endpoints."""
        app = FastAPI(openapi_url=None)

        @app.get("/.well-known/openid-configuration")
        def described() -> Response:
            if self.down:
                return Response("out of order", 503)
            found = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorise",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/more",
            }
            return JSONResponse({**found, **self.describes})

        @app.get("/keys")
        def keys() -> Response:
            self.keys_read += 1
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form()).items()}
            query = self.asked.pop(form.get("code", ""), None)
            expected = "Basic " + b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
            if request.headers.get("Authorization") != expected:
                return JSONResponse({"error": "invalid_client"}, 401)
            proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            same = query is not None and query["redirect_uri"] == form.get("redirect_uri")
            if query is None or not same or proof != query["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"access_token": "for-more", "token_type": "Bearer", "id_token": self.token(query)})

        @app.get("/more")
        def more(request: Request) -> Response:
            if request.headers.get("Authorization") != "Bearer for-more":
                return JSONResponse({"error": "invalid_token"}, 401)
            return JSONResponse({"sub": self.claims.get("sub"), **self.more})

        return app

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """It on a free port of this machine."""
        async with serving(self.app(), 0) as address:
            self.issuer = address
            yield

"""A stand-in for GOV.UK Notify to test with: version 2 of its HTTP contract on a free port, which does as it is told.

It checks what Notify checks: the key's signature over service and time, the fields of a request, the template. Notifications
stand until the test moves them on.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

FIELDS = {"email_address", "template_id", "personalisation", "reference", "email_reply_to_id"}

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")


class Refused(Exception):
    """An answer that is no success: its status and Notify's errors."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(status, error, message)
        self.status, self.body = status, {"status_code": status, "errors": [{"error": error, "message": message}]}


RATE_LIMITED = Refused(429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds")
DAY_OVER = Refused(429, "TooManyRequestsError", "Exceeded send limits (250000) for today")
BROKEN = Refused(500, "Exception", "Internal server error")
TRIAL = Refused(400, "BadRequestError", "Can’t send to this recipient when service is in trial mode")


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclass
class NotifyServer:
    """What the stand-in holds. `before` may raise for a request before it is looked at, `after` once it was carried out;
    both get method and path.
    """

    service: str = field(default_factory=lambda: str(uuid4()))
    secret: str = field(default_factory=lambda: str(uuid4()))
    template: str = field(default_factory=lambda: str(uuid4()))
    template_fields: tuple[str, ...] = ("subject", "body")
    reply_to: str = field(default_factory=lambda: str(uuid4()))
    page: int = 250
    before: Callable[[str, str], None] = lambda method, path: None
    after: Callable[[str, str], None] = lambda method, path: None
    notifications: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def key(self) -> str:
        """The API key, as Notify gives it out."""
        return f"tests-{self.service}-{self.secret}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead here."""
        return {"notify_key": self.key, "notify_template": self.template, "notify_url": self.url}

    def posted(self) -> int:
        """How often a letter was handed over, taken or not."""
        return sum(method == "POST" for method, _ in self.asked)

    def to(self) -> list[str]:
        """The addresses of the letters that were taken."""
        return [one["email_address"] for one in self.notifications]

    def move(self, status: str, number: int = -1, at: str | None = "2026-11-20T09:30:00.000000Z") -> None:
        """Say what became of a letter that was taken; the last without a number."""
        self.notifications[number] |= {"status": status, "completed_at": at}

    def answer(self, method: str, path: str, bearer: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        """The answer to a request. Raises Refused and Dropped."""
        self.asked.append((method, path))
        self.before(method, path)
        self._authenticate(bearer)
        url = urlsplit(path)
        if (method, url.path) == ("POST", "/v2/notifications/email"):
            found = 201, self._post(json.loads(body))
        elif (method, url.path) == ("GET", "/v2/notifications"):
            found = 200, self._list({name: values[0] for name, values in parse_qs(url.query).items()})
        elif method == "GET" and url.path.startswith("/v2/notifications/"):
            found = 200, self._one(url.path.rpartition("/")[2])
        elif method == "GET" and url.path == f"/v2/template/{self.template}":
            fields = {name: {"required": True} for name in self.template_fields}
            found = 200, {"id": self.template, "type": "email", "version": 1, "personalisation": fields}
        else:
            raise Refused(404, "NoResultFound", "No result found")
        self.after(method, path)
        return found

    def _authenticate(self, bearer: str | None) -> None:
        if bearer is None:
            raise Refused(401, "AuthError", "Unauthorized: authentication token must be provided")
        try:
            token = jwt.decode(bearer, OctKey.import_key(self.secret), algorithms=["HS256"])
        except (JoseError, ValueError):
            raise Refused(403, "AuthError", "Invalid token: signature, api token not found") from None
        if token.claims.get("iss") != self.service:
            raise Refused(403, "AuthError", "Invalid token: service not found")
        if abs(time() - token.claims.get("iat", 0)) > 30:
            raise Refused(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(given) - FIELDS)
        if unknown:
            raise Refused(
                400, "ValidationError", f"Additional properties are not allowed ({unknown[0]} was unexpected)"
            )
        for name in ("email_address", "template_id"):
            if name not in given:
                raise Refused(400, "ValidationError", f"{name} is a required property")
        if not ADDRESS.match(given["email_address"]):
            raise Refused(400, "ValidationError", "email_address Not a valid email address")
        if given["template_id"] != self.template:
            raise Refused(400, "BadRequestError", "Template not found")
        missing = sorted(set(self.template_fields) - set(given.get("personalisation", {})))
        if missing:
            raise Refused(400, "BadRequestError", f"Missing personalisation: {', '.join(missing)}")
        reply_to = given.get("email_reply_to_id")
        if reply_to not in (None, self.reply_to):
            raise Refused(400, "BadRequestError", f"email_reply_to_id {reply_to} does not exist in database")
        if len(given.get("reference") or "") > 1000:
            raise Refused(400, "ValidationError", "reference is too long")
        id, uri = str(uuid4()), f"{self.url}/v2/template/{self.template}"
        content = {**given["personalisation"], "from_email": "tests@notifications.service.gov.uk"}
        taken = {
            "id": id,
            "reference": given.get("reference"),
            "email_address": given["email_address"],
            "email_reply_to_id": reply_to,
            "type": "email",
            "status": "created",
            "template": {"id": self.template, "version": 1, "uri": uri},
            "body": content["body"],
            "subject": content["subject"],
            "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "sent_at": None,
            "completed_at": None,
        }
        self.notifications.append(taken)
        return {
            "id": id,
            "reference": taken["reference"],
            "uri": f"{self.url}/v2/notifications/{id}",
            "template": taken["template"],
            "content": content,
            "scheduled_for": None,
        }

    def _one(self, id: str) -> dict[str, Any]:
        for one in self.notifications:
            if one["id"] == id:
                return one
        raise Refused(404, "NoResultFound", "No result found")

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        """A page, the newest first. There is a next one after every page that holds anything."""
        found = [one for one in reversed(self.notifications) if query.get("reference") in (None, one["reference"])]
        if "older_than" in query:
            ids = [one["id"] for one in found]
            found = found[ids.index(query["older_than"]) + 1 :]
        page, links = found[: self.page], {"current": f"{self.url}/v2/notifications?{urlencode(query)}"}
        if page:
            links["next"] = f"{self.url}/v2/notifications?{urlencode({**query, 'older_than': page[-1]['id']})}"
        return {"notifications": page, "links": links}


def _handler(server: NotifyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind, _, bearer = (self.headers.get("Authorization") or "").partition(" ")
            try:
                status, answer = server.answer(self.command, self.path, bearer if kind == "Bearer" else None, body)
            except Refused as refused:
                status, answer = refused.status, refused.body
            except Dropped:
                return
            said = json.dumps(answer).encode()
            with suppress(ConnectionError):  # whoever asked may have lost patience
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test looks at what was asked."""

    return Handler


@contextmanager
def a_notify_server() -> Iterator[NotifyServer]:
    """A stand-in for Notify while the context lasts."""
    server = NotifyServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(server)) as http:
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()

"""A real receiver of webhooks to test with: an HTTP or HTTPS server in threads of its own, that checks what it is sent with
the library of Standard Webhooks, and answers, or does not, as it is told."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import AF_INET6
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True)
class Answer:
    """What the receiver answers. `how` it does: whole, with a body that never ends, byte by byte and never done, never at
    all, or by breaking the connection.
    """

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"


@dataclass(frozen=True)
class Received:
    """A request: its path, headers in small letters, body, and the secrets by which its signature is right."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    verified_by: tuple[str, ...]

    @property
    def id(self) -> str:
        """The webhook's id."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        """The CloudEvent."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """What the server was sent. `answers` says what to answer to a request; `secrets` are those that it knows."""

    answers: Callable[[Received], Answer] = lambda received: Answer()
    secrets: list[str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    port: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, host: str = "127.0.0.1", scheme: str = "http", path: str = "/turnaround") -> str:
        """The address of the receiver, under a name."""
        return f"{scheme}://{host}:{self.port}{path}"

    def checked_by(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """The secrets by which a request's signature is right, now."""
        found = []
        for secret in self.secrets:
            with suppress(WebhookVerificationError):
                Webhook(secret).verify(body, dict(headers))
                found.append(secret)
        return tuple(found)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, body, receiver.checked_by(headers, body))
            receiver.received.append(request)
            self.close_connection = True
            with suppress(OSError):  # whoever posts may have gone
                self._answer(receiver.answers(request))

        def do_GET(self) -> None:
            raise AssertionError("a webhook is posted, whatever it was answered")

        def _answer(self, answer: Answer) -> None:
            if answer.how == "break":
                return
            if answer.how == "never":
                receiver.stopped.wait()
                return
            head = f"HTTP/1.1 {answer.status} Said\r\n".encode()
            if answer.how == "drip":
                self._drip(head + b"x-drip: ")
                return
            for name, value in answer.headers.items():
                head += f"{name}: {value}\r\n".encode()
            self.wfile.write(head + (b"\r\n" if answer.how == "endless" else b"content-length: 0\r\n\r\n"))
            while answer.how == "endless":
                self.wfile.write(b"x" * 65536)

        def _drip(self, first: bytes) -> None:
            self.wfile.write(first)
            while not receiver.stopped.wait(0.01):
                self.wfile.write(b"x")
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that leaves, or does not trust the certificate, is none of the test's concern."""


@contextmanager
def a_receiver(tls: ssl.SSLContext | None = None, ip: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver while the context lasts."""
    receiver = Receiver()
    kind = type("Server", (_Server,), {"address_family": AF_INET6}) if ":" in ip else _Server
    with kind((ip, 0), _handler(receiver)) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.stopped.set()
            server.shutdown()
            thread.join()


def later(seconds: int) -> str:
    """A date of HTTP, so many seconds from now."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@dataclass(frozen=True)
class Authority:
    """Who certifies receivers in a test: its own certificate in a file, made when the test runs."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    @classmethod
    def made_in(cls, folder: Path) -> "Authority":
        """A new one."""
        key, name = ec.generate_private_key(ec.SECP256R1()), _named("A test's authority")
        builder = _certificate(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, True)
        file = folder / "authority.pem"
        file.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
        return cls(file, key, name)

    def server(self, host: str) -> ssl.SSLContext:
        """What a server needs that is to be trusted as a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName]
        try:
            names = [x509.IPAddress(ip_address(host))]
        except ValueError:
            names = [x509.DNSName(host)]
        builder = _certificate(_named(host), self.name, key)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        signed = builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM)
        file = self.file.with_name(f"{host.replace(':', '-')}.pem")
        file.write_bytes(signed + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )

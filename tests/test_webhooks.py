"""Webhooks: which addresses are taken, what a receiver is sent, and what becomes of it when it answers, or does not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from pydantic import ValidationError
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.delivery import Bounced, Channel, Deferred, Delivery, FileChannel, Letter, Recipient, Text
from activities.delivery import Webhook as Endpointed
from activities.endpoints import AddressRefused, can_be_host, is_public, read
from activities.library import PEOPLE
from activities.messages import NoticeLeft, NoticeTask
from activities.recipients import of_directory
from activities.webhook_secrets import KeyUnusable, Secrets
from activities.webhooks import TYPE, WebhookChannel, id_of, resolve
from domain.actors import OFFICE_ROLE
from domain.directory import Endpoint
from domain.notices import UNDELIVERED, NoticeAsked
from faces.problems import explain
from ledger import read_models, sealing
from ledger.errors import DatabaseUnavailable
from ledger.store import Ledger
from ledger.verify import verify
from tests.engine import DIRECTOR, OFFICE, Rig, a_rig, a_server, until
from tests.mail_server import free_port
from tests.transactions import OPENED, Office
from tests.webhook_server import Answer, Authority, Received, Receiver, a_receiver, later
from workers.composition import RELEASE
from workers.notices import Letters, Templates
from workers.settings import Settings

SCHEDULED = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
SEALED = f"sealed:{1:064}"
SYSTEM = "case-system"
FROM = "turnaround@department.example"


# Addresses

TAKEN = [
    ("https://cases.example.org", "cases.example.org", 443, "/", "cases.example.org"),
    (
        "https://cases.example.org/a/b?token=1&x=%20",
        "cases.example.org",
        443,
        "/a/b?token=1&x=%20",
        "cases.example.org",
    ),
    ("https://CASES.Example.org:8443/a", "cases.example.org", 8443, "/a", "cases.example.org:8443"),
    ("HTTPS://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
    ("https://93.184.216.34/a", "93.184.216.34", 443, "/a", "93.184.216.34"),
    ("https://[2606:2800:220:1::1]:444/a", "2606:2800:220:1::1", 444, "/a", "[2606:2800:220:1::1]:444"),
    ("https://3com.example", "3com.example", 443, "/", "3com.example"),
]


@pytest.mark.parametrize(("url", "host", "port", "path", "origin"), TAKEN)
def test_an_address_is_taken_apart(url: str, host: str, port: int, path: str, origin: str) -> None:
    address = read(url)
    assert (address.host, address.port, address.path, address.origin) == (host, port, path, origin)


REFUSED = [
    ("http://cases.example.org/", "not-https"),
    ("ftp://cases.example.org/", "not-https"),
    ("//cases.example.org/", "not-https"),
    ("cases.example.org", "not-https"),
    ("https:cases.example.org", "not-https"),
    ("https:///a", "not-https"),
    ("javascript:alert(1)", "not-https"),
    ("https://jo:secret@cases.example.org/", "user-info"),
    ("https://jo@cases.example.org/", "user-info"),
    ("https://cases.example.org@10.0.0.1/", "user-info"),
    ("https://cases.example.org/#a", "fragment"),
    ("https://cases.example.org#", "fragment"),
    ("", "not-an-address"),
    ("https://cases.example.org/ a", "not-an-address"),
    ("https://cases.example\n.org/", "not-an-address"),
    ("https://cases.example.org\t/", "not-an-address"),
    ("https://cases.example.org\\@10.0.0.1/", "not-an-address"),
    ("https://bücher.example/", "not-an-address"),
    ("https://cases。example/", "not-an-address"),
    ("https://cases.example.org/" + "a" * 2000, "not-an-address"),
    ("https://cases_system.example.org/", "host"),
    ("https://-cases.example.org/", "host"),
    ("https://cases..example.org/", "host"),
    ("https://cases.example.org./", "host"),
    ("https://" + "a" * 64 + ".example/", "host"),
    ("https://%31%32%37.0.0.1/", "host"),
    ("https://cases.example.org:0/", "host"),
    ("https://cases.example.org:/", "host"),
    ("https://cases.example.org:99999/", "host"),
    ("https://cases.example.org:https/", "host"),
    ("https://[fe80::1%25eth0]/", "host"),
    ("https://[cases.example.org]/", "host"),
    ("https://[::1/", "host"),
    ("https://127.1/", "host"),
    ("https://2130706433/", "host"),
    ("https://0x7f000001/", "host"),
    ("https://0x7f.0.0.0x1/", "host"),
    ("https://0177.0.0.1/", "host"),
    ("https://cases.example.1/", "host"),
    ("https://localhost/", "private"),
    ("https://intranet:8443/", "private"),
    ("https://127.0.0.1/", "private"),
    ("https://[::1]/", "private"),
    ("https://[::ffff:127.0.0.1]/", "private"),
    ("https://169.254.169.254/latest/meta-data/", "private"),
]


@pytest.mark.parametrize(("url", "why"), REFUSED)
def test_what_can_be_no_address_is_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused) as raised:
        read(url)
    assert raised.value.why == why
    assert "example" not in str(raised.value)


SPECIAL = {
    "this network": ["0.0.0.0", "0.1.2.3"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.1.1"],
    "shared by a carrier": ["100.64.0.1", "100.127.255.254", "100.100.100.200"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "link-local, and metadata there": ["169.254.169.254", "169.254.0.1", "fe80::1"],
    "assigned to protocols, and metadata there": ["192.0.0.1", "192.0.0.192"],
    "documentation": ["192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "5f00::1"],
    "metadata of a cloud": ["168.63.129.16", "fd00:ec2::254"],
    "unique local": ["fc00::1", "fdff:ffff::1"],
    "site-local": ["fec0::1"],
    "unspecified": ["::"],
    "IPv4 in IPv6": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    "translated to IPv4": ["64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"],
    "tunnelled to IPv4": ["2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::"],
    "withdrawn": ["192.88.99.1"],
}
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


@pytest.mark.parametrize("ip", [ip for ips in SPECIAL.values() for ip in ips])
def test_a_special_address_is_not_for_webhooks_unless_its_host_is_allowed(ip: str) -> None:
    assert not is_public(ip)
    url = f"https://[{ip}]/" if ":" in ip else f"https://{ip}/"
    with pytest.raises(AddressRefused):
        read(url)
    assert read(url, [ip]).host == ip


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_is(ip: str) -> None:
    assert is_public(ip)


def test_a_host_allowed_by_name_may_be_private_and_without_tls_and_no_other() -> None:
    assert read("http://cases.internal.example/", ["cases.internal.example"]).port == 80
    assert read("https://intranet/", ["intranet"]).host == "intranet"
    for url in ("http://other.internal.example/", "http://cases.internal.example.org/", "http://internal.example/"):
        with pytest.raises(AddressRefused):
            read(url, ["cases.internal.example"])


@pytest.mark.parametrize(
    "host", ["https://a.example", "a.example:8443", "a.example/x", "a_b.example", "*.example", "127.1"]
)
def test_a_setting_that_names_no_host_is_said(tmp_path: Path, host: str) -> None:
    assert not can_be_host(host)
    with pytest.raises(ValidationError) as raised:
        Settings(home=tmp_path, webhook_allow=(host,))
    problem = explain(raised.value)
    assert problem is not None and "TURNAROUND_WEBHOOK_ALLOW" in problem.message and host in problem.message


def test_hosts_are_allowed_in_the_environment_with_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNAROUND_WEBHOOK_ALLOW", "Cases.internal.example, 10.1.2.3,")
    assert Settings(home=tmp_path).webhook_allow == ("cases.internal.example", "10.1.2.3")


# Secrets


def test_secrets_come_from_one_key_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    secrets = Secrets.kept_in(tmp_path / "keys")
    again = Secrets.kept_in(tmp_path / "keys")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert secrets.of("jo", 1) == again.of("jo", 1)
    different = [secrets.of("jo", 1), secrets.of("jo", 2), secrets.of("sam", 1), secrets.of("jo-1", 1)]
    different.append(Secrets.kept_in(tmp_path / "others").of("jo", 1))
    assert len(set(different)) == 5
    assert repr(secrets) == "Secrets()"


def test_a_key_that_was_cut_short_is_said_and_not_made_anew(tmp_path: Path) -> None:
    Secrets.kept_in(tmp_path)
    (tmp_path / "webhooks.key").write_bytes(b"x" * 31)
    with pytest.raises(KeyUnusable):
        Secrets.kept_in(tmp_path)


# The channel alone


class Names:
    """A name server: each question takes the next answer, and the last one again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, int]]()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


NOWHERE = Names([])


def a_letter(url: str | None, *, gone: bool = False, rotated: datetime | None = None) -> Letter:
    endpoint = Endpoint(SEALED, 2, rotated, gone)  # type: ignore[arg-type]
    to = Recipient(SYSTEM, "Case system", "jo@council.example", "webhook", webhook=Endpointed(endpoint, url))
    asked = NoticeAsked(
        about="engagement/haringey-1",
        version=7,
        template="obligation-reminded",
        council="E09000014",
        to=DIRECTOR,
        obligation="submit-pip",
    )
    text = Text("Jo Bloggs owes a plan", "Dear Jo", "Director", date(2002, 7, 26))
    return Letter("haringey-1.7.1", 1, to, "<haringey-1.7.1.1@turnaround-production-0a1b>", OPENED, text, asked)


Channels = Callable[..., WebhookChannel]


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets.kept_in(tmp_path / "keys")


@pytest.fixture
def channel(secrets: Secrets) -> Channels:
    def make(*allowed: str, names: Any = resolve, limit: float = 15) -> WebhookChannel:
        return WebhookChannel("turnaround/production", secrets, allowed, names, limit)

    return make


@pytest.fixture
def receiver(secrets: Secrets) -> Iterator[Receiver]:
    with a_receiver() as receiver:
        receiver.secrets = [secrets.of(SYSTEM, 2)]
        yield receiver


async def test_what_is_sent_is_a_signed_cloud_event_that_names_nobody(channel: Channels, receiver: Receiver) -> None:
    await channel("127.0.0.1").send(a_letter(receiver.url(path="/in?token=1")))
    (got,) = receiver.received
    assert got.verified_by == tuple(receiver.secrets)
    assert (got.path, got.headers["host"]) == ("/in?token=1", f"127.0.0.1:{receiver.port}")
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert got.event == {
        "specversion": "1.0",
        "id": "haringey-1_7_1_1_turnaround-production-0a1b",
        "source": "turnaround/production",
        "type": TYPE,
        "subject": "engagement/haringey-1",
        "time": "2002-05-29T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "notice": "haringey-1.7.1",
            "engagement": "haringey-1",
            "version": 7,
            "council": "E09000014",
            "event": "obligation-reminded",
            "role": "council.director",
            "obligation": "submit-pip",
            "due": "2002-07-26",
        },
    }
    assert got.id == got.event["id"]
    assert abs(int(got.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    sent = repr(got.headers) + got.body.decode()
    assert not any(word in sent for word in ("Jo", "jo@", "Dear", "Case system", SYSTEM))
    # Another implementation of CloudEvents reads it as such.
    event = from_structured_event(HTTPMessage(dict(got.headers), got.body))
    assert (event.get_id(), event.get_type()) == (got.id, TYPE)


async def test_a_digest_is_about_no_engagement_and_what_has_no_value_is_left_out(
    channel: Channels, receiver: Receiver
) -> None:
    letter = a_letter(receiver.url())
    digest = NoticeAsked(about="digest", version=3, template="digest", council="", to="", person=SYSTEM)
    text = replace(letter.text, due=None)
    await channel("127.0.0.1").send(replace(letter, asked=digest, text=text))
    (got,) = receiver.received
    assert got.event["data"] == {"notice": "haringey-1.7.1", "version": 3, "event": "digest"}


def test_the_id_of_a_webhook_is_safe_in_a_header_and_parts_no_signature() -> None:
    assert id_of(a_letter(None)).replace("-", "").replace("_", "").isalnum()


async def test_a_body_that_was_changed_or_another_secret_does_not_verify(channel: Channels, receiver: Receiver) -> None:
    await channel("127.0.0.1").send(a_letter(receiver.url()))
    (got,) = receiver.received
    assert receiver.checked_by(got.headers, got.body.replace(b"-1", b"-2")) == ()
    assert receiver.checked_by({**got.headers, "webhook-id": "haringey-1_7_2"}, got.body) == ()
    assert receiver.checked_by({**got.headers, "webhook-timestamp": "1"}, got.body) == ()
    receiver.secrets = [Secrets(b"x" * 32).of(SYSTEM, 2)]
    assert receiver.checked_by(got.headers, got.body) == ()


async def test_after_a_rotation_both_secrets_verify_for_a_time(
    channel: Channels, receiver: Receiver, secrets: Secrets
) -> None:
    old, new = secrets.of(SYSTEM, 1), secrets.of(SYSTEM, 2)
    receiver.secrets = [old, new]
    now, hour = datetime.now(UTC), timedelta(hours=1)
    await channel("127.0.0.1").send(a_letter(receiver.url(), rotated=now + hour))
    await channel("127.0.0.1").send(a_letter(receiver.url(), rotated=now - hour))
    during, after = receiver.received
    assert (during.verified_by, after.verified_by) == ((old, new), (new,))
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert during.body == after.body


REPLIES = [
    (Answer(200), None),
    (Answer(299), None),
    (Answer(200, how="endless"), None),
    (Answer(301, {"location": "https://10.0.0.1/"}), (301, None)),
    (Answer(400), (400, None)),
    (Answer(401), (401, None)),
    (Answer(404), (404, None)),
    (Answer(500), (500, None)),
    (Answer(429, {"retry-after": "120"}), (429, 120)),
    (Answer(503, {"retry-after": "0"}), (503, 0)),
    (Answer(503, {"retry-after": "86400"}), (503, 3600)),
    (Answer(503, {"retry-after": later(-60)}), (503, 0)),
    (Answer(503, {"retry-after": later(90_000)}), (503, 3600)),
    (Answer(502, {"retry-after": "soon"}), (502, None)),
    (Answer(504, {"retry-after": "-5"}), (504, None)),
    (Answer(504, {"retry-after": "9" * 400}), (504, None)),
    (Answer(504, {"retry-after": "Wed, 29 May 2002 09:00:00 -0000"}), (504, None)),
]


# Numbered: two of them hold the time, and every process of a run must collect the same names.
@pytest.mark.parametrize(("answer", "deferred"), REPLIES, ids=[f"{a.status} {n}" for n, (a, _) in enumerate(REPLIES)])
async def test_only_2xx_accepts_and_anything_else_is_tried_again_when_asked_to(
    channel: Channels, receiver: Receiver, answer: Answer, deferred: tuple[int, int | None] | None
) -> None:
    receiver.answers = lambda received: answer
    if deferred is None:
        await channel("127.0.0.1").send(a_letter(receiver.url()))
        return
    with pytest.raises(Deferred) as raised:
        await channel("127.0.0.1").send(a_letter(receiver.url()))
    code, wait = deferred
    assert (raised.value.code, raised.value.wait) == (code, None if wait is None else timedelta(seconds=wait))
    assert len(receiver.received) == 1


async def test_410_is_for_good(channel: Channels, receiver: Receiver) -> None:
    receiver.answers = lambda received: Answer(410)
    with pytest.raises(Bounced) as raised:
        await channel("127.0.0.1").send(a_letter(receiver.url()))
    assert (raised.value.why, raised.value.code) == ("gone", 410)


@pytest.mark.parametrize("how", ["never", "drip", "break"])
async def test_without_an_answer_nobody_knows_whether_it_was_taken(
    channel: Channels, receiver: Receiver, how: str
) -> None:
    receiver.answers = lambda received: Answer(200, how=how)
    async with asyncio.timeout(60):
        with pytest.raises(OSError) as raised:
            await channel("127.0.0.1", limit=1).send(a_letter(receiver.url()))
    assert not isinstance(raised.value, Deferred) and str(receiver.port) not in str(raised.value)
    assert len(receiver.received) == 1


async def test_where_nobody_listens_it_was_certainly_not_taken(channel: Channels) -> None:
    with pytest.raises(Deferred) as raised:
        await channel("127.0.0.1").send(a_letter(f"http://127.0.0.1:{free_port()}/"))
    assert raised.value.code is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_into_a_private_network_is_not_followed(
    channel: Channels, receiver: Receiver, status: int
) -> None:
    with a_receiver() as inside:
        receiver.answers = lambda received: Answer(status, {"location": inside.url()})
        with pytest.raises(Deferred):
            await channel("127.0.0.1").send(a_letter(receiver.url()))
        assert len(receiver.received) == 1 and inside.received == []


@pytest.mark.parametrize(
    ("url", "gone", "why"),
    [
        (None, False, "no-address"),
        ("https://cases.example.org/", True, "gone"),
        ("http://cases.example.org/", False, "bad-address"),
        ("jo@council.example", False, "bad-address"),
        ("https://10.0.0.1/", False, "private-address"),
    ],
)
async def test_where_nothing_may_be_sent_nothing_is_asked(
    channel: Channels, url: str | None, gone: bool, why: str
) -> None:
    names = Names(["93.184.216.34"])
    with pytest.raises(Bounced) as raised:
        await channel(names=names).send(a_letter(url, gone=gone))
    assert (raised.value.why, names.asked) == (why, [])


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
async def test_a_name_that_leads_into_a_private_network_is_refused(
    channel: Channels, receiver: Receiver, ip: str
) -> None:
    for ips in ([ip], ["93.184.216.34", ip]):
        with pytest.raises(Bounced) as raised:
            await channel(names=Names(ips)).send(a_letter(receiver.url("cases.example.org", "https")))
        assert raised.value.why == "private-address"
    assert receiver.received == []


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority.made_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    channel: Channels, secrets: Secrets, authority: Authority
) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    with a_receiver(authority.server("cases.example.org")) as receiver:
        receiver.secrets = [secrets.of(SYSTEM, 2)]
        await channel("cases.example.org", names=names).send(a_letter(receiver.url("cases.example.org", "https")))
        (got,) = receiver.received
    assert got.verified_by and got.headers["host"] == f"cases.example.org:{receiver.port}"
    assert len(names.asked) == 1, "the name is asked for once, so nothing can change in between"


async def test_a_name_that_leads_elsewhere_at_the_next_try_is_checked_again(
    channel: Channels, receiver: Receiver
) -> None:
    checked, url = channel(names=Names([], ["127.0.0.1"])), receiver.url("cases.example.org", "https")
    with pytest.raises(Deferred):
        await checked.send(a_letter(url))
    with pytest.raises(Bounced):
        await checked.send(a_letter(url))
    assert receiver.received == []


async def test_a_server_with_the_certificate_of_another_name_gets_nothing(
    channel: Channels, authority: Authority
) -> None:
    with a_receiver(authority.server("other.example.org")) as receiver:
        checked = channel("cases.example.org", names=Names(["127.0.0.1"]))
        with pytest.raises(Deferred):
            await checked.send(a_letter(receiver.url("cases.example.org", "https")))
        assert receiver.received == []


async def test_where_one_address_does_not_answer_the_next_is_tried(channel: Channels, receiver: Receiver) -> None:
    checked = channel("cases.example.org", names=Names(["::1", "127.0.0.1"]))
    await checked.send(a_letter(receiver.url("cases.example.org")))
    assert len(receiver.received) == 1


async def test_no_proxy_comes_between(channel: Channels, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    await channel("127.0.0.1").send(a_letter(receiver.url()))
    assert len(receiver.received) == 1


# Delivery, without Temporal


class Post:
    """Delivers the notice to the director of an engagement that was just opened, as the workflow would: to a system that
    holds the role by webhook.
    """

    def __init__(self, ledger: Ledger, tmp_path: Path, url: str, limit: float = 15, **more: str) -> None:
        self.office = Office(ledger, tmp_path / "home")
        self.office.rate()
        self.outbox, self.secrets = tmp_path / "outbox", Secrets.kept_in(tmp_path / "keys")
        channel = WebhookChannel(ledger.about.origin, self.secrets, ["127.0.0.1"], limit=limit)
        channels: dict[str, Channel] = {"file": FileChannel(self.outbox), "webhook": channel}
        letters = Letters(ledger, Templates.shipped(), lambda: OPENED)
        self.delivery = Delivery(ledger, channels, letters.write, RELEASE, lambda: OPENED, of_directory(ledger))
        (self.id,) = [r.id for r in self.rows() if (r.template, r.to_role) == ("engagement-opened", DIRECTOR)]
        self.register(SYSTEM, webhook=url, **more)

    def register(self, person: str, **contact: str) -> None:
        self.give("register-person", person=person, name=person.title(), **contact)
        self.give("give-role", person=person, role=DIRECTOR, council="E09000014")

    def give(self, command: str, **body: Any) -> None:
        assert self.office.give(PEOPLE, command, OFFICE_ROLE, body).accepted

    def rows(self) -> list[read_models.NoticeRow]:
        with self.office.ledger.reading() as conn:
            return read_models.notices(conn, "haringey-1")

    async def deliver(self, id: str | None = None) -> str | None:
        task = NoticeTask(id=id or self.id, at=OPENED, epoch=1, attempts=0)
        left: NoticeLeft = await ActivityEnvironment().run(self.delivery.deliver, task)
        return left.office

    async def fails(self) -> ApplicationError:
        with pytest.raises(ApplicationError) as raised:
            await self.deliver()
        return raised.value

    def types(self) -> list[str]:
        return [type.removeprefix("notice-") for type in self.office.types(f"notice/{self.id}")]

    def bodies(self, type: str) -> list[dict[str, Any]]:
        return self.office.bodies(f"notice/{self.id}", type)

    def said(self, id: str) -> str:
        return (self.outbox / f"{id}.txt").read_text(encoding="utf-8")


Posts = Callable[..., Post]


@pytest.fixture
def post(ledger: Ledger, tmp_path: Path, receiver: Receiver) -> Posts:
    def make(limit: float = 15, url: str | None = None, **more: str) -> Post:
        at = Post(ledger, tmp_path, url or receiver.url(), limit, **more)
        receiver.secrets = [at.secrets.of(SYSTEM, 1)]
        return at

    return make


async def test_a_notice_is_posted_to_the_system_that_holds_the_role_and_once(post: Posts, receiver: Receiver) -> None:
    at = post()
    assert await at.deliver() is None
    assert await at.deliver() is None, "it is settled, and left alone"
    (got,) = receiver.received
    assert got.verified_by == tuple(receiver.secrets)
    assert (got.event["data"]["notice"], got.event["data"]["event"]) == (at.id, "engagement-opened")
    assert at.types() == ["asked", "addressed", "attempted", "sent"]
    (addressed,) = at.bodies("notice-addressed")
    assert [(one["person"], one["channel"]) for one in addressed["recipients"]] == [(SYSTEM, "webhook")]
    assert verify(at.office.ledger).ok


async def test_neither_address_nor_secret_stands_in_the_ledger_in_the_open(post: Posts, receiver: Receiver) -> None:
    at = post()
    at.give("rotate-webhook-secret", person=SYSTEM)
    await at.deliver()
    with at.office.ledger.reading() as conn:
        leaves = b"".join(row[0] for row in conn.exec_driver_sql("SELECT leaf FROM event").all())
        commands = repr(conn.exec_driver_sql("SELECT * FROM command").all())
    for secret in (f"127.0.0.1:{receiver.port}", "whsec_", at.secrets.of(SYSTEM, 1)[6:], at.secrets.of(SYSTEM, 2)[6:]):
        assert secret.encode() not in leaves and secret not in commands


async def test_a_retry_has_the_same_id_and_body_and_its_own_time(post: Posts, receiver: Receiver) -> None:
    at = post()
    receiver.answers = lambda received: Answer(500) if len(receiver.received) < 3 else Answer()
    await at.fails()
    await at.fails()
    await at.deliver()
    assert len({(got.id, got.body) for got in receiver.received}) == 1
    assert all(got.verified_by for got in receiver.received)
    assert at.types()[2:] == ["attempted", "deferred", "attempted", "deferred", "attempted", "sent"]
    assert [body["code"] for body in at.bodies("notice-deferred")] == [500, 500]
    (sent,) = at.bodies("notice-sent")
    assert (sent["attempt"], sent["repeat"]) == (3, False), "it was certainly not accepted before"


async def test_what_is_accepted_after_a_dropped_answer_is_shown_as_a_possible_repeat(
    post: Posts, receiver: Receiver
) -> None:
    at = post()
    receiver.answers = lambda received: Answer(how="break") if len(receiver.received) == 1 else Answer()
    await at.fails()
    await at.deliver()
    first, second = receiver.received
    assert first.id == second.id
    assert at.types()[2:] == ["attempted", "attempted", "sent"]
    assert at.bodies("notice-sent")[0]["repeat"] is True


async def test_what_was_accepted_and_not_recorded_is_shown_as_a_possible_repeat(
    post: Posts, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, record, failed = post(), Delivery._record, list[str]()

    def fail_once(self: Delivery, task: NoticeTask, *events: Any, **more: Any) -> object:
        if events[0].type == "notice-sent" and not failed:
            failed.append(task.id)
            raise DatabaseUnavailable("gone")
        return record(self, task, *events, **more)

    monkeypatch.setattr(Delivery, "_record", fail_once)
    await at.fails()
    await at.deliver()
    first, second = receiver.received
    assert first.id == second.id and at.bodies("notice-sent")[0]["repeat"] is True


async def test_one_that_is_gone_is_off_and_later_notices_go_by_mail(post: Posts, receiver: Receiver) -> None:
    at = post(email="cases@council.example")
    at.give("set-preference", person=SYSTEM, channel="webhook")
    receiver.answers = lambda received: Answer(410)
    office = await at.deliver()
    assert office is not None
    assert at.types() == ["asked", "addressed", "attempted", "bounced"]
    (bounced,) = at.bodies("notice-bounced")
    assert (bounced["why"], bounced["code"], bounced["channel"]) == ("gone", 410, "webhook")
    assert at.office.bodies(PEOPLE, "webhook-disabled") == [{"person": SYSTEM, "notice": at.id}]
    await at.deliver(office)
    assert f"{SYSTEM}: its webhook answered that it is gone, and is off until its address is given again" in at.said(
        office
    )

    asked = NoticeAsked.model_validate(at.bodies("notice-asked")[0])
    (now,) = of_directory(at.office.ledger)(asked, OPENED.date())
    assert (now.channel, now.address) == ("email", "cases@council.example")
    refused = at.office.give(PEOPLE, "rotate-webhook-secret", OFFICE_ROLE, {"person": SYSTEM})
    assert refused.outcome["rule"] == "webhook-gone"
    at.give("change-contact", person=SYSTEM, webhook=receiver.url())
    (now,) = of_directory(at.office.ledger)(asked, OPENED.date())
    assert now.channel == "webhook", "as it was wanted"
    assert verify(at.office.ledger).ok


async def test_an_address_that_was_changed_meanwhile_stays_on(post: Posts, receiver: Receiver) -> None:
    at = post()

    def moved(received: Received) -> Answer:
        at.give("change-contact", person=SYSTEM, webhook=receiver.url(path="/new"))
        return Answer(410)

    receiver.answers = moved
    assert await at.deliver() is not None
    assert at.types()[-1] == "bounced"
    assert at.office.bodies(PEOPLE, "webhook-disabled") == []


async def test_one_on_its_way_when_the_webhook_went_is_not_posted(post: Posts, receiver: Receiver) -> None:
    at = post()
    receiver.answers = lambda received: Answer(503)
    await at.fails()
    other = next(row.id for row in at.rows() if row.to_role == DIRECTOR and row.id != at.id)
    receiver.answers = lambda received: Answer(410)
    await at.deliver(other)
    assert await at.deliver() is not None
    assert len(receiver.received) == 2
    (bounced,) = at.bodies("notice-bounced")
    assert (bounced["why"], bounced["code"]) == ("gone", None)
    assert len(at.office.bodies(PEOPLE, "webhook-disabled")) == 1


async def test_a_dead_webhook_does_not_hold_up_another(post: Posts, receiver: Receiver) -> None:
    at = post(url=f"http://127.0.0.1:{free_port()}/")
    at.register("mail-system", webhook=receiver.url())
    receiver.secrets = [at.secrets.of("mail-system", 1)]
    await at.fails()
    (got,) = receiver.received
    assert got.verified_by
    assert [body["recipient"] for body in at.bodies("notice-sent")] == ["mail-system"]


async def test_an_address_that_was_erased_bounces_and_the_office_is_told(post: Posts, receiver: Receiver) -> None:
    at = post()
    with at.office.ledger.writing() as tx:
        assert sealing.erase(tx, OPENED, subject=SYSTEM) == 2
    office = await at.deliver()
    assert office is not None and receiver.received == []
    assert [body["why"] for body in at.bodies("notice-bounced")] == ["no-address"]
    await at.deliver(office)
    assert f"{SYSTEM}: there is no address" in at.said(office)


async def test_a_preference_changed_on_the_way_does_not_mix_up_addresses(post: Posts, receiver: Receiver) -> None:
    at = post(email="cases@council.example")
    at.give("set-preference", person=SYSTEM, channel="webhook")
    receiver.answers = lambda received: Answer(503)
    await at.fails()
    at.give("set-preference", person=SYSTEM, channel="email")
    receiver.answers = lambda received: Answer()
    await at.deliver()
    assert len(receiver.received) == 2 and at.types()[-1] == "sent"


async def test_a_receiver_that_asks_to_wait_is_not_asked_again_before(post: Posts, receiver: Receiver) -> None:
    at = post()
    receiver.answers = lambda received: Answer(429, {"retry-after": "1800"})
    assert (await at.fails()).next_retry_delay == timedelta(minutes=30)
    receiver.answers = lambda received: Answer(429)
    assert (await at.fails()).next_retry_delay is None


# On a real server


@pytest.fixture
async def rig(dev_server_binary: Path, tmp_path: Path) -> AsyncIterator[Rig]:
    # A server each: there is one directory of people on a server.
    allowed = {"webhook_allow": "127.0.0.1"}
    async with (
        a_server(dev_server_binary, tmp_path / "log") as server,
        a_rig(server.address, tmp_path / "home", kind="production", mail=allowed) as rig,
    ):
        yield rig


async def registered(rig: Rig, receiver: Receiver) -> None:
    """A system that is the director of every council."""
    receiver.secrets = [Secrets.kept_in(rig.settings.keys).of(SYSTEM, 1)]
    webhook = {"name": "Case system", "webhook": receiver.url()}
    assert (await rig.give(PEOPLE, "register-person", OFFICE, person=SYSTEM, **webhook)).accepted
    assert (await rig.give(PEOPLE, "give-role", OFFICE, person=SYSTEM, role=DIRECTOR)).accepted


def sent_to_the_system(rig: Rig, target: str) -> list[str]:
    """The ids of an engagement's notices that the system was sent."""
    streams = {row.id: rig.of_type(f"notice/{row.id}", "notice-sent") for row in rig.notices(target)}
    return sorted(id for id, sent in streams.items() for each in sent if each.body["channel"] == "webhook")


async def test_workflows_post_notices_again_when_the_receiver_will_have_them(rig: Rig, receiver: Receiver) -> None:
    receiver.answers = lambda received: Answer(429, {"retry-after": "1800"})
    await registered(rig, receiver)
    target = await rig.open()

    def mine() -> list[str]:
        return [f"notice/{row.id}" for row in rig.notices(target) if row.to_role == DIRECTOR]

    async def waits(notice: str) -> bool:
        """Whether it was not accepted, and the server has it wait for half an hour."""
        if not rig.of_type(notice, "notice-deferred"):
            return False
        pending = (await rig.handle(notice).describe()).raw_description.pending_activities
        return [(one.state, one.current_retry_interval.seconds) for one in pending] == [(SCHEDULED, 1800)]

    await until(lambda: len(mine()) == 2, "the director is to be told of two things")
    for notice in mine():
        await until(partial(waits, notice), f"{notice} waits for as long as the receiver asked")
    assert len(receiver.received) == 2
    receiver.answers = lambda received: Answer()
    for notice in mine():
        await rig.skipper.fast_forward(rig.handle(notice), timedelta(minutes=31))
    await rig.all_settled(target)
    assert sorted({got.event["data"]["notice"] for got in receiver.received}) == sent_to_the_system(rig, target)
    assert len({got.id for got in receiver.received}) == 2 and len(receiver.received) == 4
    assert all(got.verified_by for got in receiver.received)
    rig.verify()


async def test_workflows_tell_the_office_of_a_webhook_that_is_gone_and_hold_no_address(
    rig: Rig, receiver: Receiver
) -> None:
    receiver.answers = lambda received: Answer(410)
    await registered(rig, receiver)
    first = await rig.open()
    await until(lambda: any(row.template == UNDELIVERED for row in rig.notices(first)), "the office is to be told")
    await rig.all_settled(first)
    assert len(rig.of_type(PEOPLE, "webhook-disabled")) == 1
    known = len(receiver.received)

    second = await rig.open()
    await rig.all_settled(second)
    assert len(receiver.received) == known, "it is off"
    told = [row.state for row in rig.notices(second) if row.to_role == DIRECTOR]
    assert told == ["sent", "sent"], "by file from now on"
    for history in await rig.histories():
        text = history.to_json()
        assert f"127.0.0.1:{receiver.port}" not in text and "whsec_" not in text
    rig.verify()

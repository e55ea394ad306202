"""GOV.UK Notify as the carrier of mail, against a stand-in that speaks its contract: what it takes, what it says later."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from notifications_python_client.notifications import NotificationsAPIClient
from pydantic import ValidationError
from structlog.testing import capture_logs

from activities.addresses import NotifyService
from activities.delivery import THE_ROLE, Bounced, Deferred, Recipient
from activities.notify import NotifyChannel, reference_of
from domain.notices import (
    UNDELIVERED,
    Addressee,
    NoticeAddressed,
    NoticeAsked,
    NoticeAttempted,
    NoticeBounced,
    NoticeDeferred,
    NoticeDelivered,
    NoticeGivenUp,
    NoticeSent,
    standing,
    undelivered,
)
from domain.part import Event
from faces.problems import explain
from tests.command_line import Run
from tests.engine import Rig, a_rig, a_server, engagement_of, new_council, until
from tests.mail_server import free_port
from tests.notify_server import (
    BROKEN,
    DAY_OVER,
    RATE_LIMITED,
    TRIAL,
    Dropped,
    NotifyServer,
    Refused,
    a_notify_server,
)
from tests.test_notices import a_letter
from workers.composition import make_channels
from workers.dev_server import DevServer
from workers.rebuild import rebuild_read_models, rebuild_workflows
from workers.running import fault_of_notify
from workers.settings import Settings

ANN = Recipient("ann", "Ann Able", "ann@council.example", "email")
BOB = Recipient("bob", "Bob Bold", "bob@council.example", "email")

DIRECTOR = "council.director"


@pytest.fixture
def notify() -> Iterator[NotifyServer]:
    with a_notify_server() as server:
        yield server


# The facts


ASKED = NoticeAsked(about="engagement/x-1", version=3, template="stage-entered", council="c", to=DIRECTOR)
TO_BOTH = NoticeAddressed(
    recipients=(Addressee(person="ann", channel="email"), Addressee(person="bob", channel="email"))
)


def sent(person: str, receipt: str = "r1", attempt: int = 1) -> NoticeSent:
    return NoticeSent(channel="email", attempt=attempt, recipient=person, message_id="<m>", receipt=receipt)


def delivered(person: str, receipt: str = "r1") -> NoticeDelivered:
    return NoticeDelivered(channel="email", recipient=person, receipt=receipt, said_by="notify")


def back(person: str, receipt: str = "r1") -> NoticeDeferred:
    return NoticeDeferred(channel="email", recipient=person, attempt=1, receipt=receipt, failure="temporary-failure")


def lost(person: str) -> NoticeBounced:
    return NoticeBounced(channel="email", recipient=person, why="permanent-failure", attempt=1, receipt="r1")


@pytest.mark.parametrize(
    ("events", "state", "settled", "followed", "tellings"),
    [
        ((sent("ann"), sent("bob")), "sent", True, 2, 0),
        ((sent("ann"), sent("bob"), delivered("ann")), "sent", True, 1, 0),
        ((sent("ann"), sent("bob"), delivered("ann"), delivered("bob")), "delivered", True, 0, 0),
        ((sent("ann"), sent("bob"), lost("ann")), "partly", True, 1, 1),
        ((sent("ann"), sent("bob"), lost("ann"), delivered("bob")), "partly", True, 0, 1),
        ((sent("ann"), sent("bob"), lost("ann"), lost("bob")), "bounced", True, 0, 2),
        ((sent("ann"), sent("bob"), back("ann")), "asked", False, 1, 0),
        ((sent("ann"), lost("bob"), back("ann"), sent("ann", "r2")), "partly", True, 1, 1),
    ],
)
def test_what_a_carrier_says_moves_a_notice_on(
    events: tuple[Event, ...], state: str, settled: bool, followed: int, tellings: int
) -> None:
    now = standing((ASKED, TO_BOTH, *events))
    assert (now.state, now.settled, len(now.followed), now.tellings) == (state, settled, followed, tellings)


def test_a_letter_that_came_back_is_remembered_and_no_repeat() -> None:
    one, _ = standing((ASKED, TO_BOTH, sent("ann"), back("ann"), sent("ann", "r2", 2))).deliveries
    assert (one.outcome, one.receipt, one.returned, one.repeat, one.attempts) == ("sent", "r2", ("r1",), False, 2)


def test_the_office_is_told_again_when_more_are_missed() -> None:
    first, second = (undelivered("x-1.3.1", ASKED, telling) for telling in (1, 2))
    assert first is not None and second is not None
    assert (first[0], second[0]) == ("x-1.undelivered.3.1", "x-1.undelivered.3.1.2")
    assert undelivered(first[0], first[1], 1) is None, "and of that notice nobody"


def test_facts_of_an_older_release_read_as_they_did() -> None:
    deferred = NoticeDeferred.read({"channel": "email", "recipient": "ann", "attempt": 1, "code": 451})
    bounced = NoticeBounced.read({"channel": "email", "recipient": "ann", "why": "refused", "attempt": 1})
    tried = NoticeAttempted(channel="email", recipient="ann", attempt=1, message_id="<m>")
    to_ann = NoticeAddressed(recipients=TO_BOTH.recipients[:1])
    assert standing((ASKED, to_ann, tried, deferred)).deliveries[0].code == 451
    assert standing((ASKED, to_ann, tried, bounced)).tellings == 1
    assert standing((ASKED, to_ann, NoticeGivenUp(channel="email", attempts=12, recipient="ann"))).undelivered


# Settings


KEY = "name-" + "-".join(["3c1a7e1e-8f0a-4d5c-9a51-000000000001"] * 2)
TEMPLATE = "3c1a7e1e-8f0a-4d5c-9a51-000000000002"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"notify_key": KEY}, "notify_key needs notify_template as well"),
        ({"notify_template": TEMPLATE}, "notify_template needs notify_key as well"),
        ({"notify_reply_to": TEMPLATE}, "notify_reply_to needs notify_key as well"),
        ({"notify_url": "https://notify.example"}, "notify_url needs notify_key as well"),
        ({"notify_key": "hush-hush", "notify_template": TEMPLATE}, "copy the key whole"),
        ({"notify_key": KEY[:-1], "notify_template": TEMPLATE}, "copy the key whole"),
        ({"notify_key": KEY, "notify_template": "notice"}, "it is not an id"),
        ({"notify_key": KEY, "notify_template": TEMPLATE, "notify_url": "http://notify.example"}, "https://HOST"),
        ({"notify_key": KEY, "notify_template": TEMPLATE, "notify_url": "https://a:b@notify.example"}, "https://HOST"),
        (
            {
                "notify_key": KEY,
                "notify_template": TEMPLATE,
                "smtp_url": "smtp://m.example",
                "mail_from": "a@b.example",
            },
            "mail goes out in one way",
        ),
    ],
)
def test_settings_of_notify_that_cannot_be_are_named(settings: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(home=tmp_path, **settings)  # type: ignore[arg-type]
    problem = explain(raised.value)
    assert problem is not None and said in problem.message
    assert "hush" not in problem.message and KEY[5:] not in problem.message


def test_the_service_is_read_from_the_settings_and_its_key_shown_nowhere(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, notify_key=KEY, notify_template=TEMPLATE)
    assert settings.notify == NotifyService("https://api.notifications.service.gov.uk", KEY, TEMPLATE)
    assert KEY[5:] not in repr(settings) + repr(settings.notify)
    assert Settings(home=tmp_path).notify is None


# The channel


def service_of(notify: NotifyServer) -> NotifyService:
    return NotifyService(notify.url, notify.key, notify.template)


@pytest.fixture
def channel(notify: NotifyServer) -> NotifyChannel:
    return NotifyChannel(service_of(notify))


def always(answer: Exception) -> Callable[[str, str], None]:
    def refuse(method: str, path: str) -> None:
        raise answer

    return refuse


async def test_a_letter_goes_out_through_the_template_under_our_message_id(
    notify: NotifyServer, channel: NotifyChannel
) -> None:
    channel = NotifyChannel(replace(service_of(notify), reply_to=notify.reply_to))
    letter = a_letter()
    receipt = await channel.send(letter)
    (taken,) = notify.notifications
    assert taken["id"] == receipt
    assert taken["reference"] == "haringey-1.1.1.1@here" == reference_of(letter.message_id)
    assert (taken["email_address"], taken["subject"], taken["body"]) == (
        "jo@council.example",
        "Hello",
        "Grüße – £5.\n",
    )
    assert taken["email_reply_to_id"] == notify.reply_to


async def test_letters_are_found_by_their_reference_over_all_pages(
    notify: NotifyServer, channel: NotifyChannel
) -> None:
    notify.page = 1
    receipts = [await channel.send(a_letter()) for _ in range(3)]
    await channel.send(replace(a_letter(), message_id="<another@here>"))
    assert await channel.find(a_letter().message_id) == receipts[::-1]
    assert await channel.find("<nothing@here>") == []


@pytest.mark.parametrize("status", ["created", "sending", "delivered", "permanent-failure", "technical-failure"])
async def test_what_notify_says_of_a_letter(notify: NotifyServer, channel: NotifyChannel, status: str) -> None:
    receipt = await channel.send(a_letter())
    notify.move(status)
    word = await channel.word(receipt)
    assert word.status == (status if status not in ("created", "sending") else "pending")
    assert word.at in (None, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))


async def test_of_a_letter_that_it_has_forgotten_nothing_is_known(notify: NotifyServer, channel: NotifyChannel) -> None:
    receipt = await channel.send(a_letter())
    notify.notifications.clear()
    assert (await channel.word(receipt)).status == "pending"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Refused(400, "ValidationError", "email_address Not a valid email address"), "bad-address"),
        (Refused(400, "InvalidEmailError", "Not a valid email address"), "bad-address"),
        (TRIAL, "refused"),
    ],
)
async def test_what_is_wrong_with_an_address_is_final(
    notify: NotifyServer, channel: NotifyChannel, answer: Refused, why: str
) -> None:
    notify.before = always(answer)
    with pytest.raises(Bounced) as raised:
        await channel.send(a_letter())
    assert (raised.value.why, raised.value.code) == (why, 400)


@pytest.mark.parametrize(("address", "why"), [(None, "no-address"), ("nobody", "bad-address")])
async def test_an_address_that_cannot_be_is_not_sent_to_notify(
    notify: NotifyServer, channel: NotifyChannel, address: str | None, why: str
) -> None:
    with pytest.raises(Bounced) as raised:
        await channel.send(a_letter(address))
    assert raised.value.why == why
    assert notify.asked == []


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (RATE_LIMITED, 429, None),
        (DAY_OVER, 429, timedelta(days=1, minutes=1)),
        (BROKEN, 500, None),
        (Refused(503, "Unavailable", "Back soon"), 503, None),
        (Refused(403, "AuthError", "Invalid token: API key not found"), 403, timedelta(hours=6)),
        (Refused(401, "AuthError", "Unauthorized"), 401, timedelta(hours=6)),
        (Refused(400, "BadRequestError", "Template not found"), 400, timedelta(hours=6)),
        (Refused(400, "BadRequestError", "Missing personalisation: name"), 400, timedelta(hours=6)),
        (Refused(400, "BadRequestError", "email_reply_to_id x does not exist"), 400, timedelta(hours=6)),
        (Refused(404, "NoResultFound", "No result found"), 404, timedelta(hours=6)),
    ],
)
async def test_whatever_else_is_refused_waits(
    notify: NotifyServer, channel: NotifyChannel, answer: Refused, code: int, wait: timedelta | None
) -> None:
    notify.before = always(answer)
    with pytest.raises(Deferred) as raised:
        await channel.send(a_letter())
    assert raised.value.code == code
    if wait is None:
        assert raised.value.wait is None
    else:
        assert raised.value.wait is not None and timedelta() < raised.value.wait <= wait


async def test_a_server_that_is_not_there_certainly_took_nothing(notify: NotifyServer) -> None:
    channel = NotifyChannel(replace(service_of(notify), url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Deferred) as raised:
        await channel.send(a_letter())
    assert raised.value.code is None


@pytest.mark.parametrize("answer", [Dropped(), Refused(504, "", ""), Refused(502, "", "")])
async def test_of_a_letter_without_an_answer_nobody_knows(
    notify: NotifyServer, channel: NotifyChannel, answer: Exception
) -> None:
    notify.after = always(answer)
    with pytest.raises(OSError) as raised:
        await channel.send(a_letter())
    assert not isinstance(raised.value, Deferred)
    assert len(notify.notifications) == 1


async def test_an_answer_that_takes_too_long_is_none(notify: NotifyServer) -> None:
    import threading

    let_go = threading.Event()
    notify.after = lambda method, path: void(let_go.wait(30))
    channel = NotifyChannel(service_of(notify), limit=0.2)
    try:
        with pytest.raises(OSError) as raised:
            await channel.send(a_letter())
        assert not isinstance(raised.value, Deferred)
    finally:
        let_go.set()


def void(_: object) -> None:
    """Nothing, of whatever was waited for."""


def test_the_stand_in_checks_keys_and_fields_as_notify_does(notify: NotifyServer) -> None:
    def client(key: str) -> Any:
        return NotificationsAPIClient(key, base_url=notify.url)

    def status(client: Any, method: str, *args: Any) -> int:
        try:
            getattr(client, method)(*args)
        except Exception as error:
            return int(getattr(error, "status_code", 0))
        finally:
            client.request_session.close()
        return 200

    body = {
        "email_address": "jo@x.example",
        "template_id": notify.template,
        "personalisation": {"subject": "", "body": ""},
    }
    stranger = f"x-{notify.service}-{notify.template}"
    assert status(client(stranger), "post", "/v2/notifications/email", body) == 403
    assert status(client(notify.key), "post", "/v2/notifications/email", {**body, "colour": "red"}) == 400
    assert status(client(notify.key), "post", "/v2/notifications/email", body) == 200
    with pytest.raises(Refused) as raised:
        notify.answer("POST", "/v2/notifications/email", None, json.dumps(body).encode())
    assert raised.value.status == 401


# At start


async def test_a_key_and_a_template_that_can_be_used_are_no_fault(notify: NotifyServer, tmp_path: Path) -> None:
    assert await fault_of_notify(Settings(home=tmp_path, **notify.settings)) is None  # type: ignore[arg-type]
    assert await fault_of_notify(Settings(home=tmp_path)) is None


async def test_what_is_wrong_with_them_is_said_at_start(notify: NotifyServer, tmp_path: Path) -> None:
    async def fault(**changed: str) -> str:
        said = await fault_of_notify(Settings(home=tmp_path, **{**notify.settings, **changed}))  # type: ignore[arg-type]
        assert said is not None
        return said

    assert "refuses the key" in await fault(notify_key=KEY)
    assert f"no template {TEMPLATE}" in await fault(notify_template=TEMPLATE)
    assert "does not answer" in await fault(notify_url=f"http://127.0.0.1:{free_port()}")
    notify.template_fields = ("subject", "text")
    assert "((subject)) and ((body))" in await fault()


# On a real engine


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


def one_letter(asked: NoticeAsked, day: date) -> list[Recipient]:
    """The director by mail, of the opening alone; everybody else by file."""
    return [ANN] if (asked.to, asked.template) == (DIRECTOR, "engagement-opened") else list(THE_ROLE)


def two_letters(asked: NoticeAsked, day: date) -> list[Recipient]:
    """The same to two."""
    return [*one_letter(asked, day), BOB] if one_letter(asked, day) == [ANN] else list(THE_ROLE)


Recipe = Callable[[NoticeAsked, date], list[Recipient]]


@pytest.fixture
async def rig(
    server: DevServer, tmp_path: Path, notify: NotifyServer, request: pytest.FixtureRequest
) -> AsyncIterator[Rig]:
    recipients: Recipe = getattr(request, "param", one_letter)
    home = tmp_path / "home"
    async with a_rig(server.address, home, kind="production", recipients=recipients, mail=notify.settings) as rig:
        yield rig


class Followed:
    """The notice that goes out by mail, in an engagement that was just opened."""

    def __init__(self, rig: Rig, target: str) -> None:
        self.rig, self.target = rig, target
        (self.id,) = [
            row.id for row in rig.notices(target) if (row.template, row.to_role) == ("engagement-opened", DIRECTOR)
        ]
        self.stream = f"notice/{self.id}"

    @classmethod
    async def open(cls, rig: Rig) -> "Followed":
        return cls(rig, await rig.open())

    @property
    def types(self) -> list[str]:
        return [type.removeprefix("notice-") for type in self.rig.types(self.stream)]

    def bodies(self, type: str) -> list[dict[str, Any]]:
        return [event.body for event in self.rig.of_type(self.stream, f"notice-{type}")]

    @property
    def state(self) -> tuple[str, bool]:
        (row,) = [row for row in self.rig.notices(self.target) if row.id == self.id]
        return row.state, row.settled

    def office(self) -> list[str]:
        """The ids of the notices that tell the office of it."""
        return [row.id for row in self.rig.notices(self.target) if row.template == UNDELIVERED]

    async def until(self, *types: str) -> None:
        await until(lambda: self.types[-len(types) :] == list(types), f"it is {types}, not {self.types}")

    async def later(self, by: timedelta) -> None:
        await self.rig.skipper.fast_forward(self.rig.handle(self.stream), by)

    async def over(self) -> None:
        await self.rig.until_status(self.stream, "COMPLETED")


CASE = """\
council: {council}
title: A made-up case
model: performance-action-team
source: A test
steps:
  - {{on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector, with: {{service: social-services, stars: 0}}}}
"""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def test_a_letter_is_sent_and_later_said_to_be_delivered(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await at.until("asked", "addressed", "attempted", "sent")
    assert at.state == ("sent", True), "nobody waits for more"
    (taken,) = notify.notifications
    assert taken["email_address"] == ANN.address
    (body,) = at.bodies("sent")
    assert (body["receipt"], body["message_id"], body["repeat"]) == (taken["id"], f"<{taken['reference']}>", False)

    await at.later(2 * MINUTE)
    assert at.types[-1] == "sent", "it is under way"
    notify.move("delivered")
    await at.later(5 * MINUTE)
    await at.until("sent", "delivered")
    (said,) = at.bodies("delivered")
    assert (said["recipient"], said["said_by"], said["receipt"]) == ("ann", "notify", taken["id"])
    assert said["delivered_at"].startswith("2026-11-20T09:30:00")
    assert at.state == ("delivered", True)
    assert (await rig.note(at.target)).accepted
    await at.over()
    assert at.office() == [] and notify.posted() == 1
    rig.verify()


async def test_a_crash_between_acceptance_and_record_brings_no_second_letter(rig: Rig, notify: NotifyServer) -> None:
    def drop_once(method: str, path: str) -> None:
        if method == "POST" and notify.posted() == 1:
            raise Dropped

    notify.after = drop_once
    at = await Followed.open(rig)
    await until(lambda: notify.posted() == 1, "Notify took it")
    await at.later(MINUTE)
    await at.until("attempted", "sent")
    assert (len(notify.notifications), notify.posted()) == (1, 1)
    (body,) = at.bodies("sent")
    assert (body["attempt"], body["repeat"], body["receipt"]) == (1, False, notify.notifications[0]["id"])
    assert body["message_id"] == at.bodies("attempted")[0]["message_id"]


async def test_what_notify_never_had_is_sent_again_as_a_possible_repeat(rig: Rig, notify: NotifyServer) -> None:
    def drop_once(method: str, path: str) -> None:
        if method == "POST" and notify.posted() == 1:
            raise Dropped

    notify.before = drop_once
    at = await Followed.open(rig)
    await until(lambda: notify.posted() == 1, "it was tried")
    await at.later(MINUTE)
    await at.until("attempted", "attempted", "sent")
    assert len(notify.notifications) == 1
    assert at.bodies("sent")[0]["repeat"] is True, "Notify may have forgotten one that it took"


async def test_it_is_asked_before_each_further_try_and_nothing_is_posted_while_it_does_not_answer(
    rig: Rig, notify: NotifyServer
) -> None:
    notify.after = lambda method, path: always(Dropped())(method, path) if method == "POST" else None
    at = await Followed.open(rig)
    await until(lambda: notify.posted() == 1, "Notify took it")
    notify.before = always(BROKEN)
    asked = len(notify.asked)
    await at.later(5 * MINUTE)
    await until(lambda: len(notify.asked) > asked + 2, "it was asked in vain")
    assert notify.posted() == 1 and at.types[-1] == "attempted"
    notify.before = lambda method, path: None
    await at.later(2 * HOUR)
    await at.until("attempted", "sent")
    assert len(notify.notifications) == 1


async def test_an_address_that_notify_refuses_bounces_and_the_office_is_told(rig: Rig, notify: NotifyServer) -> None:
    notify.before = always(Refused(400, "ValidationError", "email_address Not a valid email address"))
    at = await Followed.open(rig)
    await at.until("attempted", "bounced")
    assert (at.bodies("bounced")[0]["why"], at.bodies("bounced")[0]["code"]) == ("bad-address", 400)
    await until(lambda: len(at.office()) == 1, "the office is told")
    await rig.all_settled(at.target)
    await at.over()


async def test_a_letter_that_comes_back_for_good_later_is_told_to_the_office(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    notify.move("permanent-failure")
    await at.later(2 * MINUTE)
    await at.until("sent", "bounced")
    (body,) = at.bodies("bounced")
    assert (body["why"], body["receipt"]) == ("permanent-failure", notify.notifications[0]["id"])
    assert at.state == ("bounced", True)
    (office,) = at.office()
    await until(lambda: rig.of_type(f"notice/{office}", "notice-sent"), "the office is told")
    text = (rig.settings.outbox / f"{office}.txt").read_text(encoding="utf-8")
    assert "ann: mail to the address comes back for good" in text
    await at.over()
    assert notify.posted() == 1


@pytest.mark.parametrize("rig", [two_letters], indirect=True)
async def test_when_one_and_later_another_is_missed_the_office_is_told_twice(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await until(lambda: at.types.count("sent") == 2, "both are sent")
    notify.move("permanent-failure", 0)
    await at.later(2 * MINUTE)
    await at.until("sent", "bounced")
    assert at.state == ("partly", True)
    notify.move("permanent-failure", 1)
    await at.later(HOUR)
    await at.until("bounced", "bounced")
    first, second = at.office()
    assert second == f"{first}.2"
    await rig.all_settled(at.target)
    words = [(rig.settings.outbox / f"{id}.txt").read_text(encoding="utf-8") for id in (first, second)]
    assert "It did reach 1 person." in words[0] and "bob" not in words[0]
    assert "ann" in words[1] and "bob" in words[1]


@pytest.mark.parametrize("failure", ["temporary-failure", "technical-failure"])
async def test_a_letter_that_comes_back_for_now_is_sent_again_under_its_reference(
    rig: Rig, notify: NotifyServer, failure: str
) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    notify.move(failure)
    await at.later(2 * MINUTE)
    await at.until("sent", "deferred")
    assert at.bodies("deferred")[0]["failure"] == failure
    assert at.state == ("asked", False)
    await at.later(2 * HOUR)
    await until(lambda: at.types.count("sent") == 2, "it is sent again")
    first, second = notify.notifications
    assert first["reference"] == second["reference"]
    assert first["id"] != second["id"] == at.bodies("sent")[1]["receipt"]
    assert at.bodies("sent")[1]["repeat"] is False
    notify.move("delivered")
    await at.later(HOUR)
    await at.until("attempted", "sent", "delivered")
    await at.over()


async def test_one_that_comes_back_again_and_again_is_given_up(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    for number in range(1, 4):
        await until(lambda number=number: at.types.count("sent") == number, "it is sent")  # type: ignore[misc]
        notify.move("temporary-failure")
        await at.later(10 * MINUTE)
        await until(lambda number=number: at.types.count("deferred") == number, "it came back")  # type: ignore[misc]
        if number < 3:
            await at.later(HOUR)
    await at.until("deferred", "given-up")
    assert notify.posted() == 3
    (office,) = at.office()
    await until(lambda: rig.of_type(f"notice/{office}", "notice-sent"), "the office is told")
    assert "ann: 3 letters came back" in (rig.settings.outbox / f"{office}.txt").read_text(encoding="utf-8")
    await at.over()


async def test_after_three_days_nobody_asks_any_more(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    await at.later(4 * DAY)
    await at.over()
    assert at.state == ("sent", True)
    assert 5 < sum(method == "GET" for method, _ in notify.asked) < 20


async def test_while_notify_limits_the_rate_a_letter_waits(rig: Rig, notify: NotifyServer) -> None:
    notify.before = always(RATE_LIMITED)
    at = await Followed.open(rig)
    await at.until("attempted", "deferred")
    assert at.bodies("deferred")[0]["code"] == 429
    notify.before = lambda method, path: None
    await at.later(MINUTE)
    await at.until("deferred", "attempted", "sent")
    assert len(notify.notifications) == 1


async def test_a_day_over_its_limit_is_waited_for(rig: Rig, notify: NotifyServer) -> None:
    notify.before = always(DAY_OVER)
    at = await Followed.open(rig)
    await at.until("attempted", "deferred")
    notify.before = lambda method, path: None
    await at.later(DAY + 2 * MINUTE)
    await until(lambda: "sent" in at.types, "it is sent after midnight")
    assert at.types.count("attempted") == 2, "nothing was tried before"


async def test_while_the_key_is_wrong_letters_wait_and_are_not_lost(rig: Rig, notify: NotifyServer) -> None:
    right, notify.secret = notify.secret, notify.template
    with capture_logs() as logged:
        at = await Followed.open(rig)
        await at.until("attempted", "deferred")
    assert at.bodies("deferred")[0]["code"] == 403
    assert [(line["log_level"], line["code"]) for line in logged if "TURNAROUND_NOTIFY_KEY" in line["event"]] == [
        ("error", 403)
    ]
    assert right not in str(logged) and str(ANN.address) not in str(logged)
    assert (await rig.note(at.target)).accepted, "the engagement goes on"
    await at.later(2 * DAY)
    assert "given-up" not in at.types
    notify.secret = right
    await at.later(7 * HOUR)
    await until(lambda: "sent" in at.types, "it is sent")
    assert len(notify.notifications) == 1


async def test_a_rebuild_sends_nothing_again_and_goes_on_following(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    await rig.all_settled(at.target)
    before = rig.notices(at.target)
    await asyncio.to_thread(rebuild_read_models, rig.ledger, lambda done, total: None)
    assert rig.notices(at.target) == before
    await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None)
    notify.move("delivered")
    await at.later(5 * MINUTE)
    await at.until("sent", "delivered")
    assert notify.posted() == 1
    await at.over()
    await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None)
    assert await rig.status(at.stream) == "COMPLETED", "there is nothing left to follow"


async def test_an_older_epoch_asks_notify_nothing(rig: Rig, notify: NotifyServer) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    with rig.ledger.writing() as tx:
        tx.raise_epoch()
    notify.move("delivered")
    asked = len(notify.asked)
    await at.later(5 * MINUTE)
    await at.over()
    assert len(notify.asked) == asked and at.types[-1] == "sent"


async def test_an_import_sends_nothing(
    rig: Rig, notify: NotifyServer, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURNAROUND_TEMPORAL_ADDRESS", rig.client.service_client.config.target_host)
    monkeypatch.setenv("TURNAROUND_TASK_QUEUE", rig.settings.task_queue)
    council, file = new_council(), tmp_path / "case.yaml"
    file.write_text(CASE.format(council=council), encoding="utf-8")
    taken = await asyncio.to_thread(run, rig.settings.home, "import", str(file), "--yes")
    assert taken.code == 0, taken.err
    await rig.client.execute_workflow("SweepWorkflow", id=f"sweep/{council}", task_queue=rig.settings.task_queue)
    assert rig.row(f"engagement/{engagement_of(council)}").stage == "special-measures"
    assert (notify.asked, rig.files(), rig.unsettled()) == ([], [], [])


def test_a_rehearsal_asks_notify_nothing(notify: NotifyServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, **notify.settings)  # type: ignore[arg-type]
    assert isinstance(make_channels(settings, "production", "turnaround/production")["email"], NotifyChannel)
    assert "email" not in make_channels(settings, "rehearsal", "turnaround/rehearsal")


# The command line


async def test_delivered_is_shown_apart_from_sent(rig: Rig, notify: NotifyServer, run: Run) -> None:
    at = await Followed.open(rig)
    await at.until("attempted", "sent")
    await rig.all_settled(at.target)
    engagement = at.target.removeprefix("engagement/")

    def shown() -> dict[str, Any]:
        listed = run(rig.settings.home, "notices", engagement, "--json").json
        return next(one for one in listed if one["id"] == at.id)

    def told() -> str:
        return run(rig.settings.home, "notices", engagement).out

    assert (await asyncio.to_thread(shown))["state"] == "sent"
    assert "ann: whether it was delivered is not known" in await asyncio.to_thread(told)
    notify.move("delivered")
    await at.later(5 * MINUTE)
    await at.until("sent", "delivered")
    now = await asyncio.to_thread(shown)
    assert now["state"] == "delivered" and not now["undelivered"]
    (one,) = now["recipients"]
    assert (one["state"], one["said_by"], one["receipt"]) == ("delivered", "notify", notify.notifications[0]["id"])
    assert "says GOV.UK Notify" in await asyncio.to_thread(told)
    missed = await asyncio.to_thread(lambda: run(rig.settings.home, "notices", engagement, "--undelivered", "--json"))
    assert missed.json == []


def test_doctor_asks_notify_and_says_nothing_of_its_answer_but_what_it_means(
    notify: NotifyServer, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[dict[str, Any], str]:
        said = run(tmp_path, "doctor", "--json")
        return next(one for one in said.json if one["what"] == "GOV.UK Notify"), said.out + said.err

    for name, value in notify.settings.items():
        monkeypatch.setenv(f"TURNAROUND_{name.upper()}", value)
    assert found()[0]["ok"]
    notify.secret = notify.template
    finding, said = found()
    assert not finding["ok"] and "refuses the key" in finding["said"]
    assert "Invalid token" not in said, "Notify's own words are not ours to show"

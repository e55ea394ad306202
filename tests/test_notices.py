"""Notices to people: every template from every event that uses it, and mail to a real SMTP server."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.addresses import MailServer, can_be_address
from activities.delivery import (
    THE_ROLE,
    Channel,
    Deferred,
    Delivery,
    FileChannel,
    Letter,
    Recipient,
    Recipients,
    Text,
)
from activities.library import PEOPLE, shipped_lifecycles
from activities.mail import EmailChannel, message_of
from activities.messages import NoticeLeft, NoticeTask
from activities.recipients import of_directory
from domain import engagement as an_engagement
from domain.actors import ENGINE, OFFICE_ROLE
from domain.core_team import CoreTeamNamed
from domain.dates import When, london_day
from domain.engagement import Engagement
from domain.lifecycle import Lifecycle
from domain.meetings import Meeting, stirred
from domain.notices import (
    UNDELIVERED,
    Addressee,
    NoticeAddressed,
    NoticeAsked,
    NoticeBounced,
    NoticeGivenUp,
    NoticeSent,
    notices_for,
    standing,
)
from domain.part import Entry, Event
from domain.people import PostHolderLeft, PostHolderRecorded
from domain.project import LeadNamed
from domain.rating_notes import SpecialMeasuresEnded, SpecialMeasuresLifted, SpecialMeasuresPlaced
from domain.respond import Answer
from faces.problems import explain
from ledger import read_models, sealing
from ledger.errors import DatabaseUnavailable
from ledger.store import Ledger
from ledger.verify import verify
from tests.command_line import Run
from tests.engine import RATED, Rig, a_rig, a_server, until
from tests.given import Scene, given
from tests.mail_server import Mailbox, a_mail_server, free_port
from tests.transactions import OPENED, Office
from workers.composition import RELEASE, make_channels
from workers.dev_server import DevServer
from workers.notices import (
    ANYTHING,
    EVERY,
    MOST,
    OF_DIGESTS,
    OWN,
    SUFFIX,
    Letters,
    Matter,
    Templates,
    TemplateWrong,
    in_words,
)
from workers.rebuild import rebuild_read_models
from workers.settings import Settings

V1, V2, V3 = shipped_lifecycles("performance-action-team")
FROM = "turnaround@department.example"


# Words


@cache
def scenes() -> tuple[Scene, ...]:
    """Real engagements, with every kind of event that somebody is told of."""
    whole = given("follow-up")
    late = given().punctually("2003-01-01")
    stopped = given("decision").when("stop-engagement", on="2002-06-30", reason="Merged.")
    changed = given("mobilisation")
    answer = Answer(changed.state, changed.at)
    for event in (
        LeadNamed(party="council", person="p1", change=True),
        LeadNamed(party="team", person="p2", change=True),
        CoreTeamNamed(members=(), change=True),
        PostHolderRecorded(post="council.director", person="p3", change=True, key=True),
        PostHolderLeft(post="council.chief-executive", key=True),
        SpecialMeasuresPlaced(rating=1),
        SpecialMeasuresLifted(),
        SpecialMeasuresEnded(stars=1),
    ):
        answer.add(event, When.parse("2002-10"), ENGINE, ENGINE)
    changed.state = answer.state
    boards = given("board-cycles")
    for on, command, body in (
        ("2002-09-02", "schedule-board", {"board": 1, "date": "2002-10-10", "time": "14:30"}),
        ("2002-09-03", "schedule-board", {"board": 1, "date": "2002-10"}),
        ("2002-09-04", "schedule-board", {"board": 2, "date": "2002-11-14", "extraordinary": True}),
        ("2002-09-05", "cancel-board", {"board": 2}),
    ):
        boards.when(command, "inspectorate.lead-inspector", on, **body).accepted()
    return whole, late, stopped, changed, boards


def entries(scene: Scene) -> Iterator[tuple[Engagement, Entry[Any]]]:
    """Each event of a scene with the engagement as it then stood."""
    state = Engagement(scene.state.id)
    for entry in scene.state.history.entries:
        state = an_engagement.evolve(state, entry)
        if state.stage is not None or entry.event.type == "engagement-opened":
            yield (state if state.stage else replace(state, stage="special-measures")), entry


def told(lifecycle: Lifecycle) -> Iterator[tuple[str, NoticeAsked, Engagement, Entry[Any], Meeting | None]]:
    """Every notice that the events of the scenes ask for."""
    for scene in scenes():
        boards = stirred(scene.state.id, scene.entries())
        for state, entry in entries(scene):
            told_of = boards.get(entry.version, ())
            for id, asked in notices_for(lifecycle, state.id, "E09000014", entry.version, entry.event, told_of):
                meeting = next((board for board in told_of if board.key == asked.meeting), None)
                yield id, asked, state, entry, meeting


def check(text: Text) -> None:
    """What holds for every notice."""
    assert 10 < len(text.subject) <= MOST
    assert "\n\n\n" not in text.body and not text.body.startswith("\n") and text.body.endswith("\n")
    assert not re.search(r"sealed:|None|\{|\}|Undefined|\d{4}-\d{2}|  ", text.subject + text.body), text.body
    assert all(line == line.rstrip() for line in text.body.splitlines())


@pytest.mark.parametrize("lifecycle", [V1, V2, V3], ids=lambda life: life.ref)
def test_each_template_is_rendered_from_every_event_that_uses_it(lifecycle: Lifecycle) -> None:
    templates, seen = Templates.shipped(), set()
    for id, asked, state, entry, meeting in told(lifecycle):
        matter = Matter(state, entry.event, lifecycle, entry.occurred, london_day(entry.recorded_at), meeting=meeting)
        for to in (THE_ROLE[0], Recipient("p1", "Jo", "jo@x.example", "email", in_place_of="p2")):
            text = in_words(templates, id, asked, "London Borough of Haringey", to, matter)
            check(text)
            assert "London Borough of Haringey" in text.subject
            assert ("in place of" in text.body) == (to.in_place_of is not None)
        assert asked.template in OWN, "it has a template of its own"
        seen.add((asked.template, asked.to))
    named = {(rule.event, to) for rule in lifecycle.notices for to in rule.to}
    assert named <= seen, "every event and role that the lifecycle names was tried"
    assert {"obligation-reminded", "obligation-escalated"} <= {template for template, _ in seen}


def words_of(template: str, to: str, lifecycle: Lifecycle = V2) -> Text:
    id, asked, state, entry, _ = next(one for one in told(lifecycle) if (one[1].template, one[1].to) == (template, to))
    matter = Matter(state, entry.event, lifecycle, entry.occurred, london_day(entry.recorded_at))
    return in_words(Templates.shipped(), id, asked, "London Borough of Haringey", THE_ROLE[0], matter)


def test_a_reminder_says_what_is_owed_by_when_and_by_whom() -> None:
    text = words_of("obligation-reminded", "council.director")
    assert text.subject == "Reminder, London Borough of Haringey: due by 26 July 2002"
    assert "By when: 26 July 2002" in text.body
    assert "By whom: Director of social services" in text.body
    assert "turnaround show haringey-1" in text.body


def test_a_reminder_that_comes_when_the_date_has_passed_says_so() -> None:
    text = words_of("obligation-reminded", "inspectorate.chief-inspector")
    assert text.subject == "Overdue, London Borough of Haringey: was due by 14 June 2002"
    assert "has not been done" in text.body and "due soon" not in text.body


def test_dates_are_as_precise_as_they_are_known() -> None:
    assert "in October 2002" in words_of("lead-named", OFFICE_ROLE).body
    assert "on 28 June 2002" in words_of("decision-recorded", OFFICE_ROLE).body


def test_the_longest_name_of_a_council_still_fits() -> None:
    templates = Templates.shipped()
    for template in OWN:
        subject, _ = templates.render(template, {**EVERY, **OWN[template], "council": "Bourton " * 12})
        assert len(subject) <= MOST


def test_an_event_without_a_template_of_its_own_is_told_all_the_same() -> None:
    state, entry = next(one for one in entries(scenes()[0]) if one[1].event.type == "pip-judged")
    asked = NoticeAsked(about="engagement/haringey-1", version=5, template="pip-judged", council="x", to=OFFICE_ROLE)
    matter = Matter(state, entry.event, V2, entry.occurred, london_day(entry.recorded_at))
    text = in_words(Templates.shipped(), "haringey-1.5.1", asked, "Haringey", THE_ROLE[0], matter)
    check(text)
    assert text.subject == "Haringey: pip judged"


def test_the_notice_of_one_undelivered_says_who_was_missed_and_why() -> None:
    state, entry = next(entries(scenes()[1]))
    asked = NoticeAsked(
        about="engagement/haringey-1", version=1, template="stage-entered", council="x", to="council.director"
    )
    recipients = (Addressee(person="ann", channel="email"), Addressee(person="bob", channel="email"))
    others: list[tuple[Event, ...]] = [
        (
            NoticeAddressed(recipients=recipients),
            NoticeSent(channel="email", attempt=1, recipient="ann"),
            NoticeBounced(channel="email", recipient="bob", why="refused", attempt=1, code=550),
        ),
        (NoticeGivenUp(channel="file", attempts=12),),
        (NoticeAddressed(recipients=()),),
    ]
    said = []
    for other in others:
        office = NoticeAsked(
            about=asked.about, version=1, template=UNDELIVERED, council="x", to=OFFICE_ROLE, notice="n"
        )
        matter = Matter(state, entry.event, V2, entry.occurred, date(2002, 6, 1), standing((asked, *other)))
        text = in_words(Templates.shipped(), "haringey-1.undelivered.1.1", office, "Haringey", THE_ROLE[0], matter)
        check(text)
        said.append(text.body)
    assert "bob: the mail server refused the address (its answer was 550)" in said[0]
    assert "It did reach 1 person." in said[0]
    assert "given up after 12 attempts" in said[1]
    assert "nobody held the post" in said[2]


# Templates that can't be used


def sources(**changed: str) -> dict[str, str]:
    """The shipped templates, some of them changed; an empty one is taken away."""
    folder = Path(__file__).resolve().parent.parent / "workers" / "templates"
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*" + SUFFIX)}
    for name, text in changed.items():
        found[name.replace("__", "-") + SUFFIX] = text
    return {name: text for name, text in found.items() if text}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Subject: x\n\n{{ council }}\n{{ minister }}\n", r"stage-entered.txt.j2 uses 'minister' on line 4"),
        ("Subject: x\n\n{% if stage == 'never' %}{{ due }}{% endif %}\n", r"uses 'due' on line 3"),
        ("Subject: x\n\n{{ council.mayor }}\n", r"can't be rendered on line 3"),
        ("Subject: x\n\n{% for one in owed %}\n{{ one.whose }}\n{% endfor %}\n", r"can't be rendered on line 4"),
        ("Subject: x\n\n{% if %}\n", r"can't be read on line 3"),
        ("Subject: x\n\n{% include 'nowhere' %}\n", r"includes on line 3 what is not there"),
        ("Dear all\n", r"does not begin with 'Subject: ' on line 1"),
        ("", r"there is no notice template stage-entered.txt.j2"),
    ],
)
def test_a_template_that_cannot_be_used_is_found_at_start(text: str, said: str) -> None:
    with pytest.raises(TemplateWrong, match=said) as raised:
        Templates(sources(stage__entered=text))
    problem = explain(raised.value)
    assert problem is not None and "stage-entered.txt.j2" in problem.message


def test_no_template_is_shipped_that_nothing_uses() -> None:
    assert {name.removesuffix(SUFFIX) for name in sources() if not name.startswith("_")} == {
        name for name in (*OWN, *OF_DIGESTS) if not name.startswith("_")
    }
    assert ANYTHING in OWN


# Messages


def a_letter(
    address: str | None = "jo@council.example", name: str | None = "Jo Bloggs", subject: str = "Hello"
) -> Letter:
    to = Recipient("jo", name, address, "email")
    asked = NoticeAsked(about="engagement/haringey-1", version=1, template="stage-entered", council="x", to=OFFICE_ROLE)
    text = Text(subject, "Grüße – £5.\n", "Director")
    return Letter("haringey-1.1.1", 1, to, "<haringey-1.1.1.1@here>", RATED, text, asked)


def test_a_message_is_dated_by_its_notice_and_says_that_a_machine_wrote_it() -> None:
    message = message_of(a_letter(name="Zoë Bloggs"), FROM)
    assert message["Message-ID"] == "<haringey-1.1.1.1@here>"
    assert message["Date"] == "Wed, 29 May 2002 09:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == FROM
    assert str(message["To"]) == "Zoë Bloggs <jo@council.example>"
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "Grüße – £5.\n"
    assert message.as_bytes().isascii()


def test_nothing_that_people_wrote_adds_a_header() -> None:
    message = message_of(a_letter(name="Jo\r\nBcc: everybody@x.example"), FROM)
    assert "Bcc" not in message
    assert b"\nBcc" not in message.as_bytes()
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        message_of(a_letter(subject="Hello\nBcc: everybody@x.example"), FROM)


@pytest.mark.parametrize(
    ("address", "can_be"),
    [
        ("jo@council.example", True),
        ("jo.bloggs+pat@council.example", True),
        ("jo@localhost", True),
        ("jo", False),
        ("jo@", False),
        ("@council.example", False),
        ("jo@council..example", False),
        ("jo..b@council.example", False),
        ("jo@council.example\nBcc: x@y", False),
        ("jo@council.example\n", False),
        ("jo@a@b.example", False),
        ("Jo <jo@council.example>", False),
        ("jo bloggs@council.example", False),
        ("jö@council.example", False),
        ("jo@-council.example", False),
        ("j" * 65 + "@council.example", False),
        ("jo@" + "c" * 64 + ".example", False),
    ],
)
def test_what_can_be_an_address(address: str, can_be: bool) -> None:
    assert can_be_address(address) is can_be


# Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_url": "http://mail.example"}, "smtp://HOST:PORT"),
        ({"smtp_url": "smtp://"}, "smtp://HOST:PORT"),
        ({"smtp_url": "smtp://mail.example:mail"}, "smtp://HOST:PORT"),
        ({"smtp_url": "smtp://jo:secret@mail.example"}, "smtp_user and smtp_password"),
        ({"smtp_url": "smtp://mail.example"}, "mail_from"),
        ({"smtp_url": "smtp://mail.example", "mail_from": "nobody"}, "name@domain"),
        ({"smtp_user": "jo", "smtp_password": "x"}, "smtp_url"),
        ({"smtp_url": "smtp://mail.example", "mail_from": FROM, "smtp_user": "jo"}, "go together"),
    ],
)
def test_settings_of_mail_that_cannot_be_are_named(settings: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(home=tmp_path, **settings)  # type: ignore[arg-type]
    problem = explain(raised.value)
    assert problem is not None and said in problem.message
    assert "secret" not in problem.message


def test_the_mail_server_is_read_from_its_url(tmp_path: Path) -> None:
    def server(url: str, **more: str) -> MailServer | None:
        return Settings(home=tmp_path, smtp_url=url, mail_from=FROM, **more).mail_server  # type: ignore[arg-type]

    assert server("smtp://mail.example") == MailServer("mail.example", 25, False, FROM)
    assert server("smtps://mail.example:1465", smtp_user="u", smtp_password="p") == MailServer(
        "mail.example", 1465, True, FROM, "u", "p"
    )
    assert Settings(home=tmp_path).mail_server is None
    settings = Settings(home=tmp_path, smtp_url="smtp://m.example", mail_from=FROM, smtp_user="u", smtp_password="hush")
    assert "hush" not in repr(settings) + repr(settings.mail_server)


def test_a_rehearsal_mails_nobody(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, smtp_url="smtp://mail.example", mail_from=FROM)
    assert set(make_channels(settings, "production", "here")) == {"file", "email", "webhook"}
    assert set(make_channels(settings, "rehearsal", "here")) == {"file"}


# Delivery, without Temporal

ANN = Recipient("ann", "Ann Able", "ann@council.example", "email")
BOB = Recipient("bob", "Bob Bold", "bob@council.example", "email")


def only(role: str, *recipients: Recipient) -> Recipients:
    """Some recipients for one role; everybody else by file."""
    return lambda asked, day: recipients if asked.to == role else THE_ROLE


class Post:
    """Delivers the notice to the director of an engagement that was just opened, as the workflow would."""

    def __init__(self, ledger: Ledger, tmp_path: Path, mailbox: Mailbox | str, recipients: Recipients) -> None:
        self.office = Office(ledger, tmp_path / "home")
        self.office.rate()
        self.outbox = tmp_path / "outbox"
        url = mailbox if isinstance(mailbox, str) else mailbox.url
        settings = Settings(home=tmp_path, smtp_url=url, mail_from=FROM)
        assert settings.mail_server is not None
        channels: dict[str, Channel] = {
            "file": FileChannel(self.outbox),
            "email": EmailChannel(settings.mail_server, 5),
        }
        self.now = OPENED
        letters = Letters(ledger, Templates.shipped(), lambda: self.now)
        self.delivery = Delivery(ledger, channels, letters.write, RELEASE, lambda: self.now, recipients)
        (self.id,) = [r.id for r in self.rows() if (r.template, r.to_role) == ("engagement-opened", "council.director")]

    def rows(self) -> list[read_models.NoticeRow]:
        with self.office.ledger.reading() as conn:
            return read_models.notices(conn, "haringey-1")

    def row(self, id: str | None = None) -> read_models.NoticeRow:
        return next(row for row in self.rows() if row.id == (id or self.id))

    def task(self, id: str | None = None, attempts: int = 0, epoch: int = 1) -> NoticeTask:
        return NoticeTask(id=id or self.id, at=OPENED, epoch=epoch, attempts=attempts)

    async def deliver(self, id: str | None = None, epoch: int = 1) -> str | None:
        left: NoticeLeft = await ActivityEnvironment().run(self.delivery.deliver, self.task(id, epoch=epoch))
        assert not left.follow and not left.again, "who has it says no more of it"
        return left.office

    async def fails(self) -> None:
        with pytest.raises(ApplicationError) as raised:
            await self.deliver()
        assert raised.value.message == "the notice could not be delivered"

    async def give_up(self) -> str | None:
        left = await asyncio.to_thread(self.delivery.give_up, self.task(attempts=12))
        return left.office

    def types(self, id: str | None = None) -> list[str]:
        return [type.removeprefix("notice-") for type in self.office.types(f"notice/{id or self.id}")]

    def bodies(self, type: str) -> list[dict[str, Any]]:
        return self.office.bodies(f"notice/{self.id}", type)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.outbox.glob("*"))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mail_server() as mailbox:
        yield mailbox


Posts = Callable[..., Post]


@pytest.fixture
def post(ledger: Ledger, tmp_path: Path, mailbox: Mailbox) -> Posts:
    def make(*recipients: Recipient, server: str | None = None) -> Post:
        return Post(ledger, tmp_path, server or mailbox, only("council.director", *recipients))

    return make


async def test_a_notice_is_mailed_to_each_who_holds_the_role_and_once(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN, replace(BOB, in_place_of="carol"))
    assert await at.deliver() is None
    assert await at.deliver() is None, "it is settled, and left alone"

    assert mailbox.to() == ["Ann Able <ann@council.example>", "Bob Bold <bob@council.example>"]
    assert mailbox.senders == [FROM, FROM]
    first, second = mailbox.accepted
    assert first["Subject"] == second["Subject"]
    assert "an engagement has been opened" in first["Subject"]
    assert first["Message-ID"].startswith(f"<{at.id}.1@test-")
    assert second["Message-ID"].startswith(f"<{at.id}.2@test-")
    assert "You get this as the Director" in first.get_content()
    assert "You get this in place of the Director" in second.get_content()
    # What came with the event, in the same command, is part of what is told.
    assert re.search(r"^- .+, by 26 July 2002\r?$", first.get_content(), re.MULTILINE)
    assert at.types() == ["asked", "addressed", "attempted", "sent", "attempted", "sent"]
    assert at.bodies("notice-addressed")[0]["recipients"] == [
        {"person": "ann", "channel": "email", "in_place_of": None, "left": False},
        {"person": "bob", "channel": "email", "in_place_of": "carol", "left": False},
    ]
    assert [body["recipient"] for body in at.bodies("notice-sent")] == ["ann", "bob"]
    assert [body["message_id"] for body in at.bodies("notice-sent")] == [first["Message-ID"], second["Message-ID"]]
    assert not any(body["repeat"] for body in at.bodies("notice-sent"))
    assert (at.row().state, at.row().settled, at.row().attempts) == ("sent", True, 1)
    assert verify(at.office.ledger).ok


async def test_one_not_accepted_for_now_is_tried_again_under_the_same_id(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN)
    mailbox.data = lambda message: None if len(mailbox.seen) > 1 else "451 later"
    await at.fails()
    assert (at.row().state, at.row().settled) == ("asked", False)
    at.now = OPENED + timedelta(minutes=5)
    await at.deliver()

    assert at.types() == ["asked", "addressed", "attempted", "deferred", "attempted", "sent"]
    assert at.bodies("notice-deferred")[0]["code"] == 451
    assert len(mailbox.accepted) == 1
    assert mailbox.seen[0]["Message-ID"] == mailbox.seen[1]["Message-ID"]
    (sent,) = at.bodies("notice-sent")
    assert (sent["attempt"], sent["repeat"]) == (2, False), "it was certainly not accepted the first time"
    with at.office.ledger.writing() as tx:
        assert list(tx.events(f"notice/{at.id}"))[-1].recorded_at == at.now


@pytest.mark.parametrize("refuse", ["rcpt", "data"])
async def test_one_refused_for_good_bounces_and_the_office_is_told_once(
    post: Posts, mailbox: Mailbox, refuse: str
) -> None:
    at = post(ANN)
    setattr(mailbox, refuse, lambda _: "550 no such person")
    office = await at.deliver()

    assert at.types() == ["asked", "addressed", "attempted", "bounced"]
    (bounced,) = at.bodies("notice-bounced")
    assert bounced == {
        "channel": "email",
        "recipient": "ann",
        "why": "refused",
        "code": 550,
        "attempt": 1,
        "receipt": None,
    }
    assert (at.row().state, at.row().settled) == ("bounced", True)
    assert office == f"haringey-1.undelivered.{at.id.removeprefix('haringey-1.')}"
    assert await at.deliver() == office, "asked again, it names the same"
    assert [row.template for row in at.rows()].count(UNDELIVERED) == 1
    assert at.row(office).to_role == OFFICE_ROLE

    assert await at.deliver(office) is None
    assert at.types(office) == ["asked", "sent"]
    text = (at.outbox / f"{office}.txt").read_text(encoding="utf-8")
    assert "ann: the mail server refused the address (its answer was 550)" in text


async def test_where_one_of_two_fails_the_other_gets_nothing_a_second_time(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN, BOB)
    mailbox.rcpt = lambda address: "450 busy" if address.startswith("ann") else None
    await at.fails()
    await at.fails()
    mailbox.rcpt = lambda address: None
    assert await at.deliver() is None
    assert mailbox.to() == ["Bob Bold <bob@council.example>", "Ann Able <ann@council.example>"]
    assert at.row().state == "sent"


async def test_a_notice_that_reaches_one_of_two_is_so_recorded(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN, BOB)
    mailbox.rcpt = lambda address: "550 unknown" if address.startswith("ann") else None
    office = await at.deliver()
    assert office is not None
    assert mailbox.to() == ["Bob Bold <bob@council.example>"]
    assert at.row().state == "partly"
    await at.deliver(office)
    assert "It did reach 1 person." in (at.outbox / f"{office}.txt").read_text(encoding="utf-8")


async def test_a_server_that_is_down_is_given_up_and_the_office_told(post: Posts) -> None:
    at = post(ANN, BOB, server=f"smtp://127.0.0.1:{free_port()}")
    for _ in range(2):
        await at.fails()
    office = await at.give_up()
    assert at.row().state == "given-up"
    # Once the server does not answer for one, the other need not wait for it as well, and is the first next time.
    tried = {body["recipient"]: body["attempts"] for body in at.bodies("notice-given-up")}
    assert tried == {"ann": 1, "bob": 1}
    assert office is not None and at.row(office).state == "asked"
    assert await at.give_up() == office
    assert at.types().count("given-up") == 2


async def test_what_was_accepted_and_not_recorded_is_sent_again_as_a_possible_repeat(
    post: Posts, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = post(ANN)
    record, failed = Delivery._record, list[str]()

    def fail_once(self: Delivery, task: NoticeTask, *wanted: Event, to: Recipient | None = None) -> object:
        if wanted[0].type == "notice-sent" and not failed:
            failed.append(task.id)
            raise DatabaseUnavailable("gone")
        return record(self, task, *wanted, to=to)

    monkeypatch.setattr(Delivery, "_record", fail_once)
    await at.fails()
    await at.deliver()

    first, second = mailbox.accepted
    assert first["Message-ID"] == second["Message-ID"]
    (sent,) = at.bodies("notice-sent")
    assert (sent["attempt"], sent["repeat"]) == (2, True)
    assert at.types() == ["asked", "addressed", "attempted", "attempted", "sent"]


async def test_an_answer_that_never_came_makes_a_possible_repeat_of_the_next(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN)
    mailbox.data = lambda message: "421 closing" if len(mailbox.seen) == 1 else None
    channel = at.delivery._channels["email"]
    send = channel.send

    async def unanswered(letter: Letter) -> None:
        try:
            await send(letter)
        except Deferred:
            raise OSError("the connection broke") from None

    channel.send = unanswered  # type: ignore[method-assign]
    await at.fails()
    await at.deliver()
    assert at.bodies("notice-sent")[0]["repeat"] is True


async def test_one_given_up_without_an_answer_may_have_been_reached(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN)

    async def unanswered(letter: Letter) -> None:
        raise OSError("the connection broke")

    at.delivery._channels["email"].send = unanswered  # type: ignore[method-assign]
    await at.fails()
    office = await at.give_up()
    assert office is not None
    await at.deliver(office)
    assert "the last of which may have gone through" in (at.outbox / f"{office}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("address", "why"), [("no address", "bad-address"), (None, "no-address")])
async def test_an_address_that_cannot_be_is_not_tried_for_hours(
    post: Posts, mailbox: Mailbox, address: str | None, why: str
) -> None:
    at = post(replace(ANN, address=address), BOB)
    assert await at.deliver() is not None
    (bounced,) = at.bodies("notice-bounced")
    assert (bounced["recipient"], bounced["why"], bounced["code"]) == ("ann", why, None)
    assert mailbox.to() == ["Bob Bold <bob@council.example>"]
    assert mailbox.asked == ["bob@council.example"]


async def test_where_nobody_holds_the_role_the_office_is_told(post: Posts, mailbox: Mailbox) -> None:
    at = post()
    office = await at.deliver()
    assert office is not None
    assert at.types() == ["asked", "addressed"]
    assert (at.row().state, at.row().settled) == ("nobody", True)
    await at.deliver(office)
    assert "nobody held the post of Director" in (at.outbox / f"{office}.txt").read_text(encoding="utf-8")


async def test_a_notice_about_an_undelivered_notice_is_never_told_of_in_turn(
    ledger: Ledger, tmp_path: Path, mailbox: Mailbox
) -> None:
    at = Post(ledger, tmp_path, mailbox, lambda asked, day: (ANN,))
    mailbox.rcpt = lambda address: "550 unknown"
    office = await at.deliver()
    assert office is not None
    assert await at.deliver(office) is None
    assert at.row(office).state == "bounced"
    assert [row.template for row in at.rows()].count(UNDELIVERED) == 1


async def test_who_holds_the_role_is_asked_once_and_for_the_day_of_the_notice(
    ledger: Ledger, tmp_path: Path, mailbox: Mailbox
) -> None:
    days: list[date] = []
    people = [ANN]

    def recipients(asked: NoticeAsked, day: date) -> list[Recipient]:
        days.append(day)
        return list(people)

    at = Post(ledger, tmp_path, mailbox, recipients)
    mailbox.rcpt = lambda address: "450 busy"
    await at.fails()
    at.now = OPENED + timedelta(days=2)
    people[:] = [replace(ANN, address="ann.able@council.example"), BOB]
    mailbox.rcpt = lambda address: None
    await at.deliver()
    assert days == [OPENED.date(), OPENED.date()]
    assert mailbox.to() == ["Ann Able <ann.able@council.example>"], "to the address of now, and to nobody else"


async def test_without_a_mail_server_whoever_wants_mail_gets_a_file(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN, BOB)
    del at.delivery._channels["email"]
    assert await at.deliver() is None
    assert at.files() == [f"{at.id}.1.txt", f"{at.id}.2.txt"]
    assert mailbox.asked == []


async def test_a_password_never_goes_out_in_the_clear(mailbox: Mailbox) -> None:
    port = int(mailbox.url.rpartition(":")[2])
    channel = EmailChannel(MailServer("127.0.0.1", port, False, FROM, "jo", "hush"), 5)
    with pytest.raises(Deferred):
        await channel.send(a_letter())
    assert mailbox.asked == []


async def test_nothing_is_sent_in_an_older_epoch_nor_by_a_rebuild(post: Posts, mailbox: Mailbox) -> None:
    at = post(ANN, BOB)
    with at.office.ledger.writing() as tx:
        tx.raise_epoch()
    assert await at.deliver() is None
    assert mailbox.asked == [] and at.types() == ["asked"]

    mailbox.rcpt = lambda address: "550 no" if address.startswith("ann") else None
    await at.deliver(epoch=2)
    before, asked = at.rows(), list(mailbox.asked)
    rebuild_read_models(at.office.ledger, lambda done, total: None)
    assert at.rows() == before
    assert mailbox.asked == asked


async def test_a_notice_of_an_older_release_reads_as_it_did() -> None:
    asked = NoticeAsked.read({"about": "engagement/x-1", "version": 1, "template": "t", "council": "c", "to": "r"})
    sent = NoticeSent.read({"channel": "file", "attempt": 2})
    given_up = NoticeGivenUp.read({"channel": "file", "attempts": 12})
    assert (standing((asked,)).state, standing((asked,)).settled) == ("asked", False)
    assert (standing((asked, sent)).state, standing((asked, sent)).attempts) == ("sent", 2)
    assert standing((asked, given_up)).undelivered


# Those whom the directory has


def on_the_books(office: Office, *people: tuple[str, str | None], role: str = "council.director", **more: Any) -> None:
    """Register people and give them a role in Haringey."""
    for person, email in people:
        body = {"person": person, "name": person.title(), "email": email}
        assert office.give(PEOPLE, "register-person", OFFICE_ROLE, body).accepted
        given = {"person": person, "role": role, "council": "E09000014", **more}
        assert office.give(PEOPLE, "give-role", OFFICE_ROLE, given).accepted


async def test_a_notice_goes_to_whoever_the_directory_has_on_the_day(post: Posts, mailbox: Mailbox) -> None:
    at = post()
    at.delivery._recipients = of_directory(at.office.ledger)
    on_the_books(at.office, ("ann", "ann@council.example"), ("bob", None))
    on_the_books(at.office, ("carol", "carol@council.example"), role="council.chief-executive")
    away = {"person": "ann", "starts": "2002-05-20", "ends": "2002-06-20", "cover": "carol"}
    assert at.office.give(PEOPLE, "record-absence", OFFICE_ROLE, away).accepted
    assert await at.deliver() is None
    assert mailbox.to() == ["Carol <carol@council.example>"]
    assert at.bodies("notice-addressed")[0]["recipients"] == [
        {"person": "carol", "channel": "email", "in_place_of": "ann", "left": False},
        {"person": "bob", "channel": "file", "in_place_of": None, "left": False},
    ]
    assert at.files() == [f"{at.id}.2.txt"]


async def test_who_was_erased_gets_nothing_and_the_office_is_told(post: Posts, mailbox: Mailbox) -> None:
    at = post()
    at.delivery._recipients = of_directory(at.office.ledger)
    on_the_books(at.office, ("ann", "ann@council.example"))
    with at.office.ledger.writing() as tx:
        assert sealing.erase(tx, at.now, subject="ann") == 2
    office = await at.deliver()
    assert office is not None and mailbox.asked == []
    assert [(body["recipient"], body["why"]) for body in at.bodies("notice-bounced")] == [("ann", "no-address")]
    assert await at.deliver(office) is None
    assert at.files() == [f"{office}.txt"], "nobody holds the office's role, so it goes to the role itself"


def test_while_nobody_is_registered_a_notice_goes_to_the_role_and_then_to_holders_alone(post: Posts) -> None:
    at = post()
    found = of_directory(at.office.ledger)
    asked = NoticeAsked.model_validate(at.bodies("notice-asked")[0])
    assert found(asked, OPENED.date()) == THE_ROLE
    on_the_books(at.office, ("ann", "ann@council.example"), role="council.chief-executive")
    assert found(asked, OPENED.date()) == []


# On a real server


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


def mailed(asked: NoticeAsked, day: date) -> list[Recipient]:
    """The director by mail, everybody else by file."""
    return [ANN] if asked.to == "council.director" else list(THE_ROLE)


@pytest.fixture
async def rig(server: DevServer, tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Rig]:
    mail = {"smtp_url": mailbox.url, "mail_from": FROM}
    async with a_rig(server.address, tmp_path / "home", kind="production", recipients=mailed, mail=mail) as rig:
        yield rig


async def test_workflows_mail_notices_and_the_office_is_told_of_one_that_bounced(rig: Rig, mailbox: Mailbox) -> None:
    mailbox.data = lambda message: "550 no" if "came to" in message.get_content() else None
    target = await rig.open()
    await until(lambda: len(rig.notices(target)) == 7, "the office is to be told")
    await rig.all_settled(target)

    assert len(mailbox.accepted) == 1
    states = sorted((row.template, row.state) for row in rig.notices(target))
    assert ("stage-entered", "bounced") in states
    assert (UNDELIVERED, "sent") in states
    rig.verify()


async def test_mail_that_fails_for_ever_is_given_up_and_holds_nothing_up(rig: Rig, mailbox: Mailbox) -> None:
    mailbox.rcpt = lambda address: "450 busy"
    target = await rig.open()
    ids = [row.id for row in rig.notices(target) if row.to_role == "council.director"]
    await until(lambda: len(mailbox.asked) >= len(ids), "it was tried")
    assert (await rig.note(target)).accepted, "the engagement goes on"
    for id in ids:
        await rig.skipper.fast_forward(rig.handle(f"notice/{id}"), timedelta(days=1))
    for id in ids:
        await until(lambda id=id: rig.of_type(f"notice/{id}", "notice-given-up"), "it is given up")  # type: ignore[misc]
        assert len(rig.of_type(f"notice/{id}", "notice-deferred")) == 12
    await until(lambda: [r.template for r in rig.notices(target)].count(UNDELIVERED) == len(ids), "the office is told")
    await rig.all_settled(target)


# The command line


def test_notices_are_listed_with_what_became_of_them(tmp_path: Path, mailbox: Mailbox, run: Run) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ledger = Ledger.create(
        f"sqlite:///{home / 'ledger.db'}",
        origin="turnaround/production",
        kind="production",
        authentication="unauthenticated",
        at=datetime(2002, 1, 1, tzinfo=UTC),
    )
    at = Post(ledger, tmp_path, mailbox, only("council.director", ANN, replace(BOB, address=None)))
    asyncio.run(at.deliver())
    ledger.close()

    everything = run(home, "notices", "--json")
    assert everything.code == 0
    assert len(everything.json) == 7
    missed = run(home, "notices", "haringey-1", "--undelivered", "--json").json
    (one,) = missed
    assert (one["id"], one["to"], one["state"], one["undelivered"]) == (at.id, "council.director", "partly", True)
    assert [(r["person"], r["state"], r["why"]) for r in one["recipients"]] == [
        ("ann", "sent", None),
        ("bob", "bounced", "no-address"),
    ]
    shown = run(home, "notices", "haringey-1")
    assert shown.code == 0
    assert "bob: there is no address" in shown.out
    assert run(home, "notices", "nowhere-1").code == 3

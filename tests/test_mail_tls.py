"""Mail over TLS, to real servers: from the start and begun when asked, with a login, and to whom no password goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
from pydantic import ValidationError

from activities.delivery import Bounced, Deferred
from activities.mail import EmailChannel
from faces.problems import explain
from tests.certificates import Authority
from tests.mail_server import Mailbox, a_mail_server
from tests.test_notices import FROM, a_letter
from workers.composition import make_channels
from workers.settings import Settings

PASSWORD = token_urlsafe()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def settings_of(mailbox: Mailbox, home: Path, authority: Authority | None = None, **more: Any) -> Settings:
    """The settings of somebody who mails through a server, and trusts an authority."""
    trusted: dict[str, Any] = {"smtp_ca": authority.file} if authority else {}
    return Settings(home=home, smtp_url=mailbox.url, mail_from=FROM, **trusted, **more)


LOGIN = {"smtp_user": "jo", "smtp_password": PASSWORD}


async def send(settings: Settings) -> None:
    """Send a letter through the channel that the settings make."""
    channel = make_channels(settings, "production", "turnaround/production")["email"]
    assert isinstance(channel, EmailChannel)
    await channel.send(a_letter())


@contextmanager
def a_server(authority: Authority | None, from_the_start: bool, password: str = "") -> Iterator[Mailbox]:
    tls = authority.server() if authority else None
    with a_mail_server(tls=tls, from_the_start=from_the_start, password=password) as mailbox:
        yield mailbox


@pytest.mark.parametrize("from_the_start", [True, False], ids=["smtps", "starttls"])
async def test_a_letter_goes_in_tls(authority: Authority, tmp_path: Path, from_the_start: bool) -> None:
    with a_server(authority, from_the_start) as mailbox:
        await send(settings_of(mailbox, tmp_path, authority))
    assert mailbox.to() == ["Jo Bloggs <jo@council.example>"]
    assert mailbox.in_tls == [True]
    assert mailbox.logins == []


@pytest.mark.parametrize("from_the_start", [True, False], ids=["smtps", "starttls"])
async def test_somebody_signs_in_in_tls(authority: Authority, tmp_path: Path, from_the_start: bool) -> None:
    with a_server(authority, from_the_start, PASSWORD) as mailbox:
        await send(settings_of(mailbox, tmp_path, authority, **LOGIN))
    assert (mailbox.logins, mailbox.in_tls) == ([("jo", PASSWORD)], [True])
    assert len(mailbox.accepted) == 1


async def test_a_wrong_password_makes_letters_wait(authority: Authority, tmp_path: Path) -> None:
    with a_server(authority, False, PASSWORD) as mailbox:
        with pytest.raises(Deferred) as raised:
            await send(settings_of(mailbox, tmp_path, authority, smtp_user="jo", smtp_password=token_urlsafe()))
        assert raised.value.code == 535
        assert mailbox.asked == []


@pytest.mark.parametrize("from_the_start", [True, False], ids=["smtps", "starttls"])
@pytest.mark.parametrize("login", [LOGIN, {}], ids=["with a password", "without one"])
async def test_a_server_that_nobody_vouches_for_gets_neither_letter_nor_password(
    authority: Authority, tmp_path: Path, from_the_start: bool, login: dict[str, str]
) -> None:
    stranger = Authority(tmp_path / "stranger")
    with a_server(authority, from_the_start, PASSWORD if login else "") as mailbox:
        for trusted in (None, stranger):
            with pytest.raises(Deferred):
                await send(settings_of(mailbox, tmp_path, trusted, **login))
    assert (mailbox.logins, mailbox.asked, mailbox.seen) == ([], [], [])


@pytest.mark.parametrize("from_the_start", [True, False], ids=["smtps", "starttls"])
async def test_nor_does_one_whose_certificate_is_anothers(
    authority: Authority, tmp_path: Path, from_the_start: bool
) -> None:
    tls = authority.server("192.0.2.1")
    with a_mail_server(tls=tls, from_the_start=from_the_start, password=PASSWORD) as mailbox, pytest.raises(Deferred):
        await send(settings_of(mailbox, tmp_path, authority, **LOGIN))
    assert (mailbox.logins, mailbox.asked) == ([], [])


async def test_a_server_that_offers_no_tls_gets_no_password_and_the_letter_waits(
    authority: Authority, tmp_path: Path
) -> None:
    with a_server(None, False, PASSWORD) as mailbox:
        with pytest.raises(Deferred):
            await send(settings_of(mailbox, tmp_path, authority, **LOGIN))
        assert (mailbox.logins, mailbox.asked) == ([], [])


async def test_a_server_without_tls_that_speaks_to_one_who_wants_it_from_the_start_gets_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    with a_server(None, False, PASSWORD) as mailbox:
        mailbox.url = mailbox.url.replace("smtp:", "smtps:")
        with pytest.raises(Deferred):
            await send(settings_of(mailbox, tmp_path, authority, **LOGIN))
        assert (mailbox.logins, mailbox.asked) == ([], [])


async def test_what_is_refused_in_tls_bounces_as_elsewhere(authority: Authority, tmp_path: Path) -> None:
    with a_server(authority, True) as mailbox:
        mailbox.rcpt = lambda address: "550 no such person"
        with pytest.raises(Bounced):
            await send(settings_of(mailbox, tmp_path, authority))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("", "is no file of certificates"),
        ("Jo's certificates", "is no file of certificates"),
    ],
)
def test_a_file_of_certificates_that_cannot_be_used_is_named_at_start(
    tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError) as raised:
        Settings(home=tmp_path, smtp_url="smtp://m.example", mail_from=FROM, smtp_ca=file)
    problem = explain(raised.value)
    assert problem is not None and said in problem.message and str(file) in problem.message


def test_trust_in_an_authority_needs_a_mail_server(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="smtp_ca needs smtp_url as well"):
        Settings(home=tmp_path, smtp_ca=authority.file)

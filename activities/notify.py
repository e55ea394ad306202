"""GOV.UK Notify: carries the letters of the channel `email` in place of a mail server, and says later what became of each.

A letter goes out through a template of two fields, `subject` and `body`. Its reference is our message id, the same at every
try; Notify takes a reference as often as it is given, so whoever tries again asks for it first (see activities.delivery).
Notify forgets a letter after seven days. A crash that is mended later than that may lead to a second one, and is recorded as
a possible repeat.

What is wrong with an address is final. Whatever else Notify refuses lies with us, the key or the template: it is logged, and
letters wait for hours until that is mended. Notify has no attachments that a calendar could read, so an invitation goes out
as its words alone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_args

import structlog
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import MaxRetryError

from activities.addresses import NotifyService
from activities.delivery import Bounced, Deferred, Letter, Status, Word, address_of

_LOG = structlog.stdlib.get_logger(__name__)

LIMIT = 12.0
"""Seconds that one question to Notify may take."""

AT_ONCE = 8
"""How many questions are asked at a time, each in a thread: Notify's client blocks."""

OUR_FAULT = timedelta(hours=6)
"""How long letters wait when Notify refuses our key or template: with the workflow's attempts almost three days."""

FIELDS = {"subject", "body"}
"""The personalisation that the template has."""

KEY_REFUSED = (401, 403)

UNKNOWN = (502, 504)
"""Answers of something between us and Notify that got none from it."""

Answer = TypeVar("Answer")


class NotifyChannel:
    """Hands each letter to GOV.UK Notify, and asks it what became of it. It is a Channel and a Carrier."""

    name = "email"
    knows_repeats = False
    said_by = "notify"

    def __init__(self, service: NotifyService, limit: float = LIMIT) -> None:
        self._service, self._limit = service, limit
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notify")

    async def send(self, letter: Letter) -> str:
        """Hand a letter over; Notify's id of it. Raises Bounced, Deferred, or OSError when it is not known whether it was
        taken.
        """
        address, service = address_of(letter), self._service

        def post(client: NotificationsAPIClient) -> str:
            taken = client.send_email_notification(
                email_address=address,
                template_id=service.template,
                personalisation={"subject": letter.text.subject, "body": letter.text.body},
                reference=reference_of(letter.message_id),
                email_reply_to_id=service.reply_to,
            )
            return str(taken["id"])

        return await self._ask(post)

    async def find(self, message_id: str) -> Sequence[str]:
        """The ids of the letters that Notify took under a message id in the last seven days, the newest first."""
        reference = reference_of(message_id)
        return await self._ask(
            lambda client: [str(one["id"]) for one in client.get_all_notifications_iterator(reference=reference)]
        )

    async def word(self, receipt: str) -> Word:
        """What became of a letter. Nothing is known of one that is still under way, or that Notify has forgotten."""
        try:
            found = await self._ask(lambda client: client.get_notification_by_id(receipt))
            status, at = found["status"], found.get("completed_at")
            return Word(status, _time(at)) if status in get_args(Status) else Word("pending")
        except Deferred as error:
            if error.code == 404:
                return Word("pending")
            raise

    async def fault(self) -> str | None:
        """What is wrong with the key or the template, in words; None where they can be used.

        Raises OSError when Notify does not say.
        """
        template = self._service.template
        try:
            found = await self._ask(lambda client: client.get_template(template))
            kind, fields = found["type"], set(found["personalisation"])
        except Deferred as error:
            if error.code in KEY_REFUSED:
                return "GOV.UK Notify refuses the key: see TURNAROUND_NOTIFY_KEY, and whether this machine's clock is right"
            if error.code is not None and 400 <= error.code < 429:
                return f"GOV.UK Notify has no template {template} in this service: see TURNAROUND_NOTIFY_TEMPLATE"
            raise
        if kind != "email" or fields != FIELDS:
            return (
                f"the template {template} of GOV.UK Notify is to be for email, with the fields ((subject)) and ((body))"
            )
        return None

    async def _ask(self, question: Callable[[NotificationsAPIClient], Answer]) -> Answer:
        """Notify's answer. Raises Bounced, Deferred, or OSError when nobody knows what it did."""
        try:
            async with asyncio.timeout(self._limit):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self._in_thread, question)
        except APIError as error:
            raise _meaning(error) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # not the JSON that was agreed
            raise OSError(type(error).__name__) from None

    def _in_thread(self, question: Callable[[NotificationsAPIClient], Answer]) -> Answer:
        service = self._service
        client = NotificationsAPIClient(service.key, base_url=service.url, timeout=self._limit)
        with closing(client.request_session):
            return question(client)


def reference_of(message_id: str) -> str:
    """Notify's reference for a message id: the id without its angle brackets."""
    return message_id.strip("<>")


def _meaning(error: APIError) -> Exception:
    """What an answer that is no success means for the letter."""
    if error.response is None:
        cause = error.__cause__
        never_reached = cause is not None and bool(cause.args) and isinstance(cause.args[0], MaxRetryError)
        return Deferred() if never_reached else OSError("no answer")
    code, said = error.response.status_code, _errors(error)
    if code < 400 or code in UNKNOWN:
        return OSError("no answer that could be read")
    if code >= 500:
        return Deferred(code)
    if code == 429:
        daily = any(one.get("error") == "TooManyRequestsError" for one in said)
        return Deferred(code, _until_midnight(datetime.now(UTC)) if daily else None)
    if code == 400 and any(_of_the_address(one) for one in said):
        return Bounced("bad-address", code)
    if code == 400 and any("this recipient" in str(one.get("message")) for one in said):
        return Bounced("refused", code)  # the service is in trial, or the key is for its team alone
    if code in KEY_REFUSED:
        _LOG.error("notify refuses the key: letters wait until TURNAROUND_NOTIFY_KEY is right", code=code)
    else:
        _LOG.error(
            "notify refuses what it was asked: letters wait until TURNAROUND_NOTIFY_TEMPLATE is right", code=code
        )
    return Deferred(code, OUR_FAULT)


def _of_the_address(said: Mapping[str, Any]) -> bool:
    """Whether an error is about the address. A ValidationError names the field in its message, and nowhere else."""
    of_the_field = str(said.get("message", "")).startswith("email_address")
    return said.get("error") == "InvalidEmailError" or (said.get("error") == "ValidationError" and of_the_field)


def _errors(error: APIError) -> Sequence[Mapping[str, Any]]:
    said = error.message  # Notify's list of errors, or some text
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []


def _until_midnight(now: datetime) -> timedelta:
    """How long a day's limit lasts: to midnight UTC, and a minute for clocks that differ."""
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - now + timedelta(minutes=1)


def _time(text: Any) -> datetime | None:
    """A time as Notify writes it. One without an offset is UTC."""
    if not isinstance(text, str):
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)

"""Webhooks: a channel that posts notices to a system, as CloudEvents (v1.0, structured JSON) signed as Standard Webhooks has it.

What is sent says which notice it is and where to look, and nothing of a person. Only 2xx accepts. 410 is for good, and every
other answer and a server that can't be reached are tried again. Without an answer to what was sent nobody knows whether it
was taken: see activities.delivery. No redirect is followed and no proxy used, so that a notice goes to the address that was
checked and to no other. docs/webhooks.md is the contract with receivers.
"""

import asyncio
import re
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks.webhooks import Webhook

from activities.delivery import Bounced, Deferred, Letter
from activities.endpoints import Address, AddressRefused, is_public, read
from activities.webhook_secrets import Secrets

TYPE = "uk.turnaround.notice.v1"
"""The type of every event that is sent. Receivers know it: fields may come, and none goes or means something else."""

LIMIT = 15.0
"""Seconds that posting one notice may take, from asking for the address to the head of the answer."""

TO_CONNECT = 5.0
"""Seconds that one of a host's addresses may take to answer before the next is tried."""

AT_ONCE = 4
"""How many notices are posted to one host at a time."""

LONGEST_WAIT = timedelta(hours=1)
"""For how long a receiver may ask us to wait."""

GONE = 410

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host's name, for a port. Raises OSError where there are none."""

Request = tuple[dict[str, str], bytes]
Watch = Callable[[str, Any], Awaitable[None]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host's name, as this machine has them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def id_of(letter: Letter) -> str:
    """The webhook's id: that of the message, of letters, digits, `-` and `_` alone, as a full stop parts what is signed."""
    return re.sub(r"[^A-Za-z0-9-]", "_", letter.message_id.strip("<>"))


def event_of(letter: Letter, source: str) -> CloudEvent:
    """A letter as a CloudEvent: the same at every try."""
    asked = letter.asked
    data = {
        "notice": letter.notice,
        "engagement": asked.about.removeprefix("engagement/") if asked.council else None,
        "version": asked.version,
        "council": asked.council,
        "event": asked.template,
        "role": asked.to,
        "obligation": asked.obligation,
        "due": letter.text.due.isoformat() if letter.text.due else None,
        "undelivered": asked.notice,
        "digest": asked.digest.model_dump(mode="json") if asked.digest else None,
    }
    attributes = {
        "id": id_of(letter),
        "source": source,
        "type": TYPE,
        "subject": asked.about,
        "time": letter.at,
        "datacontenttype": "application/json",
    }
    return CloudEvent(attributes, {name: value for name, value in data.items() if value not in (None, "")})


def wait_of(answer: httpx.Response, now: datetime) -> timedelta | None:
    """How long an answer asks us to wait (RFC 9110, Retry-After: seconds or a date), within reason; None where it does not."""
    said = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        wait = timedelta(seconds=int(said))
    else:
        try:
            wait = parsedate_to_datetime(said) - now
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
    return min(max(wait, timedelta()), LONGEST_WAIT)


class WebhookChannel:
    """Posts each letter to its recipient's webhook, in a connection of its own."""

    name = "webhook"
    knows_repeats = False

    def __init__(
        self,
        source: str,
        secrets: Secrets,
        allowed: Collection[str] = (),
        resolve: Resolve = resolve,
        limit: float = LIMIT,
    ) -> None:
        self._source, self._secrets, self._allowed = source, secrets, frozenset(allowed)
        self._resolve, self._limit = resolve, limit
        self._tls = httpx.create_ssl_context()
        self._turns: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def send(self, letter: Letter) -> None:
        """Post a letter. Raises Bounced, Deferred, or OSError when it is not known whether it was taken."""
        address = self._address_of(letter)
        begun = False

        async def watch(step: str, _: Any) -> None:
            nonlocal begun
            begun = begun or step.endswith("send_request_headers.started")

        try:
            async with asyncio.timeout(self._limit), self._turns[address.host]:
                ips = await self._reached_at(address)
                answer = await self._post(self._request(letter, address), address, ips, watch)
        except (httpx.HTTPError, OSError) as error:
            if begun:
                raise OSError(type(error).__name__) from None
            raise Deferred from None
        if answer.status_code == GONE:
            raise Bounced("gone", GONE)
        if not answer.is_success:
            raise Deferred(answer.status_code, wait_of(answer, datetime.now(UTC)))

    def _address_of(self, letter: Letter) -> Address:
        webhook = letter.recipient.webhook
        if webhook is None or webhook.url is None:
            raise Bounced("no-address")
        if webhook.endpoint.gone:
            raise Bounced("gone")
        try:
            return read(webhook.url, self._allowed)
        except AddressRefused as error:
            raise Bounced("private-address" if error.why == "private" else "bad-address") from None

    async def _reached_at(self, address: Address) -> Sequence[str]:
        """The IP addresses to connect to. Raises Bounced where one of them must not be."""
        ips = await self._resolve(address.host, address.port)
        if address.host not in self._allowed and not all(is_public(ip) for ip in ips):
            raise Bounced("private-address")
        return ips

    def _request(self, letter: Letter, address: Address) -> Request:
        """The headers and the body of this try."""
        to = letter.recipient
        assert to.webhook is not None and to.person is not None, "there is an address, so it is somebody's"
        message, now = to_structured(event_of(letter, self._source), JSONFormat()), datetime.now(UTC)
        signed = [
            Webhook(self._secrets.of(to.person, number)).sign(id_of(letter), now, message.body.decode())
            for number in to.webhook.endpoint.secrets(now)
        ]
        headers = {
            **message.headers,
            "host": address.origin,
            "user-agent": "turnaround",
            "webhook-id": id_of(letter),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        return headers, message.body

    async def _post(self, request: Request, address: Address, ips: Sequence[str], watch: Watch) -> httpx.Response:
        """Post to the first of the addresses that can be connected to; the head of the answer. The rest of it is not read.

        The connection is made to the very address that was checked; the name is for TLS and the receiver.
        """
        headers, body = request
        timeout = httpx.Timeout(self._limit, connect=TO_CONNECT)
        extensions = {"sni_hostname": address.host, "trace": watch}
        transport = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        async with httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False) as client:
            failure: httpx.HTTPError = httpx.ConnectError("it has no address")
            for ip in ips:
                posting = client.build_request(
                    "POST", address.at(ip), content=body, headers=headers, extensions=extensions
                )
                try:
                    answer = await client.send(posting, stream=True, follow_redirects=False)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failure = error
                else:
                    await answer.aclose()
                    return answer
            raise failure

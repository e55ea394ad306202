"""Notices: who is told of what. A notice is a fact with a stream of its own, `notice/<id>`.

The lifecycle says which events are told to which roles; reminders and escalations go to whom their obligation names. Ids
are derived from the event, so that deciding again asks for the same notice and never for a second one.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from domain.gates import fits
from domain.lifecycle import Lifecycle
from domain.obligations import ObligationEscalated, ObligationReminded
from domain.part import Event


class NoticeAsked(Event):
    """Somebody is to be told. `about` is the stream and `version` the event that the notice tells of."""

    type: ClassVar[str] = "notice-asked"
    about: str
    version: int
    template: str
    council: str
    to: str
    obligation: str | None = None


class NoticeSent(Event):
    """A channel accepted the notice."""

    type: ClassVar[str] = "notice-sent"
    channel: str
    attempt: int


class NoticeGivenUp(Event):
    """No channel accepted the notice, after so many attempts."""

    type: ClassVar[str] = "notice-given-up"
    channel: str
    attempts: int


EVENTS: Mapping[str, type[Event]] = {e.type: e for e in (NoticeAsked, NoticeSent, NoticeGivenUp)}


def notices_for(
    lifecycle: Lifecycle, engagement: str, council: str, version: int, event: Event
) -> Iterator[tuple[str, NoticeAsked]]:
    """The notices that an event of an engagement asks for, each with its id."""
    for number, (to, obligation) in enumerate(_recipients(lifecycle, event), start=1):
        yield (
            f"{engagement}.{version}.{number}",
            NoticeAsked(
                about=f"engagement/{engagement}",
                version=version,
                template=event.type,
                council=council,
                to=to,
                obligation=obligation,
            ),
        )


def _recipients(lifecycle: Lifecycle, event: Event) -> Iterator[tuple[str, str | None]]:
    if isinstance(event, ObligationReminded | ObligationEscalated):
        yield event.to, event.obligation
    for rule in lifecycle.notices:
        if rule.event == event.type and fits(event, rule.where):
            yield from ((role, None) for role in rule.to)

"""Feeds: a private calendar for somebody in the directory, at an address that nobody can guess and that can be revoked.

The address holds a token of 256 random bits. Here stands its SHA-256 alone, so that nobody who reads the ledger can read a
feed. Of each person they count from 1, and none is opened again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from domain.dates import When
from domain.part import Command, Entry, Event, Kinds, Refusal
from domain.quantities import Slug

TokenHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""The SHA-256 of a token, in hexadecimal."""


class FeedOpened(Event):
    """Somebody has a calendar to subscribe to, at an address with the token of this hash."""

    type: ClassVar[str] = "feed-opened"
    person: Slug
    feed: int
    token_sha256: TokenHash


class FeedRevoked(Event):
    """An address of somebody's calendar leads nowhere from now on."""

    type: ClassVar[str] = "feed-revoked"
    person: Slug
    feed: int


class OpenFeed(Command):
    """Open a private calendar for somebody, at an address with a token of which this is the SHA-256."""

    type: ClassVar[str] = "open-feed"
    gives: ClassVar[Kinds] = (FeedOpened,)
    person: Slug
    token_sha256: TokenHash


class RevokeFeed(Command):
    """Have an address of somebody's calendar lead nowhere from now on."""

    type: ClassVar[str] = "revoke-feed"
    gives: ClassVar[Kinds] = (FeedRevoked,)
    person: Slug
    feed: int = Field(ge=1)


COMMANDS = (OpenFeed, RevokeFeed)
EVENTS = (FeedOpened, FeedRevoked)


@dataclass(frozen=True)
class Feed:
    """Somebody's calendar, open or `revoked`, by its number among theirs."""

    person: str
    number: int
    token_sha256: str
    opened: When
    revoked: When | None = None


Feeds = tuple[Feed, ...]


def of(feeds: Feeds, person: str) -> Feeds:
    """The feeds of a person, in order."""
    return tuple(feed for feed in feeds if feed.person == person)


def after(feeds: Feeds, entry: Entry[Any]) -> Feeds:
    """The feeds after one was opened or revoked."""
    match entry.event:
        case FeedOpened(person=person, feed=number, token_sha256=token):
            return (*feeds, Feed(person, number, token, entry.occurred))
        case FeedRevoked(person=person, feed=number):
            meant = (person, number)
            return tuple(replace(f, revoked=entry.occurred) if (f.person, f.number) == meant else f for f in feeds)
    return feeds


def decide(feeds: Feeds, command: OpenFeed | RevokeFeed) -> Sequence[Event] | Refusal:
    """What follows from a command about feeds."""
    theirs = of(feeds, command.person)
    if isinstance(command, OpenFeed):
        if any(feed.token_sha256 == command.token_sha256 for feed in feeds):
            return Refusal("token-known", {"person": command.person})
        return [FeedOpened(person=command.person, feed=len(theirs) + 1, token_sha256=command.token_sha256)]
    feed = next((feed for feed in theirs if feed.number == command.feed), None)
    if feed is None:
        feeds_there = [each.number for each in theirs]
        return Refusal("no-such-feed", {"person": command.person, "feed": command.feed, "feeds": feeds_there})
    if feed.revoked is not None:
        on = str(feed.revoked)
        return Refusal("feed-revoked-already", {"person": command.person, "feed": command.feed, "on": on})
    return [FeedRevoked(person=command.person, feed=command.feed)]


def opened_with(feeds: Feeds, token_sha256: str) -> Feed | None:
    """The feed that a token opens; None where none does, or it was revoked."""
    return next((feed for feed in feeds if feed.token_sha256 == token_sha256 and feed.revoked is None), None)

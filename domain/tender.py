"""The tender: who is invited, on which route and by which criteria, and what bids come in ([PAT] ch.2, Annexe 2).

Bidders meet the council to clarify what is wanted, bid and present. A bid's content and price are sealed, and so are the
names and CVs of its people, of whom the council may ask that individuals be taken off. A single tender needs a reason.
Who judges the bids is in `panel`.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Firm, Slug
from domain.sealed import Sealed

Route = Literal["framework", "open", "single"]

Reference = Annotated[str, Field(min_length=1, max_length=120)]
"""The published reference of a contract notice, such as `OJEC 00/S 143-94371/EN`."""


class Criterion(BaseModel):
    """What bids are judged by. Criteria without a weight count once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Sealed | None = None
    weight: int | None = Field(default=None, ge=1, le=100)


class Consultant(BaseModel):
    """Somebody whom a bid puts forward: an id, their name and CV sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Slug
    name: Sealed | None = None
    cv: Sealed | None = None


class TendersInvited(Event):
    """Firms were invited to tender. `framework` is the reference of the framework contract."""

    type: ClassVar[str] = "tenders-invited"
    route: Route
    reason: Sealed | None = None
    closes: When | None = None
    framework: Reference | None = None
    criteria: tuple[Criterion, ...] = ()
    invited: tuple[Firm, ...] = ()


class ClarificationHeld(Event):
    """Bidders met the council to clarify what is wanted."""

    type: ClassVar[str] = "clarification-held"
    bidders: tuple[Firm, ...] = ()


class BidReceived(Event):
    """A firm handed in a bid, with the people it puts forward."""

    type: ClassVar[str] = "bid-received"
    bidder: Firm
    content: Sealed | None = None
    price: Sealed | None = None
    people: tuple[Consultant, ...] = ()


class IndividualTakenOff(Event):
    """Somebody was taken off a bid at the council's request."""

    type: ClassVar[str] = "individual-taken-off"
    bidder: Firm
    person: Slug
    reason: Sealed | None = None


class PresentationsHeld(Event):
    """Bidders presented."""

    type: ClassVar[str] = "presentations-held"
    bidders: tuple[Firm, ...] = ()


class InviteTenders(Command):
    """Invite tenders. A single tender needs a reason; inviting again, on another route say, is allowed."""

    type: ClassVar[str] = "invite-tenders"
    gives: ClassVar[Kinds] = (TendersInvited,)
    route: Route
    reason: Sealed | None = None
    closes: When | None = None
    framework: Reference | None = None
    criteria: tuple[Criterion, ...] = ()
    invited: tuple[Firm, ...] = ()


class HoldClarification(Command):
    """Record a clarification meeting between bidders and council."""

    type: ClassVar[str] = "hold-clarification"
    gives: ClassVar[Kinds] = (ClarificationHeld,)
    needs: ClassVar[Kinds] = (TendersInvited,)
    bidders: tuple[Firm, ...] = ()


class ReceiveBid(Command):
    """Record a bid."""

    type: ClassVar[str] = "receive-bid"
    gives: ClassVar[Kinds] = (BidReceived,)
    needs: ClassVar[Kinds] = (TendersInvited,)
    bidder: Firm
    content: Sealed | None = None
    price: Sealed | None = None
    people: tuple[Consultant, ...] = ()


class TakeOffIndividual(Command):
    """Have somebody taken off a bid, as the council asks; no award may name them then."""

    type: ClassVar[str] = "take-off-individual"
    gives: ClassVar[Kinds] = (IndividualTakenOff,)
    needs: ClassVar[Kinds] = (BidReceived,)
    bidder: Firm
    person: Slug
    reason: Sealed | None = None


class HoldPresentations(Command):
    """Record that bidders presented."""

    type: ClassVar[str] = "hold-presentations"
    gives: ClassVar[Kinds] = (PresentationsHeld,)
    bidders: tuple[Firm, ...] = ()


COMMANDS = (InviteTenders, HoldClarification, ReceiveBid, TakeOffIndividual, HoldPresentations)
EVENTS = (TendersInvited, ClarificationHeld, BidReceived, IndividualTakenOff, PresentationsHeld)


def invitation(history: History) -> Entry[TendersInvited] | None:
    """The invitation that stands: the last of the phase."""
    return next(reversed(history.in_phase(TendersInvited)), None)


def received(history: History) -> dict[str, Entry[BidReceived]]:
    """The bids of the phase by bidder, as they came in."""
    return {entry.event.bidder: entry for entry in history.in_phase(BidReceived)}


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the tender."""
    match command:
        case InviteTenders():
            return _invite(command, asked)
        case HoldClarification(bidders=bidders):
            return [ClarificationHeld(bidders=bidders)]
        case ReceiveBid():
            return _receive(command, history, asked)
        case TakeOffIndividual():
            return _take_off(command, history, asked)
        case HoldPresentations(bidders=bidders):
            return [PresentationsHeld(bidders=bidders)]
    raise TypeError(command)


def _invite(command: InviteTenders, asked: Asked) -> Sequence[Event] | Refusal:
    if command.route == "single" and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    if command.route == "framework" and command.framework is None and not silent(asked):
        return Refusal("framework-needed", {"route": command.route})
    if command.closes is not None and command.closes.certainly_before(asked.occurred):
        return Refusal("closes-too-early", {"closes": str(command.closes), "occurred": str(asked.occurred)})
    refusal = named_twice("criteria", [criterion.id for criterion in command.criteria])
    return refusal or named_twice("invited", command.invited) or [TendersInvited(**dict(command))]


def _receive(command: ReceiveBid, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.bidder in received(history):
        return Refusal("bid-already", {"bidder": command.bidder})
    invited = invitation(history)
    closes = invited.event.closes if invited else None
    if closes is not None and closes.certainly_before(asked.occurred):
        return Refusal(
            "bid-too-late", {"bidder": command.bidder, "occurred": str(asked.occurred), "closes": str(closes)}
        )
    twice = named_twice("people", [consultant.person for consultant in command.people])
    return twice or [BidReceived(**dict(command))]


def _take_off(command: TakeOffIndividual, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    bids = received(history)
    if command.bidder not in bids:
        return Refusal("no-such-bid", {"bidder": command.bidder, "bidders": list(bids)})
    people = [consultant.person for consultant in bids[command.bidder].event.people]
    if command.person not in people:
        return Refusal("no-such-person", {"person": command.person, "bidder": command.bidder, "people": people})
    if command.person in taken_off(command.bidder, history):
        return Refusal("taken-off-already", {"person": command.person, "bidder": command.bidder})
    off = IndividualTakenOff(bidder=command.bidder, person=command.person, reason=command.reason)
    return too_early(asked.occurred, bids[command.bidder]) or [off]


def taken_off(bidder: str, history: History) -> tuple[str, ...]:
    """The people taken off a bid in this phase."""
    off = history.in_phase(IndividualTakenOff)
    return tuple(entry.event.person for entry in off if entry.event.bidder == bidder)

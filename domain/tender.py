"""The tender: invitation, bids, presentations and the panel that chooses ([PAT] ch.2, Annexe 2).

The panel is made of department, inspectorate and council; its quorum, one member of each, is `assumed`. A single tender
needs a reason. A bid's content and price are sealed.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from domain.actors import Actor
from domain.dates import When
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Firm
from domain.sealed import Sealed

Route = Literal["framework", "open", "single"]
QUORUM = frozenset({"department", "inspectorate", "council"})


class TendersInvited(Event):
    """Firms were invited to tender."""

    type: ClassVar[str] = "tenders-invited"
    route: Route
    reason: Sealed | None = None
    closes: When | None = None


class ClarificationHeld(Event):
    """Bidders met the council to clarify what is wanted."""

    type: ClassVar[str] = "clarification-held"


class BidReceived(Event):
    """A firm handed in a bid."""

    type: ClassVar[str] = "bid-received"
    bidder: Firm
    content: Sealed | None = None
    price: Sealed | None = None


class PresentationsHeld(Event):
    """Bidders presented."""

    type: ClassVar[str] = "presentations-held"
    bidders: tuple[Firm, ...] = ()


class PanelSat(Event):
    """The panel met and preferred a bidder. `quorate` when department, inspectorate and council all sat on it."""

    type: ClassVar[str] = "panel-sat"
    members: tuple[str, ...]
    preferred: Firm
    quorate: bool


class InviteTenders(Command):
    """Invite tenders. A single tender needs a reason."""

    type: ClassVar[str] = "invite-tenders"
    gives: ClassVar[Kinds] = (TendersInvited,)
    route: Route
    reason: Sealed | None = None
    closes: When | None = None


class HoldClarification(Command):
    """Record a clarification meeting between bidders and council."""

    type: ClassVar[str] = "hold-clarification"
    gives: ClassVar[Kinds] = (ClarificationHeld,)
    needs: ClassVar[Kinds] = (TendersInvited,)


class ReceiveBid(Command):
    """Record a bid."""

    type: ClassVar[str] = "receive-bid"
    gives: ClassVar[Kinds] = (BidReceived,)
    needs: ClassVar[Kinds] = (TendersInvited,)
    bidder: Firm
    content: Sealed | None = None
    price: Sealed | None = None


class HoldPresentations(Command):
    """Record that bidders presented."""

    type: ClassVar[str] = "hold-presentations"
    gives: ClassVar[Kinds] = (PresentationsHeld,)
    bidders: tuple[Firm, ...] = ()


class SitPanel(Command):
    """Record the panel's meeting: who sat on it, by role, and which bidder it prefers."""

    type: ClassVar[str] = "sit-panel"
    gives: ClassVar[Kinds] = (PanelSat,)
    needs: ClassVar[Kinds] = (BidReceived,)
    members: tuple[str, ...] = Field(min_length=1)
    preferred: Firm


COMMANDS = (InviteTenders, HoldClarification, ReceiveBid, HoldPresentations, SitPanel)
EVENTS = (TendersInvited, ClarificationHeld, BidReceived, PresentationsHeld, PanelSat)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the tender."""
    bidders = [entry.event.bidder for entry in history.in_phase(BidReceived)]
    match command:
        case InviteTenders():
            if command.route == "single" and command.reason is None:
                return Refusal("reason-needed", {"command": command.type})
            return [TendersInvited(route=command.route, reason=command.reason, closes=command.closes)]
        case HoldClarification():
            return [ClarificationHeld()]
        case ReceiveBid():
            if command.bidder in bidders:
                return Refusal("bid-already", {"bidder": command.bidder})
            return [BidReceived(bidder=command.bidder, content=command.content, price=command.price)]
        case HoldPresentations():
            return [PresentationsHeld(bidders=command.bidders)]
        case SitPanel():
            if command.preferred not in bidders:
                return Refusal("no-such-bid", {"bidder": command.preferred, "bidders": bidders})
            try:
                parties = {Actor.parse(member).party for member in command.members}
            except ValueError:
                return Refusal("not-a-role", {"given": list(command.members)})
            return [PanelSat(members=command.members, preferred=command.preferred, quorate=parties >= QUORUM)]
    raise TypeError(command)

"""The panel that judges the bids: interests declared, scores by the stated criteria, the bidder it prefers ([PAT] ch.2).

It is made of department, inspectorate and council. Its quorum, one member of each, is `assumed`, and so are the scores
from 0 to 10. Nobody judges a bid they have an interest in: they stand aside, or the score is not counted. A member is
given by role, and by a person's id where two hold the same role: `council.director/jo-b`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.actors import Actor
from domain.checks import named_twice, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Firm, Slug
from domain.sealed import Sealed
from domain.tender import BidReceived, Consultant, invitation, received, taken_off

QUORUM = frozenset({"department", "inspectorate", "council"})
RECORDS = "department"
"""The party that keeps the tender's papers, and so records what other members said."""

_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


class Score(BaseModel):
    """What a member gives a bid on one criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: Slug
    score: int = Field(ge=0, le=10)


class InterestDeclared(Event):
    """A member of the panel has an interest in a bidder."""

    type: ClassVar[str] = "interest-declared"
    member: str
    bidder: Firm
    nature: Sealed


class BidScored(Event):
    """A member scored a bid by the stated criteria."""

    type: ClassVar[str] = "bid-scored"
    bidder: Firm
    member: str
    scores: tuple[Score, ...]


class PanelSat(Event):
    """The panel met and preferred a bidder. `aside` are the members who left the room.

    `quorate` when department, inspectorate and council all sat on it, those aside not counted.
    """

    type: ClassVar[str] = "panel-sat"
    members: tuple[str, ...]
    preferred: Firm
    quorate: bool
    aside: tuple[str, ...] = ()


class DeclareInterest(Command):
    """Declare a panel member's interest in a bidder."""

    type: ClassVar[str] = "declare-interest"
    gives: ClassVar[Kinds] = (InterestDeclared,)
    member: str
    bidder: Firm
    nature: Sealed


class ScoreBid(Command):
    """Record what a panel member gives a bid: each stated criterion once, from 0 to 10."""

    type: ClassVar[str] = "score-bid"
    gives: ClassVar[Kinds] = (BidScored,)
    needs: ClassVar[Kinds] = (BidReceived,)
    bidder: Firm
    member: str
    scores: tuple[Score, ...] = Field(min_length=1)


class SitPanel(Command):
    """Record the panel's meeting: who sat on it, by role, who stood aside, and which bidder it prefers."""

    type: ClassVar[str] = "sit-panel"
    gives: ClassVar[Kinds] = (PanelSat,)
    needs: ClassVar[Kinds] = (BidReceived,)
    members: tuple[str, ...] = Field(min_length=1)
    preferred: Firm
    aside: tuple[str, ...] = ()


COMMANDS = (DeclareInterest, ScoreBid, SitPanel)
EVENTS = (InterestDeclared, BidScored, PanelSat)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the panel."""
    match command:
        case DeclareInterest(member=member):
            declared = InterestDeclared(member=member, bidder=command.bidder, nature=command.nature)
            return _not_members([member]) or _not_their_own(member, asked) or [declared]
        case ScoreBid(member=member):
            return _not_members([member]) or _not_their_own(member, asked) or _score(command, history, asked)
        case SitPanel():
            return _not_members([*command.members, *command.aside]) or _sit(command, history, asked)
    raise TypeError(command)


def _party(member: str) -> str:
    """The party of a member. Raises ValueError for what is neither a role nor a role with a person."""
    role, slash, person = member.partition("/")
    if slash:
        _SLUG.validate_python(person)
    return Actor.parse(role).party


def _not_members(named: Sequence[str]) -> Refusal | None:
    wrong = [member for member in named if not _is_member(member)]
    return Refusal("not-a-role", {"given": wrong}) if wrong else None


def _is_member(member: str) -> bool:
    try:
        _party(member)
    except ValueError:
        return False
    return True


def _not_their_own(member: str, asked: Asked) -> Refusal | None:
    """Members speak for themselves; the department, which keeps the papers, may record it for them."""
    by = asked.decided_by
    if by.party == RECORDS or _same(member, str(by)):
        return None
    return Refusal("speaks-for-another", {"member": member, "role": str(by)})


def _same(one: str, other: str) -> bool:
    """Whether two members may be one: the same role, and not told apart by a person."""
    role, _, person = one.partition("/")
    other_role, _, other_person = other.partition("/")
    return role == other_role and (not person or not other_person or person == other_person)


def _interested(member: str, bidder: str, history: History) -> bool:
    declared = (entry.event for entry in history.in_phase(InterestDeclared))
    return any(interest.bidder == bidder and _same(interest.member, member) for interest in declared)


def _score(command: ScoreBid, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    bids, bidder, member = received(history), command.bidder, command.member
    if bidder not in bids:
        return Refusal("no-such-bid", {"bidder": bidder, "bidders": list(bids)})
    if _interested(member, bidder, history):
        return Refusal("interest-declared", {"command": command.type, "member": member, "bidder": bidder})
    if any(scored.event.bidder == bidder and _same(scored.event.member, member) for scored in _scored(history)):
        return Refusal("scored-already", {"member": member, "bidder": bidder})
    given = [score.criterion for score in command.scores]
    stated = list(_weights(history))
    missing, unknown = [name for name in stated if name not in given], [name for name in given if name not in stated]
    if missing or unknown:
        return Refusal("scores-do-not-match", {"missing": missing, "unknown": unknown})
    refusal = named_twice("scores", given) or too_early(asked.occurred, bids[bidder])
    return refusal or [BidScored(bidder=bidder, member=member, scores=command.scores)]


def _sit(command: SitPanel, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    bids = received(history)
    if command.preferred not in bids:
        return Refusal("no-such-bid", {"bidder": command.preferred, "bidders": list(bids)})
    strangers = [member for member in command.aside if member not in command.members]
    if strangers:
        return Refusal("not-on-the-panel", {"given": strangers, "members": list(command.members)})
    judging = [member for member in command.members if member not in command.aside]
    for member in judging:
        for bidder in bids:
            if _interested(member, bidder, history):
                return Refusal("interest-declared", {"command": command.type, "member": member, "bidder": bidder})
    sat = PanelSat(
        members=command.members,
        preferred=command.preferred,
        quorate={_party(member) for member in judging} >= QUORUM,
        aside=command.aside,
    )
    return too_early(asked.occurred, bids[command.preferred]) or [sat]


def _weights(history: History) -> dict[str, int]:
    """The stated criteria and their weights. Who invites again states them anew."""
    invited = invitation(history)
    return {criterion.id: criterion.weight or 1 for criterion in invited.event.criteria} if invited else {}


def _scored(history: History) -> tuple[Entry[BidScored], ...]:
    """The scores by the criteria that stand, of bids that stand."""
    invited, bids = invitation(history), received(history)
    since = history.all(BidScored, invited.version) if invited else ()
    return tuple(entry for entry in since if entry.event.bidder in bids)


def last_panel(history: History) -> Entry[PanelSat] | None:
    """The last meeting of the panel in this phase."""
    return next(reversed(history.in_phase(PanelSat)), None)


# How the bids stand


@dataclass(frozen=True)
class Ranked:
    """What a bid was given: the weighted scores of the `members` that count. Those `left_out` have an interest in it."""

    bidder: str
    total: Decimal
    members: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def mean(self) -> Fraction:
        """What it was given by a member on average: a bid is not worse for being judged by fewer."""
        return Fraction(self.total) / len(self.members) if self.members else Fraction()


@dataclass(frozen=True)
class BidStanding:
    """A bid: who hands it in, whom it puts forward, who was taken off, who has an interest in it, and its scores."""

    bidder: str
    version: int
    occurred: When
    people: tuple[Consultant, ...]
    taken_off: tuple[str, ...]
    interests: tuple[str, ...]
    scores: tuple[BidScored, ...]


def ranking(history: History) -> tuple[Ranked, ...]:
    """The bids that were scored, best first by what a member gave on average (`assumed`)."""
    weights, scored, ranked = _weights(history), _scored(history), []
    for bidder in received(history):
        given = [entry.event for entry in scored if entry.event.bidder == bidder]
        counted = [each for each in given if not _interested(each.member, bidder, history)]
        total = sum(
            (Decimal(s.score) * weights.get(s.criterion, 0) for each in counted for s in each.scores), Decimal()
        )
        if given:
            members = tuple(each.member for each in counted)
            left_out = tuple(each.member for each in given if each not in counted)
            ranked.append(Ranked(bidder, total, members, left_out))
    return tuple(sorted(ranked, key=lambda found: found.mean, reverse=True))


def bids(history: History) -> tuple[BidStanding, ...]:
    """The bids of the phase as they came in."""
    interests = [entry.event for entry in history.in_phase(InterestDeclared)]
    return tuple(
        BidStanding(
            bidder=bidder,
            version=entry.version,
            occurred=entry.occurred,
            people=entry.event.people,
            taken_off=taken_off(bidder, history),
            interests=tuple(dict.fromkeys(found.member for found in interests if found.bidder == bidder)),
            scores=tuple(scored.event for scored in _scored(history) if scored.event.bidder == bidder),
        )
        for bidder, entry in received(history).items()
    )


def cautions(history: History) -> Iterator[Caution]:
    """Interests that came out too late, a choice that is none, and a bidder preferred although others scored better."""
    for scored in _scored(history):
        if _interested(scored.event.member, scored.event.bidder, history):
            yield Caution("scored-with-interest", {"member": scored.event.member, "bidder": scored.event.bidder})
    panel, invited = last_panel(history), invitation(history)
    if panel is None:
        return
    sat, handed_in = panel.event, received(history)
    for member in sat.members:
        for bidder in handed_in:
            if member not in sat.aside and _interested(member, bidder, history):
                yield Caution("sat-with-interest", {"member": member, "bidder": bidder})
    if len(handed_in) < 2 and invited is not None and invited.event.route != "single":
        yield Caution("no-real-choice", {"bidders": list(handed_in)})
    ranked = [found for found in ranking(history) if found.members]
    best = [found.bidder for found in ranked if found.mean == ranked[0].mean]
    if best and sat.preferred not in best:
        yield Caution("preferred-not-best", {"preferred": sat.preferred, "best": best})

"""Sector-led help: whether a council acknowledges a challenge, and the support that is chosen for it by scenario.

[LGA] "Nowhere left behind" (consultation draft of March 2009, a proposal and not yet practice). Nine scenarios stand in it,
seven where the council acknowledges the challenge and two where it does not, each with those who help (section 27). The
lists are examples of a proposal and no law: whoever else helps is taken with a reason, and seen. A peer review may also be
had where a council is in conflict with the government. Where the challenge is not acknowledged, the help is the
confidential conversation itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from domain.checks import named_twice, silent
from domain.part import Asked, Caution, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Scenario = Literal[
    "service",
    "finance",
    "chief-officer",
    "groups",
    "crisis",
    "politics",
    "breakdown",
    "relations",
    "partnership",
]
"""Weak part of children's services in a strong council; auditors worried by finances and culture; chief officer in
question; dysfunctional political groups; serious adverse incident; problematic political leadership; leader and chief
executive fall out. Not acknowledged: officers, members or groups at odds beside good services; a partnership about to miss
its targets."""

Helper = Literal[
    "peer-review",
    "exchange",
    "riep",
    "specialists",
    "chief-executives",
    "associate",
    "member-peer",
    "political-peers",
    "regional-lga",
    "mutual",
    "risk",
    "board",
    "employers",
    "private",
    "voluntary",
    "district-audit",
    "standards",
    "parties",
    "cipfa",
    "ethical",
]
"""Kinds of support ([LGA] 27). `riep` is a regional improvement and efficiency partnership, `associate` and `member-peer`
are the improvement agency's, `mutual` is support of councils for each other."""


@dataclass(frozen=True)
class Answer:
    """What a scenario is answered with: whether it is acknowledged, and who helps."""

    acknowledged: bool
    helpers: tuple[Helper, ...] = ()


SCENARIOS: Mapping[Scenario, Answer] = {
    "service": Answer(True, ("peer-review", "exchange", "riep", "specialists", "private", "voluntary")),
    "finance": Answer(True, ("peer-review", "exchange", "riep", "specialists", "private", "voluntary")),
    "chief-officer": Answer(
        True,
        (
            "chief-executives",
            "riep",
            "associate",
            "member-peer",
            "regional-lga",
            "district-audit",
            "standards",
            "parties",
            "cipfa",
        ),
    ),
    "groups": Answer(True, ("associate", "political-peers")),
    "crisis": Answer(True, ("mutual", "political-peers", "risk", "associate")),
    "politics": Answer(True, ("board", "associate", "member-peer", "parties", "standards", "ethical")),
    "breakdown": Answer(True, ("political-peers", "associate", "employers")),
    "relations": Answer(False),
    "partnership": Answer(False),
}
"""Who helps in which scenario ([LGA] 27). Of `crisis` the copy is not clear."""


class ChallengeAnswered(Event):
    """The council said whether it acknowledges the challenge that was put to it."""

    type: ClassVar[str] = "challenge-answered"
    acknowledged: bool
    reasons: Sealed | None = None


class SupportChosen(Event):
    """Support was chosen for a scenario. `unnamed` are the helpers that the source does not name for it."""

    type: ClassVar[str] = "support-chosen"
    scenario: Scenario
    helpers: tuple[Helper, ...] = ()
    unnamed: tuple[Helper, ...] = ()
    conflict: bool = False
    focus: Sealed | None = None
    reason: Sealed | None = None


class AnswerChallenge(Command):
    """Say whether the council acknowledges the challenge. It may come to see it otherwise, and say so again."""

    type: ClassVar[str] = "answer-challenge"
    gives: ClassVar[Kinds] = (ChallengeAnswered,)
    acknowledged: bool
    reasons: Sealed | None = None


class ChooseSupport(Command):
    """Choose support for a scenario. Whoever helps without being named for it needs a reason.

    `conflict` is for a council in conflict with the government, which may have a peer review in any scenario.
    """

    type: ClassVar[str] = "choose-support"
    gives: ClassVar[Kinds] = (SupportChosen,)
    needs: ClassVar[Kinds] = (ChallengeAnswered,)
    scenario: Scenario
    helpers: tuple[Helper, ...] = ()
    conflict: bool = False
    focus: Sealed | None = None
    reason: Sealed | None = None


COMMANDS = (AnswerChallenge, ChooseSupport)
EVENTS = (ChallengeAnswered, SupportChosen)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about sector-led help."""
    match command:
        case AnswerChallenge():
            return [ChallengeAnswered(**dict(command))]
        case ChooseSupport():
            return _choose(command, history, asked)
    raise TypeError(command)


def _choose(command: ChooseSupport, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    answer = SCENARIOS[command.scenario]
    acknowledged = history.all(ChallengeAnswered)[-1].event.acknowledged
    if answer.acknowledged != acknowledged:
        fitting = [name for name, one in SCENARIOS.items() if one.acknowledged == acknowledged]
        return Refusal(
            "scenario-does-not-fit",
            {"scenario": command.scenario, "acknowledged": acknowledged, "scenarios": fitting},
        )
    if answer.acknowledged and not command.helpers:
        return Refusal("helpers-needed", {"scenario": command.scenario, "named": list(answer.helpers)})
    named: tuple[Helper, ...] = (*answer.helpers, "peer-review") if command.conflict else answer.helpers
    unnamed = tuple(helper for helper in command.helpers if helper not in named)
    if unnamed and command.reason is None and not silent(asked):
        return Refusal(
            "helper-not-named", {"scenario": command.scenario, "helpers": list(unnamed), "named": list(named)}
        )
    return named_twice("helpers", command.helpers) or [SupportChosen(unnamed=unnamed, **dict(command))]


def cautions(history: History) -> Iterator[Caution]:
    """Helpers in the support that stands whom the source does not name for its scenario."""
    chosen = history.last(SupportChosen)
    if chosen is not None and chosen.event.unnamed:
        yield Caution("helpers-not-named", {"scenario": chosen.event.scenario, "helpers": list(chosen.event.unnamed)})

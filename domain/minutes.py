"""Minutes and actions of the board: sent round promptly, and actions followed until they are closed ([PAT] ch.4).

Minutes and actions that did not go round promptly caused teams the most trouble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from domain.board import BoardHeld, held
from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role


class Action(BaseModel):
    """What a board wants done: an id, what, by whom and by when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed
    owner: Role
    by: When | None = None


class MinutesCirculated(Event):
    """The minutes and actions of a board were circulated."""

    type: ClassVar[str] = "minutes-circulated"
    board: int
    actions: tuple[Action, ...] = ()


class ActionClosed(Event):
    """What a board wanted done is done, or wanted no longer."""

    type: ClassVar[str] = "action-closed"
    action: Slug
    note: Sealed | None = None


class CirculateMinutes(Command):
    """Record that the minutes of a board went round, with the actions it wants done."""

    type: ClassVar[str] = "circulate-minutes"
    gives: ClassVar[Kinds] = (MinutesCirculated,)
    needs: ClassVar[Kinds] = (BoardHeld,)
    board: int = Field(ge=1)
    actions: tuple[Action, ...] = ()


class CloseAction(Command):
    """Close an action of the board."""

    type: ClassVar[str] = "close-action"
    gives: ClassVar[Kinds] = (ActionClosed,)
    needs: ClassVar[Kinds] = (BoardHeld,)  # an action may be done before the minutes that list it go round
    action: Slug
    note: Sealed | None = None


COMMANDS = (CirculateMinutes, CloseAction)
EVENTS = (MinutesCirculated, ActionClosed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about minutes and actions."""
    match command:
        case CirculateMinutes():
            return _circulate(command, history, asked)
        case CloseAction():
            return _close(command, history, asked)
    raise TypeError(command)


def _circulate(command: CirculateMinutes, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    met = held(history).get(command.board)
    if met is None:
        return Refusal("board-not-held", {"board": command.board})
    refusal = too_early(asked.occurred, met) or named_twice("actions", (action.id for action in command.actions))
    refusal = refusal or _wrong_actions(command.actions, met, history, asked)
    return refusal or [MinutesCirculated(board=command.board, actions=command.actions)]


def _wrong_actions(new: Sequence[Action], met: Entry[BoardHeld], history: History, asked: Asked) -> Refusal | None:
    boards = {found.id: found.board for found in actions(history)}
    for action in new:
        if action.id in boards:
            return Refusal("action-known", {"action": action.id, "board": boards[action.id]})
        if action.by is not None and action.by.certainly_before(met.occurred):
            return Refusal(
                "action-due-before-board", {"action": action.id, "by": str(action.by), "on": str(met.occurred)}
            )
    undated = [action.id for action in new if action.by is None]
    return Refusal("action-without-date", {"actions": undated}) if undated and not silent(asked) else None


def _close(command: CloseAction, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    known = {found.id: found for found in actions(history)}
    action = known.get(command.action)
    if action is None:
        return Refusal("no-such-action", {"action": command.action, "actions": list(known)})
    if action.closed is not None:
        return Refusal("action-closed-already", {"action": action.id, "on": str(action.closed)})
    return too_early(asked.occurred, held(history).get(action.board)) or [
        ActionClosed(action=action.id, note=command.note)
    ]


# How they stand


def circulated(history: History) -> Mapping[int, When]:
    """The boards of this phase whose minutes went round, and when they did."""
    return {entry.event.board: entry.occurred for entry in history.in_phase(MinutesCirculated)}


@dataclass(frozen=True)
class ActionStanding:
    """An action of a board: what, who owes it by when, and the day it was closed, if it was."""

    id: str
    board: int
    text: Sealed
    owner: str
    by: When | None
    closed: When | None


def actions(history: History) -> tuple[ActionStanding, ...]:
    """The actions of this phase's boards, in order, open and closed."""
    closed = {entry.event.action: entry.occurred for entry in history.in_phase(ActionClosed)}
    return tuple(
        ActionStanding(
            id=action.id,
            board=entry.event.board,
            text=action.text,
            owner=action.owner,
            by=action.by,
            closed=closed.get(action.id),
        )
        for entry in history.in_phase(MinutesCirculated)
        for action in entry.event.actions
    )

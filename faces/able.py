"""`turnaround can`: what may be done now and by whom, and for the rest what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from domain import council, engagement
from domain.actors import Actor
from domain.course import AssumeStage
from domain.dates import When
from domain.engagement import Engagement, Rules
from domain.part import Asked, Command, Refusal
from faces import telling
from faces.desk import Desk
from faces.lacking import lack, view_of, ways_out
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, say, table
from faces.prose import refused
from faces.readers import known_role
from faces.words import Words

ONLY_IN_FILES = (AssumeStage.type,)
"""Commands that the command line can't give."""


@dataclass(frozen=True)
class Able:
    """A command, who may give it, and what is missing before it can be given: nothing where `missing` is None."""

    command: str
    about: str
    roles: tuple[str, ...]
    missing: str | None
    stages: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        return {
            "command": self.command,
            "about": self.about,
            "roles": list(self.roles),
            "missing": self.missing,
            "stages": list(self.stages),
        }


def abilities(state: Engagement, rules: Rules, words: Words, now: datetime) -> Iterator[Able]:
    """Every command that people may give to such an engagement, with what it lacks now."""
    lifecycle = rules.lifecycle
    if state.closed is not None:
        here = frozenset(lifecycle.after_close)
    else:
        here = lifecycle.allowed_in(state.stage) if state.stage else frozenset()
    own = lifecycle.stage(state.stage).allows if state.stage else ()
    # What the stage is about comes first, then what is always allowed.
    for name, kind in sorted(engagement.commands_of(lifecycle).items(), key=lambda item: item[0] not in own):
        roles = lifecycle.who_may(name)
        if kind.derived or not roles or name in ONLY_IN_FILES:
            continue
        about = about_command(kind)
        if name not in here:
            stages = lifecycle.stages_allowing(name)
            yield Able(name, about, roles, None, tuple(stages) or ("nowhere",))
            continue
        yield _in_this_stage(state, rules, words, kind, roles, now)


def about_command(kind: type[Command]) -> str:
    """What a command is for, in its own first sentence."""
    first = (kind.__doc__ or kind.type).strip().splitlines()[0]
    return first.partition(". ")[0].removesuffix(".")


def _in_this_stage(
    state: Engagement, rules: Rules, words: Words, kind: type[Command], roles: tuple[str, ...], now: datetime
) -> Able:
    about = about_command(kind)
    view = view_of(state, rules.lifecycle)
    for event in engagement.needed(kind, rules.lifecycle):
        if view.last(event) is None:
            said = refused("needs", {"command": kind.type, "event": event}, words)
            return Able(kind.type, about, roles, f"{said.sentence} {_sentence(said.hint)}".strip())
    if kind.model_fields:
        return Able(kind.type, about, roles, None)
    # Without fields there is nothing to fill in: the rules themselves say who may give it now.
    willing, reason = [], None
    for role in roles:
        answer = _try(state, rules, kind, role, now)
        if answer is None:
            willing.append(role)
        else:
            reason = reason or refused(answer.rule, answer.details, words).sentence
    return Able(kind.type, about, tuple(willing) or roles, None if willing else reason)


def _sentence(hint: str | None) -> str:
    return f"{hint[:1].upper()}{hint[1:]}." if hint else ""


def _try(state: Engagement, rules: Rules, kind: type[Command], role: str, now: datetime) -> Refusal | None:
    recorder = role if rules.lifecycle.roles[role].signs_in else rules.lifecycle.roles[role].recorded_by[0]
    today: date = now.date()
    asked = Asked(kind(), When.day(today), Actor.parse(role), Actor.parse(recorder), now, "command-line")
    answer = engagement.decide(state, rules, asked)
    return answer if isinstance(answer, Refusal) else None


def show_able(state: Engagement, words: Words, found: list[Able], *, everything: bool) -> None:
    now = [able for able in found if not able.stages and able.missing is None]
    not_yet = [able for able in found if not able.stages and able.missing is not None]
    elsewhere = [able for able in found if able.stages]
    stage = f"over: {words.stage(state.closed)}" if state.closed else f"in {words.stage(state.stage or '')}"
    if now:
        say(f"Now, {stage}", style="bold")
        table(("Command", "What for", "Who"), ((able.command, able.about, _roles(able, words)) for able in now))
    else:
        note(f"Nothing may be done now, {stage}.")
    if not_yet:
        say()
        say("Not yet", style="bold")
        table(("Command", "What is missing"), ((able.command, able.missing) for able in not_yet))
    if everything and elsewhere:
        say()
        say("In other stages", style="bold")
        rows = ((able.command, ", ".join(words.stage(name) for name in able.stages)) for able in elsewhere)
        table(("Command", "Stages"), rows)


def _roles(able: Able, words: Words) -> Cell:
    return Cell(", ".join(words.title_of_role(role) for role in able.roles), ",".join(able.roles))


def what_can(desk: Desk, conn: Connection, id: str, role: str | None, *, everything: bool = False) -> Answer:
    """What may be done now to an engagement or a council, of everybody or of one role; `everything` with other stages.

    Raises Problem.
    """
    target = desk.resolve(conn, id)
    if target.family == "council":
        return _council(desk, conn, target.name, role)
    state, rules = desk.engagement(conn, target.name)
    words = desk.words(conn, rules)
    known_role(role, list(rules.lifecycle.roles))
    found = [able for able in abilities(state, rules, words, desk.now) if role is None or role in able.roles]
    ways = [
        (words.stage(way.to), lack(way.when, result, state, rules))
        for way, result in ways_out(state, rules)
        if not result.met
    ]
    data = {
        "id": state.id,
        "stage": state.stage,
        "closed": state.closed,
        "version": state.version,
        "now": [able.data() for able in found if not able.stages and able.missing is None],
        "not_yet": [able.data() for able in found if not able.stages and able.missing is not None],
        "in_other_stages": [able.data() for able in found if able.stages],
        "to_go_on": [{"to": to, "missing": missing.data()} for to, missing in ways],
    }

    def tell() -> None:
        show_able(state, words, found, everything=everything)
        for to, missing in ways:
            say()
            say(f"To go on to {to}, still missing", style="bold")
            for line in missing.lines(words):
                say(line)
        tell_kind(desk)

    return Answer(data, tell)


def _council(desk: Desk, conn: Connection, gss: str, role: str | None) -> Answer:
    words = desk.words(conn)
    known_role(role, sorted({name for names in council.MAY.values() for name in names}))
    found = [
        Able(name, about_command(council.COMMANDS[name]), roles, None)
        for name, roles in council.MAY.items()
        if role is None or role in roles
    ]

    def tell() -> None:
        opened = desk.council(conn, gss).open.values()
        say(f"Now, of {desk.facts(gss).name}", style="bold")
        table(("Command", "What for", "Who"), ((able.command, able.about, _roles(able, words)) for able in found))
        for held in opened:
            note(f"{held.engagement} is open in {telling.service(held.service)}: turnaround can {held.engagement}")

    return Answer({"id": gss, "now": [able.data() for able in found]}, tell)

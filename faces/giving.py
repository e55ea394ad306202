"""A command as it was asked for by name: which it is, who decides and who records it, and when it happened."""

import asyncio
import re
from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import ValidationError

from domain import council, engagement
from domain.actors import Actor
from domain.dates import When
from domain.documents import plain_problem
from domain.engagement import Rules
from domain.part import Command
from domain.quantities import is_slug
from faces.desk import Desk, Target, close
from faces.fields import check_string
from faces.outcome import Given
from faces.problems import Problem, usage
from faces.words import Words
from ledger.commands import StoredOutcome

if TYPE_CHECKING:
    from workers.face import Face, Via

PATIENCE = 20.0
"""Seconds after which a face stops waiting for an outcome and says how to ask again."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}\Z")


def command_named(name: str, target: Target, rules: Rules | None) -> type[Command]:
    """A command by its name. Raises Problem when there is none, or not for such a target."""
    here = engagement.commands_of(rules.lifecycle) if rules else council.COMMANDS
    other = council.COMMANDS if rules else engagement.COMMANDS
    kind = here.get(name)
    if kind is not None and not kind.derived:
        return kind
    if kind is not None:
        raise usage(f"{name} follows by itself: nobody gives it.", "it comes from a rating of the council")
    if name == "import-case":
        raise usage("a case is not taken over like this.", "use `turnaround import FILE`")
    if name in other:
        what = "council" if target.family == "engagement" else "engagement"
        raise usage(f"{name} is a command to the {what}, not to the {target.family}.", f"name the {what} instead")
    known = [n for n, k in here.items() if not k.derived]
    raise usage(
        f"there is no command '{name}' for the {target.family}.",
        close(name, known) or "`turnaround do --commands` lists them",
    )


def command_id(id: str | None) -> str:
    """The id given with --id, or a new one. Raises Problem."""
    if id is None:
        return f"cli-{uuid4().hex}"
    if not _ID.match(id):
        raise usage(
            f"'{id[:60]}' can't be a command's id.", "it is letters, digits, '.', '_', ':', '@' and '-', at most 200"
        )
    return id


def occurred(on: str | None, desk: Desk) -> When:
    """The date given with --on, or today. Raises Problem."""
    return When.day(desk.today) if on is None else date_given("--on", on)


def date_given(option: str, text: str) -> When:
    """A date given with an option. Raises Problem."""
    check_string(option, text, lines=False)
    try:
        return When.parse(text)
    except ValidationError as error:
        raise usage(f"{option}: {plain_problem(error.errors(include_url=False)[0])}.") from None


def actors_of(
    kind: type[Command],
    rules: Rules | None,
    words: Words,
    role: str | None,
    person: str | None,
    recorder: str | None,
) -> tuple[Actor, Actor]:
    may = rules.lifecycle.who_may(kind.type) if rules else council.MAY[kind.type]
    known = sorted(rules.lifecycle.roles if rules else {name for names in council.MAY.values() for name in names})
    if role is None:
        if len(may) != 1:
            who = words.roles(may) if may else "nobody in this model"
            raise usage(f"several roles may give {kind.type}; say which with --as.", f"it is for {who}")
        (role,) = may
    for name in (role, recorder):
        if name is not None and name not in known:
            raise usage(f"there is no role '{name[:80]}'.", close(name, known) or f"roles are {', '.join(known)}")
    decided_by = actor(role, person)
    about = rules.lifecycle.roles.get(role) if rules else None
    if recorder is None:
        recorder = role if about is None or about.signs_in else about.recorded_by[0]
    return decided_by, decided_by if recorder == role else Actor.parse(recorder)


def actor(role: str, person: str | None) -> Actor:
    """A role, and whoever held it, given with --by. Raises Problem."""
    if person is not None and not is_slug(person):
        raise usage(
            f"--by: '{person[:60]}' is not a person's id.",
            "write small letters, digits and hyphens, such as jo-b; a name belongs in a sealed field",
        )
    return Actor.parse(role).model_copy(update={"person": person})


class OutcomeUnknown(Problem):
    """A command was stored, and whether it was carried out is not known yet."""


async def give(face: "Face", given: Given, via: "Via", signed_in: str) -> StoredOutcome | None:
    """Give a command by a face, and its outcome; None where it is not known yet.

    Raises Problem when it can't be given, and what `Face.give` raises but NotKnownYet.
    """
    from workers.face import NotKnownYet, Unsealed  # heavy: whoever only reads does not wait for the engine

    kind, body = given.stored
    unsealed = Unsealed(
        id=given.id,
        target=given.target.stream,
        type=kind.type,
        decided_by=given.decided_by,
        recorded_by=given.recorded_by,
        occurred=given.occurred,
        body=body,
        via=via,
        signed_in=signed_in,
        expected_version=given.expected,
        proposed_by=given.proposed_by,
        confirmed_by=given.confirmed_by,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            return await face.give(unsealed)
    except (TimeoutError, NotKnownYet):
        return await asyncio.to_thread(face.outcome_of, given.id)

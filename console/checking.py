"""Answers to the form of a command, checked: what can be given, with what would follow, or the form again with what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.asked import ID, VERSION, Asking, new_id
from console.date_fields import Fields, said
from console.forms import Wrong, without_blanks
from console.hints import in_words
from console.labels import act_of
from console.shown import Shown, Told, shown, summary_of
from domain.actors import OFFICE_ROLE
from faces import telling
from faces.able import about_command
from faces.desk import Target
from faces.legal import of_legal_force
from faces.outcome import Given
from faces.page import Block, collected
from faces.problems import Problem
from faces.words import capital
from ledger import events

STALE = "stale-version"


@dataclass
class Form:
    """A form as a page shows it."""

    target: Target
    act: str
    about: str
    shown: list[Shown]
    errors: list[dict[str, str]]
    hidden: Fields
    hints: Sequence[str] = ()
    news: Sequence[str] = ()
    first: str = ""
    past: str | None = None
    deciders: Sequence[str] = ()
    may: Sequence[str] = ()
    own: bool = False


@dataclass
class Checked:
    """Answers that can be given: in words, with what would follow, and the command itself."""

    form: Form
    given: Given
    answers: list[Told]
    follows: list[Block]
    legal: bool
    recorders: tuple[str, ...] = ()
    confirmers: tuple[str, ...] = ()
    fields: Fields = field(default_factory=dict)


def check(asking: Asking, fields: Fields) -> Checked | Form:
    """Answers as they can be given, or the form again with what is wrong."""
    fields = without_blanks(asking.controls(fields), fields)
    if not asking.deciders:
        roles = ", ".join(asking.words.title_of_role(role) for role in asking.may) or "nobody in this model"
        sentence = f"You act as {asking.words.title_of_role(asking.who.role)}, and this is for {roles}"
        return form_of(asking, fields, [Wrong("", sentence), *asking.taken(fields).wrong])
    taken = asking.taken(fields)
    if taken.wrong:
        return form_of(asking, asking.prefilled(fields), taken.wrong)
    try:
        given = asking.given(fields, taken)
    except Problem as problem:
        return form_of(asking, fields, [_named(asking, problem)])
    foretold = asking.foretold(given)
    if foretold is not None and not foretold.data["accepted"]:
        return refused_form(asking, fields, foretold.data)
    with collected() as follows:
        if foretold is not None:
            foretold.tell()
    said = [in_words(block, asking.target) for block in list(follows)[1:]]
    legal = of_legal_force(given.kind, foretold)
    record = asking.recorders_of(str(given.decided_by)) if legal else ()
    confirmers = tuple(dict.fromkeys((*record, OFFICE_ROLE))) if legal else ()
    form = form_of(asking, fields)
    return Checked(form, given, asking.answers(fields, taken), said, legal, record, confirmers, fields)


def _named(asking: Asking, problem: Problem) -> Wrong:
    """A problem with the field that it names in quotes, if it does."""
    quoted = problem.message.split("'")
    name = quoted[1].replace(" ", ".") if len(quoted) > 2 else ""
    return Wrong(name, capital(problem.message.removesuffix(".")))


def refused_form(asking: Asking, fields: Fields, said_of: dict[str, object]) -> Form:
    """The form again with why a rule refuses it: at its field where the rule names one. It goes out under a new id."""
    details = said_of["details"]
    assert isinstance(details, dict)
    names = {control.name for control in (*asking.controls(fields), *asking.frame)}
    named = str(details.get("field", ""))
    place = named if named in names else next((name for name in details if name in names), "")
    if said_of["rule"] in ("too-early", "in-the-future", "before-the-opening"):
        place = "_on"
    since = int(said(fields, VERSION) or 0)
    fields = {**fields, ID: [new_id()]}
    news: list[str] = []
    if said_of["rule"] == STALE:
        news = _news(asking, since)
        fields[VERSION] = [str(asking.version)]
    form = form_of(asking, fields, _lacking(asking, fields, details) or [_wrong(place, said_of)])
    form.news = news
    hint = said_of.get("hint")
    form.hints = [capital(str(hint))] if hint and not _for_a_terminal(str(hint)) else []
    return form


def _wrong(place: str, said_of: Mapping[str, object]) -> Wrong:
    return Wrong(place, capital(str(said_of["reason"]).removesuffix(".")))


def _lacking(asking: Asking, fields: Fields, details: Mapping[str, Any]) -> list[Wrong]:
    """What a rule misses, each at its field; nothing where the rule names something that the form has no field for."""
    missing = details.get("missing")
    labels = {control.name: control.label for control in asking.controls(fields)}
    if not isinstance(missing, list | tuple) or not missing or not set(map(str, missing)) <= set(labels):
        return []
    return [Wrong(str(name), f"This is needed here: {labels[str(name)]}") for name in missing]


_FOR_A_TERMINAL = re.compile(r"turnaround |--|\w=")


def _for_a_terminal(hint: str) -> bool:
    return _FOR_A_TERMINAL.search(hint) is not None


def _news(asking: Asking, since: int) -> list[str]:
    """What has happened since the form was opened, in words."""
    found = events.read_stream(asking.conn, asking.target.stream, since)
    return [telling.title(event.type, event.body, asking.words) for event in found]


def form_of(asking: Asking, fields: Fields, wrong: Sequence[Wrong] = (), *, first: str = "") -> Form:
    """A form with what was typed and what is wrong."""
    controls = (*asking.controls(fields), *asking.frame)
    found = shown(controls, fields, wrong)
    past = asking.past(fields)
    hidden = {name: fields[name] for name in (ID, VERSION) if name in fields}
    if past is not None:
        hidden["version"] = [str(past.version)]
    return Form(
        asking.target,
        act_of(asking.kind.type),
        about_command(asking.kind),
        found,
        summary_of(found, wrong),
        hidden,
        first=first,
        past=past.title if past is not None else None,
        deciders=asking.deciders,
        may=[asking.words.title_of_role(role) for role in asking.may],
        own=asking.own,
    )

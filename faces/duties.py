"""`turnaround duties`: who decided and recorded what in an engagement, whether they might, and every exception."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from domain.actors import Actor
from domain.duties import Act, Duties, Exceptional, Finding
from domain.duties import duties as check
from domain.engagement import Engagement
from domain.records import Recorded
from faces import dates, telling
from faces.desk import Desk
from faces.page import Answer, Cell, note, say, table
from faces.problems import usage
from faces.readers import note_read
from faces.words import Words, any_of, plain
from ledger import commands, events


@dataclass(frozen=True)
class WhoDidWhat(Answer):
    """The answer; `some` tells it with those acts alone that stand between two numbers in its table."""

    some: Callable[[int, int | None], None]


def who_did_what(desk: Desk, conn: Connection, id: str, auditor: str | None) -> WhoDidWhat:
    """Who decided and recorded what in an engagement; `data["findings"]` is what nobody should have done. Raises Problem."""
    return duties_of(desk, conn, id, auditor)()


def duties_of(desk: Desk, conn: Connection, id: str, auditor: str | None) -> Callable[[], WhoDidWhat]:
    """The same, to be drawn when it is wanted, once it is on record that an auditor reads it. Raises Problem."""
    target = desk.resolve(conn, id)
    if target.family != "engagement":
        raise usage(f"{id} is a council: duties are shown of an engagement.", "name one, such as haringey-1")
    state, rules = desk.engagement(conn, target.name)
    note_read(desk, target.name, "duties", auditor)

    def draw() -> WhoDidWhat:
        words = desk.words(conn, rules)
        recorded = list(events.read_stream(conn, target.stream))
        data = _data_of(conn, state.id, recorded, _checked(desk, conn, state, recorded), words)
        return WhoDidWhat(data, lambda: _show(data, words), lambda first, last: _show(data, words, first, last))

    return draw


def _checked(desk: Desk, conn: Connection, state: Engagement, recorded: list[Recorded]) -> Duties:
    ids = list(dict.fromkeys(event.command.id for event in recorded))
    known = {each.record.id: each.record for each in commands.stored_commands(conn, ids)}
    lifecycles = {each.ref: each for each in desk.library.every()}
    return check(state.id, recorded, known, lifecycles, desk.directory(conn))


# As data


def _data_of(conn: Connection, id: str, recorded: list[Recorded], found: Duties, words: Words) -> dict[str, Any]:
    by_version = {event.version: event for event in recorded}
    values = telling.values_of(conn, [{"reason": each.reason} for each in found.exceptions if each.reason])
    return {
        "id": id,
        "findings": [_finding(each, words) for each in found.findings],
        "acts": [_act(each) for each in found.acts],
        "exceptions": [_exception(each, by_version[each.version], values, words) for each in found.exceptions],
    }


def _finding(found: Finding, words: Words) -> dict[str, Any]:
    return {
        "version": found.version,
        "rule": found.rule,
        "who": found.who,
        "details": dict(found.details),
        "sentence": _sentence(found, words),
    }


def _act(act: Act) -> dict[str, Any]:
    return {
        "version": act.version,
        "on": act.on,
        "command": act.command,
        "decided_by": act.decided_by.model_dump(mode="json"),
        "recorded_by": act.recorded_by.model_dump(mode="json"),
        "via": act.via,
        "proposed_by": act.proposed_by.model_dump(mode="json") if act.proposed_by else None,
        "confirmed_by": act.confirmed_by.model_dump(mode="json") if act.confirmed_by else None,
        "model": act.model,
        "stage": act.stage,
    }


def _exception(found: Exceptional, event: Recorded, values: Mapping[str, Any], words: Words) -> dict[str, Any]:
    stood = found.type == "stood-in"
    title = f"{found.details['person']} stood in for {found.details['in_place_of']}" if stood else None
    return {
        "version": found.version,
        "type": found.type,
        "title": title or telling.title(event.type, event.body, words),
        "on": str(event.occurred),
        "decided_by": str(event.decided_by),
        "reason": values.get(found.reason, telling.ERASED) if found.reason else None,
        "details": dict(found.details),
    }


def _sentence(found: Finding, words: Words) -> str:
    d, who = found.details, found.who
    match found.rule:
        case "role":
            may = f"{any_of(d['may'])} may" if d["may"] else "nobody may"
            return f"{who} gave {d['command']}; in {d['model']} {may}"
        case "recorder":
            return f"{d['recorder']} recorded {d['command']} of {who}; {any_of(d['may'])} may"
        case "stage":
            return f"{who} gave {d['command']}, which {d['model']} does not allow in the stage {d['stage']}"
        case "closed":
            return f"{who} gave {d['command']} after the engagement was over"
        case "no-lifecycle":
            return f"{who} gave {d['command']} under {d['model']}, which is not published"
        case "not-derived":
            return f"{who} gave {d['command']}, which follows from a council's record alone"
        case "no-command":
            return f"no command is stored for {plain(d['event'])}, which {who} is said to have decided"
        case "not-its-event":
            return f"{d['command']} of {who} does not lead to {plain(d['event'])}"
        case "another-actor":
            return f"{plain(d['event'])} names {d['said']}, and its command names {d['meant']}"
        case "not-the-engines":
            return f"{plain(d['event'])} is said to be {words.title_of_role(who)}'s, and only a command brings it"
        case "interest":
            return f"{d['member']} scored the bid of {d['bidder']}, with the interest declared in {d['declared']}"
        case "own-claim-alone":
            return f"only {who}, who made the claim ({plain(d['claimed'])}, {d['claim']}), agreed to it"
        case "own-claim":
            return f"{who} signed off a claim of their own ({plain(d['claimed'])}, {d['claim']}): {plain(d['judged'])}"
    raise KeyError(found.rule)


# On the page


def _show(data: Mapping[str, Any], words: Words, first: int = 0, last: int | None = None) -> None:
    if data["findings"]:
        say("Findings", style="bold red")
        table(("#", "Rule", "What"), ((str(f["version"]), f["rule"], f["sentence"]) for f in data["findings"]))
    else:
        say("Nobody did what they must not: every act was its role's, in its stage, recorded by who may,")
        say("and nobody signed off a claim of their own.")
    say()
    say("What was done, by role", style="bold")
    acts = sorted(data["acts"], key=lambda act: (_role(act["decided_by"]), act["version"]))[first:last]
    table(("Who", "#", "On", "What", "Recorded by", "Via"), (_row(act, words) for act in acts))
    say()
    say("Out of the ordinary", style="bold")
    if not data["exceptions"]:
        note("Nothing.")
        return
    table(
        ("#", "On", "What", "Who", "Reason"),
        (
            (
                str(each["version"]),
                Cell(dates.printed(each["on"]), each["on"]),
                each["title"],
                words.title_of_role(each["decided_by"]),
                str(each["reason"]) if each["reason"] is not None else "",
            )
            for each in data["exceptions"]
        ),
    )


def _role(actor: Mapping[str, Any]) -> str:
    return f"{actor['party']}.{actor['role']}" + (f"/{actor['person']}" if actor["person"] else "")


def _row(act: Mapping[str, Any], words: Words) -> tuple[Cell | str | None, ...]:
    decided, recorded = act["decided_by"], act["recorded_by"]
    return (
        Cell(_shown(decided, words), _role(decided)),
        str(act["version"]),
        Cell(dates.printed(act["on"]), act["on"]),
        act["command"],
        Cell(_shown(recorded, words) if recorded != decided else "", _role(recorded)),
        act["via"],
    )


def _shown(actor: Mapping[str, Any], words: Words) -> str:
    title = words.title_of_role(str(Actor(party=actor["party"], role=actor["role"])))
    return title + (f" ({actor['person']})" if actor["person"] else "")

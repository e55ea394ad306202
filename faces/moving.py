"""`turnaround move`: an engagement moved to another model or a newer version of its own, with what carries over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from domain.documents import DocumentError, parse
from domain.engagement import Engagement, Rules
from domain.moving import EngagementMoved, MoveEngagement
from domain.obligations import Obligation
from faces import dates
from faces.desk import Desk
from faces.fields import read_text, with_placeholders
from faces.lacking import lack, ways_out
from faces.outcome import Given
from faces.page import Answer, note, say, table
from faces.problems import Exit, Problem, usage
from faces.prose import refused
from faces.trying import Trial
from faces.words import Words
from ledger.events import reader

LARGEST = 256 * 1024
LISTS = {"obligations": "obligation", "people": "post", "deliverables": "deliverable"}
"""What a mapping may hold, and what each entry of it names."""
FORM = "write `NAME: NEW-NAME` or `NAME: {let-go: REASON}` a line, under obligations, people or deliverables"


def mapping_of(file: Path) -> dict[str, Any]:
    """What a mapping file says, as fields of the command. Raises Problem."""
    try:
        held = parse(file.name, read_text(file, LARGEST)).value
    except DocumentError as error:
        raise usage(f"{error}.", FORM) from None
    if not isinstance(held, Mapping):
        raise usage(f"{file.name} is no mapping.", FORM)
    for name, entries in held.items():
        if name not in LISTS or not isinstance(entries, Mapping):
            raise usage(f"{file.name}: '{name}' can't be read.", FORM)
    return {name: [_entry(file, LISTS[name], *pair) for pair in entries.items()] for name, entries in held.items()}


def _entry(file: Path, field: str, name: Any, becomes: Any) -> dict[str, Any]:
    """One line: `submit-pid: submit-plan`, with a number where several are owed, or `submit-pid 2: {let-go: ...}`."""
    id, _, number = str(name).partition(" ")
    entry: dict[str, Any] = {field: id}
    if number and (field != "obligation" or not number.isdecimal()):
        raise usage(f"{file.name}: '{name}' names nothing.", FORM)
    if number:
        entry["number"] = int(number)
    if isinstance(becomes, str):
        return {**entry, "to": becomes}
    if isinstance(becomes, Mapping) and list(becomes) == ["let-go"] and isinstance(becomes["let-go"], str):
        return {**entry, "reason": becomes["let-go"]}
    raise usage(f"{file.name}: what becomes of '{name}' can't be read.", FORM)


def side(state: Engagement, rules: Rules, words: Words) -> dict[str, Any]:
    stage = state.closed or state.stage or ""
    return {
        "model": state.model,
        "stage": stage,
        "stage_title": words.stage(stage),
        "owner": rules.lifecycle.stage(state.stage or "").owner,
        "gates": [
            {
                "to": way.to,
                "title": words.stage(way.to),
                "met": result.met,
                "missing": [] if result.met else list(lack(way.when, result, state, rules).lines(words)),
            }
            for way, result in ways_out(state, rules)
        ],
    }


def obligations(before: Engagement, after: Engagement, moved: EngagementMoved) -> Iterator[dict[str, Any]]:
    """What becomes of all that is owed: kept, mapped, let go, met by itself, and what is new."""
    carried = {
        (held.opened.carried.obligation, held.opened.carried.number): held
        for held in after.obligations.values()
        if held.opened.carried is not None
    }
    for each in moved.obligations:
        old = before.obligations[each.obligation, each.number or 1]
        new = carried.pop((each.obligation, each.number or 1), None)
        how = "let go" if each.to is None else "kept" if each.to == each.obligation else "mapped"
        yield {"what": how if each.to is None or new else "carried over, and over at once", **_due(old, new)}
    for held in after.obligations.values():
        if held.opened.carried is None and held.version > before.version:
            yield {"what": "new", **_due(None, held)}


def _due(old: Obligation | None, new: Obligation | None) -> dict[str, Any]:
    def told(held: Obligation | None) -> dict[str, Any] | None:
        if held is None:
            return None
        opened = held.opened
        return {"id": opened.obligation, "owner": opened.owner, "due_on": opened.due_on, "late": held.passed}

    return {"before": told(old), "after": told(new)}


def show_move(data: Mapping[str, Any], words: Words, new_words: Words) -> None:
    before, after = data["before"], data["after"]
    rows = [("Lifecycle", before["model"], after["model"]), ("Stage", before["stage_title"], after["stage_title"])]
    rows.append(("Owner", words.title_of_role(before["owner"]), new_words.title_of_role(after["owner"])))
    rows.append(("To go on", _gates(before["gates"]), _gates(after["gates"])))
    table(("", "Now", "Then"), rows)
    if data["obligations"]:
        say()
        say("What is owed", style="bold")
        table(
            ("What becomes of it", "Now", "By", "Then", "By"),
            (_row(each, words, new_words) for each in data["obligations"]),
        )
    if data["assumed"]:
        note("Gates before that stage are not met: they are assumed, for the reason given, and marked so for ever.")
    if data["told"]:
        say(f"Would be told: {', '.join(new_words.title_of_role(role) for role in data['told'])}.")


def _gates(gates: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(
        f"{gate['title']}: " + ("open" if gate["met"] else "; ".join(line.strip() for line in gate["missing"]))
        for gate in gates
    )


def _row(each: Mapping[str, Any], words: Words, new_words: Words) -> tuple[str, str, str, str, str]:
    old, new = each["before"], each["after"]
    return (
        each["what"].capitalize(),
        words.owed(old["id"]) if old else "",
        _by(old),
        new_words.owed(new["id"]) if new else "",
        _by(new),
    )


def _by(due: Mapping[str, Any] | None) -> str:
    return "" if due is None else dates.day(due["due_on"]) + (" (late)" if due["late"] else "")


def foretell_move(desk: Desk, conn: Connection, given: Given, words: Words) -> Answer:
    """What would change, side by side: it is decided in this process, on a copy. Of one that is refused `tell` raises Problem."""
    before, rules = desk.engagement(conn, given.target.name)
    trial = Trial(desk, conn, desk.now)
    body = with_placeholders(MoveEngagement, given.body)
    refusal = trial.command(
        given.target, given.kind.type, given.decided_by, given.recorded_by, given.occurred, body, given.expected
    )
    about = {"target": given.target.stream, "dry_run": True, "accepted": refusal is None}
    if refusal is not None:
        said = refused(refusal.rule, refusal.details, words)
        details = {"rule": refusal.rule, "details": dict(refusal.details), "reason": said.sentence, "hint": said.hint}

        def refuse() -> None:
            raise Problem(Exit.REFUSED, f"it would be refused. {said.sentence}", said.hint)

        return Answer(about | details, refuse)
    after = trial.state(given.target)
    assert isinstance(after, Engagement)
    then = desk.library.rules(after.model, reader(conn))
    new_words = replace(words, lifecycles=(then.lifecycle, *words.lifecycles))
    (moved,) = [event for _, _, event in trial.drafted() if isinstance(event, EngagementMoved)]
    data = about | {
        "before": side(before, rules, words),
        "after": side(after, then, new_words),
        "obligations": list(obligations(before, after, moved)),
        "assumed": moved.assumed is not None,
        "told": trial.told(),
    }

    def tell() -> None:
        say(f"It would be accepted: {given.target.name} moves to {after.model}. Nothing has been stored.")
        show_move(data, words, new_words)

    return Answer(data, tell)

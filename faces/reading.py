"""`turnaround show`: where an engagement or a council stands, what is owed and how each date was reached, what is next."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain import account
from domain import council as a_council
from domain.assessments import AssessmentRecorded
from domain.contract import ContractAwarded
from domain.council import Council, InterventionClosed, InterventionOpened
from domain.course import EngagementClosed
from domain.engagement import Engagement, Rules, cautions, next_due
from domain.judgements import DerivedJudgement
from domain.obligations import Obligation
from domain.part import Caution
from domain.project import LeadNamed
from domain.rating_notes import in_special_measures, were_in_special_measures
from domain.ratings import (
    GROUPS,
    RatingAnswered,
    RatingPublished,
    RatingWithdrawn,
    answers_to,
    derived_judgements,
    in_force,
)
from faces import dates, telling
from faces.desk import Desk
from faces.dossier_disputes import disputes, show_disputes, sources
from faces.dossier_record import OnRecord, opened
from faces.lacking import lack, ways_out
from faces.listing import tell_kind
from faces.page import Answer, Cell, pairs, say, table
from faces.prose import warned
from faces.readers import note_read
from faces.telling.course import KINDS
from faces.words import Words, plain, pounds
from ledger import read_models, sealing

# An engagement


def engagement_data(desk: Desk, conn: Connection, state: Engagement, rules: Rules, words: Words) -> dict[str, Any]:
    """Where an engagement stands, as plain data."""
    assert state.opening is not None and state.stage is not None and state.stage_since is not None
    facts = desk.facts(state.opening.council)
    row = read_models.engagement(conn, state.id)
    closing = state.history.last(EngagementClosed)
    strike = next_due(state)
    return {
        "id": state.id,
        "council": {"gss": facts.gss, "name": facts.name, "region": facts.region},
        "service": state.opening.service,
        "model": state.model,
        "model_title": rules.lifecycle.title,
        "version": state.version,
        "opened": str(state.opened),
        "stage": {
            "id": state.stage,
            "title": words.stage(state.stage),
            "since": str(state.stage_since),
            "owner": rules.lifecycle.stage(state.stage).owner,
            "owner_title": words.title_of_role(rules.lifecycle.stage(state.stage).owner),
        },
        "closed": (
            {"end": state.closed, "title": words.stage(state.closed), "on": str(closing.occurred)}
            if state.closed and closing
            else None
        ),
        "live": state.live,
        "stuck": bool(row and row.stuck),
        "assumed": state.assumed,
        "kind": state.opening.kind or "special-measures",
        "trigger": _trigger(state, rules),
        "special_measures": in_special_measures(state.history),
        "special_measures_before": were_in_special_measures(state.history),
        "contract": _contract(state),
        "days": _days(state),
        "leads": _leads(conn, state),
        "obligations": [_obligation(held, desk, words) for held in _in_due_order(state)],
        "next_strike": strike,
        "cautions": [caution_data(found, words) for found in _cautions(desk, state)],
        "next": [
            {
                "to": way.to,
                "title": words.stage(way.to),
                "missing": (missing := lack(way.when, result, state, rules)).data(),
                "words": list(missing.lines(words)),
            }
            for way, result in ways_out(state, rules)
            if not result.met
        ],
    }


def _cautions(desk: Desk, state: Engagement) -> tuple[Caution, ...]:
    """What is worth a person's eye, looked for again where it has gone on. A state of another day has the same version."""
    if desk.folded is None or desk.folded.get(f"engagement/{state.id}") is not state:
        return cautions(state)
    return desk.kept.each("cautions", {state.id: state.version}, lambda _: [(state.id, cautions(state))])[state.id]


def cautions_of(state: Engagement | Council) -> tuple[Caution, ...]:
    """What is worth a person's eye in an engagement or a council as it stands."""
    return a_council.cautions(state) if isinstance(state, Council) else cautions(state)


def caution_data(found: Caution, words: Words) -> dict[str, Any]:
    """A caution with its sentence."""
    said = warned(found.rule, found.details, words)
    return {"rule": found.rule, "details": dict(found.details), "sentence": said.sentence, "hint": said.hint}


def caution_line(caution: dict[str, Any]) -> str:
    """A caution with its hint on one line. Both may have brackets of their own, so that it is set off without them."""
    return str(caution["sentence"]) + (f" Hint: {caution['hint']}." if caution["hint"] else "")


def print_cautions(found: list[dict[str, Any]]) -> None:
    """What is worth a person's eye, a line each."""
    if not found:
        return
    _heading("Worth a look")
    for caution in found:
        say(caution_line(caution))


def _in_due_order(state: Engagement) -> list[Obligation]:
    if state.closed is not None:
        return []
    return sorted(state.obligations.values(), key=lambda held: (held.pause is not None, held.opened.due_at, held.key))


def _obligation(held: Obligation, desk: Desk, words: Words) -> dict[str, Any]:
    opened, derivation = held.opened, held.opened.derivation.model_dump(mode="json")
    stands = {"paused_on": held.pause.on.isoformat()} if held.pause else {}
    rule = words.obligation(opened.obligation)
    return {
        "id": opened.obligation,
        "number": opened.number,
        "title": words.owed(opened.obligation),
        "owner": opened.owner,
        "owner_title": words.title_of_role(opened.owner),
        "due_on": opened.due_on if held.pause is None else None,
        "due_at": opened.due_at if held.pause is None else None,
        "late": held.pause is None and (held.passed or opened.due_at <= desk.now),
        "days_left": (opened.due_on - desk.today).days if held.pause is None else None,
        "paused": (
            {"since": held.pause.on, "ground": held.pause.ground, "working_days_left": held.pause.left}
            if held.pause
            else None
        ),
        "reached": dates.reached(derivation | stands, plain(opened.derivation.base_event)),
        "derivation": derivation,
        "source": rule.source if rule else None,
        "reminders_sent": held.reminded,
        "escalations_sent": held.escalated,
    }


def _contract(state: Engagement) -> dict[str, Any] | None:
    award = state.history.last(ContractAwarded, state.history.phase - 1)
    if award is None:
        return None
    event = award.event
    return {
        "team": event.team,
        "price": event.price,
        "starts": str(event.starts) if event.starts else None,
        "ends": str(event.ends) if event.ends else None,
        "awarded": str(award.occurred),
    }


def _days(state: Engagement) -> dict[str, Any] | None:
    contracted, used = account.contracted(state.history), account.used(state.history)
    if contracted is None and not used:
        return None
    return {"contracted": contracted, "used": used, "signed_off": account.signed_off(state.history)}


def _leads(conn: Connection, state: Engagement) -> list[dict[str, Any]]:
    latest = {entry.event.party: entry.event for entry in state.history.in_phase(LeadNamed)}
    values = sealing.unseal(conn, [event.name for event in latest.values() if event.name])
    return [
        {"party": party, "person": event.person, "name": values.get(event.name) if event.name else None}
        for party, event in latest.items()
    ]


def print_engagement(desk: Desk, data: dict[str, Any]) -> None:
    """Where an engagement stands, on the page."""
    pairs(facts_of(data))
    if data["obligations"]:
        _heading("What is owed")
        table(
            ("What", "Who", "By", "Standing", "How the date was reached"),
            (
                (
                    owed["title"],
                    Cell(owed["owner_title"], owed["owner"]),
                    by(owed["due_on"]),
                    Cell(standing_of(owed, desk.today), style="bold red" if owed["late"] else ""),
                    owed["reached"],
                )
                for owed in data["obligations"]
            ),
        )
    print_cautions(data["cautions"])
    for way in data["next"]:
        _heading(f"To go on to {way['title']}, still missing")
        for line in way["words"]:
            say(line)
    tell_kind(desk)


def _heading(text: str) -> None:
    say()
    say(text, style="bold")


def by(due_on: date | None) -> Cell:
    """The last minute in which something is in time; of what has no date while its clock stands, nothing."""
    return Cell(dates.deadline(due_on), due_on.isoformat()) if due_on else Cell("", "")


def paused(left: int) -> str:
    """How something stands whose clock is paused."""
    return f"paused, {dates.working_days(left)} left"


def standing_of(owed: dict[str, Any], today: date) -> str:
    """How something that is owed stands: in so many days, late, or paused."""
    if owed["paused"] is not None:
        return paused(owed["paused"]["working_days_left"])
    said = dates.distance(owed["due_on"], today)
    return said if not owed["late"] or said.endswith("late") else f"late, {said}"


def facts_of(data: dict[str, Any]) -> Iterator[tuple[str, Cell | str | None]]:
    """What an engagement is and how it stands, a name and a value a row."""
    council, stage, closed = data["council"], data["stage"], data["closed"]
    yield "Engagement", f"{data['id']} (version {data['version']})"
    yield "Council", f"{council['name']} ({council['gss']}), {council['region']}"
    yield "Service", telling.service(data["service"])
    yield "Model", f"{data['model_title']} ({data['model']})"
    yield "Opened", Cell(dates.printed(data["opened"]), data["opened"])
    if data["kind"] == "triggered":
        trigger = data["trigger"]
        yield "Opened by", Cell("the programme office" + (f", for: {trigger['title']}" if trigger else ""), "triggered")
    elif data["kind"] in KINDS:
        yield "Kind", Cell(KINDS[data["kind"]], data["kind"])
    if closed:
        yield "Over", Cell(f"{closed['title']}, {dates.printed(closed['on'])}", f"{closed['end']} {closed['on']}")
        yield "Last stage", Cell(stage["title"], stage["id"])
    else:
        yield "Stage", Cell(f"{stage['title']}, owned by {stage['owner_title']}", stage["id"])
        yield "Since", Cell(dates.printed(stage["since"]), stage["since"])
        yield "Special measures", _special_measures(data)
    yield from _standing_facts(data)
    contract = data["contract"]
    if contract:
        said = f"{contract['team']}, awarded {dates.printed(contract['awarded'])}"
        said += f", from {dates.printed(contract['starts'])}" if contract["starts"] else ""
        said += f", to {dates.printed(contract['ends'])}" if contract["ends"] else ""
        said += f", {pounds(contract['price'])}" if contract["price"] is not None else ""
        yield "Contract", said
    if data["days"]:
        spent = data["days"]
        of = f" of {spent['contracted']}" if spent["contracted"] is not None else ""
        yield "Days used", f"{spent['used']}{of}, {spent['signed_off']} signed off"
    for lead in data["leads"]:
        yield f"Lead, {lead['party']}", f"{lead['name']} ({lead['person']})" if lead["name"] else lead["person"]


def _special_measures(data: dict[str, Any]) -> str:
    if data["special_measures"]:
        return "yes"
    return "no longer" if data["special_measures_before"] else "no"


def _standing_facts(data: dict[str, Any]) -> Iterator[tuple[str, Cell | str | None]]:
    late = sum(owed["late"] for owed in data["obligations"])
    if data["obligations"]:
        yield "Late", Cell(dates.plural(late, "thing") if late else "nothing", style="bold red" if late else "")
    if data["stuck"]:
        yield "Clock", Cell("stuck: it keeps failing, and the office was told", style="bold red")
    if not data["live"]:
        yield "History", "brought in from a case file: nothing falls due"
    if data["assumed"]:
        yield "Assumed", "some of its stages: no source says that their gates were met"
    if data["next_strike"] is not None:
        yield "Clock next acts", dates.moment(data["next_strike"])


# A council


def council_data(desk: Desk, conn: Connection, state: Council, words: Words) -> dict[str, Any]:
    """Where a council stands, as plain data."""
    gss, facts = state.gss, desk.facts(state.gss)
    rated, assessed = state.history.all(RatingPublished), state.history.all(AssessmentRecorded)
    answered, opened = state.history.all(RatingAnswered), state.history.all(InterventionOpened)
    sealed = [*(entry.event.note for entry in rated), *(entry.event.note for entry in assessed)]
    sealed += [*(entry.event.reason for entry in answered), *(entry.event.reason for entry in opened)]
    values = sealing.unseal(conn, [commitment for commitment in sealed if commitment])
    return {
        "gss": gss,
        "name": facts.name,
        "kind": facts.kind,
        "region": facts.region,
        "from": facts.start,
        "to": facts.end,
        "version": state.version,
        "ratings": list(_ratings(state, values)),
        "assessments": list(_assessments(state, values)),
        "engagements": list(_engagements(state, values, words)),
        "disputes": _disputes(desk, conn, state),
        "cautions": [caution_data(found, words) for found in a_council.cautions(state)],
    }


def _disputes(desk: Desk, conn: Connection, state: Council) -> list[dict[str, Any]]:
    """The disputed facts of a council, opened; one about a withdrawn rating tells that nothing of it is used."""
    history = in_force(state.history)
    found = disputes(OnRecord(history, desk.today, sources(conn, f"council/{state.gss}", history))) or []
    shown: list[dict[str, Any]] = opened(found, telling.values_of(conn, found))
    return shown


def _ratings(state: Council, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    withdrawn = {entry.event.rating: entry.version for entry in state.history.all(RatingWithdrawn)}
    opened = {entry.event.rating: entry.event.engagement for entry in state.history.all(InterventionOpened)}
    derived = derived_judgements(state.history)
    for entry in state.history.all(RatingPublished):
        since = entry.event.moved_since
        yield {
            **entry.event.model_dump(mode="json", exclude={"note", "moved_since"}),
            "moved_since": str(since) if since else None,
            "version": entry.version,
            "on": str(entry.occurred),
            "note": values.get(entry.event.note) if entry.event.note else None,
            "derived": {group: _derived(told) for group, told in derived.get(entry.version, {}).items()},
            "answers": [
                {
                    "accepted": answer.event.accepted,
                    "by": str(answer.decided_by),
                    "on": str(answer.occurred),
                    "reason": values.get(answer.event.reason) if answer.event.reason else None,
                }
                for answer in answers_to(state.history, entry.version)
            ],
            "withdrawn_by": withdrawn.get(entry.version),
            "opened": opened.get(entry.version),
        }


def _derived(told: DerivedJudgement) -> dict[str, Any]:
    """A judgement that no source prints, kept apart from those that one does."""
    aspects = {"serving": told.serving, "capacity": told.capacity}
    return {
        **{name: found.said if found else None for name, found in aspects.items()},
        "can_be": {name: list(found.values) if found else [] for name, found in aspects.items()},
        "from": told.source,
    }


def _assessments(state: Council, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in state.history.all(AssessmentRecorded):
        yield {
            **entry.event.model_dump(mode="json", exclude={"note"}),
            "version": entry.version,
            "on": str(entry.occurred),
            "note": values.get(entry.event.note) if entry.event.note else None,
        }


def _trigger(state: Engagement, rules: Rules) -> dict[str, str] | None:
    """What the engagement was opened for, of what its lifecycle lists."""
    name, opens = state.opening.trigger if state.opening else None, rules.lifecycle.opens
    trigger = opens.trigger(name) if opens else None
    return {"id": trigger.id, "title": trigger.title} if trigger else None


def _engagements(state: Council, values: dict[str, Any], words: Words) -> Iterator[dict[str, Any]]:
    ended = {entry.event.engagement: entry for entry in state.history.all(InterventionClosed)}
    for entry in state.history.all(InterventionOpened):
        end = ended.get(entry.event.engagement)
        yield {
            "id": entry.event.engagement,
            "service": entry.event.service,
            "model": entry.event.model,
            "kind": entry.event.kind or "special-measures",
            "reason": values.get(entry.event.reason) if entry.event.reason else None,
            "opened": str(entry.occurred),
            "end": end.event.end if end else None,
            "end_title": words.stage(end.event.end) if end else None,
            "closed": str(end.occurred) if end else None,
        }


def print_council(data: dict[str, Any], words: Words) -> None:
    """Where a council stands, on the page."""
    existed = " ".join(
        said
        for said in (
            f"from {dates.day(data['from'])}" if data["from"] else "",
            f"until {dates.day(data['to'])}" if data["to"] else "",
        )
        if said
    )
    pairs(
        [
            ("Council", f"{data['name']} ({data['gss']})"),
            ("Kind", f"{data['kind']}, {data['region']}" + (f", {existed}" if existed else "")),
            ("Version", str(data["version"])),
        ]
    )
    if not data["ratings"]:
        say("No rating has been recorded.")
    else:
        _heading("Ratings")
        table(("#", "On", "Service", "Rating", "Judgements", "Standing"), (_rating_row(r) for r in data["ratings"]))
    if data["assessments"]:
        _heading("Inspections and other assessments")
        table(("#", "On", "What", "Note"), (_assessment_row(found) for found in data["assessments"]))
    if data["engagements"]:
        _heading("Engagements")
        table(
            ("Engagement", "Service", "Model", "Kind", "Opened", "Over"),
            (_engagement_row(e) for e in data["engagements"]),
        )
    if data["disputes"]:
        _heading("Disputed facts")
        show_disputes(data["disputes"], words)
    print_cautions(data["cautions"])


def _rating_row(rating: dict[str, Any]) -> tuple[Cell | str | None, ...]:
    said = telling.stars(rating["stars"]) + (" (refresh)" if rating["refresh"] else "")
    said += " (inferred)" if rating["inferred"] else ""
    standing = f"opened {rating['opened']}" if rating["opened"] else ""
    if rating["withdrawn_by"]:
        standing = f"withdrawn ({rating['withdrawn_by']})" + (f"; had {standing}" if standing else "")
    standing = "; ".join(part for part in (standing, *map(_answer, rating["answers"])) if part)
    return (
        str(rating["version"]),
        Cell(dates.printed(rating["on"]), rating["on"]),
        telling.service(rating["service"]),
        said + (f", {rating['label']}" if rating["label"] else ""),
        _judged(rating),
        standing,
    )


def _judged(rating: dict[str, Any]) -> str:
    """The judgements of a rating: those printed with their marks, and those derived, said to be."""
    found = []
    for group in GROUPS:
        printed, derived = rating[group], rating["derived"].get(group)
        if printed:
            aspects = ((printed[name], printed[f"{name}_moved"]) for name in ("serving", "capacity"))
            found.append(f"{group}: " + ", ".join(f"{value} ({moved})" if moved else value for value, moved in aspects))
        elif derived:
            said = ", ".join(derived[name] or "not known" for name in ("serving", "capacity"))
            found.append(f"{group}: {said} (derived from {derived['from']})")
    since = f" (marks: since {dates.printed(rating['moved_since'])})" if rating["moved_since"] else ""
    return "; ".join(found) + since


def _answer(answer: dict[str, Any]) -> str:
    said = f"{'accepted' if answer['accepted'] else 'refused'} {dates.printed(answer['on'])}"
    return said + (f": {answer['reason']}" if answer["reason"] else "")


def _assessment_row(found: dict[str, Any]) -> tuple[Cell | str | None, ...]:
    return (
        str(found["version"]),
        Cell(dates.printed(found["on"]), found["on"]),
        telling.title(AssessmentRecorded.type, found, Words()),
        found["note"],
    )


def _engagement_row(found: dict[str, Any]) -> tuple[Cell | str | None, ...]:
    return (
        found["id"],
        telling.service(found["service"]),
        found["model"],
        found["kind"].replace("-", " "),
        Cell(dates.printed(found["opened"]), found["opened"]),
        Cell(f"{found['end_title']}, {dates.printed(found['closed'])}", found["end"]) if found["end"] else "",
    )


def where_stands(desk: Desk, conn: Connection, id: str, auditor: str | None = None) -> Answer:
    """Where an engagement or a council stands. Raises Problem."""
    target = desk.resolve(conn, id)
    note_read(desk, target.name, "show", auditor)
    if target.family == "council":
        words = desk.words(conn)
        council = council_data(desk, conn, desk.council(conn, target.name), words)
        return Answer(council, lambda: print_council(council, words))
    state, rules = desk.engagement(conn, target.name)
    data = engagement_data(desk, conn, state, rules, desk.words(conn, rules))
    return Answer(data, lambda: print_engagement(desk, data))

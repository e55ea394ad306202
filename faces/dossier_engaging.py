"""Of a dossier: the conditions for engagement over time, and the decision that rests on them."""

from collections.abc import Iterator

from domain import authority
from domain import conditions as a_conditions
from domain import decision as a_decision
from domain.authority import Authority, AuthorityEnded, AuthorityRecorded
from domain.conditions import ConditionsAssessed, IngredientsAssessed, MissingManagementAnswered
from domain.part import History
from faces import dates
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    done,
    facts,
    listed,
    named,
    number,
    recorded_any,
    role,
    told,
    told_if,
    yes_or_no,
)
from faces.page import Cell
from faces.telling.deciding import INTERVENTION, MANAGEMENT, OUTCOMES
from faces.words import CONDITIONS, INGREDIENTS, RESULTS, Words, all_of, plain

HOLDS = {"yes": "yes", "partly": "in part", "no": "no"}
CHANGED = {"better": "green", "worse": "red"}
"""A change that is marked, and how."""


def conditions(record: OnRecord) -> Data | None:
    """The conditions compared over all rounds, the ingredients of change, the phase of intervention, and what was said
    about missing management.
    """
    history = record.history
    if not recorded_any(history, a_conditions.EVENTS):
        return None
    compared, waiting = a_conditions.compare(history), a_conditions.waiting(history)
    evidence = {
        (entry.version, each.condition): each.evidence
        for entry in history.all(ConditionsAssessed)
        for each in entry.event.assessments
    }
    return {
        "rounds": [
            {name: value for name, value in told(entry).items() if name != "assessments"}
            for entry in history.all(ConditionsAssessed)
        ],
        "conditions": [
            {
                "condition": condition,
                "text": CONDITIONS[condition],
                "readings": [
                    {
                        "round": reading.round,
                        "on": str(reading.day),
                        "party": reading.party,
                        "holds": reading.holds,
                        "change": reading.change,
                        "evidence": evidence[reading.version, condition],
                    }
                    for reading in readings
                ],
            }
            for condition, readings in compared.readings.items()
            if readings
        ],
        "not_assessed": list(compared.not_assessed),
        "ingredients": _ingredients(history),
        "intervention": _intervention(history),
        "missing_management": {
            "missing": [reading.condition for reading in a_conditions.missing_management(history)],
            "answers": all_told(history.all(MissingManagementAnswered)),
            "waiting": waiting is not None,
        },
    }


def _ingredients(history: History) -> Data | None:
    outlook, last = a_conditions.ingredients(history), history.last(IngredientsAssessed)
    if outlook is None or last is None:
        return None
    return {
        **told(last),
        "present": list(outlook.present),
        "missing": list(outlook.missing),
        "predicted": outlook.predicted,
        "assumed": outlook.assumed,
    }


def _intervention(history: History) -> Data | None:
    found = a_conditions.intervention(history)
    if found is None:
        return None
    return {
        "phase": found.phase,
        "open": list(found.open),
        "activities": all_told(history.all(a_conditions.InterventionActivityRecorded)),
    }


def show_conditions(data: Data, words: Words) -> None:
    """The conditions on the page: one row a condition, one column a round."""
    rounds = data["rounds"]
    listed(
        "Rounds",
        ("Round", "On", "Who", "Note"),
        ((str(r["round"]), day(r["on"]), role(r["said_by"], words), r["note"]) for r in rounds),
    )
    listed(
        "Whether they hold",
        ("Condition", *(_column(each, words) for each in rounds)),
        (
            (
                named(found["condition"], CONDITIONS),
                *(_reading(found["readings"], each["round"]) for each in rounds),
            )
            for found in data["conditions"]
        ),
    )
    if rounds:
        listed(
            "Not assessed",
            ("Condition",),
            ((named(name, CONDITIONS),) for name in data["not_assessed"]),
        )
    listed(
        "What shows it",
        ("Condition", "Round", "Holds", "Evidence"),
        (
            (named(found["condition"], CONDITIONS), str(said["round"]), named(said["holds"], HOLDS), said["evidence"])
            for found in data["conditions"]
            for said in found["readings"]
            if said["evidence"] is not None
        ),
    )
    _show_ingredients(data["ingredients"], words)
    _show_intervention(data["intervention"], words)
    listed(
        "Without stable management",
        ("On", "Who", "Answer", "Why"),
        (
            (
                day(said["on"]),
                role(said["said_by"], words),
                named(said["answer"], MANAGEMENT),
                said["reason"],
            )
            for said in data["missing_management"]["answers"]
        ),
    )


def _column(each: Data, words: Words) -> str:
    party = words.party(each["said_by"].partition(".")[0])
    return f"Round {each['round']}: {dates.printed(each['on'])}, {party}"


def _reading(readings: list[Data], round: int) -> Cell | None:
    said = next((each for each in readings if each["round"] == round), None)
    if said is None:
        return None
    changed = said["change"] if said["change"] in CHANGED else None
    marked = f" ({changed})" if changed else ""
    return Cell(f"{HOLDS[said['holds']]}{marked}", f"{said['holds']}{marked}", CHANGED.get(changed or "", ""))


def _show_ingredients(found: Data | None, words: Words) -> None:
    if found is None:
        return
    missing, predicted = [INGREDIENTS[name] for name in found["missing"]], found["predicted"]
    facts(
        (
            ("Assessed", done(found)),
            ("Who", role(found["said_by"], words)),
            ("Present", all_of(INGREDIENTS[name] for name in found["present"])),
            ("Missing", all_of(missing)),
            ("Predicted", _predicted(predicted, assumed=found["assumed"])),
            ("Evidence", found["evidence"]),
        ),
        "Ingredients of change",
    )


def _predicted(result: str | None, *, assumed: bool) -> str:
    if result is None:
        return "nothing: no row of the source speaks of more than one missing"
    return RESULTS[result] + (" (assumed)" if assumed else "")


def _show_intervention(found: Data | None, words: Words) -> None:
    if found is None:
        return
    facts(
        (
            ("Phase", named(found["phase"], INTERVENTION)),
            ("Not done in it so far", ", ".join(plain(name) for name in found["open"]) or "nothing"),
        ),
        "Phase of intervention",
    )
    listed(
        "What was done",
        ("On", "Who", "Phase", "Activity", "Note"),
        (
            (
                day(act["on"]),
                role(act["said_by"], words),
                named(act["phase"], INTERVENTION),
                named(act["activity"], {}),
                act["note"],
            )
            for act in found["activities"]
        ),
    )


# The decision


def decision(record: OnRecord) -> Data | None:
    """The decision of a phase: who asked, what was recommended on what grounds, what was decided and by whom."""
    history = record.history
    now = a_decision.standing(history)
    held = _authorities(history, now.decided.event.authority if now.decided else None)
    asked, advised, decided = (
        history.in_phase(kind)
        for kind in (a_decision.TeamRequested, a_decision.RecommendationMade, a_decision.DecisionRecorded)
    )
    if not (asked or advised or decided or held):
        return None
    known = now.conditions
    return {
        "requested": told_if(now.requested),
        "recommended": told_if(now.recommended),
        "conditions": {"round": known.event.round, "version": known.version, "on": str(known.occurred)}
        if known
        else None,
        "decided": told_if(now.decided),
        "departs": now.departs if now.decided and now.recommended else None,
        "authorities": held,
        "others": [
            {"what": entry.event.type, **told(entry)}
            for entry in sorted((*advised, *decided), key=lambda entry: entry.version)
            if entry not in (now.recommended, now.decided)
        ],
    }


def _authorities(history: History, used: int | None) -> list[Data]:
    """The covers and delegations that were recorded in the phase, and the one that its decision rests on."""
    recorded = {entry.event.authority: entry.event for entry in history.all(AuthorityRecorded)}
    ended = {entry.event.authority: entry.event for entry in history.all(AuthorityEnded)}

    def data(held: Authority) -> Data:
        end = ended.get(held.number)
        return {
            "authority": held.number,
            "kind": held.kind,
            "holder": held.holder,
            "name": recorded[held.number].name,
            "starts": str(held.starts),
            "ends": str(held.ends) if held.ends else None,
            "ended": str(held.ended) if held.ended else None,
            "why_ended": end.reason if end else None,
            "document": recorded[held.number].document,
            "used": held.number == used,
        }

    found = authority.authorities(history)
    return [data(held) for held in found if held.version >= history.phase or held.number == used]


def show_decision(data: Data, words: Words) -> None:
    """The decision on the page."""
    facts(_decision_facts(data, words))
    listed(
        "Cover and delegation",
        ("#", "Kind", "Holder", "Name", "From", "To", "Ended", "Document", "Used"),
        (
            (
                str(held["authority"]),
                held["kind"],
                held["holder"],
                held["name"],
                day(held["starts"]),
                day(held["ends"]),
                day(held["ended"]),
                held["document"],
                yes_or_no(held["used"]),
            )
            for held in data["authorities"]
        ),
    )
    listed(
        "Said besides",
        ("On", "Who", "What", "Outcome", "Why"),
        (
            (
                day(said["on"]),
                role(said["said_by"], words),
                plain(said["what"]),
                named(said["outcome"], OUTCOMES),
                said.get("grounds") or said.get("reasons"),
            )
            for said in data["others"]
        ),
    )


def _decision_facts(data: Data, words: Words) -> Iterator[tuple[str, Values]]:
    asked, advised, known, decided = (data[name] for name in ("requested", "recommended", "conditions", "decided"))
    if asked:
        yield "The council asked for a team", done(asked)
        yield "Its request", asked["note"]
    if advised:
        yield "Recommended", _outcome(advised)
        yield "By", role(advised["said_by"], words)
        yield "Grounds", advised["grounds"]
    yield "Conditions known", done(known, f"round {known['round']}") if known else "none"
    if decided:
        yield "Decided", _outcome(decided)
        yield "By", role(decided["said_by"], words)
        yield "Reasons", decided["reasons"]
        yield "Document", decided["document"]
        yield "Under authority", number(decided["authority"])
    yield "Departs from the advice", yes_or_no(data["departs"])


def _outcome(said: Data) -> Cell:
    return Cell(done(said, OUTCOMES[said["outcome"]]).shown, f"{said['outcome']} {said['on']}")

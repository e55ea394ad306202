"""Of a dossier: special measures, and the improvement plan that they ask for."""

from domain import own_bodies, plan, targets
from domain import special_measures as measures
from domain.plan import PlanStanding
from domain.rating_notes import in_special_measures, were_in_special_measures
from faces.dossier_record import (
    Data,
    OnRecord,
    all_told,
    day,
    done,
    facts,
    listed,
    number,
    recorded_any,
    role,
    roles,
    told,
    told_if,
)
from faces.page import Cell
from faces.telling.deciding import VERDICTS
from faces.words import CONCERNS, Words

STANDINGS = {**VERDICTS, "not-followed-up": "not followed up", "open": "its date is still to come"}
"""What came of a target."""


def special_measures(record: OnRecord) -> Data | None:
    """Special measures: whether in force, targets and what came of them, monitoring, own bodies, both sides of leaving."""
    history = record.history
    ever = were_in_special_measures(history)
    if not ever and not recorded_any(history, (*measures.EVENTS, *targets.EVENTS, *own_bodies.EVENTS)):
        return None
    stands = measures.leaving(history)
    return {
        "in_force": in_special_measures(history),
        "ever_in_force": ever,
        "council_met": all_told(history.all(measures.CouncilMet)),
        "targets": [_target(target, record) for target in targets.targets(history)],
        "visits": all_told(history.all(measures.MonitoringVisited)),
        "strategy_meetings": all_told(history.all(measures.StrategyMeetingHeld)),
        "own_bodies": [{**told(each.recorded), "ended": told_if(each.ended)} for each in own_bodies.bodies(history)],
        "leaving": {
            "safe": told_if(stands.safe),
            "sustainable": told_if(stands.sustainable),
            "ended": told_if(stands.ended),
        },
    }


def _target(target: targets.Target, record: OnRecord) -> Data:
    said = target.followed_up
    if said is not None and target.answered:
        standing: str = said.event.verdict
    else:
        standing = "not-followed-up" if target.by.latest < record.today else "open"
    return {**told(target.set), "target": target.number, "standing": standing, "followed_up": told_if(said)}


def show_special_measures(data: Data, words: Words) -> None:
    """Special measures on the page."""
    leaving, visits = data["leaving"], data["visits"]
    in_force = "yes" if data["in_force"] else "no longer" if data["ever_in_force"] else "no"
    facts(
        (
            ("In force", in_force),
            *(("Chief Inspector met the council", done(met)) for met in data["council_met"]),
            ("Monitoring visits", _counted(visits)),
            ("Strategy meetings", _counted(data["strategy_meetings"])),
            ("Services safe", _judged(leaving["safe"])),
            ("Improvement sustainable", _judged(leaving["sustainable"])),
            ("Ended", done(leaving["ended"]) if leaving["ended"] else None),
        )
    )
    listed(
        "Targets",
        ("#", "By", "What", "Expected", "What came of it", "Shown", "Evidence"),
        (
            (
                str(target["target"]),
                day(target["by"]),
                target["text"],
                " or ".join(target["expects"]),
                _what_came(target),
                ", ".join((target["followed_up"] or {}).get("shown", ())),
                (target["followed_up"] or {}).get("evidence"),
            )
            for target in data["targets"]
        ),
    )
    listed(
        "Monitoring visits",
        ("On", "Things are", "Looked at", "Found", "Note"),
        ((day(v["on"]), v["progress"], _concerns(v["focus"]), v["findings"], v["note"]) for v in visits),
    )
    listed(
        "Strategy meetings",
        ("On", "Present", "The next one", "Note"),
        ((day(m["on"]), roles(m["present"], words), day(m["next"]), m["note"]) for m in data["strategy_meetings"]),
    )
    listed(
        "Bodies of the council's own",
        ("Body", "Title", "Purpose", "Since", "Until", "Why it ended"),
        (
            (b["body"], b["title"], b["purpose"], day(b["on"]), day(end.get("on")), end.get("reason"))
            for b in data["own_bodies"]
            for end in (b["ended"] or {},)
        ),
    )
    sides = [(name, leaving[name]) for name in ("safe", "sustainable") if leaving[name]]
    listed(
        "What leaving rests on",
        ("Side", "Judged", "Who", "Evidence"),
        ((name, _judged(side), role(side["said_by"], words), side["evidence"]) for name, side in sides),
    )


def _counted(facts: list[Data]) -> Cell | str:
    return Cell(f"{len(facts)}, the last {done(facts[-1]).shown}", str(len(facts))) if facts else "none"


def _judged(fact: Data | None) -> Cell | str:
    return done(fact, "yes" if fact["met"] else "no") if fact else "not judged"


def _what_came(target: Data) -> Cell | str:
    said, standing = target["followed_up"], target["standing"]
    shown = STANDINGS[standing]
    if said is not None:
        so_far = f"{'so far ' if said['interim'] else ''}{VERDICTS[said['verdict']]}"
        shown = done(said, so_far).shown + ("" if standing in VERDICTS else f"; {shown}")
    return Cell(shown, standing)


def _concerns(names: list[str]) -> Cell:
    return Cell("; ".join(CONCERNS.get(name, name) for name in names), " ".join(names))


def improvement_plan(record: OnRecord) -> Data | None:
    """The improvement plan: its versions with what was said of each, and whether a team was asked to help."""
    history = record.history
    if not recorded_any(history, plan.EVENTS):
        return None
    versions = []
    for entry in history.all(plan.PipReceived):
        stands, number = PlanStanding(received=entry), entry.event.plan
        judged = [each for each in history.all(plan.PipJudged, entry.version) if each.event.plan == number]
        reviews = [each for each in history.all(plan.PipReviewed, entry.version) if each.event.plan == number]
        versions.append(
            {
                **told(entry),
                "targets_in_all": stands.targets,
                "outcomes_in_all": stands.outcomes,
                "judged": told_if(judged[-1] if judged else None),
                "reviews": all_told(reviews),
            }
        )
    return {"versions": versions, "help_asked": all_told(history.all(plan.PipHelpAsked))}


def show_improvement_plan(data: Data, words: Words) -> None:
    """The improvement plan on the page."""
    versions = data["versions"]
    listed(
        "Versions",
        ("#", "Received", "Owner", "Pages", "Targets", "Outcomes", "Other plans", "Judged", "Faults", "Why", "Note"),
        (
            (
                str(each["plan"]),
                day(each["on"]),
                role(each["owner"], words),
                number(each["pages"]),
                number(each["targets_in_all"]),
                number(each["outcomes_in_all"]),
                number(each["other_plans"]),
                done(judged, judged["verdict"].replace("-", " ")) if (judged := each["judged"]) else "not judged",
                ", ".join(judged["faults"]).replace("-", " ") if judged else None,
                judged["reason"] if judged else None,
                each["note"],
            )
            for each in versions
        ),
    )
    listed(
        "Targets of the plan",
        ("Version", "Target", "What", "By", "For the outcome"),
        (
            (str(each["plan"]), target["id"], target["text"], day(target["by"]), target["outcome"])
            for each in versions
            for target in each["targets"]
        ),
    )
    listed(
        "Help asked of a team",
        ("On", "Who asked", "Why"),
        ((day(asked["on"]), role(asked["said_by"], words), asked["reason"]) for asked in data["help_asked"]),
    )
    listed(
        "Reviews",
        ("Version", "On", "Progress", "Note"),
        (
            (str(each["plan"]), day(review["on"]), review["progress"].replace("-", " "), review["note"])
            for each in versions
            for review in each["reviews"]
        ),
    )

"""Of a dossier: what became of the promises, the evaluations apart from each other, the sign-off, and what came after it."""

from collections.abc import Iterator

from domain import exit as an_exit
from domain.contract import ContractAwarded
from domain.part import History
from domain.project import PidSubmitted
from domain.sealed import Sealed
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_named,
    day,
    done,
    facts,
    in_phase_any,
    listed,
    named,
    role,
    told_if,
    yes_or_no,
)
from faces.page import Cell
from faces.telling.ending import FINDINGS, IMPROVED
from faces.words import CONTRIBUTIONS, IMPACTS, Words

EVALUATED = {
    "deliverables": "What was delivered",
    "contribution": "What the team contributed",
    "improvement": "Whether the council improved",
    "impact": "What changed in the council",
}
"""The evaluations, which are made apart."""

PROMISES = {"met": "met", "unmet": "not met", "not-evaluated": "not evaluated"}
"""What became of a promise."""

_OF_THE_EXIT = tuple(kind for kind in an_exit.EVENTS if kind is not an_exit.FurtherPhaseStarted)


def the_exit(record: OnRecord) -> Data | None:
    """The exit of a phase: promises, evaluations, sign-off, next step, review or waiver, and the phase that followed."""
    history = record.history
    if not in_phase_any(history, _OF_THE_EXIT) and record.followed_by is None:
        return None
    now = an_exit.standing(history)
    return {
        "deliverables": told_if(now.deliverables),
        "contribution": told_if(now.contribution),
        "improvement": told_if(now.improvement),
        "impact": told_if(now.impact),
        "not_evaluated": list(now.missing),
        "promises": list(_promises(now, history)),
        "unmet": list(now.unmet),
        "signed_off": told_if(now.signed_off),
        "next_step": told_if(now.next_step),
        "review": told_if(now.review),
        "waived": told_if(now.waived),
        "further_phase": told_if(record.followed_by),
    }


def _promises(now: an_exit.Standing, history: History) -> Iterator[Data]:
    titles, met = _titles(history), now.deliverables.event.met if now.deliverables else ()
    for name in dict.fromkeys((*an_exit.promised(history), *met, *now.unmet)):
        standing = "unmet" if name in now.unmet else "met" if name in met else "not-evaluated"
        yield {"promise": name, "title": titles.get(name), "standing": standing}


def _titles(history: History) -> dict[str, Sealed]:
    """What each promise of the award and of the PIDs says."""
    found: dict[str, Sealed | None] = {}
    for award in history.in_phase(ContractAwarded):
        found |= {each.id: each.title for each in award.event.deliverables}
        found |= {each.id: each.text for each in award.event.outcomes}
    for pid in history.in_phase(PidSubmitted):
        found |= {each.id: each.title for each in pid.event.deliverables if each.title}
    return {name: title for name, title in found.items() if title}


def show_exit(data: Data, words: Words) -> None:
    """The exit on the page."""
    facts(_exit_facts(data, words))
    listed(
        "Promises",
        ("Promise", "What", "Standing"),
        (
            (
                each["promise"],
                each["title"],
                Cell(PROMISES[each["standing"]], each["standing"], "bold red" if each["standing"] == "unmet" else ""),
            )
            for each in data["promises"]
        ),
    )
    listed(
        "Evaluations",
        ("Of", "On", "Who", "Found", "In words"),
        (
            (
                Cell(title, name),
                day(said["on"]) if (said := data[name]) else "not evaluated",
                role(said["said_by"], words) if said else None,
                _found(name, said) if said else None,
                said["text"] if said else None,
            )
            for name, title in EVALUATED.items()
        ),
    )
    listed("What changed in the council", ("Impact", "Found at exit", "Lasted"), _impacts(data))


def _found(name: str, said: Data) -> Values:
    match name:
        case "deliverables":
            return f"{len(said['met'])} met, {len(said['unmet'])} not met"
        case "contribution":
            return all_named(said["credited"], CONTRIBUTIONS)
        case "improvement":
            return named(said["improved"], IMPROVED)
    return all_named(said["impact"], IMPACTS)


def _impacts(data: Data) -> Iterator[tuple[Values, ...]]:
    review = data["review"]
    at_exit, lasted = (said["impact"] if said else [] for said in (data["impact"], review))
    for name in dict.fromkeys([*at_exit, *lasted]):
        yield (
            named(name, IMPACTS),
            yes_or_no(name in at_exit),
            yes_or_no(name in lasted) if review else "not reviewed",
        )


def _exit_facts(data: Data, words: Words) -> Iterator[tuple[str, Values]]:
    signed, step, review, waived, further = (
        data[name] for name in ("signed_off", "next_step", "review", "waived", "further_phase")
    )
    yield "Signed off", done(signed) if signed else "no"
    if signed:
        yield "By", role(signed["said_by"], words)
        yield "Tied to an inspection", yes_or_no(signed["inspection"])
        yield "Inspection", day(signed["inspection_on"])
        yield "Not met", ", ".join(data["unmet"]) or "nothing named"
        yield "In words", signed["unmet"]
    if step:
        yield "Next step", named(step["next"], {})
        yield "Decided", done(step)
        yield "Why", step["reason"]
    if review:
        yield "Review", done(review)
        yield "It found", named(review["finding"], FINDINGS) if review["finding"] else "nothing named"
        yield "In words", review["text"]
    if waived:
        yield "Review waived", done(waived)
        yield "Why", waived["reason"]
    if further:
        yield "A further phase", done(further, "abridged" if further["abridged"] else "")
        yield "Why", further["reason"]

"""Of a dossier: the council-led final days, and how the main work ran out."""

from collections.abc import Iterator

from domain import handover
from domain.account import FinalDaysReleased, FinalDaysUsed, LeadPassed, account
from domain.part import History
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    done,
    facts,
    in_phase_any,
    listed,
    number,
    role,
    told,
    told_if,
)
from faces.words import Words


def final_days(record: OnRecord) -> Data | None:
    """The final days of a phase: the lead passed or kept, the council's pieces and days, and the single tasks after them."""
    history = record.history
    if not in_phase_any(history, handover.EVENTS):
        return None
    now, passed, kept = account(history), history.in_phase(LeadPassed), history.in_phase(handover.LeadKept)
    return {
        "passed": told_if(passed[-1] if passed else None),
        "kept": told_if(kept[-1] if kept else None),
        "days": {"passed": now.passed, "used": now.used_by_council, "released": now.released, "left": now.left},
        "pieces": [
            {
                **told(piece.commissioned),
                "piece": piece.id,
                "used": piece.used,
                "needs": piece.needs,
                "finished": told_if(piece.finished),
            }
            for piece in handover.pieces(history)
        ],
        "uses": all_told(history.in_phase(FinalDaysUsed)),
        "releases": all_told(history.in_phase(FinalDaysReleased)),
        "main_work": _main_work(history),
    }


def _main_work(history: History) -> Data | None:
    now = handover.tapering(history)
    if now is None:
        return None
    return {
        **told(now.ended),
        "tasks": [{"task": each.task.id, "title": each.task.title, "ended": told_if(each.ended)} for each in now.tasks],
        "open": list(now.open),
    }


def show_final_days(data: Data, words: Words) -> None:
    """The final days on the page."""
    facts(_lead_facts(data, words))
    listed(
        "Pieces of work",
        ("Piece", "Title", "Commissioned", "Who", "Days", "Used", "Still to have", "Finished", "Note"),
        (
            (
                piece["piece"],
                piece["title"],
                day(piece["on"]),
                role(piece["said_by"], words),
                number(piece["days"]),
                number(piece["used"]),
                number(piece["needs"]),
                done(end) if (end := piece["finished"]) else "not yet",
                end["note"] if end else None,
            )
            for piece in data["pieces"]
        ),
    )
    listed(
        "Days used and given back",
        ("On", "What", "Days", "Piece", "Consultant"),
        (
            *((day(u["on"]), "used", number(u["days"]), u["piece"], u["consultant"]) for u in data["uses"]),
            *((day(back["on"]), "given back", number(back["days"]), None, None) for back in data["releases"]),
        ),
    )
    ended = data["main_work"]
    if ended:
        facts(
            (
                ("Ended", done(ended)),
                ("Who", role(ended["said_by"], words)),
                ("Tasks that go on", ", ".join(ended["open"]) or "none"),
                ("Expected to end", day(ended["until"])),
                ("Note", ended["note"]),
            ),
            "The main work",
        )
        listed(
            "Single tasks after it",
            ("Task", "Title", "Ended", "Note"),
            (
                (
                    task["task"],
                    task["title"],
                    done(end) if (end := task["ended"]) else "goes on",
                    end["note"] if end else None,
                )
                for task in ended["tasks"]
            ),
        )


def _lead_facts(data: Data, words: Words) -> Iterator[tuple[str, Values]]:
    passed, kept, days = data["passed"], data["kept"], data["days"]
    if kept:
        yield "The lead was kept", done(kept)
        yield "Who decided", role(kept["said_by"], words)
        yield "Why", kept["reason"]
    if passed:
        yield "The lead passed to the council", done(passed)
        yield "Who decided", role(passed["said_by"], words)
        yield "Days passed", number(days["passed"])
        yield "Used", number(days["used"])
        yield "Given back", number(days["released"])
        yield "Left", number(days["left"])

"""The work under way: the PID, boards and their reports, changes, days and payments."""

from faces import dates
from faces.said import Body
from faces.telling.people import instead, standing
from faces.words import Words, all_of, pounds


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "mobilisation-meeting-held":
            return "Mobilisation meeting"
        case "lead-named":
            return f"Project lead of the {b['party']} named ({b['person']}{standing(b)})" + instead(b)
        case "pid-submitted":
            parts = [
                dates.plural(len(b.get(f"{name}s", ())), name) for name in ("workstream", "deliverable", "milestone")
            ]
            abridged = " (abridged)" if b.get("abridged") else ""
            return f"Project initiation document {b['pid']}{abridged} submitted: {', '.join(parts)}"
        case "pid-agreed":
            return f"Project initiation document {b['pid']} agreed"
        case "deliverable-submitted":
            return f"Deliverable handed in: {b['deliverable']}"
        case "deliverable-accepted":
            return f"Deliverable accepted: {b['deliverable']}"
        case "board-scheduled":
            kind = "Extraordinary board" if b.get("extraordinary") else "Board"
            tied = f", for milestone {b['milestone']}" if b.get("milestone") else ""
            at = f" at {b['time']}" if b.get("time") else ""
            return f"{kind} {b['board']} set for {dates.when_in(b['date'])}{at}{tied}"
        case "board-cancelled":
            return f"Board {b['board']} called off"
        case "report-sent":
            agreed = b.get("agreed_with_council")
            said = "" if agreed is None else ", agreed with the council" if agreed else ", not agreed with the council"
            return f"Report sent to board {b['board']}{said}"
        case "board-held":
            present = f", {b['present']} present" if b.get("present") else ""
            return f"Board {b['board']} held{present}" + (" (not quorate)" if b.get("quorate") is False else "")
        case "minutes-circulated":
            listed = f", with {dates.plural(len(b['actions']), 'action')}" if b.get("actions") else ""
            return f"Minutes of board {b['board']} circulated{listed}"
        case "change-requested":
            return _change(b)
        case "change-decided":
            return f"Change {b['change']} {'approved' if b['approved'] else 'turned down'}"
        case "council-readiness-agreed":
            return "The board agreed that the council is ready to lead"
        case "days-used":
            whose = f" by {b['consultant']}" if b.get("consultant") else ""
            claim = f" (claim {b['claim']})" if b.get("claim") else ""
            return (
                f"{dates.plural(b['days'], 'day')} used{whose}"
                + (f" on {b['workstream']}" if b.get("workstream") else "")
                + claim
            )
        case "days-signed-off":
            return f"{dates.plural(b['days'], 'day')} signed off for payment" + _claims(b)
        case "payment-recorded":
            days = f" for {dates.plural(b['days'], 'day')}" if b.get("days") else ""
            return f"{pounds(b['amount'])} paid{days} ({b['kind']} charge, invoice {b['invoice']})"
    return None


def _change(b: Body) -> str:
    wanted = [dates.plural(b["days"], "more day")] if b.get("days") else []
    wanted.extend(f"workstream {item['id']}" for item in b.get("workstreams", ()))
    wanted.extend(f"{item['id']} by {dates.when_in(item['by'])}" for item in b.get("milestones", ()))
    said = f"Change {b['change']} requested"
    if b.get("occasion"):
        said += f" ({b['occasion'].replace('-', ' ')})"
    return f"{said}: {', '.join(wanted)}" if wanted else said


def _claims(b: Body) -> str:
    numbers = [str(number) for number in b.get("claims") or ()]
    return f" ({'claim' if len(numbers) == 1 else 'claims'} {all_of(numbers)})" if numbers else ""

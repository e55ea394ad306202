"""Who sits on the board, stalls, and contact between leads."""

from faces.said import Body
from faces.words import Words, all_of


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "member-appointed":
            return _member(b, words)
        case "membership-ended":
            return f"{_seat(b, words)} left the board"
        case "action-closed":
            return f"Action closed: {b['action']}"
        case "work-stalled":
            return "The work stalled" + (f", over change {b['change']}" if b.get("change") else "")
        case "work-resumed":
            return "The work goes on"
        case "contact-rhythm-agreed":
            return f"Contact between leads agreed: {b['every']}"
        case "leads-contacted":
            return f"Leads in contact: {all_of(words.title_of_role(role) for role in b['between'])}"
    return None


def _member(b: Body, words: Words) -> str:
    if b.get("observer"):
        said = f"{_seat(b, words)} observes the board"
    else:
        said = f"{_seat(b, words)} {'takes the chair of' if b.get('chair') else 'joins'} the board"
    return said + (f" ({b['standing']})" if b.get("standing") else "")


def _seat(b: Body, words: Words) -> str:
    return words.title_of_role(b["role"]) + (f" {b['person']}" if b.get("person") else "")

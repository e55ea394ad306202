"""Intervention under best value: notices, proposals, directions, commissioners and their reports."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain, pounds

CONCLUDED = {"not-reissued": "not reissued", "ended-early": "ended early", "escalated": "escalated"}

ABOUT = {"intervention": "to intervene", "change": "to change the directions", "return": "to give functions back"}

FOLLOWS = {"go-on": "go on", "change": "change the directions", "return": "give functions back", "exit": "exit"}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "best-value-notice-issued":
            how = "reissued" if b.get("renews") else "issued"
            themes = f": {all_of(map(plain, b['themes']))}" if b.get("themes") else ""
            return f"Best Value Notice {b['notice']} {how}, until {dates.when_in(b['until'])}{themes}"
        case "expectation-evidenced":
            what = f": {plain(b['expectation'])}" if b.get("expectation") else ""
            return f"Evidence given on what notice {b['notice']} asks{what}"
        case "best-value-notice-concluded":
            after = " (it had lapsed)" if b.get("lapsed") else ""
            return f"Best Value Notice {b['notice']} {CONCLUDED.get(b['outcome'], b['outcome'])}{after}"
        case "minded-to-announced":
            by = f"; representations by {dates.when_in(b['representations_by'])}" if b.get("representations_by") else ""
            return f"Minded {ABOUT.get(b['about'], b['about'])} (proposal {b['proposal']}){by}"
        case "representation-received":
            whose = "the council" if b["by"] == "council" else "somebody else"
            return f"Representation of {whose} on proposal {b['proposal']}"
        case "representations-considered":
            against = f", {b['against']} against" if b.get("against") is not None else ""
            how_many = "Representations" if b.get("count") is None else dates.plural(b["count"], "representation")
            return f"{how_many} on proposal {b['proposal']} considered{against}"
        case "proposal-dropped":
            return f"Proposal {b['proposal']} dropped"
        case "directions-issued":
            return _directions(b)
        case "directions-revoked":
            return f"Directions {all_of(map(str, b['directions']))} revoked"
        case "functions-returned":
            asked = ", as it had asked" if b.get("at_request") else ""
            return f"Returned to the council{asked}: {all_of(map(plain, b['functions']))}; {b['left']} still held"
        case "commissioner-appointed":
            return _appointment(b)
        case "appointment-ended":
            return f"Appointment {b['appointment']} ended"
        case "reserved-power-used":
            power = f"{plain(b['function'])} (appointment {b['appointment']})"
            return f"Reserved power used under directions {b['directions']}: {power}"
        case "progress-report-received":
            advises = f"; it advises to {FOLLOWS.get(b['advises'], b['advises'])}" if b.get("advises") else ""
            return f"Report {b['report']} received{advises}"
        case "progress-report-replied-to":
            return f"The minister replied to report {b['report']}"
        case "progress-report-published":
            return f"Report {b['report']} published" + (", with the reply" if "reply" in b["papers"] else "")
        case "progress-report-decided":
            return f"After report {b['report']}: {FOLLOWS.get(b['outcome'], b['outcome'])}"
    return None


def _directions(b: Body) -> str:
    kind = "" if b["kind"] == "first" else f" ({b['kind']})"
    until = f", until {dates.when_in(b['until'])}" if b.get("until") else ""
    functions = f": {all_of(map(plain, b['functions']))}" if b.get("functions") else ""
    revokes = f"; {all_of(map(str, b['revokes']))} revoked" if b.get("revokes") else ""
    urgent = ", without representations as urgent" if b.get("urgent") else ""
    return f"Directions {b['directions']}{kind} issued{until}{urgent}{functions}{revokes}"


def _appointment(b: Body) -> str:
    said = f"{b['person']} appointed {plain(b['post'])} (appointment {b['appointment']})"
    said += f", from {dates.when_in(b['starts'])}" + (f" to {dates.when_in(b['ends'])}" if b.get("ends") else "")
    if b.get("day_rate"):
        said += f", at {pounds(b['day_rate'])} a day"
    if b.get("days_a_year"):
        said += f" and at most {dates.plural(b['days_a_year'], 'day')} a year"
    return said + ("; with reserved powers" if b.get("powers") else "")

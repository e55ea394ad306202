"""Scope, tender and contract."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, pounds


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "scope-drafted":
            return f"Scope drafted, version {b['draft']}"
        case "diagnosis-decided":
            how = f", by {b['method']}" if b.get("method") else ""
            known = f" (what is known is {b['quality']})" if b.get("quality") else ""
            return ("Further diagnosis is needed" if b["needed"] else "No further diagnosis is needed") + how + known
        case "scope-commented":
            number = f" {b['comment']}" if b.get("comment") else ""
            return f"Comment{number} on version {b['draft']} of the scope"
        case "comment-answered":
            return f"Comment {b['comment']} on the scope answered: {'taken up' if b['taken'] else 'not taken up'}"
        case "scope-agreed":
            return f"Version {b['draft']} of the scope agreed"
        case "scope-disputed":
            return f"Version {b['draft']} of the scope disputed"
        case "tenders-invited":
            closes = f", closing {dates.when_in(b['closes'])}" if b.get("closes") else ""
            framework = f", {b['framework']}" if b.get("framework") else ""
            return f"Tenders invited ({b['route']}{framework}){closes}"
        case "clarification-held":
            return "Clarification meeting with " + (all_of(b["bidders"]) if b.get("bidders") else "bidders")
        case "bid-received":
            return f"Bid received from {b['bidder']}"
        case "individual-taken-off":
            return f"{b['person']} taken off the bid of {b['bidder']} at the council's request"
        case "presentations-held":
            return "Presentations" + (f" by {all_of(b['bidders'])}" if b.get("bidders") else "")
        case "interest-declared":
            return f"{b['member']} declared an interest in {b['bidder']}"
        case "bid-scored":
            return f"Bid of {b['bidder']} scored by {b['member']}"
        case "panel-sat":
            aside = f", {all_of(b['aside'])} aside" if b.get("aside") else ""
            return f"Panel sat{aside} and prefers {b['preferred']}" + ("" if b["quorate"] else " (not quorate)")
        case "contract-awarded":
            return _award(b)
    return None


def _award(b: Body) -> str:
    said = f"Contract awarded to {b['team']}"
    if b.get("days"):
        said += f" for {dates.plural(b['days'], 'day')}"
    if b.get("price"):
        said += f" at {pounds(b['price'])}"
    if b.get("fixed_charges") and b.get("variable_charges"):
        said += f" ({pounds(b['fixed_charges'])} fixed, {pounds(b['variable_charges'])} variable)"
    if b.get("starts"):
        said += f", from {dates.when_in(b['starts'])}"
    if b.get("ends"):
        said += f", to {dates.when_in(b['ends'])}"
    return said

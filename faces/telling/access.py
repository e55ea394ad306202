"""What was read, who was denied what, and access in an emergency."""

from datetime import datetime

from faces import dates
from faces.said import Body
from faces.words import Words, plain

DENIED = {
    "role": "the role may not",
    "not-a-member": "not within their reach",
    "another-role": "in another's name",
    "another-recorder": "recorded as another",
}
"""By which rule somebody was denied something."""


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    who = " ".join(each for each in (b.get("role"), b.get("person")) if each)
    match event:
        case "record-read":
            return f"Read by {b['role']}: {b['what']}, with {plain(b['command'])}"
        case "access-denied":
            last = "; no more of this hour are recorded" if b.get("last") else ""
            return f"Denied to {who}: {b.get('what') or b['group']} ({DENIED.get(b['rule'], b['rule'])}{last})"
        case "access-asked":
            return f"Access to {b['engagement']} in an emergency asked for by {who} (request {b['asked']})"
        case "access-granted":
            until = dates.moment(datetime.fromisoformat(b["until"]))
            return f"Access in an emergency granted by {who} until {until} (request {b['asked']})"
        case "access-declined":
            return f"Access in an emergency declined or ended by {who} (request {b['asked']})"
    return None

"""The directory of people."""

from datetime import datetime

from faces import dates
from faces.said import Body
from faces.words import Words, all_of

CHANNELS = {"email": "by email", "file": "in a file", "webhook": "by webhook"}

PACES = {"at-once": "at once", "digest": "once a day, in a digest"}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "person-registered":
            return f"{b['person']} registered" + (f", of {b['organisation']}" if b.get("organisation") else "")
        case "contact-changed":
            return f"Contact of {b['person']} changed: {_contact(b)}"
        case "role-given":
            role, until = words.title_of_role(b["role"]), f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
            held = f"{b['person']} holds {role} {scope(b.get('council'), b.get('engagement'))}"
            return f"{held}, from {dates.when_in(b['starts'])}{until} (holding {b['holding']})"
        case "role-ended":
            last = f" after {dates.when_in(b['last_day'])}" if b.get("last_day") else ""
            return f"{b['person']} no longer holds {words.title_of_role(b['role'])}{last} (holding {b['holding']})"
        case "absence-recorded":
            until = f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
            cover = f"; {b['cover']} stands in" if b.get("cover") else "; nobody stands in"
            return f"{b['person']} away from {dates.when_in(b['starts'])}{until}{cover}"
        case "absence-ended":
            return f"{b['person']} is back"
        case "preference-set":
            said = (CHANNELS.get(b["channel"]) if b.get("channel") else None, PACES.get(b.get("pace") or ""))
            return f"{b['person']} is told {', '.join(each for each in said if each)}"
        case "feed-opened":
            return f"Feed {b['feed']} of {b['person']} opened: a calendar to subscribe to"
        case "feed-revoked":
            return f"Feed {b['feed']} of {b['person']} revoked"
        case "webhook-secret-rotated":
            until = dates.moment(datetime.fromisoformat(b["old_until"]))
            return f"The webhook of {b['person']} has a new secret; the old one signs as well until {until}"
        case "webhook-disabled":
            return f"The webhook of {b['person']} is gone, and off: it answered so to notice {b['notice']}"
    return None


def _contact(b: Body) -> str:
    new = [name for name in ("name", "email", "webhook", "organisation") if b.get(name)]
    return "; ".join(f"{what} {all_of(names)}" for what, names in (("new", new), ("no", b.get("removed"))) if names)


def scope(council: str | None, engagement: str | None) -> str:
    """Where a role is held: `everywhere`, `in E09000014`, `in haringey-1`."""
    return f"in {engagement or council}" if engagement or council else "everywhere"

"""Notices: asked for, tried, delivered or not."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain

BOUNCED = {
    "refused": "the mail server refused the address",
    "bad-address": "what is given as the address can't be one",
    "no-address": "there is no address",
    "private-address": "the webhook leads into a private network that is not allowed by name",
    "gone": "the webhook is gone",
    "permanent-failure": "mail to the address comes back for good",
}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "notice-asked":
            return f"{words.title_of_role(b['to'])} to be told: {plain(b['template'])}"
        case "notice-addressed":
            people = [one["person"] or "the role" for one in b["recipients"]]
            return f"Notice for {all_of(people)}" if people else "Notice for nobody: nobody held the role"
        case "notice-attempted":
            return f"Notice{_to(b)} tried, attempt {b['attempt']}"
        case "notice-deferred" if b.get("receipt"):
            return f"Notice{_to(b)} came back: {plain(b['failure'])}"
        case "notice-deferred":
            return f"Notice{_to(b)} not accepted at attempt {b['attempt']}" + _code(b)
        case "notice-sent":
            return f"Notice{_to(b)} sent" + (", possibly a second time" if b.get("repeat") else "")
        case "notice-delivered":
            return f"Notice{_to(b)} delivered, says {carrier(b['said_by'])}"
        case "notice-bounced":
            return f"Notice{_to(b)} can't be delivered: {BOUNCED[b['why']]}" + _code(b)
        case "notice-left-to-digest":
            return f"Notice{_to(b)} left to their next digest"
        case "notice-given-up":
            return f"Notice{_to(b)} given up after {dates.plural(b['attempts'], 'attempt')}"
    return None


def _to(b: Body) -> str:
    return f" to {b['recipient']}" if b.get("recipient") else ""


def carrier(name: str | None) -> str:
    """Who carried a letter and says what became of it."""
    return "GOV.UK Notify" if name == "notify" else plain(name or "its carrier")


def _code(b: Body) -> str:
    return f" (the server's answer was {b['code']})" if b.get("code") else ""

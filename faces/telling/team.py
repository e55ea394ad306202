"""What the team does and what comes of it."""

from faces.said import Body
from faces.words import Words, plain


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    on = f" (workstream {b['workstream']})" if b.get("workstream") else ""
    match event:
        case "milestone-reached":
            return f"Milestone reached: {b['milestone']}"
        case "activity-recorded":
            style = f", in the style of {plain(b['style'])}" if b.get("style") else ""
            return f"The team's work: {b['activity'].replace('.', ', ').replace('-', ' ')}{style}{on}"
        case "product-recorded":
            return f"Product of the team: {b['product']}{on}"
        case "workstream-judged":
            return f"Workstream {b['workstream']} succeeded {b['success']}"
        case "parallel-work-recorded":
            return f"The council bought the same work from {b['firm']}{on}"
    return None

"""A franchise with a partner council."""

from faces import dates
from faces.said import Body, stars
from faces.words import BENEFITS, FRANCHISE_PHASES, SIDES, Words, all_of, plain, pounds


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "franchise-agreed":
            wanted = f", from {stars(b['stars_then'])} to {stars(b['stars_wanted'])}" if _both_stars(b) else ""
            term = f", {dates.when_in(b['starts'])} to {dates.when_in(b['ends'])}" if b["starts"] and b["ends"] else ""
            return f"Franchise with {b['partner']} agreed{term}{_up_to(b)}{wanted}"
        case "franchise-changed":
            return (
                f"Franchise changed: until {dates.when_in(b['ends'])}{_up_to(b)}" if b["ends"] else "Franchise changed"
            )
        case "franchise-phase-begun":
            return f"Phase begun: {FRANCHISE_PHASES.get(b['kind'], b['kind'])} (until {dates.when_in(b['ends'])})"
        case "franchise-charge-claimed":
            return f"Charge {b['claim']} claimed: {pounds(b['amount'])}"
        case "franchise-charge-answered":
            return f"Charge {b['claim']} {'accepted' if b['accepted'] else 'refused'}"
        case "mirror-lead-named":
            anew = "new " if b.get("change") else ""
            return f"{b['person']} named {anew}lead of {plain(b['workstream'])} for {SIDES.get(b['side'], b['side'])}"
        case "workstream-started":
            without = f" (no lead known for {all_of(SIDES[side] for side in b['without'])})" if b.get("without") else ""
            return f"Workstream started: {plain(b['workstream'])}{without}"
        case "workstream-ended":
            return f"Workstream ended: {plain(b['workstream'])}"
        case "benefit-realised":
            shown = f" (shown by {all_of(b['indicators'])})" if b.get("indicators") else ""
            return (
                f"Benefit {b['benefit']} for {SIDES.get(b['to'], b['to'])}: {BENEFITS.get(b['area'], b['area'])}{shown}"
            )
    return None


def _both_stars(b: Body) -> bool:
    return b["stars_then"] is not None and b["stars_wanted"] is not None


def _up_to(b: Body) -> str:
    return f", up to {pounds(b['value'])}" if b["value"] is not None else ""

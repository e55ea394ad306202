"""Who holds the posts, and the core team."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "core-team-named":
            members = all_of(f"{member['person']} ({plain(member['part'])})" for member in b["members"])
            return f"Core team named: {members}" + instead(b)
        case "post-holder-recorded":
            also = f", linked to {dates.plural(len(b['linked']), 'other council')} too" if b.get("linked") else ""
            holder = f"{words.title_of_role(b['post'])}: {b['person']}{standing(b)}"
            return holder + also + instead(b)
        case "post-holder-left":
            return f"{words.title_of_role(b['post'])} left" + (f" ({b['person']})" if b.get("person") else "")
    return None


def standing(b: Body) -> str:
    """How somebody holds a post, after a comma: `, interim`."""
    return f", {b['standing']}" if b.get("standing") else ""


def instead(b: Body) -> str:
    """That they took it over from somebody, where they did."""
    return ", in place of somebody else" if b.get("change") else ""

"""Help from the sector."""

from faces.said import Body
from faces.words import Words, all_of

SCENARIOS = {
    "service": "a weak part of children's services in a strong council",
    "finance": "auditors worried by finances and culture",
    "chief-officer": "a chief officer in question",
    "groups": "dysfunctional political groups",
    "crisis": "a serious adverse incident",
    "politics": "problematic political leadership",
    "breakdown": "leader and chief executive fallen out",
    "relations": "officers, members or groups at odds",
    "partnership": "a partnership about to miss its targets",
}
"""What sector-led help is for."""

HELPERS = {
    "peer-review": "a peer review",
    "exchange": "exchange between councils",
    "riep": "the regional improvement and efficiency partnership",
    "specialists": "specialists of the sector",
    "chief-executives": "chief executives nearby",
    "associate": "the improvement agency's regional associate",
    "member-peer": "a member peer",
    "political-peers": "political peers",
    "regional-lga": "the regional association of councils",
    "mutual": "mutual support",
    "risk": "risk management",
    "board": "the association's improvement board",
    "employers": "regional employers",
    "private": "private sector specialists",
    "voluntary": "the voluntary sector",
    "district-audit": "district audit",
    "standards": "the standards board",
    "parties": "political parties",
    "cipfa": "CIPFA",
    "ethical": "the auditors' ethical governance review",
}
"""Who helps."""


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "challenge-answered":
            return (
                "The council acknowledges the challenge" if b["acknowledged"] else "The challenge is not acknowledged"
            )
        case "support-chosen":
            by = all_of(HELPERS.get(each, each) for each in b["helpers"]) if b.get("helpers") else "the conversation"
            return f"Support chosen for {SCENARIOS.get(b['scenario'], b['scenario'])}: {by}"
    return None

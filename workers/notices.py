"""Notices in plain words, for the channels that send text."""

from activities.library import facts_of, read_register
from domain.notices import NoticeAsked

SUBJECTS = {
    "engagement-opened": "An engagement has been opened",
    "decision-recorded": "A minister's decision has been recorded",
    "stage-entered": "The engagement has moved to its next stage",
    "special-measures-ended": "The council has left special measures",
    "lead-named": "A project lead has changed",
    "core-team-named": "The core of the team has changed",
    "post-holder-recorded": "The holder of a key post has changed",
    "post-holder-left": "The holder of a key post has left",
    "engagement-closed": "The engagement is over",
    "obligation-reminded": "Reminder: something is due soon",
    "engagement-stuck": "The clock of an engagement is stuck",
    "obligation-escalated": "Something that was due has not been done",
}


def plain_text(id: str, asked: NoticeAsked) -> str:
    """A notice as text. It names the engagement, the council and what is owed, and no person."""
    facts = facts_of(read_register(), asked.council)
    lines = [
        f"Subject: {SUBJECTS.get(asked.template, asked.template)}",
        f"To: {asked.to}",
        f"Notice: {id}",
        "",
        f"Council: {facts.name if facts else asked.council}",
        f"Engagement: {asked.about.removeprefix('engagement/')}",
    ]
    if asked.obligation:
        lines.append(f"What is owed: {asked.obligation}")
    lines += ["", f"See what happened: turnaround timeline {asked.about.removeprefix('engagement/')}", ""]
    return "\n".join(lines)

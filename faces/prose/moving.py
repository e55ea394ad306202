"""An engagement that is moved to another lifecycle."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, simple
from faces.words import Words, all_of, thing


def _move_skips_gate(details: Details, words: Words) -> Said:
    missing = all_of([thing(name, words.lifecycle) for name in details["missing"]])
    why = f"still missing on the way there: {missing}" if missing else "no way of that lifecycle leads there"
    hint = "enter an earlier stage, or say with assume= why the gates before it are taken as met"
    return Said(f"{words.stage(details['stage'])} in {details['model']} can't be entered: {why}.", hint)


REFUSALS: Mapping[str, Template] = {
    "model-not-published": simple(
        "No lifecycle {model} is published.", "`turnaround lifecycle list` shows what is; `publish` publishes one"
    ),
    "move-not-ahead": simple(
        "{model} is no newer version: the engagement is held to {now}.", "name a later version, or another model"
    ),
    "move-confidential": simple(
        "Of {now} and {model} one is confidential and the other is not.", "stop this one, and open another"
    ),
    "move-loses-obligation": simple(
        "What is owed would be lost: {lost}.", "map each to an obligation of the new stage, or let it go with a reason"
    ),
    "move-to-nothing-owed": simple(
        "'{obligation}' can't be carried over to '{to}': nothing of that name is owed in {stage}.",
        "owed there: {owed}; or let it go with a reason",
    ),
    "move-clock-stands": simple(
        "The clock of '{obligation}' stands, and that of '{to}' can't be paused.", "resume it first, or let it go"
    ),
    "move-post-not-held": simple("Nobody is recorded to hold the post {post}.", "held are {held}"),
    "move-deliverable-not-open": simple("'{deliverable}' is no deliverable that is still open.", "open are {open}"),
    "move-loses-deliverable": simple(
        "Deliverables would be lost: {lost}.", "say under which name each is worked on, or let it go with a reason"
    ),
    "move-skips-gate": _move_skips_gate,
}

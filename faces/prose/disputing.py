"""Facts that two sources tell otherwise."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, listed, simple, who
from faces.words import Words, plain


def _nothing_to_dispute(details: Details, words: Words) -> Said:
    if details["event"] is None:
        named = f"Version {details['version']} is nothing that can be disputed."
    else:
        named = f"There is no event '{details['event']}' here that can be disputed."
    return Said(named, "name what somebody recorded: `turnaround timeline ID` shows the events and their versions")


REFUSALS: Mapping[str, Template] = {
    "nothing-to-dispute": _nothing_to_dispute,
    "not-disputable": simple(
        "This can't be disputed, as engagements were opened or told by it: {fields} of {event}.",
        "withdraw the rating and publish the right one",
    ),
    "dispute-changes-nothing": simple(
        "The other source has what version {version} ({event}) says already.",
        "name the fields in which it differs with changes=, or its date with occurred=",
    ),
    "no-such-dispute": simple("There is no dispute {dispute}.", "disputes so far: {disputes}; dispute-fact raises one"),
    "disputed-event-withdrawn": simple(
        "Dispute {dispute} is about an event that was withdrawn ({event}).", "there is nothing left to choose"
    ),
    "chosen-already": simple(
        "In dispute {dispute} the {use} value was chosen already.", "only the other side can be chosen now"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "fact-not-chosen": lambda details, words: Said(
        f"Dispute {details['dispute']} over {plain(details['event'])} is open: {listed(details['fields'])}.",
        f"what was recorded is used until somebody chooses: {who('choose-fact', words)}",
    ),
}

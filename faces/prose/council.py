"""Ratings and assessments of a council."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, simple
from faces.said import service
from faces.words import Words, all_of, any_of


def _unknown_model(details: Details, words: Words) -> Said:
    ref = details["model"] + (f"@{details['version']}" if details.get("version") else "")
    known = f"those that the office opens are {all_of(details['models'])}" if details["models"] else None
    return Said(f"No lifecycle {ref} is published.", known or "`turnaround lifecycle publish` publishes one")


def _unknown_trigger(details: Details, words: Words) -> Said:
    if not details["triggers"]:
        return Said(f"{details['model']} lists no triggers.", "leave trigger= out")
    said = f"'{details['trigger']}' is none of its triggers" if details["trigger"] else "it needs a trigger"
    return Said(f"{details['model']} can't be opened so: {said}.", f"give trigger={any_of(details['triggers'])}")


def _no_such_rating(details: Details, words: Words) -> Said:
    which = f"in the round {details['round']}" if details["round"] else f"at version {details['rating']} of its record"
    return Said(f"The council has no rating {which} that still stands.", "see its ratings with `turnaround show`")


def _council_did_not_exist(details: Details, words: Words) -> Said:
    return Said(
        f"{details['council']} did not exist {dates.on(details['occurred'])}.",
        "name the council that was there that day, or mend the date",
    )


def _one_star_needed(details: Details, words: Words) -> Said:
    stars = details["stars"]
    rated = f"{service(details['service'])} is {'not rated' if stars is None else f'rated {stars}'}"
    return Said(
        f"A preventive engagement is for a service with one star, and on that day {rated}.",
        "publish the rating first, or open it with kind=direct-commission and a reason",
    )


def _which_rating(details: Details, words: Words) -> Said:
    neither = details["round"] is None and details["rating"] is None
    return Said(
        f"{details['command']} needs to know which rating is meant."
        if neither
        else f"The rating is named twice, by round {details['round']} and by version {details['rating']}.",
        "give rating=, its version in `turnaround show`, or round=, and not both",
    )


REFUSALS: Mapping[str, Template] = {
    "council-did-not-exist": _council_did_not_exist,
    "rated-already": simple(
        "{council} was already rated in the round {round}.", "withdraw that rating first if it is wrong"
    ),
    "no-such-rating": _no_such_rating,
    "which-rating": _which_rating,
    "compared-with-later": simple(
        "The marks of a rating of {occurred} can't compare with {since}, which is later.",
        "mend moved_since=: it is when the judgements were those that the marks compare with",
    ),
    "open-already": simple(
        "The engagement {engagement} is open in {service}.",
        "at most one is; it has to be over before another is opened",
    ),
    "no-model-enters": simple(
        "No published model takes a {kind} engagement in {service}.",
        "a lifecycle says under `enters` at which stage one begins",
    ),
    "one-star-needed": _one_star_needed,
    "kind-or-model": simple(
        "{command} needs either a kind or a model.",
        "give kind=preventive or kind=direct-commission; or model= with its version= and trigger=",
    ),
    "unknown-model": _unknown_model,
    "model-not-opened": simple(
        "{model} is not opened by the office: ratings start it.", "see `turnaround lifecycle list` for those that are"
    ),
    "unknown-trigger": _unknown_trigger,
    "no-such-result": simple("'{result}' is no result of this assessment.", "its results are {results}"),
    "only-wider-is-capped": simple(
        "No cap holds for {kind:a}, so that it has no uncapped result.", "only {wider:a} has one; leave uncapped= out"
    ),
    "uncapped-not-better": simple(
        "A capped result is {cap}, and without the cap it would have been better: {result} and {uncapped} do not fit.",
        "give result={cap} and a better uncapped=, or leave uncapped= out",
    ),
    "capped-at-weak": simple(
        "The result can't be {result}: {service} has no stars, which caps it at {cap}.",
        "record result={cap} uncapped={result}",
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "rating-refused": simple(
        "The council refuses its newest rating of {service} (version {rating}, stars: {stars}).",
        "its answer was recorded as of {on}; record another with answer-rating",
    ),
    "no-beside-stars": simple(
        "The rating of version {rating} has stars ({stars}), and {group} are served 'no': 'no' always went with none.",
        "look at the source again; a wrong rating is withdrawn with withdraw-rating",
    ),
    "moved-beyond-the-scale": simple(
        "In the rating of version {rating} the {aspect} of {group} is {value}, and can't have become {moved}.",
        "nothing lies beyond it on the scale: look at the source again",
    ),
    "above-the-cap": simple(
        "The wider assessment as of {on} is {result}, and {service} had no stars, which caps it at {cap}.",
        "look at the source again: where it says otherwise, dispute-fact and choose-fact put that in its place",
    ),
}

"""Obligations and their clocks."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, open_ones, simple
from faces.words import Words


def _clock_not_pausable(details: Details, words: Words) -> Said:
    pausable = open_ones(details["pausable"], words)
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' can't be paused in this model.",
        f"of what is owed, {pausable} can be" if pausable else "nothing that is owed now can be",
    )


def _clock_paused_already(details: Details, words: Words) -> Said:
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' is paused already, since {dates.printed(details['on'])}.",
        "let it go on with resume-clock",
    )


def _clock_not_paused(details: Details, words: Words) -> Said:
    paused = open_ones(details["paused"], words)
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' is not paused.",
        f"what is paused is {paused}" if paused else "no clock is: pause one with pause-clock",
    )


def _clock_run_out(details: Details, words: Words) -> Said:
    return Said(
        f"'{words.owed(details['obligation'])}' was due {dates.on(details['on'])} and is late: pausing does not undo that.",
        "a clock is paused before its date",
    )


def _clock_out_of_order(details: Details, words: Words) -> Said:
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' can't have stopped or gone on {dates.on(details['occurred'])}: "
        f"that is before {dates.printed(details['on'])}, when it last began, stopped or went on.",
        "give a day not before that with --on",
    )


REFUSALS: Mapping[str, Template] = {
    "obligation-several-open": simple(
        "Several of '{obligation}' are owed: {numbers}.", "say which with its number, such as number=2"
    ),
    "clock-not-pausable": _clock_not_pausable,
    "clock-paused-already": _clock_paused_already,
    "clock-not-paused": _clock_not_paused,
    "clock-run-out": _clock_run_out,
    "clock-out-of-order": _clock_out_of_order,
}

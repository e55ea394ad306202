"""What sentences are made with: details as they are told, and templates that several families share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faces import dates
from faces.said import service
from faces.words import Words, all_of, any_of, article, plain, pounds

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """A refusal in words: what is wrong, and what would be right."""

    sentence: str
    hint: str | None = None


Template = Callable[[Details, Words], Said]
"""Makes a sentence of what a rule says."""


def who(command: str, words: Words, roles: Any = None) -> str:
    """`judge-pip as Chief Inspector (…) or …`."""
    may = list(roles) if roles is not None else list(words.lifecycle.who_may(command)) if words.lifecycle else []
    return f"{command} as {words.roles(may)}" if may else command


DATES = frozenset(
    {
        "by",
        "closes",
        "date",
        "ends",
        "inspection",
        "newest",
        "next",
        "occurred",
        "on",
        "opened",
        "sent",
        "since",
        "starts",
        "today",
        "until",
    }
)
"""Details that hold a date and nothing else. They are known by their names, so that nobody's own words are read as dates."""


VERBS = {"are": "is", "were": "was"}


@dataclass(frozen=True)
class _Detail:
    """A detail as a template puts it into a sentence.

    A date is written out and a service told without hyphens. What follows the colon in a template says how else:
    `{on:on}` is "on 3 May 2002" or "in May 2002", `{by:by}` is "by May 2002", `{price:£}` is "£1.00", `{kind:a}` is
    "an inspection", `{days:day}` is "1 day" or "2 days", and `{days:are}` is "is" or "are" with it.
    """

    name: str
    value: Any

    def __format__(self, how: str) -> str:
        text = listed(self.value)
        match how:
            case "":
                return dates.printed(text) if self.name in DATES else self._told(text)
            case "on":
                return dates.on(text)
            case "by":
                return dates.by(text)
            case "£":
                return pounds(text)
            case "a":
                return article(plain(text))
            case "are" | "were":
                return VERBS[how] if text == "1" else how
        return dates.plural(text, how)

    def _told(self, text: str) -> str:
        return service(text) if self.name == "service" else text


def _told(details: Details) -> dict[str, Any]:
    return {name: _Detail(name, value) for name, value in details.items()}


def simple(sentence: str, hint: str | None = None) -> Template:
    """A template of named fields; text of people's own is put in as it is, never read as a template."""

    def template(details: Details, words: Words) -> Said:
        told = _told(details)
        return Said(sentence.format(**told), hint.format(**told) if hint else None)

    return template


def listed(value: Any) -> str:
    """A value, or several with commas."""
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def incomplete(sentence: str) -> Template:
    """A template for a letter that leaves out what it has to name."""

    def template(details: Details, words: Words) -> Said:
        missing = [str(name) for name in details["missing"]]
        return Said(
            sentence.format(missing=all_of(missing)),
            f"add {' '.join(f'{name}=...' for name in missing)}; only imported history may leave them out",
        )

    return template


def post(sentence: str, hint: str) -> Template:
    """A template about a post, which is told by its title."""

    def template(details: Details, words: Words) -> Said:
        told = {**_told(details), "post": words.role(details["post"])}
        return Said(sentence.format(**told), hint.format(**told))

    return template


def open_ones(names: Sequence[str], words: Words) -> str:
    """What is owed, each by its name and its title: `submit-pip 1 (…) or …`."""
    return any_of(f"{name} ({words.owed(name.partition(' ')[0])})" for name in names)

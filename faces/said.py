"""What events and refusals are told with alike: an event's body, a service and stars in words."""

from collections.abc import Mapping
from typing import Any

from faces import dates

SERVICES = {"whole-council": "the whole council"}

Body = Mapping[str, Any]


def service(name: str) -> str:
    """`social services`."""
    return SERVICES.get(name, name.replace("-", " "))


def stars(count: Any) -> str:
    """`no stars`, `1 star`, `2 stars`."""
    return "no stars" if count == 0 else dates.plural(count, "star")

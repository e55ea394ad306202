"""The commands there are, and the fields of each."""

from domain import council, engagement
from faces.able import about_command
from faces.desk import close
from faces.fields import fields_of
from faces.page import Answer, note, say, table
from faces.problems import usage


def every_command() -> Answer:
    """The commands that people give to engagements and councils."""
    both = [("engagement", kind) for kind in engagement.COMMANDS.values() if not kind.derived]
    both += [("council", kind) for kind in council.COMMANDS.values()]

    def tell() -> None:
        table(("To", "Command", "What for"), ((family, kind.type, about_command(kind)) for family, kind in both))
        note("`turnaround do COMMAND --fields` lists the fields of one; `turnaround can ID` says what may be done now.")

    return Answer([{"target": family, "command": k.type, "about": about_command(k)} for family, k in both], tell)


def fields_of_command(name: str | None) -> Answer:
    """The fields of a command. Raises Problem when there is none of that name."""
    both = {**engagement.COMMANDS, **council.COMMANDS}
    if name is None:
        raise usage("a COMMAND is wanted.", "`turnaround do --commands` lists them")
    kind = both.get(name)
    if kind is None or kind.derived:
        raise usage(f"there is no command '{name[:60]}'.", close(name, both) or "`turnaround do --commands` lists them")
    found = fields_of(kind)

    def tell() -> None:
        say(f"{kind.type}: {about_command(kind)}.")
        if not found:
            note("It has no fields.")
            return
        table(
            ("Field", "Wanted", "What stands in it", "Kept"),
            (
                (
                    field.name,
                    "must be given" if field.required else "may be given",
                    field.kind,
                    "sealed" if field.sealed else "open",
                )
                for field in found
            ),
        )

    data = {"command": kind.type, "about": about_command(kind), "fields": [field.data() for field in found]}
    return Answer(data, tell)

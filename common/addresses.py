"""What stands in an address, read so that no database stumbles over it."""

from django.http import QueryDict

from common.text import one_line


class Reference:
    """Part of a path: INC-142, NM-38, A-312. Small letters lead to the same thing."""

    regex = r"[A-Za-z]{1,4}-[0-9]{1,9}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


def word(asked: QueryDict, name: str, *, longest: int = 200) -> str:
    """What is asked for under `name`, as one short line; "" for nothing."""
    return one_line(asked.get(name, ""))[:longest]

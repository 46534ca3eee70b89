"""Why a file is not taken."""

MEGABYTE = 1_000_000


class Refused(Exception):
    """This file is not taken. The sentence says why and what to do; `name` is the file's."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"“{name}” {why}")
        self.name = name

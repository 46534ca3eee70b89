"""Read what a page offers to type into, as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Inputs that hold what somebody typed, and not a choice.
_TYPED = {"", "text", "search", "url", "email", "number", "tel"}


@dataclass
class Fields:
    """`texts` are what can be typed into: name and what stands there. `names` are all;
    `lines` those where a browser takes no line breaks, `longest` what it stops at."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    longest: dict[str, int] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self, action: str | None) -> None:
        super().__init__(convert_charrefs=True)
        self.action = action
        self.is_inside = action is None
        self.fields = Fields()
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is not None:
            path = given.get("action", "").partition("?")[0] or self.action
            self.is_inside = given.get("method") == "post" and path == self.action
        name = given.get("name", "")
        if not self.is_inside or tag not in {"input", "textarea", "select"} or not name:
            return
        self.fields.names.add(name)
        if given.get("maxlength", "").isdigit():
            self.fields.longest[name] = int(given["maxlength"])
        if tag == "textarea":
            self.area = name
            self.fields.texts.setdefault(name, []).append("")
        elif tag == "input" and given.get("type", "") in _TYPED:
            self.fields.texts.setdefault(name, []).append(given.get("value", ""))
            self.fields.lines.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.action is not None:
            self.is_inside = False
        if tag == "textarea" and self.area:
            # A browser leaves out the first line break, which Django writes for that.
            last = self.fields.texts[self.area]
            last[-1] = last[-1].removeprefix("\r\n").removeprefix("\n")
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields.texts[self.area][-1] += data


def fields_of(page: str, action: str | None = None) -> Fields:
    """Of the whole page, or of the form that is sent to `action`."""
    reader = _Reader(action)
    reader.feed(page)
    reader.close()
    return reader.fields

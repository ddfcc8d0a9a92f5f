"""Fields of cases and events: what people call them, and what may stand in them."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field

from models.language.words import Model, Name, Text
from models.language.written import amount_of, count_of, folded, plain

FieldKind = Literal["text", "amount", "count", "date", "person", "yes_no"]
YES, NO = "yes", "no"
_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "有", "对", "√"), YES),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无", "不是", "没有", "×"), NO),
}


class FieldValue(Text):
    """A value of a field: files and hands may write it by its id, its titles or its aliases; the id is kept."""

    aliases: tuple[str, ...] = ()
    """What else people write for it."""


class CaseField(Model):
    """A field of cases and events: its titles and aliases are headers of files and names on the command line."""

    zh: str
    """What it is called in Chinese; a field that many regulations have may leave out both titles."""
    en: str
    """In English."""
    aliases: tuple[str, ...] = ()
    """What else people call it."""
    is_: FieldKind = Field(default="text", alias="is")
    """text; amount (yuan: 5,000, 5000元, 五千元), count, date, person (somebody of the directory), yes_no."""
    values: dict[Name, FieldValue] = {}
    """All that may stand in it, by id; without them, whatever fits."""
    others: bool = False
    """Whether something else than its `values` may stand in it as well."""

    def read(self, text: str) -> str | None:
        """What is kept for what somebody wrote; None for what cannot stand here.

        A date and a person are kept as they are written: whether they exist is asked where calendar and directory are.
        """
        if self.is_ == "amount":
            return None if (amount := amount_of(text)) is None else plain(amount)
        if self.is_ == "count":
            return None if (count := count_of(text)) is None else plain(count)
        if self.is_ == "yes_no":
            return _YES_NO.get(folded(text))
        if self.values:
            return self._ids.get(folded(text)) or (text if self.others else None)
        return text

    @cached_property
    def _ids(self) -> dict[str, str]:
        """Every way of writing a value, folded, with its id; ids go before titles, titles before aliases."""
        found = {folded(name): name for name in self.values}
        for name, value in self.values.items():
            found.setdefault(folded(value.zh), name)
            found.setdefault(folded(value.en), name)
        for name, value in self.values.items():
            for alias in value.aliases:
                found.setdefault(folded(alias), name)
        return found

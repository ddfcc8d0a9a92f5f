"""What can go wrong, named for what went wrong; every message is one line that says what to do."""


class DubanError(Exception):
    """Base of the errors that are shown to the user as one line."""


class UsageError(DubanError):
    """The words of a command or the value of a setting are off (exit code 2)."""


class RefusedError(DubanError):
    """Something was asked that the regulation or the record forbids (exit code 1)."""


class UnknownError(RefusedError):
    """A case, person, event or regulation of that name does not exist."""


class RegulationError(DubanError):
    """A rule pack is wrong; carries the file, the line and the rule."""

    def __init__(self, problem: str, *, file: str, line: int | None = None, rule: str | None = None) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.rule = rule
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {f'rule {rule}: ' if rule else ''}{problem}")


class CalendarError(DubanError):
    """The calendar cannot answer: for example no working day within a year."""


class StorageError(DubanError):
    """The database is missing, too old or out of reach."""


class DeliveryError(DubanError):
    """No mail server takes our mail; says which setting to correct."""

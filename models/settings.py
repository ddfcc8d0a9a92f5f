"""Settings of a deployment, from `DUBAN_*` variables of the environment (or a `.env` file beside the command).

pydantic alone reads them: pydantic-settings would double what a command needs to start.
"""

from __future__ import annotations

import os
import re
from datetime import time
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from models.calendar.instants import WEEKDAYS, zone_named
from models.errors import UsageError
from models.language.files import written_text
from models.store.url import quoted_url

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PREFIX = "DUBAN_"
REPLY_LOCAL = 21
"""Of the 64 characters of an address before the @, a token and its plus sign take 43."""
_CENTURY = 100 * 366 * 86_400
"""Seconds; a longer time is a slip of the pen."""


class Empty(StrEnum):
    """What becomes of a digest that has nothing to say."""

    SKIP = "skip"
    SEND = "send"


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


def _database(value: SecretStr) -> SecretStr:
    return SecretStr(quoted_url(value.get_secret_value().strip()))


SIGN_IN = re.compile(r"[!-9;-~]+:[!-~]{12,}")
SIGN_IN_ADVICE = "write user:password in ASCII without blanks, the password of 12 signs or more"


def _sign_in(value: SecretStr) -> SecretStr:
    line = value.get_secret_value().strip()
    if line and not SIGN_IN.fullmatch(line):
        raise ValueError(SIGN_IN_ADVICE)
    return SecretStr(line)


URL_ADVICE = "write addresses like wecombot://KEY or json://host/path, separated by commas"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.ASCII | re.IGNORECASE)
_BETWEEN = re.compile(r"[,;，；、\s]+(?=[a-z][a-z0-9+.-]*://)", re.ASCII | re.IGNORECASE)


def urls_in(text: str) -> tuple[str, ...]:
    """The addresses of a list, each once and in order; ValueError, without the text, when one is none."""
    found = tuple(dict.fromkeys(one for one in _BETWEEN.split(text.strip(",;，；、 \t\r\n")) if one))
    if not all(_URL.fullmatch(one) for one in found):
        raise ValueError(URL_ADVICE)
    return found


def _alarm_urls(value: SecretStr) -> SecretStr:
    urls_in(value.get_secret_value())
    return value


class InDoubt(StrEnum):
    """What to do with a message of which nobody knows whether it left."""

    RESEND = "resend"
    HOLD = "hold"


class UnknownPeople(StrEnum):
    """What becomes of an event by somebody whom the directory does not know, or knows twice."""

    REFUSE = "refuse"
    NOTE = "note"


class Approvals(StrEnum):
    """Whose answer decides: whoever is said to have given it, or only who has shown to be that person."""

    CLAIMED = "claimed"
    VERIFIED = "verified"


def _hour(value: Any) -> Any:
    """`9`, `09` or `09:30` as a time of day."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d{1,2})(?:[:：](\d{2})(?::00)?)?\s*", value)
    if not found:
        msg = "write it like 9 or 09:30"
        raise ValueError(msg)
    return time(int(found[1]), int(found[2] or 0))


def _office_hours(value: Any) -> Any:
    """`08:30-12:00,13:30-17:30` as pairs of times."""
    if not isinstance(value, str):
        return value
    joined = re.sub(r"\s*(?:-|~|～|–|—|至|到|to)\s*", "-", value.strip())
    spans = []
    for part in re.split(r"[,;，；、\s]+", joined.strip(",;，；、")):
        ends = part.split("-")
        if len(ends) != 2:  # noqa: PLR2004 -- a span has two ends
            raise ValueError(_HOURS_ADVICE)
        spans.append((_hour(ends[0]), _hour(ends[1])))
    return tuple(spans)


def _in_order(spans: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    last = time(0)
    for begin, end in spans:
        if begin < last or end <= begin:
            msg = f"spans must be in order, within one day and not overlap: {_HOURS_ADVICE}"
            raise ValueError(msg)
        last = end
    return spans


_HOURS_ADVICE = "write it like 09:00-18:00 or 08:30-12:00,13:30-17:30"


def _month_day(value: str) -> str:
    """`8 09:00`: a day of the month and an hour; `off`."""
    text = " ".join(value.split()).lower()
    if text != "off" and not re.fullmatch(r"([1-9]|1\d|2[0-8]) ([01]?\d|2[0-3]):[0-5]\d", text):
        msg = "write a day of the month (1 to 28) and an hour like `8 09:00`, or off"
        raise ValueError(msg)
    return text


_HOUR = r"([01]?\d|2[0-3]):[0-5]\d"


def _weekday(value: str) -> str:
    """`mon 18:00`: a day of the week and an hour; `off`."""
    text = " ".join(value.split()).lower()
    if text != "off" and not re.fullmatch(rf"({'|'.join(WEEKDAYS)}) {_HOUR}", text):
        msg = "write a day of the week (mon to sun) and an hour like `mon 18:00`, or off"
        raise ValueError(msg)
    return text


def _year_days(value: str) -> str:
    """`06-05 09:00,12-05 09:00`: days of the year, each with an hour; `off`."""
    text = ",".join(" ".join(part.split()) for part in re.split(r"[,;，；、]", value) if part.strip()).lower()
    day = rf"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) {_HOUR}"
    if text != "off" and not re.fullmatch(rf"{day}(,{day})*", text):
        msg = "write month-day (day 01 to 28) and hour like `01-10 09:00`, several with commas, or off"
        raise ValueError(msg)
    return text


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


MonthDay = Annotated[str, AfterValidator(_month_day)]
YearDays = Annotated[str, AfterValidator(_year_days)]
HourOfDay = Annotated[time, BeforeValidator(_hour)]
OfficeHours = Annotated[
    tuple[tuple[HourOfDay, HourOfDay], ...],
    Field(min_length=1),
    BeforeValidator(_office_hours),
    AfterValidator(_in_order),
]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class Settings(BaseModel):
    """Every setting, with its default. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Folder = Path(".duban")
    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("")
    timezone: str = "Asia/Shanghai"
    office_hours: OfficeHours = ((time(9), time(18)),)
    notice_hour: HourOfDay = time(9)
    calendar_file: Folder | None = None
    regulations_dir: Folder | None = None
    regulation_complaint: str = "standard-complaints"
    regulation_loan: str = "standard-loans"
    regulation_petition: str = Field(default="", description="for cases of that kind that name no regulation")
    regulation_service: str = Field(default="", description="likewise")
    regulation_revisit: str = Field(default="", description="likewise")
    regulation_contact: str = Field(default="", description="likewise")
    regulation_staff: str = Field(default="", description="likewise")
    regulation_advance: str = Field(default="", description="likewise")
    regulation_settings: Folder | None = None
    regulations_in_force: str = Field(
        default="", description="whose recurring duties are opened, beside those of the default regulations; or all"
    )

    approvals: Annotated[Approvals, BeforeValidator(_lower)] = Field(
        default=Approvals.CLAIMED, description="verified: only answers by mail decide; claimed: forms and commands too"
    )
    postponement_approver: str = Field(
        default="general_manager", description="the role that answers a request to postpone where the text is silent"
    )
    unknown_people: Annotated[UnknownPeople, BeforeValidator(_lower)] = Field(
        default=UnknownPeople.REFUSE, description="note: keep an event by somebody unknown as it is written (history)"
    )

    sweep_seconds: int = Field(default=330, ge=0, le=86_400, description="how long one sweep run looks ahead")
    catch_up_after: int = Field(default=600, ge=0, le=_CENTURY, description="a step this late is told in a summary")

    digest_at: HourOfDay = time(8, 30)
    digest_roles: str = Field(
        default="department_manager,service_manager,general_manager,archive_manager,service_director",
        description="who manages: these roles get the digest, and the slip about a late station",
    )
    digest_empty: Annotated[Empty, BeforeValidator(_lower)] = Empty.SKIP
    digest_lines: int = Field(default=30, ge=1, le=10_000, description="so many lines a section, the rest is counted")
    cleared_roles: str = Field(
        default="general_manager,archive_manager", description="who may read the names of secret items in reports"
    )
    slips: MonthDay = Field(default="8 09:00", description="when the slips of the month before are made")
    slip_copies: str = Field(
        default="general_manager", description="who gets the notice of penalties of all departments"
    )
    ui_url: str = Field(default="", description="where mails find the Prefect UI; empty = this machine")

    statement_weekly: Annotated[str, AfterValidator(_weekday)] = Field(
        default="mon 18:00", description="when the statement of the week before is made"
    )
    statement_monthly: MonthDay = Field(default="8 09:00", description="of the month after")
    statement_quarterly: MonthDay = Field(default="1 09:00", description="of the month after the quarter")
    statement_half_year: YearDays = Field(
        default="06-05 09:00,12-05 09:00", description="of the running half-year, which is completed when it has ended"
    )
    statement_annual: YearDays = Field(default="01-10 09:00", description="of the year before")
    statement_loans: MonthDay = Field(default="3 09:00", description="the list of what was not returned by month's end")
    statement_regulations: str = Field(default="", description="`all` is the whole organisation; empty = all and each")
    statement_to: str = Field(
        default="service_manager,archive_manager",
        description="who gets an approved statement beside the general manager: roles or addresses",
    )
    statement_cases: int = Field(default=50_000, ge=0, le=1_000_000, description="so many cases a statement lists")
    repeat_days: int = Field(
        default=30, ge=0, le=36_525, description="a complaint so soon after an equal one is repeated"
    )
    penalty_cap_month: float = Field(
        default=0.0,
        ge=0,
        le=10**9,
        allow_inf_nan=False,
        description="yuan a month for one person or department; 0 = no cap",
    )

    import_rows: int = Field(default=1_000_000, ge=1, le=10**9, description="of a file; of CSV the lines are counted")
    import_columns: int = Field(default=1_000, ge=1, le=16_384, description="of a file")
    import_people: int = Field(default=50_000, ge=1, le=10**7, description="rows of a directory, taken in at once")
    import_refused: int = Field(default=20_000, ge=1, le=10**9, description="rows, then the import of a file stops")
    import_cells: int = Field(default=2_000_000, ge=1, le=10**9, description="of a workbook's sheet, empty ones too")
    import_unpacked: int = Field(default=128 * 1024**2, ge=1, le=2**40, description="bytes of a workbook without zip")
    import_memory: int = Field(default=384 * 1024**2, ge=2**27, le=2**40, description="bytes for reading a workbook")
    import_seconds: int = Field(default=4, ge=1, le=3600, description="of processor time for reading a workbook")

    smtp_host: str = ""
    smtp_port: int = Field(default=0, ge=0, le=65535)
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Annotated[Tls, BeforeValidator(_lower)] = Tls.NONE
    smtp_timeout: float = Field(default=30.0, gt=0, le=86_400, allow_inf_nan=False)
    mail_from: str = "Duban 督办 <duban@localhost>"
    mail_rate_per_minute: int = Field(default=0, ge=0, le=1_000_000, description="0 = unlimited")
    retry_delay: float = Field(default=60.0, ge=0, le=_CENTURY, allow_inf_nan=False)
    retry_attempts: int | None = Field(
        default=None, ge=1, le=1_000_000, description="at most so many; of what is in doubt 20 where nothing is set"
    )
    retry_longest: float = Field(default=3600.0, gt=0, le=_CENTURY, allow_inf_nan=False)
    retry_lifetime: float = Field(
        default=432_000.0, ge=0, le=_CENTURY, allow_inf_nan=False, description="of waiting between attempts"
    )
    in_doubt: Annotated[InDoubt, BeforeValidator(_lower)] = InDoubt.RESEND
    operations_email: str = ""

    alarm_urls: Annotated[SecretStr, AfterValidator(_alarm_urls)] = Field(
        default=SecretStr(""), description="Apprise addresses at which operations are told what is wrong"
    )
    alarm_repeat: int = Field(default=86_400, ge=60, le=_CENTURY, description="a standing alarm is told again")

    secret: SecretStr = SecretStr("")
    """Signs the tokens of answers; empty = the file `secret` in the home."""
    reply_address: str = Field(default="", description="where answers go; empty = the address of `mail_from`")
    reply_days: int = Field(default=30, ge=1, le=36_500, description="so long a mail can be answered by reply")
    imap_host: str = ""
    imap_port: int = Field(default=0, ge=0, le=65535)
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_tls: Annotated[Tls, BeforeValidator(_lower)] = Tls.TLS
    imap_allow_plain: bool = Field(default=False, description="whether a password may go over an unprotected line")
    imap_folder: str = "INBOX"

    mailbox_port: int = Field(default=8025, ge=0, le=65535)
    mailbox_smtp_port: int = Field(default=2525, ge=0, le=65535)
    prefect_port: int = Field(default=4200, ge=1, le=65535)

    keep_runs_days: int = Field(default=7, ge=3, le=36_500, description="Prefect's runs with their logs and pages")
    keep_events_hours: int = Field(default=24, ge=2, le=876_000, description="Prefect's events; its own chatter less")
    keep_logs_mb: int = Field(default=20, ge=1, le=100_000, description="of each program's log, and as much again")
    keep_mails_days: int = Field(default=90, ge=1, le=36_500, description="mails in the local mailbox")
    keep_files_days: int = Field(
        default=90, ge=1, le=36_500, description="files that the inbox has taken in or refused"
    )
    erase_after_days: int = Field(
        default=0, ge=0, le=36_500, description="so long after closing a case forgets its customer; 0 = never"
    )

    prefect_secret: Annotated[SecretStr, AfterValidator(_sign_in)] = Field(
        default=SecretStr(""),
        description="how to sign in to the Prefect of `duban up`; empty = made by it",
    )
    smtp_allow_plain: bool = Field(default=False, description="whether a password may go over an unprotected line")
    ca_file: Folder | None = Field(default=None, description="who vouches for mail servers, instead of the system's")

    free_disk: int = Field(default=1_000_000_000, ge=0, le=2**60, description="bytes; with less left, status says so")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_named(value)
        except UsageError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator(
        *("mail_from", "operations_email", "smtp_host", "smtp_username", "ui_url"),
        *("reply_address", "imap_host", "imap_username", "imap_folder"),
    )
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(ord(sign) < 32 for sign in value):  # noqa: PLR2004 -- control characters end below the space
            msg = "must be one line"
            raise ValueError(msg)
        return value.strip()

    @field_validator("smtp_host", "imap_host", "ui_url")
    @classmethod
    def _without_a_password(cls, value: str) -> str:
        if "@" in value:
            msg = "write the server alone: it is shown, and a name or password has a variable of its own"
            raise ValueError(msg)
        return value

    @field_validator("mail_from", "operations_email", "reply_address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.search(r"\S@\S", value):
            msg = "write an address like duban@example.com"
            raise ValueError(msg)
        return value

    @field_validator("reply_address")
    @classmethod
    def _room_for_a_token(cls, value: str) -> str:
        if len(value.rpartition("@")[0]) > REPLY_LOCAL:
            msg = f"at most {REPLY_LOCAL} characters may stand before the @: the token has to fit behind them"
            raise ValueError(msg)
        return value

    @property
    def takes_replies(self) -> bool:
        """Whether an answer by mail reaches Duban: by IMAP, or out of the local mailbox."""
        return bool(self.imap_host) or not self.smtp_host

    @property
    def imap_server(self) -> tuple[str, int]:
        """Host and port from which answers are fetched."""
        return self.imap_host, self.imap_port or (993 if self.imap_tls is Tls.TLS else 143)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone."""
        return zone_named(self.timezone)

    @property
    def in_force(self) -> tuple[str, ...]:
        """The regulations of `regulations_in_force`, in their order; `all` stands for every one that there is."""
        return names_in(self.regulations_in_force)

    @property
    def url(self) -> str:
        """The database: what was set, else SQLite in the home folder."""
        given = self.database_url.get_secret_value()
        if not given:
            return f"sqlite:///{(self.home / 'duban.db').absolute()}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", given)

    @property
    def ui_address(self) -> str:
        """Where the Prefect UI is found, without a slash at the end."""
        return (self.ui_url or f"http://127.0.0.1:{self.prefect_port}").rstrip("/")

    @property
    def ui_origin(self) -> str:
        """Scheme, host and port of the Prefect UI, as a browser names the page that asks."""
        return "/".join(self.ui_address.split("/")[:3])

    @property
    def statement_list(self) -> tuple[str, ...]:
        """The roles and addresses of `statement_to`, in their order."""
        return names_in(self.statement_to)

    @property
    def manager_roles(self) -> tuple[str, ...]:
        """The roles of `digest_roles`, in their order."""
        return names_in(self.digest_roles)

    @property
    def cleared(self) -> tuple[str, ...]:
        """The roles of `cleared_roles`."""
        return names_in(self.cleared_roles)

    @property
    def alarm_list(self) -> tuple[str, ...]:
        """The addresses of `alarm_urls`, which are secrets."""
        return urls_in(self.alarm_urls.get_secret_value())

    @property
    def smtp_address(self) -> tuple[str, int]:
        """Host and port of the mail server; without a host the local mailbox of `duban up`."""
        if not self.smtp_host:
            return "127.0.0.1", self.mailbox_smtp_port
        usual = {Tls.NONE: 25, Tls.STARTTLS: 587, Tls.TLS: 465}
        return self.smtp_host, self.smtp_port or usual[self.smtp_tls]


def names_in(text: str) -> tuple[str, ...]:
    """The names of a list written with commas, semicolons or blanks, each once and in order."""
    return tuple(dict.fromkeys(name for name in re.split(r"[,;，；、\s]+", text) if name))


def load_settings(environment: dict[str, str] | None = None) -> Settings:
    """The settings of this process; an empty variable counts as unset. UsageError names the variable that is off."""
    if environment is None:
        environment = surroundings(PREFIX)
    given = {key.removeprefix(PREFIX).lower(): value for key, value in _given(environment).items()}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        name = f"{PREFIX}{first['loc'][0]}".upper()
        advice = first["msg"].removeprefix("Value error, ")
    # raised outside, so that no traceback carries a value, which may be a secret in the wrong place
    raise UsageError(f"{name}: {advice}: correct it in the environment or in .env")


def surroundings(prefix: str) -> dict[str, str]:
    """What `.env` beside the command and the environment, which goes before it, set under names that begin so."""
    return _given(_from_file(Path(".env")), prefix) | _given(dict(os.environ), prefix)


def _given(environment: dict[str, str], prefix: str = PREFIX) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith(prefix) and value.strip()}


def _from_file(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 -- only where there is such a file

    try:
        found = dotenv_values(stream=StringIO(written_text(file)), interpolate=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    return {key: value or "" for key, value in found.items()}

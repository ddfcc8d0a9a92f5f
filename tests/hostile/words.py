"""Hostile words on the command line and in the settings."""

from __future__ import annotations

NEW = ("record", "NEW", "registered")
WORDS: dict[str, tuple[str, ...]] = {
    **{
        f"--at {at[:24]!r}": (*NEW, "--field", "customer=W", "--at", at)
        for at in (
            "",
            "now",
            "0000-00-00",
            "0001-01-01",
            "1899-12-31",
            "2026-02-31",
            "2026-13-01",
            "2026-11-01 24:00",
            "2026-11-01 23:59:60",
            "9999-12-31",
            "10000-01-01",
            "2200-02-01",
            "-1",
            "1e308",
            "NaN",
            "9" * 5_000,
            "2026-11-01T00:00:00+99:99",
            "2026-11-01 08:00 Mars/Olympus",
            "2026-11-01T00:00:00+24:00",
            "\u202e2026-11-01",
            "2026-11-01\n2026-11-02",
            "٢٠٢٦-١١-٣١",
        )
    },
    **{
        f"--field {field[:24]!r}": (*NEW, "--field", field)
        for field in (
            "",
            "=",
            "customer",
            "=W",
            "\n=W",
            "\u202e=W",
            "customer=\u202eW",
            "customer=W\nX",
            "customer=\x1b[2J",
            "customer=" + "x" * 401,
            "content=" + "x" * 40_000,
            "content=\u2066x",
            "number=../../x",
            "number=\u202e1",
            "received_at=never",
            "received_at=9999-12-31",
            "department=" + "x" * 201,
            "level=" + "x" * 81,
            "regulation=/dev/zero",
            "regulation=../x",
            "regulation=" + "x" * 40_000,
            "a=\ufffd",
        )
    },
    **{
        f"--by {by[:24]!r}": (*NEW, "--field", "customer=W", "--by", by)
        for by in ("\u202eW", "W\nX", "\x1b[2J", "W\u2069")
    },
    **{
        f"--period {period[:24]!r}": ("statement", cadence, "--period", period)
        for cadence, period in (
            ("weekly", "2026-W99"),
            ("weekly", "2026-W00"),
            ("weekly", "0000-W01"),
            ("weekly", "9999-W52"),
            ("weekly", "2025-W53"),
            ("monthly", "2026-00"),
            ("monthly", "2026-13"),
            ("monthly", "0001-01"),
            ("monthly", "9999-12"),
            ("quarterly", "2026-Q5"),
            ("half-year", "2026-H3"),
            ("annual", "0000"),
            ("annual", "9999"),
            ("annual", "1900"),
            ("annual", "9" * 5_000),
            ("annual", "２０２６年"),
            ("annual", "2026\u202e"),
            ("annual", "../../x"),
            ("annual", "\x1b[2J"),
        )
    },
    **{
        f"--as-of {at[:24]!r}": ("sweep", "--as-of", at)
        for at in ("", "9999-12-31", "2200-02-01", "2199-12-31", "0001-01-01", "tomorrow", "2199-12-31T23:59:59Z")
    },
    "a replay into the future": ("replay", "--from", "2026-11-01", "--until", "2199-12-31"),
    "a replay backwards": ("replay", "--from", "2026-11-02", "--until", "2026-11-01"),
    "a replay beyond the years": ("replay", "--from", "0001-01-01", "--until", "9999-12-31"),
    "a case that cannot be": ("explain", "\u202e1"),
    "a case of a long name": ("explain", "x" * 50_000),
    "a case with a line end": ("explain", "a\nb"),
    "an event that cannot be": ("record", "A1", "\x1b[2J"),
    "an event of a long name": ("record", "NEW", "x" * 50_000),
    "an unknown state": ("list", "cases", "--state", "\u202eopen"),
    "a state of a long name": ("list", "cases", "--state", "x" * 50_000),
    "a regulation that is a device": ("check", "/dev/zero"),
    "a regulation that is a folder": ("check", "."),
    "a regulation with a path": ("check", "../../etc/passwd"),
    "a regulation of a long name": ("check", "x" * 50_000),
    "a statement of a regulation with a path": ("statement", "annual", "--regulation", "../../x"),
    "a statement of nobody": ("review", "x" * 50_000, "approve"),
    "a review by somebody turned": ("review", "S1", "approve", "--by", "\u202eW"),
    "a number with a slash": ("slip", "../../x"),
    "an import of nothing known": ("import", "\u202eloans", "in.csv"),
    "an import under a strange regulation": ("import", "complaints", "good.csv", "--regulation", "/dev/zero"),
}
"""Each is refused with one line."""

SETTINGS: dict[str, tuple[str, str]] = {
    f"{name} {value[:24]!r}": (name, value)
    for name, values in {
        "TIMEZONE": ("Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia", "x" * 5_000, "UTC+99", "\u202eUTC"),
        "OFFICE_HOURS": ("24:00-25:00", "18:00-09:00", "9", "09:00-18:00," * 3_000, "x", "09:00-18:00,17:00-19:00"),
        "NOTICE_HOUR": ("24", "99:99", "-1", "9" * 5_000, "nine"),
        "SWEEP_SECONDS": ("-1", "1e308", "9" * 30, "9" * 5_000, "NaN", "forever"),
        "CATCH_UP_AFTER": ("9" * 30,),
        "SMTP_TIMEOUT": ("inf", "nan", "1e308", "0", "-1"),
        "SMTP_PORT": ("65536", "-1", "9" * 30),
        "RETRY_DELAY": ("inf", "1e308"),
        "RETRY_ATTEMPTS": ("0", "9" * 30),
        "PENALTY_CAP_MONTH": ("nan", "inf", "1e308", "-1"),
        "STATEMENT_CASES": ("9" * 30,),
        "REPEAT_DAYS": ("9" * 30,),
        "IMPORT_ROWS": ("0", "9" * 30, "many"),
        "IMPORT_MEMORY": ("1", "9" * 30),
        "IMPORT_SECONDS": ("0", "9" * 30),
        "SLIPS": ("31 09:00", "0 09:00", "* * * * *", "8 25:00"),
        "STATEMENT_WEEKLY": ("funday 09:00", "mon", "R/P1W"),
        "STATEMENT_ANNUAL": ("02-30 09:00", "13-01 09:00", "01-01 09:00," * 3_000 + "x"),
        "CALENDAR_FILE": ("/dev/zero", ".", "missing.txt", "binary.txt", "long.txt", "impossible.txt"),
        "REGULATION_SETTINGS": ("/dev/zero", ".", "missing.yaml", "binary.txt", "long.txt", "laughs.yaml"),
        "DATABASE_URL": (
            "sqlite:////dev/zero",
            "sqlite:///.",
            "oracle://x",
            "x" * 5_000,
            "sqlite:////proc/self/mem",
            "sqlite:///binary.txt",
        ),
        "HOME": ("/dev/null", "/proc/self/nowhere"),
    }.items()
    for value in values
}
"""A setting that is off; the sweep says so in one line."""

"""Hostile tables as text: each is generated, named for what is wrong with it, with a word of the answer."""

from __future__ import annotations

HEAD = "number,received_at,customer,content\n"
GOOD = "A1,2026-11-01,W,x\n"

QUADRATIC = HEAD + 'a",,"\n' * 4_000
"""Started outside of quotes or inside, each line ends inside: every record would go on to the end of the file."""

FILES: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "only line ends": (b"\n" * 10_000, "empty"),
    "only separators": (b",,,,\n;;;\n", "column"),
    "only NUL bytes": (b"\0" * 100_000, "column"),
    "NUL bytes in the header": (b"number,received_at,cust\0omer\nA1,2026-11-01,W\n", "control"),
    "NUL bytes in a cell": ((HEAD + "A1,2026-11-01,W\0,x\n").encode(), "rejected 1"),
    "NUL bytes in an instant": ((HEAD + "A1,2026\0-11-01,W,x\n").encode(), "rejected 1"),
    "random bytes": (bytes(range(256)) * 400, ""),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, ""),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "column"),
    "an ELF program": (b"\x7fELF\x02\x01\x01" + b"\0" * 500, ""),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bytes(range(200)), ""),
    "HTML": (b"<html><table><tr><td>number</td></tr></table></html>", "column"),
    "JSON": (b'[{"number": "A1", "received_at": "2026-11-01"}]', "column"),
    "UTF-16 little end": (HEAD.encode("utf-16-le"), "column"),
    "UTF-16 with its mark": (HEAD.encode("utf-16"), "UTF-16"),
    "UTF-16 big end with its mark": (b"\xfe\xff" + HEAD.encode("utf-16-be"), "UTF-16"),
    "UTF-32": (HEAD.encode("utf-32"), "UTF-16"),
    "neither UTF-8 nor GB18030": (b"number,received_at\n\xff\xff\xff\xff\n", "neither"),
    "half a character at the end": ((HEAD + "A1,2026-11-01,王").encode()[:-1], ""),
    "Latin 1": ((HEAD + "A1,2026-11-01,Müller-Lüdenscheidt é,x\n").encode("latin-1"), ""),
    "no needed column": (b"a,b,c\n1,2,3\n", "no column"),
    "a column twice": (b"number,received_at,number\n", "twice"),
    "a column twice but for an unseen sign": ("number,received_at,num\u200bber\n".encode(), "twice"),
    "a header that turns the line": ("number,received_at,\u202eremotsuc\n".encode(), "turn"),
    "a header over lines": (b'number,received_at,"a\nb"\nA1,2026-11-01,x,\n', "rejected 1"),
    "a header of ten thousand characters": (b"number,received_at," + b"x" * 10_000 + b"\n", "500"),
    "a million columns": (b"number,received_at" + b",x" * 1_000_000 + b"\n", "1,000 columns"),
    "a million empty columns": (b"number,received_at" + b"," * 1_000_000 + b"\n", ""),
    "a row of a million cells": ((HEAD + "x," * 1_000_000 + "\n").encode(), "rejected 1"),
    "a row of a million cells of many lines": ((HEAD + 'x",,"\n' * 400_000).encode(), "rejected"),
    "a quote in the header that never closes": (
        b'number,"received_at,customer\n' + b"A1,2026-11-01,W\n" * 10_000,
        "column",
    ),
    "a quote that never closes": (
        (HEAD + 'A1,2026-11-01,"W,x\n' + "A2,2026-11-01,W,x\n" * 1_000).encode(),
        "rejected 1",
    ),
    "quotes that never close, over and over": (QUADRATIC.encode(), "rejected 4000"),
    "nothing but quotes": ((HEAD + '"' * 100_001 + "\n").encode(), "rejected 1"),
    "a quote a line": ((HEAD + '"\n' * 5_001).encode(), "rejected"),
    "text after a closing quote": ((HEAD + '"a"b,2026-11-01,W,x\n' * 500).encode(), "rejected 500"),
    "runs just below a cell's limit": ((HEAD + ("y" * 32_767 + "\n") * 60).encode(), "rejected 60"),
    "one line of runs just below the limit": ((HEAD + ("y" * 32_767 + ",") * 200).encode(), "rejected 1"),
    "a line of thirty megabytes": ((HEAD + "y" * 30_000_000).encode(), "rejected 1"),
    "a cell of ten megabytes": ((HEAD + "A1,2026-11-01,W," + "z" * 10_000_000 + "\n").encode(), "rejected 1"),
    "carriage returns only": ((HEAD + GOOD).replace("\n", "\r").encode(), ""),
    "form feeds and vertical tabs": ((HEAD + "A1,2026-11-01,W\x0b\x0cX,x\n").encode(), "rejected 1"),
    "escape sequences of a terminal": ((HEAD + "A1,2026-11-01,\x1b[2J\x1b]0;pwn\x07,x\n").encode(), "rejected 1"),
    "line separators of Unicode": ((HEAD + "A1,2026-11-01,W\u2028X,x\n").encode(), "rejected 1"),
    "lone surrogates": ((HEAD + "A1,2026-11-01,").encode() + b"\xed\xa0\x80" + b",x\n", "neither"),
    "replacement characters": ((HEAD + "A1,2026-11-01,\ufffd\ufffd,x\n").encode(), "rejected 1"),
    "no characters of Unicode": ((HEAD + "A1,2026-11-01,\ufffe\U0010ffff,x\n").encode(), ""),
    "more rows than allowed": ((HEAD + GOOD * 1_000_001).encode(), "DUBAN_IMPORT_ROWS"),
    "more refused rows than anybody corrects": ((HEAD + "x,x,x,x\n" * 60_000).encode(), "DUBAN_IMPORT_REFUSED"),
    "a reason column in the middle": (b"number,reason,received_at\nA1,x,2026-11-01\nA1,y,2026-11-02\n", "rejected 1"),
}
"""Imported as complaints."""

CELLS: dict[str, tuple[str, str]] = {
    f"{column} {value[:30]!r}": (column, value)
    for column, values in {
        "received_at": (
            "0000-00-00",
            "0001-01-01",
            "1899-12-31",
            "2026-02-31",
            "2026-13-01",
            "2026-11-01 24:00",
            "2026-11-01 25:61",
            "2026-12-31 23:59:60",
            "9999-12-31 23:59:59",
            "10000-01-01",
            "2200-02-01",
            "99999999999999",
            "-1",
            "1e308",
            "NaN",
            "infinity",
            "2026-11-01T00:00:00+99:99",
            "2026-11-01 08:00 Mars/Olympus",
            "２０２６-１１-０１-０１",
            "昨天",
            "45000",
            "2026-11-01T00:00:00+24:00",
            "=NOW()",
            "0x7EA",
            "2026-W53-9",
            "٢٠٢٦-١١-٣١",
        ),
        "number": (
            "../../etc/passwd",
            "a\u202eb",
            "x" * 81,
            "${jndi:ldap://x}",
            "{serial}",
            "%s%n",
            "'; DROP TABLE cases; --",
            "A\nB",
            "\U0001f600",
            "<b>",
            "*",
            "A\\B",
            '"A',
            "A@B",
        ),
        "level": ("x" * 81, "\u202etop", "级别", "0", "none", "__class__"),
        "customer": ("x" * 401, "\u202eWang", "W\u2066a\u2069", "a\tb", "a\nb", "a\x85b"),
        "regulation": ("../standard-complaints", "standard-loans", "no-such", "x" * 32_000, "/dev/zero", "*", "a\x1bb"),
    }.items()
    for value in values
}
"""A cell of a complaint that is refused, with the row."""

TIDIED = {
    "zero width space": "王\u200b先生",
    "joiners": "王\u200c\u200d先生",
    "marks of direction": "\u200e王\u200f先生",
    "byte order mark": "\ufeff王先生",
    "soft hyphen": "王\u00ad先生",
    "Hangul filler": "王\u3164先生",
    "half Hangul filler": "王\uffa0先生",
    "variation selector": "王\ufe0f先生",
    "ideographic variation": "王\U000e0100先生",
    "tag characters": "王\U000e0041\U000e0042先生",
    "word joiner": "王\u2060先生",
    "grapheme joiner": "王\u034f先生",
    "Arabic letter mark": "王\u061c先生",
    "annotation": "王\ufff9先生",
}
"""Names that are the same once nobody sees what nobody sees."""

"""Sample data of `duban up --demo`: a small car-service company whose clocks run out while you watch.

The rows are written relative to the instant of the first start, as CSV files under `DUBAN_HOME/demo`, and go in the
way of every other file. A later start finds them there and adds nothing.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.errors import StorageError
from models.store.database import reading
from models.store.schema import cases, events

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

DOMAIN = "example.com"
DEPARTMENTS = {
    "销售部": ("周明", "sales"),
    "维修车间": ("吴刚", "workshop"),
    "配件部": ("郑丽", "parts"),
    "保险部": ("孙浩", "insurance"),
    "客服部": ("林静", "service"),
    "财务部": ("何平", "finance"),
    "行政部": ("高洁", "office"),
    "档案室": ("梁书", "archive"),
}
"""Each department with its manager and the name of its mailbox."""
STAFF = (
    # name, department, role, mailbox, language
    ("陈志远", "总经办", "general_manager", "gm", "zh"),
    ("林静", "客服部", "service_manager", "service.manager", "zh"),
    ("许晴", "客服部", "revisit_specialist", "revisit", "zh"),
    ("罗文", "档案室", "librarian", "librarian", "zh"),
    ("梁书", "档案室", "archive_manager", "archive.manager", "zh"),
    ("值班运维", "行政部", "operations", "operations", "zh"),
    ("王磊", "维修车间", "handler", "wang.lei", "zh"),
    ("赵敏", "维修车间", "handler", "zhao.min", "zh"),
    ("李想", "销售部", "handler", "li.xiang", "zh"),
    ("Anna Berg", "销售部", "handler", "anna.berg", "en"),
    ("刘洋", "配件部", "handler", "liu.yang", "zh"),
    ("马超", "保险部", "handler", "ma.chao", "zh"),
)
ABSENT = {"吴刚": "赵敏", "马超": ""}
"""Who is away today, and the deputy; one without."""

Rows = list[dict[str, str]]


def load(engine: Engine, deployment: Deployment, now: datetime) -> bool:
    """Write and import the sample unless this home has had it before; says whether it did."""
    folder = deployment.settings.home / "demo"
    done = folder / "loaded"
    if done.exists():
        return False
    from tasks.intake import import_file  # noqa: PLC0415 -- readers of files: only for the sample

    folder.mkdir(parents=True, exist_ok=True)
    for what, rows in (("directory", directory(now)), ("complaints", complaints(now)), ("loans", loans(now))):
        report = import_file(engine, deployment, what, _written(folder / f"{what}.csv", rows), now=now)
        if report.rejected:
            raise StorageError(f"the sample data was refused: see {report.rejected_file}")
    happened = _written(folder / "events.csv", history(engine, now))
    import_file(engine, deployment, "events", happened, now=now)
    done.write_text(now.isoformat() + "\n")
    return True


def directory(now: datetime) -> Rows:
    """People of eight departments; two are away, one of them with a deputy."""
    people = [
        (name, department, "department_manager", f"{box}.head", "zh") for department, (name, box) in DEPARTMENTS.items()
    ]
    address = {name: f"{box}@{DOMAIN}" for name, _, _, box, _ in (*STAFF, *people)}
    away = {"absent_from": _day(now - timedelta(days=1)), "absent_until": _day(now + timedelta(days=7))}
    merged: dict[str, dict[str, str]] = {}
    for name, department, role, _, language in (*people, *STAFF):
        row = merged.setdefault(
            name,
            {"name": name, "email": address[name], "department": department, "role": role, "language": language},
        )
        if role not in row["role"]:
            row["role"] += f";{role}"
        if name in ABSENT:
            row |= {"deputy": address.get(ABSENT[name], ""), **away}
    return list(merged.values())


def complaints(now: datetime) -> Rows:
    """Complaints whose next step comes within two minutes, others that are long overdue, and one that is well."""
    cases_ = (
        # minutes and seconds since receipt, customer, phone, level, department, handler, category, content
        (6, 20, "张先生", "13800138001", "dissatisfied", "销售部", "李想", "交车", "交车日期一再推迟，要求说明原因。"),
        (
            9,
            0,
            "刘女士",
            "13900139002",
            "very_dissatisfied",
            "维修车间",
            "王磊",
            "维修质量",
            "刹车异响，修了两次仍未解决。",
        ),
        (
            8,
            40,
            "Mr Olsen",
            "13700137003",
            "dissatisfied",
            "销售部",
            "Anna Berg",
            "contract",
            "Wrong colour delivered.",
        ),
        (18, 50, "钱先生", "13600136004", "major", "配件部", "刘洋", "配件", "配件缺货三周，车辆无法使用。"),
        (39, 10, "孙女士", "13500135005", "crisis", "维修车间", "赵敏", "安全", "行驶中冒烟，客户要求立即处理。"),
        (190, 0, "杨先生", "13400134006", "dissatisfied", "保险部", "马超", "理赔", "理赔款迟迟未到账。"),
        (2880, 0, "黄女士", "13300133007", "dissatisfied", "客服部", "许晴", "服务态度", "电话无人接听。"),
    )
    rows = []
    for minutes, seconds, customer, phone, level, department, handler, category, content in cases_:
        received = now - timedelta(minutes=minutes, seconds=seconds)
        rows.append(
            {
                "received_at": received.isoformat(),
                "customer": customer,
                "phone": phone,
                "channel": "phone",
                "level": level,
                "department": department,
                "handler": handler,
                "category": category,
                "content": content,
            }
        )
    return rows


def loans(now: datetime) -> Rows:
    """A loan that is eight days over, one that falls due tomorrow, and a fresh one."""
    items = (
        (38, "维修手册 2024 版", "王磊", "维修车间", "技术核对"),
        (29, "供应商合同汇编", "刘洋", "配件部", "合同谈判"),
        (5, "2025 年度审计底稿", "何平", "财务部", "审计"),
    )
    return [
        {
            "item": item,
            "borrower": borrower,
            "department": department,
            "lent_at": (now - timedelta(days=days)).isoformat(),
            "quantity": "1",
            "purpose": purpose,
        }
        for days, item, borrower, department, purpose in items
    ]


def history(engine: Engine, now: datetime) -> Rows:
    """What has happened to the oldest complaint: everything in time, the revisit still to come."""
    with reading(engine) as connection:
        oldest = select(func.min(cases.c.opened_at)).where(cases.c.kind == "complaint").scalar_subquery()
        number, opened_at = connection.execute(
            select(cases.c.number, cases.c.opened_at)
            .join(events, events.c.case_id == cases.c.id)
            .where(cases.c.kind == "complaint", cases.c.opened_at == oldest)
        ).first() or ("", now)
    happened: tuple[tuple[int, str, dict[str, str]], ...] = (
        (6, "first_contact", {}),
        (48, "follow_up", {"satisfaction": "satisfied"}),
        (600, "result_returned", {"outcome": "resolved"}),
    )
    return [
        {
            "case": number,
            "event": event,
            "at": (opened_at + timedelta(minutes=minutes)).isoformat(),
            "by": "许晴",
            "satisfaction": fields.get("satisfaction", ""),
            "outcome": fields.get("outcome", ""),
        }
        for minutes, event, fields in happened
    ]


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _written(file: Path, rows: Rows) -> Path:
    """The rows as a CSV file that a spreadsheet opens as it is."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
    return file

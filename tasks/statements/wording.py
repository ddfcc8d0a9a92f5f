"""The words of the workbook in both languages."""

from __future__ import annotations

from typing import Any

BOOK: dict[str, dict[str, Any]] = {
    "zh": {
        "title": "分析报告",
        "overview": "概览",
        "cases": "案件",
        "cases_note": "各数字背后的案件，一行一件；标志列为 1 的行计入该项数字，可用筛选核对。",
        "more_cases": "另有 {} 件未列出，未结和超期的优先列出。",
        "more": "另有 {} 行未列出",
        "headlines": ("指标", "本期", "上期", "去年同期", "环比", "同比"),
        "findings": "发现",
        "bad": "需要处理",
        "watch": "需要关注",
        "good": "良好",
        "contents": "目录",
        "data_at": "数据截至 {}",
        "revision": "第 {} 版",
        "hash": "数据校验码 {}",
        "unit": "（时:分:秒）",
    },
    "en": {
        "title": "Statement",
        "overview": "Overview",
        "cases": "Cases",
        "cases_note": "The cases behind the figures, one a row: where a flag is 1 the case counts in that figure. ",
        "more_cases": "{} more are not listed; open and late ones come first.",
        "more": "{} more rows are not listed",
        "headlines": ("Headline", "This period", "Period before", "Year ago", "Against before", "Against year ago"),
        "findings": "Findings",
        "bad": "Act on",
        "watch": "Watch",
        "good": "Good",
        "contents": "Contents",
        "data_at": "data of {}",
        "revision": "revision {}",
        "hash": "Hash of the data {}",
        "unit": " (h:mm:ss)",
    },
}

"""Sentences: what a manager reads about a rule, in Chinese and English."""

from __future__ import annotations

import pytest

from models import SHIPPED
from models.language.rules import Rule
from models.language.words import Cite
from models.packs.load import catalogue, load_regulation
from models.wording.phrases import citation, event_words, level_words, role_words, step_title
from models.wording.sentences import sentence, sentences

PACKS = {name: load_regulation(file) for name, file in catalogue([SHIPPED]).items()}
STANDARD = PACKS["standard-complaints"]
WORKSHOP = PACKS["workshop-complaints"]
LIBRARY = PACKS["utility-library"]


def said(pack: str, rule: str, language: str) -> str:
    """The sentence of one rule, gate, pause or of the rounds."""
    return dict(sentences(PACKS[pack], language))[rule]


@pytest.mark.parametrize(
    ("step", "zh", "en"),
    [
        ("opens", "现在办理", "act now"),
        ("remind-2", "第 2 次提醒", "reminder 2"),
        ("due", "到期", "due"),
        ("escalate-1", "逾期催办（第 1 级）", "escalation 1"),
        ("slip", "催办单", "urging slip"),
        ("something", "something", "something"),
    ],
)
def test_steps(step: str, zh: str, en: str) -> None:
    """Every step has a title; an unknown one keeps its name."""
    assert (zh, en) == (step_title(step, "zh"), step_title(step, "en"))


def test_words_of_a_regulation() -> None:
    """Its own events, roles and levels go before the usual words; what nobody named keeps its id."""
    assert "二次到店" == event_words("second_visit", WORKSHOP, "zh")
    assert "first contact" == event_words("first_contact", WORKSHOP, "en")
    assert "nothing_such" == event_words("nothing_such", None, "en")
    assert "被投诉部门经理" == role_words("department_manager", WORKSHOP, "zh")
    assert "operations" == role_words("operations", WORKSHOP, "en")
    assert "重大投诉" == level_words("major", WORKSHOP, "zh")
    assert "" == level_words(None, WORKSHOP, "zh")


def test_whoever_asks_for_no_language_that_there_is_reads_chinese() -> None:
    """As in every mail; a country behind the language does not matter."""
    rule = STANDARD.rules[0]

    assert sentence(rule, STANDARD, "zh") == sentence(rule, STANDARD, "de")
    assert sentence(rule, STANDARD, "en") == sentence(rule, STANDARD, "en-GB")


def test_a_rule_in_chinese() -> None:
    """Who, from when, within what, reminders, who is told when late, the fine, and the article."""
    expected = (
        "首次联系客户：部门经理须自“登记”起 10 分钟内完成“首次联系”；到期前 3 分钟提醒部门经理；"
        "到期未办即通知部门经理和经办人；逾期 10 分钟通知客服部经理；逾期 30 分钟通知总经理；"
        "每次逾期扣罚责任部门：不满意 20 元、非常不满意 30 元、重大投诉 50 元、危机事件 80 元（第五条(三)）。"
    )

    assert expected == said("standard-complaints", "first-contact", "zh")


def test_a_rule_in_english() -> None:
    """The same parts in the same order."""
    expected = (
        "First contact with the customer: the department manager must see to “first contact” within 10 minutes of "
        "“registered”; 3 minutes before the limit the department manager is reminded; when it is due the department "
        "manager and the handler are told; 10 minutes late the service manager; 30 minutes late the general manager; "
        "each overrun costs the department 20 yuan (dissatisfied), 30 yuan (very dissatisfied), 50 yuan (major "
        "complaint), 80 yuan (crisis) (第五条(三))."
    )

    assert expected == said("standard-complaints", "first-contact", "en")


@pytest.mark.parametrize(
    ("pack", "rule", "parts"),
    [
        ("standard-complaints", "follow-up", ["满 40 分钟后（之前的不算）、60 分钟内", "满 40 分钟时通知回访专员"]),
        ("standard-complaints", "revisit", ["“联系不上”满 3 次可以结案，满 5 次不再计时"]),
        ("standard-loans", "return", ["从原到期日计", "30 天内", "到期当日通知借阅人", "逾期 7 天通知档案室主任"]),
        (
            "workshop-complaints",
            "first-contact",
            ["时限取最短者：20 分钟（渠道不是现场）、10 分钟（渠道为现场）、按级别"],
        ),
        ("workshop-complaints", "second-visit", ["在所定的“二次到店时间”日期之前（未定日期的，30 天内）"]),
        ("workshop-complaints", "postponement-review", ["“申请延期”后由总经理审批", "批准记录“批准延期”"]),
        ("workshop-complaints", "pause-1", ["“第二次沟通”停止计时", "第五条(六)注"]),
        ("workshop-complaints", "rounds", ["最多 2 轮（级别为危机事件的除外）", "案件仍不结案"]),
        ("telecom-call-centre", "severe-report", ["类别为无法解决、涉及政策、", "立即通知班长"]),
        ("utility-library", "third-renewal", ["“续借”不得超过 2 次", "违者不予登记", "（5.3(4)）"]),
        ("utility-library", "items-at-once", ["特殊情况未填或为否", "数量合计不得超过 5"]),
        (
            "law-firm-complaints",
            "partner-signs",
            ["只能由分管合伙人或主任记录", "他人记录的不予受理（二(二)、二(六)）"],
        ),
        ("standard-loans", "overdue-block", ["同一借阅人有逾期满 7 天未结的案件时，不得“借出”"]),
    ],
)
def test_what_the_sentences_say(pack: str, rule: str, parts: list[str]) -> None:
    """Openings, giving up, tables, dates, notices, pauses, rounds and gates are all said."""
    spoken = said(pack, rule, "zh")

    assert [] == [part for part in parts if part not in spoken]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_has_one_sentence_with_its_article(pack: str, language: str) -> None:
    """Each rule and gate is said once, ends like a sentence, leaves nothing out and cites its article."""
    regulation = PACKS[pack]
    spoken = list(sentences(regulation, language))
    stop = "。" if language == "zh" else "."
    parts = (*regulation.rules, *regulation.gates, *regulation.authorities)
    articles = {part.id: part.cite.article for part in parts}

    assert len({name for name, _ in spoken}) == len(spoken)
    assert all(text.endswith(stop) and "  " not in text and "None" not in text for _, text in spoken)
    assert [] == [name for name, text in spoken if name in articles and articles[name] not in text]


@pytest.mark.parametrize("pack", PACKS)
def test_english_sentences_are_english(pack: str) -> None:
    """Apart from the article, nothing Chinese is left in the English sentence."""
    regulation = PACKS[pack]
    for rule in (*regulation.rules, *regulation.gates, *regulation.authorities):
        text = sentence(rule, regulation, "en").replace(rule.cite.article, "")
        assert not [sign for sign in text if "\u4e00" <= sign <= "\u9fff"], text


def test_keys_that_no_shipped_pack_uses() -> None:
    """Windows counted back, tables alone, points, catch-up and conditions have their words as well."""
    rule = Rule.model_validate(
        {
            "id": "renewal",
            "cite": {"article": "第九条"},
            "title": {"zh": "延长", "en": "Renewal"},
            "when": {"quantity": {"at_least": 3, "at_most": 5}, "purpose": {"given": True}, "level": {"not": "crisis"}},
            "start": "registered",
            "stop": "closed",
            "opens": "-P7D",
            "within": {"by": "channel", "table": {"phone": "P1M", "web": "P2WD"}},
            "responsible": "handler",
            "give_up": {"after_attempts": 3, "at_most": 3},
            "penalty": {"points": 2, "charged_to": "handler"},
            "catch_up": {"skip_older_than": "P2D"},
        }
    )
    zh, en = (sentence(rule, STANDARD, language) for language in ("zh", "en"))

    assert "数量不少于 3 且数量不超过 5 且填有用途且级别不是危机事件的，" in zh
    assert "到期前 7 天之内、按以下时限完成“结案”：按渠道（电话 1 个月、网络 2 个工作日）" in zh
    assert "“联系不上”满 3 次不再计时；每次逾期扣罚经办人：2 分；停机之后，超过 2 天的步骤不补发（第九条）。" in zh
    assert "in the last 7 days and within 1 month (phone), 2 working days (web) of “registered”" in en
    assert (
        "each overrun costs the handler 2 points; after downtime steps older than 2 days are left out (第九条)." in en
    )


def test_citations() -> None:
    """A full citation gives the article, the file with its lines, and the clause ids."""
    cite = Cite(article="第五条(三)", source="rules.txt", lines="12-14", clauses=("shop:01", "shop:02"))

    assert "第五条(三)；rules.txt 第 12-14 行；shop:01, shop:02" == citation(cite, "zh")
    assert "第五条(三); rules.txt lines 12-14; shop:01, shop:02" == citation(cite, "en")
    assert "第五条(三)" == citation(Cite(article="第五条(三)"), "zh")

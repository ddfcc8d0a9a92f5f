"""Stories about who is told: roles, deputies, the next level up, and operations when nobody is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.story import address

if TYPE_CHECKING:
    from tests.support.story import Story

MORNING, EVENING = "2026-11-02 00:00", "2026-11-02 20:00"


def due(story: Story, **fields: str) -> set[str]:
    """Who hears that the first contact with a complaint of nine o'clock is due."""
    case = story.complaint("2026-11-02 09:00", **fields)
    story.replay("2026-11-02 08:00", EVENING)
    return story.told(case, "first-contact", "due")


def test_a_role_means_all_its_people(story: Story) -> None:
    """Every revisit specialist hears of the call; of the department managers only those of the case's department."""
    story.house()
    story.person("回访乙", "revisit_specialist")
    story.person("别处经理", "department_manager", department="钣喷部")
    case = story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 08:00", EVENING)

    assert {"revisit_specialist/回访", "revisit_specialist/回访乙"} == story.told(case, "follow-up", "opens")
    assert {"department_manager/经理"} == story.told(case, "first-contact", "remind-1")


def test_a_deputy_is_told_in_the_absent_ones_stead(story: Story) -> None:
    """The deputy is told, and the record says for whom."""
    story.house()
    story.away("经理", MORNING, EVENING)

    assert {"department_manager/代理 for 经理", "handler/经办"} == due(story)


def test_an_absence_includes_its_last_second(story: Story) -> None:
    """Still away at the last second, back one second later."""
    story.house()
    story.away("经理", "2026-11-02 08:00", "2026-11-02 09:10:00")
    last, after = story.complaint("2026-11-02 09:00:00"), story.complaint("2026-11-02 09:00:01")
    story.replay("2026-11-02 08:00", EVENING)

    assert "department_manager/代理 for 经理" in story.told(last, "first-contact", "due")
    assert "department_manager/经理" in story.told(after, "first-contact", "due")


def test_whoever_is_there_now_is_told_at_each_step(story: Story) -> None:
    """Recipients are resolved at each step, not when the clock starts."""
    story.house()
    story.away("客服", "2026-11-02 09:15", "2026-11-02 09:25")
    case = story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 08:00", EVENING)

    assert {"service_manager/客服代理 for 客服"} == story.told(case, "first-contact", "escalate-1")
    assert "service_manager/客服" in story.told(case, "follow-up", "due")


def test_when_the_deputy_is_away_too_the_next_level_is_told(story: Story) -> None:
    """Manager and deputy away: the service manager, in the manager's stead."""
    story.house()
    story.away("经理", MORNING, EVENING)
    story.away("代理", MORNING, EVENING)

    assert {"service_manager/客服 for 经理", "handler/经办"} == due(story)


def test_two_levels_away_reach_the_third(story: Story) -> None:
    """Nobody at the first two levels: the general manager, and the record names who was missing."""
    story.house()
    for name in ("经理", "代理", "客服", "客服代理"):
        story.away(name, MORNING, EVENING)

    assert {"general_manager/总经理 for 经理、客服", "handler/经办"} == due(story)


def test_when_nobody_is_left_operations_are_told_and_the_record_says_why(story: Story) -> None:
    """Everybody away up to the top: the operations address, and the reason names the absent."""
    story.house()
    for name in ("经理", "代理", "客服", "客服代理", "总经理", "经办"):
        story.away(name, MORNING, EVENING)
    case = story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 08:00", EVENING)

    (told,) = story.told(case, "first-contact", "due")
    assert told.startswith("operations/operations for 经理")
    assert "经理" in story.reason(case, "first-contact", "due")
    assert {"operations"} == {name for _, name in story.mails() if name != "回访"}


def test_people_of_operations_go_before_the_operations_address(story: Story) -> None:
    """Whoever has the role `operations` is told; the address in the settings is the last resort."""
    story.person("运维", "operations", department="信息部")

    assert {"operations/运维 for department_manager"} == {told for told in due(story, handler="") if "经理" not in told}


def test_a_role_that_nobody_has_goes_up(story: Story) -> None:
    """An organisation without a service manager: the general manager hears it in the role's stead."""
    story.person("总经理", "general_manager")
    case = story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 08:00", EVENING)

    assert {"general_manager/总经理 for service_manager"} == story.told(case, "first-contact", "escalate-1")


def test_a_handler_who_left_is_replaced_by_the_manager(story: Story) -> None:
    """A name that the directory does not know goes to the next level, and nobody is told twice."""
    story.house()

    assert {"department_manager/经理"} == due(story, handler="离职者")


def test_each_person_gets_one_mail_a_step(story: Story) -> None:
    """Who is told in two roles at once gets one mail."""
    story.house()
    due(story, handler="经理")

    assert 2 == story.mails().count(("escalation", "经理"))  # the reminder and the due step


def test_deputies_who_stand_in_for_each_other_end_no_loop(story: Story) -> None:
    """Two people away, each the other's deputy: the next level."""
    story.person("甲", "department_manager", deputy="乙")
    story.person("乙", deputy="甲")
    story.person("客服", "service_manager")
    story.away("甲", MORNING, EVENING)
    story.away("乙", MORNING, EVENING)

    assert {"service_manager/客服 for 甲"} == {told for told in due(story, handler="甲") if "甲" in told}


def test_the_same_name_twice_means_the_one_of_the_department(story: Story) -> None:
    """Two people of one name: the handler is the one of the case's department."""
    story.house()
    story.imported(
        "directory",
        f"name,email,department,role\n王伟,wang.wei@example.com,维修部,handler\n王伟,wang.wei2@example.com,档案室,handler\n"
        f"经理,{address('经理')},维修部,department_manager\n",
        MORNING,
    )

    assert "handler/王伟" in due(story, handler="王伟")
    assert 1 == story.mails().count(("escalation", "王伟"))

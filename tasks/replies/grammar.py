"""The words of the grammar: how people begin an answer, and what behind it takes it back."""

from __future__ import annotations

import re

_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width signs and their half-width forms."""


def narrow(text: str) -> str:
    """The text in small letters and half-width signs, sign by sign: every place in it is the same place in the text."""
    low = text.translate(_NARROW)
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in low)


_I = r"(?:我|本人|现)?"
_ALL = r"(?P<all>全部|都|所有|一律|统统|均)?"
_ALL_AFTER = r"(?P<all_after>\s*(?:全部|所有|以上全部|全部申请))?"
_ABOUT = (
    r"(?:\s*(?:该|此|本|这个|这份|上述|以上|其)?"
    r"(?:延期申请|延期|申请|请求|报告|报表|事项|意见|审批|方案|发布|下发|分发|发出))?"
)
APPROVE = re.compile(
    rf"{_I}{_ALL}(?:已|予以|特此)?(?:批准|同意|准予|核准|审批通过|审核通过|通过|可以|准){_ALL_AFTER}{_ABOUT}"
    r"(?:\s*(?:延期|延长|延|推迟|顺延|暂停)?(?P<until>\s*(?:至|到)\s*))?"
    r"|(?:i |we |it is |it's |this is )?(?P<all_en>all )?(?:hereby )?(?:approved?|agreed?|yes)"
    r"(?P<all_en_after> all| everything)?(?: (?:the request|the postponement|the report|it|this))?"
    r"(?P<until_en> (?:until|till|up to|to) )?"
)
REFUSE = re.compile(
    rf"{_I}{_ALL}(?:不予批准|不予同意|不批准|不同意|不予通过|不通过|不准|不可以|不行|不批|未批准|驳回|拒绝|否决|否)"
    rf"{_ALL_AFTER}{_ABOUT}"
    r"|(?:i |we |it is )?(?P<all_en>all )?(?:(?:do not|don't|cannot|can't|not) (?:approved?|agreed?|accept(?:ed)?)"
    r"|disapproved?|refused?|reject(?:ed)?|declined?|deny|denied|no(?=[,.:;!\n]|$))(?P<all_en_after> all| everything)?"
    r"(?: (?:the request|the postponement|it|this))?"
)
RETURN = re.compile(
    rf"{_I}{_ALL}(?:退回修改|退回重做|退回更正|退回|打回|发回){_ALL_AFTER}{_ABOUT}"
    r"|(?:please )?(?:return(?:ed)?|send (?:it )?back|sent back)(?: it| the report)?"
)
POSTPONE = re.compile(
    r"(?P<asks>请求?|申请|恳请|希望|需要?|拟|要求)?(?:将?(?:时限|期限|本案|该案))?(?:再)?"
    r"(?:延期|延长|推迟|顺延|宽限|展期)(?:期限|时限|时间)?(?:申请|办理)?\s*(?:至|到|为)?\s*[:：]?\s*"
    r"|(?P<asks_en>please |could you |can we |may i |i need to |we need to |i ask to )?"
    r"(?:postpone|extend|delay)(?: it| this| the deadline| the date)?(?: (?:until|till|to) )"
    r"|(?P<asks_more>i need |we need |please give me |requesting )(?:more time|an extension|a postponement)"
    r"(?: (?:until|till|to) )"
)
DONE = re.compile(
    r"(?:我|我们|本案|该案|现)?(?:已经|已|均已|都已|全部已|刚刚?)?(?:全部)?(?:办理|办|完成|处理|落实)"
    r"(?:完成|完毕|完|妥|好|结束|到位)*(?:了|啦)?"
    r"|(?:it is |it's |this is |i am |has been |it has been |already |all |i have )*"
    r"(?:done|completed?|finished|handled|taken care of)"
)
ORDERS = frozenset({"办", "办理", "完成", "处理", "落实"})
"""What stands alone is an order to somebody, and no report."""
BOUNDARY = re.compile(r"$|[\s,，.。;；:：!！、(（—-]")
"""What may stand behind a verdict; anything else goes on with it."""
ASKING = re.compile(r"[?？]|吗|是否|能否|可否|么[。,，!！\s]*$")
_TAKEN_BACK = (
    r"撤回|收回|作废|取消|算了|等等|等一下|稍等|再说|再议|再定|再看|再考虑|再研究|再商量|缓一缓"
    r"|先不|先别|暂不|暂缓|搁置|另议|待定"
)
DOUBTS = re.compile(
    r"(?:不|未|没|别|勿|莫|非)[^，。,.;；\n]{0,4}(?:批|同意|准许|准予|通过|可以|认可|算数|办)"
    rf"|{_TAKEN_BACK}|驳回|拒绝|退回|否决|反对|(?<!不)但(?!愿)|但是|不过|除非|如果|假如|若|前提|条件是"
    r"|只有|的话|才能|才可以|之后再|以后再|先.{1,20}再"
    r"|\b(?:not|no|never|cannot|unless|if|but|except|wait|hold|later|however|reject\w*|refus\w*|den(?:y|ied)"
    r"|declin\w*|pending|once|provided|condition\w*|only|cancel\w*|withdr\w*|disapprov\w*|return\w*)\b|n't\b"
)
"""Behind a yes these may take it back, or bind it to something."""
SECOND_THOUGHTS = re.compile(
    rf"{_TAKEN_BACK}|(?<![不未没])(?:批准|同意)|(?<!不)可以|还是准|\b(?:approv\w*|agree\w*|yes|ok|okay|wait|cancel\w*)\b"
)
"""The same behind a no."""
NOT_DONE = re.compile(
    r"还没|尚未|没有?办|未办|没完成|未完成|没有完成|未果|没联系|未联系|没接|没有接|未接|没人接|无人接|联系不上|打不通"
    r"|不算|取消|作废|no answer|unreachable|\b(?:not yet|not|didn't|haven't|hasn't|except|but not)\b|n't\b"
)
"""Behind a report these say that it did not succeed after all."""
GREETING = re.compile(
    r"(?:您好|你好|大家好|各位好|好的?|收到|知悉|领导|辛苦了?|谢谢|ok|okay|hi|hello|dear(?: \w+)?|thanks|thank you"
    r"|noted|received)(?:[，,。.!！:：~\s]+|$)"
)
LABEL = re.compile(
    r"[\s,，.。;；:：!！、—-]*(?:(?:原因|理由|意见|说明|备注|reason|remark)(?:\s*[:：]\s*|\s+)"
    r"|(?:因为|由于|because(?: of)?|due to)\s*[:：]?\s*)?",
    re.IGNORECASE,
)
"""What stands between a verdict and its reason."""
ALREADY = re.compile(
    r"^(?:我们?|本人|现)?(?:已经?|刚刚?|均已|都已)|^(?:ihave|wehave|i've|we've|hasbeen|already|haveto)"
)
AFTERWARDS = re.compile(r"(?:了|过|过了|完毕|完了|啦)$")
WORDS_END = re.compile(r"[,，.。;；:：!！?？、\n(（]|$")

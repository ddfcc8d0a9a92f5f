"""Words from which the sample month is made: names, departments, complaints, archive items."""

from __future__ import annotations

SURNAMES = {
    "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "黄": "huang", "赵": "zhao",
    "吴": "wu", "周": "zhou", "徐": "xu", "孙": "sun", "马": "ma", "朱": "zhu", "胡": "hu", "郭": "guo",
    "何": "he", "林": "lin", "高": "gao", "罗": "luo", "郑": "zheng", "梁": "liang", "谢": "xie", "宋": "song",
    "唐": "tang", "许": "xu", "邓": "deng", "冯": "feng", "韩": "han", "曹": "cao",
    "欧阳": "ouyang", "上官": "shangguan",
}  # fmt: skip
GIVEN = {
    "伟": "wei", "芳": "fang", "娜": "na", "秀英": "xiuying", "敏": "min", "静": "jing", "丽": "li", "强": "qiang",
    "磊": "lei", "军": "jun", "洋": "yang", "勇": "yong", "艳": "yan", "杰": "jie", "娟": "juan", "涛": "tao",
    "明": "ming", "超": "chao", "秀兰": "xiulan", "霞": "xia", "平": "ping", "刚": "gang", "桂英": "guiying",
    "建国": "jianguo", "志强": "zhiqiang", "海燕": "haiyan", "晓东": "xiaodong", "玉兰": "yulan", "文博": "wenbo",
    "雨桐": "yutong", "子轩": "zixuan", "思远": "siyuan",
}  # fmt: skip

SHOPS = ("城东店", "城西店", "城南店", "城北店")
BODY_SHOP = "钣喷中心"
SERVICE_CENTRE = "客户服务中心"
ARCHIVE = "档案室"
HEAD_OFFICE = "总经办"
ACCUSED = (*SHOPS, BODY_SHOP)

CHANNELS = ("phone", "phone", "phone", "onsite", "onsite", "web", "revisit", "letter", "mailbox")
LEVELS = ("dissatisfied",) * 11 + ("very_dissatisfied",) * 6 + ("major",) * 2 + ("crisis",)

CATEGORIES = {
    "维修质量": (
        "更换刹车片后仍有异响，客户要求重新检查。",
        "发动机故障灯第三次点亮，客户对诊断结果不认可。",
        "空调维修后一周再次不制冷。",
        "四轮定位后方向盘仍然跑偏。",
    ),
    "服务态度": (
        "接待人员让客户等候一小时无人过问。",
        "电话中语气生硬，客户感到不被尊重。",
        "交车时未说明维修项目，态度敷衍。",
    ),
    "交车延误": (
        "约定周三下午交车，周五仍未完工，期间无人通知。",
        "配件到货后又等了四天才安排施工。",
        "喷漆返工两次，交车推迟一周。",
    ),
    "费用争议": (
        "结算金额比报价单多出 680 元，没有事先告知。",
        "工时费重复计算，客户要求退款。",
        "保险理赔外的费用未经同意即施工。",
    ),
    "配件问题": (
        "客户怀疑更换的不是原厂件，要求出示进货凭证。",
        "新装蓄电池三天后无法启动。",
    ),
    "车辆损伤": (
        "洗车后右前门有新划痕，店内否认。",
        "试车时轮毂擦伤，客户要求更换。",
    ),
}

ITEMS = (
    "发动机大修手册", "变速箱技术资料", "客户车辆维修档案", "年度采购合同", "保险理赔卷宗", "钣喷工艺规程",
    "设备验收记录", "员工培训教材", "消防检查台账", "工商登记资料", "门店租赁合同", "质量体系文件",
    "事故车定损图集", "配件价格目录", "财务审计报告", "会议纪要汇编",
)  # fmt: skip
PURPOSES = ("维修参考", "客户查询", "内部审计", "培训备课", "合同续签", "理赔复核", "年检准备")
SECRECY = ("internal",) * 12 + ("public",) * 6 + ("secret",)

FIRST_WORDS = ("已致歉并约定到店时间", "已说明处理办法", "客户情绪激动，已安抚", "先记录，待技术主管回复", "")
FOLLOW_WORDS = ("客户表示认可进度", "客户催促尽快处理", "已告知预计完工时间", "")
RESULT_WORDS = ("已返工并复检合格", "退还差额", "更换配件，延长质保", "赠送保养一次", "责任人已批评教育")

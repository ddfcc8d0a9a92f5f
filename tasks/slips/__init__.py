"""The form slips of the regulations (催办单, 洽办单, 投诉延期处理申请, 奖罚通知单): who gets which, what is on it."""

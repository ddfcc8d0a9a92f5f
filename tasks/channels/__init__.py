"""Ways to reach people beside mail: addresses of Apprise (WeCom, DingTalk, Feishu, Slack, Teams, webhooks, ..)."""

"""The mails: what they say (facts), how they look (rendering), and how they are built for SMTP."""

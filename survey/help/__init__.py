"""The slip "我想有人帮我": its own pages, its own store, its own keys. It shares nothing with the survey."""

"""What a connector's package builds its own pages with: the head and tabs of a connection, who may act, moments in words.

`Connector.tabs` makes such a page a tab of its connections.
"""

from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse, may_manage
from integrations.pages.words import moment_text, size

__all__ = ["Head", "connection_page", "head_read", "manage_or_refuse", "may_manage", "moment_text", "size"]

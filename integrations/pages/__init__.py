"""Server-rendered pages of every integration. Nothing here knows a particular connector: declarations say it all."""

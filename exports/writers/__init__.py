"""Writers of bytes. They know texts and cells, and nothing of schedules."""

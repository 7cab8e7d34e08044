"""The file connectors: rows to bytes to SFTP."""

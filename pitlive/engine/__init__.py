"""The compute process: read → apply → coalesce → publish. Never monkey-patched."""

"""The process that delivers what webhooks have to tell; only it reaches out to receivers."""

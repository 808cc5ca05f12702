"""Heartbeats: services report that they live, and who is silent for too long is down."""

"""The gevent edge: entries in by HTTP, figures out by HTTP and Server-Sent Events."""

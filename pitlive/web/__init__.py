"""The gevent edge: entries in by HTTP, figures out by HTTP and Server-Sent Events.

How metrics are kept is settled here, for it must be before the first of them is made, which
may be one of the hub's.
"""

from prometheus_client import disable_created_metrics

from pitlive.web import counts

counts.install()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter

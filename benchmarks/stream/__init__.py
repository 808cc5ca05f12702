"""PitLive's streams beside other push servers, on one machine: `make bench-stream`."""

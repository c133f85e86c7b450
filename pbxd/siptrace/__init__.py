"""SIP messages as they were on the wire, of one call, user or address, while the server runs (API-1).

:mod:`~pbxd.siptrace.subjects` says which messages are meant, :mod:`~pbxd.siptrace.masking` hides what is secret in
them, :mod:`~pbxd.siptrace.tracer` has what is switched on, and the rest is where messages go: the log, a pcap file, a
HEP collector.
"""

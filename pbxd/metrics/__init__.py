"""Figures for those who watch the server from outside: a fold over the events, and how things stand (API-4).

Nothing here knows a format. What is asked for is a list of families as plain data, which the HTTP process, where
Prometheus asks, writes in its words.
"""

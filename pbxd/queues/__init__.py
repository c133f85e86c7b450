"""Queues, attendant groups and personal queues: who waits, and whom each is offered to.

:mod:`pbxd.queues.acd` decides and touches nothing: it is told what happened and when, and returns what to do.
"""

"""Mails and SMS: what is to be told to people who are not on the phone, and getting it out reliably.

What happened becomes letters (:mod:`pbxd.notices.voicemail`, :mod:`pbxd.notices.alarms`), which are in the database
before anybody relies on them. The :class:`pbxd.notices.outbox.Outbox` hands them to a sender until one took them, or
their time is over. Sending itself, with everything that it imports, is done by a child process
(:mod:`pbxd.notices.channels`) that is started for the first letter: the process that serves calls encodes no
attachments.
"""

"""The process that reads calendars: files and addresses (RFC 5545), CalDAV (RFC 4791), Exchange Web Services.

It reads one at a time and is ended from outside where it does not come to an end by itself. Nothing of this is ever
imported by the process that serves SIP.
"""

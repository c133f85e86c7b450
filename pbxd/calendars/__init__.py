"""Users' calendars elsewhere, and what they plan here (PRES-7).

The server says whose calendar is due and takes in what it plans (:mod:`pbxd.calendars.minder`); child processes ask for
it and read it (:mod:`pbxd.calendars.sources`), because what strangers have written into a calendar can take long to
read, and the libraries for it are large.
"""

"""People in bulk: users and contacts from tables and directories, into files that people read and write."""

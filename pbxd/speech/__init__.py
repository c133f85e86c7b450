"""What people hear as words: what can be said, how each language says it, and the files that say it (SND)."""

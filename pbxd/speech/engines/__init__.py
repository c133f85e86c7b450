"""What makes sound of words. Everything here runs in a process of its own (:mod:`pbxd.speech.engines.worker`): the
libraries are large, are not ours, and may crash.
"""

"""A case's timeline as files for people and for other software. Start at write.py.

Nothing here reads the log or decides who may: that was done, and logged, before.
"""

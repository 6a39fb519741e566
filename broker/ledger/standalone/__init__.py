"""Programs that check the log without any of our software; nothing of ours imports them.

Each is one file, so that an advocate can copy it. README.md says what a pass proves.
"""
